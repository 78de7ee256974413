import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { type DenyingPolicy, denyingPolicyIn, isTrustPolicy } from '../../../src/core/sts/denying-policy.ts'
import { anyText } from '../arbitraries.ts'

const WHO =
  'User: arn:aws:iam::111122223333:user/Robot is not authorized to perform: sts:AssumeRole on resource: arn:aws:iam::444455556666:role/Deploy'
const SCP = 'arn:aws:organizations::777788889999:policy/o-abc123/service_control_policy/p-xyz789'
const POLICY = 'arn:aws:iam::111122223333:policy/team/Deny_all+1'

describe('the policy that AWS names', () => {
  test.each<[string, DenyingPolicy]>([
    [
      'with an explicit deny in a service control policy',
      { kind: 'service control policy', isExplicit: true, arn: undefined },
    ],
    [
      `with an explicit deny in a service control policy: ${SCP}`,
      { kind: 'service control policy', isExplicit: true, arn: SCP },
    ],
    [
      `with an explicit deny in an identity-based policy: ${POLICY}. Encoded message: x`,
      { kind: 'identity-based policy', isExplicit: true, arn: POLICY },
    ],
    [
      'with an explicit deny in the role trust policy',
      { kind: 'role trust policy', isExplicit: true, arn: undefined },
    ],
    [
      'with an explicit deny in a resource control policy.',
      { kind: 'resource control policy', isExplicit: true, arn: undefined },
    ],
    [
      'because no session policy allows the sts:AssumeRole action',
      { kind: 'session policy', isExplicit: false, arn: undefined },
    ],
    [
      'because no permissions boundary allows the sts:AssumeRole action',
      { kind: 'permissions boundary', isExplicit: false, arn: undefined },
    ],
    [
      'because no VPC endpoint policy allows the sts:AssumeRole action',
      { kind: 'VPC endpoint policy', isExplicit: false, arn: undefined },
    ],
    [
      'because no resource-based policy allows the sts:AssumeRole action',
      { kind: 'resource-based policy', isExplicit: false, arn: undefined },
    ],
  ])('is read from %j', (words, policy) => {
    expect(denyingPolicyIn(`${WHO} ${words}`)).toEqual(policy)
  })

  test.each([
    '',
    'with an explicit deny',
    'with an explicit deny in a policy',
    'because no policy allows it',
    ': session policy',
  ])('is not found in %j', words => expect(denyingPolicyIn(`${WHO} ${words}`)).toBeUndefined())

  test('has an ARN without spaces and quotes, whatever follows', () => {
    fc.assert(
      fc.property(anyText, text => {
        const { arn = 'arn:' } = denyingPolicyIn(`explicit deny in a session policy: arn:${text}`) ?? {}
        expect(arn).toMatch(/^arn:[^\s"]*$/)
      }),
    )
  })

  test('is the trust policy under either of its names', () => {
    const kinds = ['role trust policy', 'resource-based policy', 'session policy'] as const
    const policies = kinds.map(kind => ({ kind, isExplicit: true, arn: undefined }))
    expect(policies.map(isTrustPolicy)).toEqual([true, true, false])
  })
})
