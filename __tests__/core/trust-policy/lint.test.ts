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
    ['repository_owner:octo-org', 'whole-owner'],
    ['actor:octo-org', 'subject-without-repository'],
    ['repo:octo-org/*', 'whole-owner'],
    ['repo:octo-org/pay*:ref:refs/heads/main', 'whole-owner'],
    [`${OWNER}:*`, 'any-event'],
    [OWNER, 'any-event'],
    [`${OWNER}*`, 'any-event'],
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

  const githubVariable = (claim: string) => `\${token.actions.githubusercontent.com:${claim}}`
  test.each([
    [githubVariable('sub'), 'any-subject'],
    [`repo:${githubVariable('repository')}:environment:prod`, 'any-subject'],
    [`repo:octo-org/${githubVariable('repository_id')}:environment:prod`, 'whole-owner'],
    [`${OWNER}:environment:${githubVariable('environment')}`, 'any-ref'],
  ])('counts a variable that the token fills in as a wildcard, whatever the operator: %s', (sub, rule) => {
    expect(like(sub)).toContain(rule)
    expect(rulesOf(allow({ 'StringEquals aud': AUDIENCE, 'StringEquals sub': sub }))).toContain(rule)
  })

  test.each([
    ['gitlab.com', 'project_path:g/p:ref_type:branch:ref:main', {}, ['names-without-ids']],
    ['gitlab.com', 'project_path:g/*', {}, ['whole-owner']],
    ['gitlab.com', 'project_path:g/p:ref_type:branch:ref:main', { project_id: '20' }, []],
    ['gitlab.com', 'project_id:20:ref_type:branch:ref:main', {}, []],
    ['app.terraform.io', 'organization:*', {}, ['any-subject']],
    ['app.terraform.io', 'organization:o:project:p:*', {}, ['whole-owner']],
    ['gitlab.com', 'project_path:*:ref_type:branch:ref:main', {}, ['any-subject']],
    ['agent.buildkite.com', 'organization:*', {}, ['any-subject']],
    [
      'agent.buildkite.com',
      'organization:o:pipeline:p:ref:refs/heads/main:commit:*:step:*',
      {},
      ['names-without-ids'],
    ],
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

describe('a statement', () => {
  const aud = { 'StringEquals aud': AUDIENCE }
  const sound = { ...aud, 'StringEquals sub': `${OWNER}:environment:prod` }

  test.each<[string, Json]>([
    ['is another value', { 'StringNotEquals sub': 'repo:evil/x:ref:refs/heads/main' }],
    ['is there', { 'Null sub': 'false' }],
    ['is anything, if it is there', { 'StringLikeIfExists sub': '*' }],
    ['has anything in each value', { 'ForAllValues:StringLike sub': '*' }],
  ])('admits everybody if all it says of sub is that it %s', (_, condition) => {
    expect(rulesOf(allow({ ...aud, ...condition }))).toContain('any-subject')
  })

  test.each(['agent.buildkite.com', 'gitlab.com', 'app.terraform.io'])(
    'admits everybody if it says only the audience of %s',
    host => {
      const Condition = { StringEquals: { [`${host}:aud`]: 'x' } }
      const changes = { Principal: { Federated: providerOf(host) }, Condition }
      expect(rulesOf(allow({}, changes))).toEqual(['any-subject'])
    },
  )

  test('has no audience if it takes any', () => {
    expect(
      rulesOf(allow({ 'StringLike aud': '*', 'StringEquals sub': `${OWNER}:environment:prod` })),
    ).toEqual(['no-audience'])
  })

  test.each<[string, unknown, string[]]>([
    ['sts:AssumeRoleWithWebIdentit?', aud, ['github-without-sub']],
    ['*', aud, ['github-without-sub']],
    ['sts:TagSession', aud, []],
  ])('is about tokens by its action: %s', (Action, condition, rules) => {
    expect(rulesOf(allow(condition as Json, { Action }))).toEqual(rules)
  })

  test('is not about tokens if NotAction names their action', () => {
    const changes = { Action: undefined, NotAction: 'sts:AssumeRoleWithWebIdentity' }
    expect(rulesOf(allow(aud, changes))).toEqual([])
  })

  test('is judged in no time, whatever its action has', () => {
    const started = Date.now()
    expect(rulesOf(allow(sound, { Action: `sts:${'*'.repeat(60)}x` }))).toEqual(['unknown-action'])
    expect(Date.now() - started).toBeLessThan(1_000)
  })

  test.each<[string, Json]>([
    [
      'one reusable workflow',
      {
        'StringLike sub': 'repo:octo-org@65/*',
        'StringEquals job_workflow_ref': 'octo-org/ci/.github/workflows/x.yml@refs/heads/main',
      },
    ],
    ['an exact environment', { 'StringLike sub': `${OWNER}:*`, 'StringEquals environment': 'prod' }],
    ['an exact ref', { 'StringLike sub': `${OWNER}:*`, 'StringEquals ref': 'refs/heads/main' }],
    [
      'an exact subject',
      { 'StringLike sub': 'repo:octo-org/*', 'StringEquals sub': `${OWNER}:environment:prod` },
    ],
    [
      'a subject of a template with the ID of the repository',
      { 'StringEquals sub': 'repository_owner_id:65:repository_id:74:environment:prod' },
    ],
    ['literal wildcards', { 'StringEquals sub': `${OWNER}:environment:\${*}` }],
  ])('is sound with %s', (_, condition) => {
    expect(rulesOf(allow({ ...aud, ...condition }))).toEqual([])
  })

  test('may leave out IDs that a name fixes, and write in any case where case does not count', () => {
    const rulesWith = (condition: Json) => rulesOf(allow({ ...aud, ...condition }))
    expect(rulesWith({ 'StringLike sub': 'repo:octo-org@*/payments@*:environment:prod' })).toEqual([
      'names-without-ids',
    ])
    expect(
      rulesWith({ 'StringEqualsIgnoreCase sub': 'Repo:Octo-Org@65/Payments@74:environment:prod' }),
    ).toEqual([])
  })

  test('is judged by what a template tells of the subject', () => {
    const rulesWith = (sub: string) => rulesOf(allow({ ...aud, 'StringLike sub': sub }))
    expect(rulesWith(`\${Subject}`)).toEqual([])
    expect(rulesWith(`repo:\${Org}/\${Repo}:*`)).toEqual(['any-event'])
    expect(rulesWith(`repo:\${Org}/*`)).toEqual(['whole-owner'])
    expect(rulesWith(`repo:\${Repository}:environment:prod`)).toEqual([])
    expect(rulesWith(`repo:\${Repository}:\${Origin}`)).toEqual([])
    expect(rulesWith(`repo:\${Repository}:*`)).toEqual(['any-event'])
    expect(rulesWith(`repo:\${Rest}`)).toEqual([])
    expect(rulesWith(`repo:octo-org@65/\${Rest}`)).toEqual([])
    expect(rulesWith(`repo:\${Org}:environment:*`)).toEqual(['any-ref'])
    expect(rulesWith(`repo:*\${Rest}`)).toEqual(['any-subject'])
    expect(rulesWith('repo:octo-org:environment:prod')).toEqual(['whole-owner'])
  })

  test('may be for the principals of an organization', () => {
    const Condition = { StringEquals: { 'aws:PrincipalOrgID': 'o-1' } }
    expect(rulesOf(allow({}, { Principal: { AWS: '*' }, Action: 'sts:AssumeRole', Condition }))).toEqual([])
  })

  test('is GitHub’s by its keys where a template leaves the provider open', () => {
    const Principal = { Federated: `\${GithubOidc}` }
    expect(rulesOf(allow({ ...aud, 'StringLike sub': 'repo:*' }, { Principal }))).toEqual(['any-subject'])
    expect(rulesOf(allow(aud, { Principal }))).toEqual(['github-without-sub'])
    expect(rulesOf(allow(sound, { Principal }))).toEqual([])
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
