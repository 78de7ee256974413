import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import type { RoleArn } from '../../../src/core/identity/arn.ts'
import type { Claims } from '../../../src/core/token/id-token.ts'
import { evaluateTrustPolicy, type Prediction } from '../../../src/core/trust-policy/evaluate.ts'
import { forecast } from '../../../src/core/trust-policy/forecast.ts'
import { federatedPrincipal } from '../../../src/core/trust-policy/issuers.ts'
import { parseTrustPolicy } from '../../../src/core/trust-policy/policy.ts'
import { cautionOf, suggestTrustPolicy } from '../../../src/core/trust-policy/suggestion.ts'
import { anyText, oneEditOf, roleArn } from '../arbitraries.ts'
import { claimsWith } from '../samples.ts'
import { ACCOUNT, HOST, PROVIDER, SUBJECT } from './samples.ts'

const ROLE = { kind: 'role', partition: 'aws', accountId: ACCOUNT, path: '/', roleName: 'Deploy' } as const

const issuer = fc.constantFrom(
  `https://${HOST}`,
  `https://${HOST}/octo-enterprise`,
  'https://token.actions.octo.ghe.com',
  'https://GHES.example/_services/token',
)
/** `${` starts an IAM variable, which has its own test. */
const plainText = anyText.filter(text => text !== '' && !text.includes('${'))
const subject = fc.oneof(
  plainText,
  plainText.map(text => `repo:octo-org@65/octo-repo@74:environment:${text}`),
)
const token = fc
  .record({ issuer, subject, audiences: fc.array(plainText, { minLength: 1, maxLength: 3 }) })
  .map(claimsWith)

/** What a suggested policy says about a token. */
function decisionOn(suggested: string, role: RoleArn, claims: Claims): Prediction['decision'] {
  const request = {
    issuer: claims.issuer,
    principal: federatedPrincipal(role, claims.issuer),
    claims: claims.all,
  }
  return evaluateTrustPolicy(parseTrustPolicy(suggested), request).decision
}

describe('suggestTrustPolicy', () => {
  test('requires the account’s provider, the action, and equality for sub and aud', () => {
    expect(JSON.parse(suggestTrustPolicy(ROLE, claimsWith()))).toEqual({
      Version: '2012-10-17',
      Statement: [
        {
          Effect: 'Allow',
          Principal: { Federated: PROVIDER },
          Action: 'sts:AssumeRoleWithWebIdentity',
          Condition: {
            StringEquals: { [`${HOST}:aud`]: 'sts.amazonaws.com', [`${HOST}:sub`]: SUBJECT },
          },
        },
      ],
    })
  })

  test('allows the token it was generated for, whatever that contains', () => {
    fc.assert(
      fc.property(roleArn, token, (role, claims) => {
        expect(decisionOn(suggestTrustPolicy(role, claims), role, claims)).toBe('allowed')
      }),
    )
  })

  test('denies a token with another sub, even one edit away', () => {
    const pair = token.chain(claims => fc.tuple(fc.constant(claims), oneEditOf(claims.subject)))
    fc.assert(
      fc.property(roleArn, pair, (role, [claims, other]) => {
        const stranger = claimsWith({ ...claims, subject: other, all: { ...claims.all, sub: other } })
        expect(decisionOn(suggestTrustPolicy(role, claims), role, stranger)).toBe('refused')
      }),
    )
  })

  test('denies a token with another aud, even one edit away', () => {
    const pair = token.chain(claims => fc.tuple(fc.constant(claims), oneEditOf(claims.audiences[0] ?? '')))
    fc.assert(
      fc.property(roleArn, pair, (role, [claims, other]) => {
        fc.pre(!claims.audiences.includes(other))
        const stranger = claimsWith({ ...claims, audiences: [other], all: { ...claims.all, aud: other } })
        expect(decisionOn(suggestTrustPolicy(role, claims), role, stranger)).toBe('refused')
      }),
    )
  })

  test.each(['sub', 'aud'])('denies a token without %s', claim => {
    const { [claim]: _, ...all } = claimsWith().all
    expect(decisionOn(suggestTrustPolicy(ROLE, claimsWith()), ROLE, claimsWith({ all }))).toBe('refused')
  })

  test('denies a token from another issuer', () => {
    fc.assert(
      fc.property(token, issuer, (claims, other) => {
        fc.pre(claims.issuer !== other)
        const stranger = { ...claims, issuer: other }
        expect(decisionOn(suggestTrustPolicy(ROLE, claims), ROLE, stranger)).toBe('refused')
      }),
    )
  })

  test('treats stars and question marks in a claim literally', () => {
    const suggested = suggestTrustPolicy(ROLE, claimsWith({ subject: 'repo:octo-org/*:pull_?' }))
    expect(decisionOn(suggested, ROLE, claimsWith({ subject: 'repo:octo-org/*:pull_?' }))).toBe('allowed')
    expect(decisionOn(suggested, ROLE, claimsWith({ subject: 'repo:octo-org/x:pull_x' }))).toBe('refused')
  })

  test('leaves no variable for IAM to replace, even if a branch is named like one', () => {
    // IAM User Guide, "IAM policy elements: Variables and tags": in this version `${…}` is more than text.
    const subject = `repo:octo-org/octo-repo:ref:refs/heads/$\{aws:username}`
    const policy = parseTrustPolicy(suggestTrustPolicy(ROLE, claimsWith({ subject })))
    const values = policy.statements.flatMap(({ conditions }) =>
      conditions.flatMap(condition => condition.values),
    )
    const variables = values.join('\n').match(/\$\{(?![$*?]\})/g)
    expect(policy.hasVariables ? variables : null).toBeNull()
  })

  test('is valid JSON of printable ASCII without markup, whatever the token contains', () => {
    const anything = fc.record({
      issuer: anyText,
      subject: anyText,
      audiences: fc.array(anyText, { minLength: 1, maxLength: 3 }),
    })
    fc.assert(
      fc.property(roleArn, anything.map(claimsWith), (role, claims) => {
        const suggested = suggestTrustPolicy(role, claims)
        expect(suggested).toMatch(/^[\n -~]+$/)
        expect(suggested).not.toMatch(/[<>&`*|]/)
        expect(suggested.split('\n').every(line => /^ *["{}[\]]/.test(line))).toBe(true)
        const [statement] = JSON.parse(suggested).Statement
        const keys = Object.values(statement.Condition) as Readonly<Record<string, string | string[]>>[]
        const values = keys.flatMap(each => Object.values(each)).flat()
        expect(values).toEqual([...claims.audiences, claims.subject])
      }),
    )
  })

  test('has no weakness but that of a pull request', () => {
    const tail = fc.constantFrom(
      'pull_request',
      'ref:refs/heads/main',
      'environment:prod',
      'ref:refs/tags/v1',
    )
    const head = fc.constantFrom('repo:octo-org/octo-repo', 'repo:octo-org@65/octo-repo@74')
    fc.assert(
      fc.property(head, tail, issuer, (repository, rest, from) => {
        const claims = claimsWith({ issuer: from, subject: `${repository}:${rest}` })
        const { remarks } = forecast('p', suggestTrustPolicy(ROLE, claims), ROLE, claims)
        expect(remarks).toEqual(
          rest === 'pull_request' ? [expect.stringContaining('allows the subject')] : [],
        )
      }),
    )
  })
})

describe('cautionOf', () => {
  test.each(['repo:octo-org/octo-repo:pull_request', 'repo:octo-org@65/octo-repo@74:pull_request'])(
    'warns about every pull request for %s',
    subject => {
      expect(cautionOf(claimsWith({ subject }))).toMatch(/every pull request/)
    },
  )

  test.each([SUBJECT, 'repo:octo-org/octo-repo:environment:prod', 'repo:o/r:ref:refs/heads/pull_request'])(
    'is empty for %s',
    subject => {
      expect(cautionOf(claimsWith({ subject }))).toBe('')
    },
  )
})
