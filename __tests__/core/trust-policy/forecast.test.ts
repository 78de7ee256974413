import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { forecast } from '../../../src/core/trust-policy/forecast.ts'
import { InvalidPolicy } from '../../../src/core/trust-policy/policy.ts'
import { anyText } from '../arbitraries.ts'
import { claimsWith } from '../samples.ts'
import { thrownBy } from '../thrown.ts'
import { ACCOUNT, allow, CLAIMS, deny, HOST, PROVIDER, policyOf, SUBJECT } from './samples.ts'

const ROLE = { kind: 'role', partition: 'aws', accountId: ACCOUNT, path: '/', roleName: 'Deploy' } as const
const TOKEN = claimsWith({ all: CLAIMS })

describe('forecast', () => {
  test.each([
    ['allowed', policyOf(allow({ 'StringEquals sub': SUBJECT }))],
    ['refused', policyOf(allow({ 'StringEquals sub': 'repo:octo-org/other:pull_request' }))],
    ['refused', policyOf([allow(), deny({ 'StringEquals ref': 'refs/heads/main' })])],
    ['unknown', policyOf(allow({ 'StringEquals aws:SourceIp': '192.0.2.1' }))],
  ])('predicts %s as the policy has it', (decision, text) => {
    expect(forecast('trust.json', text, ROLE, TOKEN).prediction.decision).toBe(decision)
  })

  test('checks all claims of the token, not only sub and aud', () => {
    const text = policyOf(allow({ 'StringEquals repository_id': '74' }))
    expect(forecast('p', text, ROLE, TOKEN).prediction.decision).toBe('allowed')
    expect(forecast('p', text, ROLE, claimsWith()).prediction.decision).toBe('refused')
  })

  test("requires the provider in the role's own account for the token's issuer", () => {
    const text = policyOf(allow({}, { Principal: { Federated: PROVIDER } }))
    const other = { ...ROLE, accountId: '444455556666' }
    expect(forecast('p', text, ROLE, TOKEN).prediction.decision).toBe('allowed')
    expect(forecast('p', text, other, TOKEN).prediction.decision).toBe('refused')
    const slug = claimsWith({ issuer: `https://${HOST}/octo`, all: CLAIMS })
    expect(forecast('p', text, ROLE, slug).prediction.decision).toBe('refused')
  })

  const AUDIENCE_ONLY = { 'StringEquals aud': 'sts.amazonaws.com' }
  const sound = allow({ ...AUDIENCE_ONLY, 'StringEquals sub': SUBJECT })
  const remarksOn = (statements: unknown, claims = TOKEN) =>
    forecast('p', policyOf(statements), ROLE, claims).remarks

  test('keeps the path as given', () => {
    expect(forecast('a/../trust.json', policyOf(sound), ROLE, TOKEN).path).toBe('a/../trust.json')
  })

  test('remarks what the linter warns of, with the fix, and leaves advice out', () => {
    expect(remarksOn(sound)).toEqual([])
    expect(remarksOn(allow(AUDIENCE_ONLY))).toEqual([
      `statement 1 trusts GitHub and has no condition on ${HOST}:sub. Add a condition on sub. IAM refuses new policies without one.`,
    ])
  })

  test('remarks nothing on statements about other tokens, but on a provider that only https:// makes another', () => {
    const wide = { ...AUDIENCE_ONLY, 'StringLike sub': 'repo:*' }
    const ofGitlab = { Federated: `arn:aws:iam::${ACCOUNT}:oidc-provider/gitlab.com` }
    expect(remarksOn([sound, allow(wide, { Principal: ofGitlab })])).toEqual([])
    const withScheme = { Federated: `arn:aws:iam::${ACCOUNT}:oidc-provider/https://${HOST}` }
    expect(
      remarksOn(allow({ ...AUDIENCE_ONLY, 'StringEquals sub': SUBJECT }, { Principal: withScheme })),
    ).toEqual([expect.stringMatching(/^the provider \S+ has https:\/\/ in its ARN\. Remove/)])
  })

  test('throws only InvalidPolicy, for a text that is not a policy', () => {
    expect(() => forecast('p', '{', ROLE, TOKEN)).toThrow(InvalidPolicy)
    const text = fc.oneof(
      anyText,
      fc.json(),
      fc.jsonValue().map(value => policyOf(value)),
    )
    fc.assert(
      fc.property(text, policy => {
        const thrown = thrownBy(() => forecast('p', policy, ROLE, TOKEN))
        if (thrown !== undefined) expect(thrown).toBeInstanceOf(InvalidPolicy)
      }),
    )
  })
})
