import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { lintPolicy } from '../../../src/core/trust-policy/lint.ts'
import { RULES, type RuleId } from '../../../src/core/trust-policy/rules.ts'
import { read } from '../../pages/shown-by.ts'
import { anyText } from '../arbitraries.ts'
import { AUDIENCE, allow, deny, HOST, type Json, PROVIDER, policyOf, providerOf } from './samples.ts'

const page = read('docs/lint-rules.md')
const IDS = Object.keys(RULES) as RuleId[]
const OWNER = 'repo:octo-org@65/payments@74'

function rulesOf(statements: unknown): string[] {
  return lintPolicy(policyOf(statements)).map(({ rule }) => rule)
}

function sectionOf(rule: string): string {
  return page.split(`\n## ${rule}\n`)[1]?.split('\n## ')[0] ?? ''
}

/** The policies of a section, bad and good, as a whole. */
function policiesOf(rule: string): string[] {
  const blocks = Array.from(sectionOf(rule).matchAll(/```json\n([\s\S]*?)\n```/g), ([, json = '']) => json)
  return blocks.map(statement => `{"Version":"2012-10-17","Statement":${statement}}`)
}

describe('docs/lint-rules.md', () => {
  test('has a section for each rule, with its severity, and for no other', () => {
    const headings = Array.from(page.matchAll(/^## (\S+)$/gm), ([, heading = '']) => heading)
    expect(headings).toEqual(IDS)
    for (const id of IDS)
      expect(sectionOf(id)).toMatch(new RegExp(`^\\n\\*\\*${RULES[id].severity}\\*\\* · .{20,}`))
  })

  test.each(IDS)('shows a policy that is reported as %s, and one without any finding', rule => {
    const [bad = '', good = ''] = policiesOf(rule)
    expect(lintPolicy(bad).map(finding => finding.rule)).toContain(rule)
    expect(lintPolicy(good)).toEqual([])
  })
})

describe('what is said of a subject', () => {
  const like = (sub: unknown, more: Json = {}) =>
    rulesOf(allow({ 'StringEquals aud': AUDIENCE, 'StringLike sub': sub, ...more }))
  test.each([
    ['*', 'any-subject'],
    ['repo:*', 'any-subject'],
    ['repo:*/*:environment:prod', 'any-subject'],
    ['*:environment:prod', 'any-subject'],
    ['repo:octo*/payments:ref:refs/heads/main', 'any-subject'],
    ['job_workflow_ref:octo-org/*', 'subject-without-repository'],
    ['repository_owner:octo-org', 'subject-without-repository'],
    ['repo:octo-org/*', 'whole-owner'],
    ['repo:octo-org/pay*:ref:refs/heads/main', 'whole-owner'],
    [`${OWNER}:*`, 'any-event'],
    [OWNER, 'any-event'],
    [`${OWNER}*`, 'whole-owner'],
    [`${OWNER}:pull_request`, 'pull-request'],
    [`${OWNER}:ref:refs/*`, 'any-ref'],
    [`${OWNER}:ref:refs/tags/*`, 'any-ref'],
    [`${OWNER}:environment:*`, 'any-ref'],
    [`${OWNER}:ref:refs/heads/release/*`, 'any-ref'],
    [`${OWNER}:ref:refs/heads/main*`, 'open-ended'],
    [`${OWNER}:environment:prod?`, 'open-ended'],
  ])('%s is %s', (sub, rule) => {
    expect(like(sub)).toEqual([rule])
  })

  test('is nothing where an id fixes the repository, but for pull requests', () => {
    const fixed = { 'StringEquals repository_id': '74' }
    for (const sub of ['*', 'repo:octo-org/*', 'environment:prod', 'repo:octo-org/payments:environment:x'])
      expect(like(sub, fixed)).toEqual([])
    expect(like('repo:octo-org/payments:*', fixed)).toEqual([])
    expect(like('repo:octo-org/payments:pull_request', fixed)).toEqual(['pull-request'])
    expect(like('*', { 'StringLike repository_id': '7*' })).toEqual(['any-subject'])
    expect(like('*', { 'StringEqualsIfExists repository_id': '74' })).toContain('any-subject')
  })

  test('is its own for each value and each statement', () => {
    expect(like([`${OWNER}:*`, 'repo:octo-org/*'])).toEqual(['any-event', 'whole-owner'])
    const one = allow({ 'StringEquals aud': AUDIENCE, 'StringLike sub': 'repo:octo-org/*' })
    expect(rulesOf([one, one])).toEqual(['whole-owner', 'whole-owner'])
  })

  test.each([
    ['gitlab.com', 'project_path:g/p:ref_type:branch:ref:main', {}, ['names-without-ids']],
    ['gitlab.com', 'project_path:g/*', {}, ['whole-owner']],
    ['gitlab.com', 'project_path:g/p:ref_type:branch:ref:main', { project_id: '20' }, []],
    ['gitlab.com', 'project_id:20:ref_type:branch:ref:main', {}, []],
    ['app.terraform.io', 'organization:*', {}, ['whole-owner']],
    ['issuer.example', '*', {}, ['any-subject']],
  ])('is by the issuer: %s, %s', (host, sub, equal: Json, rules) => {
    const keys = Object.fromEntries(
      Object.entries({ aud: 'x', ...equal }).map(([key, value]) => [`${host}:${key}`, value]),
    )
    const statement = allow(
      {},
      {
        Principal: { Federated: providerOf(host) },
        Condition: { StringEquals: keys, StringLike: { [`${host}:sub`]: sub } },
      },
    )
    expect(rulesOf(statement)).toEqual(rules)
  })
})

describe('lintPolicy', () => {
  test('is silent about roles for users and services, and about a Deny', () => {
    const service = {
      Principal: { Service: 'ec2.amazonaws.com' },
      Action: 'sts:AssumeRole',
      Condition: undefined,
    }
    const user = { Principal: { AWS: '111122223333' }, Action: 'sts:AssumeRole', Condition: undefined }
    expect(rulesOf([allow({}, service), allow({}, user)])).toEqual([])
    const sound = allow({ 'StringEquals aud': AUDIENCE, 'StringEquals sub': `${OWNER}:environment:x` })
    expect(rulesOf([sound, deny({ 'StringLike sub': '*' }, { Principal: '*' })])).toEqual([])
  })

  test.each(['*', 'sts:*', 'sts:AssumeRole*', 'STS:assumerolewithwebidentity', 'sts:TagSession'])(
    'knows the action %s',
    action => {
      expect(
        rulesOf(
          allow(
            { 'StringEquals aud': 'x', 'StringEquals sub': `${OWNER}:environment:x` },
            { Action: action },
          ),
        ),
      ).not.toContain('unknown-action')
    },
  )

  test.each(['sts:TagSessions', 's*', 'st*:AssumeRole', 'AssumeRole', 'iam:PassRole', ''])(
    'reports the action %j',
    action => {
      expect(rulesOf(allow({}, { Action: action }))).toContain('unknown-action')
    },
  )

  test('says where each finding is', () => {
    const [finding] = lintPolicy(
      policyOf([deny(), allow({ 'StringEquals aud': 'x', 'StringLike sub': ['a', '*'] })]),
    ).slice(-1)
    expect(finding).toMatchObject({
      rule: 'any-subject',
      path: ['Statement', 1, 'Condition', 'StringLike', `${HOST}:sub`, 1],
    })
  })

  test('never throws, and says of each text that is no policy that it is none', () => {
    const text = fc.oneof(
      anyText,
      fc.json(),
      fc.jsonValue().map(value => policyOf(value)),
      fc.jsonValue().map(value => policyOf([allow({}, { Principal: value, Sid: value })])),
    )
    fc.assert(
      fc.property(text, policy => {
        for (const { rule, path } of lintPolicy(policy)) {
          expect(IDS).toContain(rule)
          expect(Array.isArray(path)).toBe(true)
        }
      }),
    )
    expect(lintPolicy('{').map(({ rule }) => rule)).toEqual(['invalid-policy'])
  })

  test('takes no longer than a second for a policy of 10 MB', () => {
    const started = performance.now()
    expect(lintPolicy(policyOf([allow({ 'StringLike sub': 'x'.repeat(10_000_000) })]))).toHaveLength(1)
    expect(performance.now() - started).toBeLessThan(1000)
    expect(PROVIDER).toContain(HOST)
  })
})
