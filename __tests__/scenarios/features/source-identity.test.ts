import { describe, expect, test } from '@jest/globals'
import type { Accounts } from '../../../sandbox/sts/account.ts'
import { defaultWorld, type RunningWorld, trustPolicyForPrincipals } from '../../../sandbox/world.ts'
import {
  DEPLOY,
  DEPLOYER,
  earlierSession,
  errorsOf,
  expectFailure,
  inWorld,
  operationsOf,
  PRODUCTION,
  ROBOT,
  robotKeys,
  runMain,
  warningsOf,
} from '../scenario.ts'

const AUDITED = 'arn:aws:iam::444455556666:role/audited'
const FINAL = 'arn:aws:iam::444455556666:role/final'
const CLOSED = 'arn:aws:iam::444455556666:role/closed'

/** Beside the default world's: `audited` and behind it `final`, both with sts:SetSourceIdentity, and `closed` without it. */
const ACCOUNTS: Accounts = {
  ...defaultWorld.accounts,
  '444455556666': {
    providers: defaultWorld.accounts['444455556666']?.providers ?? [],
    roles: [
      ...(defaultWorld.accounts['444455556666']?.roles ?? []),
      {
        name: 'audited',
        id: 'AROA6AUDITED0000000001',
        trustPolicy: trustPolicyForPrincipals([ROBOT, DEPLOY], { tagging: true, sourceIdentity: true }),
      },
      {
        name: 'final',
        id: 'AROA6FINAL000000000001',
        trustPolicy: trustPolicyForPrincipals([AUDITED], { tagging: true, sourceIdentity: true }),
      },
      {
        name: 'closed',
        id: 'AROA6CLOSED00000000001',
        trustPolicy: trustPolicyForPrincipals([AUDITED], { tagging: true }),
      },
    ],
  },
}

function sourceIdentitiesIn(world: RunningWorld): (string | undefined)[] {
  return world.sts.requests
    .filter(({ operation }) => operation !== 'GetCallerIdentity')
    .map(({ parameters }) => parameters.SourceIdentity)
}

describe('source-identity', () => {
  test('is set on a role that is assumed with access keys', () =>
    inWorld({ accounts: ACCOUNTS }, async world => {
      const result = await runMain(world, {
        with: { ...robotKeys(world), 'role-to-assume': AUDITED, 'source-identity': 'octocat@payments' },
      })
      expect(errorsOf(result)).toEqual([])
      expect(result.outputs.verified).toBe('true')
      expect(sourceIdentitiesIn(world)).toEqual(['octocat@payments'])
      expect(world.sts.sessions.at(-1)?.sourceIdentity).toBe('octocat@payments')
    }))

  test('goes with every role of a chain that AssumeRole is called for', () =>
    inWorld({ accounts: ACCOUNTS }, async world => {
      const result = await runMain(world, {
        with: { 'role-chain': `${AUDITED}\n${FINAL}`, 'source-identity': 'octocat' },
      })
      expect(errorsOf(result)).toEqual([])
      expect(result.outputs['role-name']).toBe('final')
      expect(sourceIdentitiesIn(world)).toEqual([undefined, 'octocat', 'octocat'])
    }))

  test('is inherited in a chain that a session with one begins', () =>
    inWorld({ accounts: ACCOUNTS }, async world => {
      const first = await runMain(world, {
        with: { ...robotKeys(world), 'role-to-assume': AUDITED, 'source-identity': 'octocat' },
      })
      const chained = await runMain(world, {
        with: { 'role-to-assume': FINAL, 'role-chaining': 'true' },
        environment: first.exported,
      })
      expect(chained.outputs['role-name']).toBe('final')
      expect(world.sts.sessions.at(-1)?.sourceIdentity).toBe('octocat')
      const changed = await runMain(world, {
        with: { 'role-to-assume': FINAL, 'role-chaining': 'true', 'source-identity': 'somebody-else' },
        environment: first.exported,
      })
      expectFailure(changed, 'ERR_STS_REJECTED')
      expect(errorsOf(changed).join()).toMatch(/can't be changed: set source-identity to the same value/)
    }))

  test('that the trust policy does not allow is refused with a hint of its own', () =>
    inWorld({ accounts: ACCOUNTS }, async world => {
      const result = await runMain(world, {
        with: { ...robotKeys(world), 'role-to-assume': DEPLOYER, 'source-identity': 'octocat' },
      })
      expectFailure(result, 'ERR_STS_REJECTED')
      const [message] = errorsOf(result)
      expect(message).toContain('- source identity: octocat')
      expect(message).toContain('must allow sts:SetSourceIdentity too')
    }))

  test('that a session inherited is explained where the next role does not allow it', () =>
    inWorld({ accounts: ACCOUNTS }, async world => {
      const first = await runMain(world, {
        with: { ...robotKeys(world), 'role-to-assume': AUDITED, 'source-identity': 'octocat' },
      })
      const chained = await runMain(world, {
        with: { 'role-to-assume': CLOSED, 'role-chaining': 'true' },
        environment: first.exported,
      })
      expectFailure(chained, 'ERR_STS_REJECTED')
      expect(errorsOf(chained).join()).toMatch(/has a source identity, which every role of a chain inherits/)
    }))

  test('is ignored with a warning where a token is exchanged for the role', () =>
    inWorld({}, async world => {
      const result = await runMain(world, { with: { 'source-identity': 'octocat' } })
      expect(result.outputs.verified).toBe('true')
      expect(warningsOf(result).join()).toContain('source-identity: ignored')
      expect(sourceIdentitiesIn(world)).toEqual([undefined])
    }))

  test('keeps no existing credentials, because nothing shows theirs', () =>
    inWorld({ accounts: ACCOUNTS }, async world => {
      const result = await runMain(world, {
        with: { 'use-existing-credentials': 'true', 'source-identity': 'octocat' },
        environment: earlierSession(world),
      })
      expect(result.outputs.verified).toBe('true')
      expect(operationsOf(world)).toEqual(['AssumeRoleWithWebIdentity', 'GetCallerIdentity'])
    }))

  test.each(['x', 'two words', 'a:b', `${'x'.repeat(65)}`])('is an input error: %p', value =>
    inWorld({}, async world => {
      const result = await runMain(world, { with: { 'source-identity': value, 'role-external-id': 'a b' } })
      expectFailure(result, 'ERR_INPUT_INVALID')
      expect(errorsOf(result).join()).toMatch(/source-identity: .*is not a source identity/)
      expect(errorsOf(result).join()).toContain('role-external-id: ')
      expect(operationsOf(world)).toEqual([])
    }),
  )
})

describe('translate-env-variables', () => {
  test('may be false, which is what always holds', () =>
    inWorld({}, async world => {
      const result = await runMain(world, { with: { 'translate-env-variables': 'false' } })
      expect(result.outputs.verified).toBe('true')
      expect(warningsOf(result)).toEqual([])
    }))

  test('is an error that says what to do instead if it is true', () =>
    inWorld({}, async world => {
      const result = await runMain(world, {
        with: { 'translate-env-variables': 'true' },
        environment: { ROLE_TO_ASSUME: PRODUCTION },
      })
      expectFailure(result, 'ERR_INPUT_INVALID')
      expect(errorsOf(result).join()).toMatch(
        /translate-env-variables: is true.*set each input under `with:`/,
      )
    }))
})
