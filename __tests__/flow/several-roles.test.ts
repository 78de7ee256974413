import { describe, expect, test } from '@jest/globals'
import { GateError } from '../../src/core/base/failure.ts'
import { assertAllVerified, verifyAll } from '../../src/flow/several-roles.ts'
import { inputsWith, matchFor, matchOf, ROLE_ARN } from '../core/samples.ts'

const several = (count: number) =>
  inputsWith({
    'role-to-assume': undefined,
    'aws-profiles': Array.from({ length: count }, (_, index) => `p${index}=${ROLE_ARN}`).join('\n'),
  })

describe('assertAllVerified', () => {
  test('returns the match of a single target, and those of several', () => {
    const inputs = inputsWith()
    const match = matchFor(inputs)
    expect(assertAllVerified({ inputs, outcomes: [match] })).toEqual([match])
    expect(assertAllVerified({ inputs: several(2), outcomes: [match, match] })).toHaveLength(2)
  })

  test.each([0, 1, 3])('accepts no %d matches for two targets', count => {
    const outcomes = Array.from({ length: count }, () => matchOf())
    expect(() => assertAllVerified({ inputs: several(2), outcomes })).toThrow('not every target was verified')
  })
})

describe('verifyAll', () => {
  const refusal = new GateError('ERR_STS_REJECTED', 'm', 'h')

  test('continues after one role fails, and keeps the order', async () => {
    const { targets } = several(30)
    const outcomes = await verifyAll(targets, async target => {
      if (target === targets[7]) throw refusal
      return matchOf(undefined, undefined, { ...target, expected: matchOf().target.expected })
    })
    expect(outcomes.map(({ target }) => target.profile?.name)).toEqual(
      targets.map(({ profile }) => profile?.name),
    )
    expect(outcomes[7]).toEqual({ kind: 'failed', target: targets[7], failure: refusal })
  })

  test('stops on a failure that is not about one role', async () => {
    const failure = new GateError('ERR_OIDC_REQUEST_FAILED', 'm', 'h')
    await expect(
      verifyAll(several(3).targets, async () => {
        throw failure
      }),
    ).rejects.toBe(failure)
  })
})
