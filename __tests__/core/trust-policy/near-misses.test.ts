import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { nearMisses } from '../../../src/core/trust-policy/near-misses.ts'
import { parseTrustPolicy } from '../../../src/core/trust-policy/policy.ts'
import { anyText } from '../arbitraries.ts'
import { allow, deny, policyOf, providerOf, requestWith } from './samples.ts'

const CLASSIC = 'repo:octo-org/octo-repo:ref:refs/heads/main'
const IMMUTABLE = 'repo:octo-org@65/octo-repo@74:ref:refs/heads/main'

function missesOf(statements: unknown, sub: unknown): readonly string[] {
  return nearMisses(parseTrustPolicy(policyOf(statements)), requestWith({ sub }))
}

describe('nearMisses', () => {
  test.each([
    [
      'no IDs',
      'StringEquals',
      CLASSIC,
      IMMUTABLE,
      /has no IDs, but the token's subject does: repo:octo-org@65/,
    ],
    ['no IDs, with a wildcard', 'StringLike', 'repo:org-1/repo-2:*', IMMUTABLE, /has no IDs/],
    [
      'IDs',
      'StringEquals',
      IMMUTABLE,
      CLASSIC,
      /has IDs, but the token's subject doesn't: repo:octo-org\/octo-repo/,
    ],
    ['IDs with a wildcard', 'StringLike', 'repo:octo-org@65/octo-repo@*:*', CLASSIC, /has IDs/],
    ['other capitals', 'StringEquals', CLASSIC.replace('octo-org', 'Octo-Org'), CLASSIC, /only in case/],
    ['other capitals in a pattern', 'StringLike', 'repo:Octo-Org/*', CLASSIC, /only in case/],
  ])('tells that the subject in the policy has %s', (_, operator, value, sub, sentence) => {
    expect(missesOf(allow({ [`${operator} sub`]: value }), sub)).toEqual([expect.stringMatching(sentence)])
  })

  test.each([
    ['matches', allow({ 'StringEquals sub': [CLASSIC, IMMUTABLE] }), IMMUTABLE],
    [
      'matches in another statement',
      [allow({ 'StringEquals sub': CLASSIC }), allow({ 'StringEquals sub': IMMUTABLE })],
      IMMUTABLE,
    ],
    [
      'is of another branch',
      allow({ 'StringEquals sub': 'repo:octo-org/octo-repo:ref:refs/heads/dev' }),
      CLASSIC,
    ],
    ['is in a Deny', [allow(), deny({ 'StringEquals sub': CLASSIC })], IMMUTABLE],
    ['must not match', allow({ 'StringNotEquals sub': CLASSIC }), IMMUTABLE],
    [
      'is of another issuer',
      allow({ 'StringEquals sub': CLASSIC }, { Principal: { Federated: providerOf('gitlab.com') } }),
      IMMUTABLE,
    ],
    ['is customized', allow({ 'StringEquals sub': 'repository_owner_id:65' }), IMMUTABLE],
    [
      'has an ID of the owner alone',
      allow({ 'StringEquals sub': 'repo:octo-org@65/octo-repo:x' }),
      IMMUTABLE,
    ],
    ['meets a token without one', allow({ 'StringEquals sub': CLASSIC }), undefined],
  ])('is silent where the subject %s', (_, statements, sub) => {
    expect(missesOf(statements, sub)).toEqual([])
  })

  test('speaks of IDs only for the tokens of GitHub', () => {
    const statement = allow(
      {},
      {
        Principal: { Federated: providerOf('code.example') },
        Condition: { StringEquals: { 'code.example:sub': CLASSIC } },
      },
    )
    const policy = parseTrustPolicy(policyOf(statement))
    expect(nearMisses(policy, requestWith({ sub: IMMUTABLE }, 'code.example'))).toEqual([])
  })

  test('never throws, whatever the policy requires and the token has', () => {
    fc.assert(
      fc.property(fc.array(anyText), anyText, (values, sub) => {
        for (const sentence of missesOf(allow({ 'StringLike sub': values }), sub))
          expect(sentence).toContain('the token')
      }),
    )
  })
})
