import { describe, expect, test } from '@jest/globals'
import type { Fault } from '../../../sandbox/fault.ts'
import {
  ANOTHER_ROLE,
  DEPLOY,
  DEPLOY_SESSION,
  DEPLOYER,
  errorsOf,
  expectFailure,
  inWorld,
  operationsOf,
  PRODUCTION,
  PRODUCTION_SESSION,
  READER,
  robotKeys,
  runMain,
  variablesOf,
  warningsOf,
} from '../scenario.ts'

const CHAIN = { 'role-to-assume': DEPLOY, 'role-chain': PRODUCTION }
/** The fault in GetCallerIdentity's response for the first role of the chain only. */
const FIRST_IS_ANOTHER: Fault = {
  on: 'GetCallerIdentity',
  times: 1,
  effect: { kind: 'alter', fields: ANOTHER_ROLE },
}

describe('role-chain', () => {
  test('assumes each role from the previous one, verifies it before the next, and exports the last', () =>
    inWorld({}, async world => {
      const result = await runMain(world, { with: CHAIN })
      expect(operationsOf(world)).toEqual([
        'AssumeRoleWithWebIdentity',
        'GetCallerIdentity',
        'AssumeRole',
        'GetCallerIdentity',
      ])
      expect(result.outputs['authenticated-arn']).toBe(PRODUCTION_SESSION)
      expect(result.outputs['token-subject']).toContain('octo-org')
      const [first, last] = world.sts.sessions
      expect(result.exported).toMatchObject(last ? variablesOf(last) : {})
      expect(result.files.env).not.toContain(first?.secretAccessKey ?? '')
      expect(result.masks).toEqual(expect.arrayContaining([first?.secretAccessKey, last?.secretAccessKey]))
    }))

  test('starts with access keys if they are set', () =>
    inWorld({}, async world => {
      const result = await runMain(world, {
        with: { ...robotKeys(world), 'role-to-assume': 'deployer', 'role-chain': PRODUCTION },
      })
      expect(result.outputs['authenticated-arn']).toBe(PRODUCTION_SESSION)
    }))

  test('stops if an intermediate role is another one, and does not assume the next', () =>
    inWorld({ faults: [FIRST_IS_ANOTHER] }, async world => {
      const result = await runMain(world, { with: CHAIN })
      expectFailure(result, 'ERR_IDENTITY_MISMATCH')
      expect(result.outputs['actual-arn']).toBe(ANOTHER_ROLE.Arn)
      expect(operationsOf(world)).toEqual(['AssumeRoleWithWebIdentity', 'GetCallerIdentity'])
      expect(result.summary).toContain('the role assumed')
    }))

  test('checks an intermediate role against its own ARN, whatever the guards allow for the last', () =>
    inWorld({ faults: [FIRST_IS_ANOTHER] }, async world => {
      const result = await runMain(world, {
        with: { ...CHAIN, 'expected-role': 'any', 'allowed-account-ids': '111122223333,444455556666' },
      })
      expectFailure(result, 'ERR_IDENTITY_MISMATCH')
    }))

  test('checks the guards against the last role only', () =>
    inWorld({}, async world => {
      const guards = {
        'allowed-account-ids': '444455556666',
        'forbidden-account-ids': '111122223333',
        'expected-role-id': 'AROA6PRODUCTION4T2HVZ',
      }
      expect((await runMain(world, { with: { ...CHAIN, ...guards } })).outputs.verified).toBe('true')
      const wrong = await runMain(world, { with: { ...CHAIN, 'expected-role': DEPLOY } })
      expectFailure(wrong, 'ERR_IDENTITY_MISMATCH')
      expect(wrong.outputs['actual-arn']).toBe(PRODUCTION_SESSION)
    }))

  test('checks the claims of the first token', () =>
    inWorld({}, async world => {
      const result = await runMain(world, { with: { ...CHAIN, 'required-claims': 'event_name=schedule' } })
      expectFailure(result, 'ERR_CLAIM_MISMATCH')
      expect(world.sts.requests).toEqual([])
    }))

  test('applies policies, external id, tags and the duration to the last role only', () =>
    inWorld({}, async world => {
      const result = await runMain(world, {
        with: {
          ...CHAIN,
          'role-external-id': 'octo-7',
          'custom-tags': '{"Team":"payments"}',
          'inline-session-policy': '{"Version": "2012-10-17", "Statement": []}',
          'managed-session-policies': 'arn:aws:iam::aws:policy/ReadOnlyAccess',
          'role-duration-seconds': '1800',
        },
      })
      expect(result.outputs.verified).toBe('true')
      expect(warningsOf(result)).toEqual([])
      const [first, last] = world.sts.requests.filter(({ operation }) => operation.startsWith('AssumeRole'))
      expect(first?.parameters.DurationSeconds).toBe('900')
      for (const name of ['ExternalId', 'Policy', 'PolicyArns.member.1.arn', 'Tags.member.1.Key'])
        expect(first?.parameters).not.toHaveProperty([name])
      expect(last?.parameters).toMatchObject({
        DurationSeconds: '1800',
        ExternalId: 'octo-7',
        Policy: '{"Version":"2012-10-17","Statement":[]}',
        'PolicyArns.member.1.arn': 'arn:aws:iam::aws:policy/ReadOnlyAccess',
      })
    }))

  test('says which role was denied, and exports nothing of the first', () =>
    inWorld({}, async world => {
      const result = await runMain(world, { with: { ...CHAIN, 'role-chain': READER } })
      expectFailure(result, 'ERR_STS_REJECTED')
      expect(errorsOf(result).join()).toContain(READER)
      expect(errorsOf(result).join()).toContain(DEPLOY_SESSION)
      expect(result.outputs).not.toHaveProperty('aws-account-id')
      expect(result.outputs).not.toHaveProperty('actual-arn')
      expect(result.summary).not.toContain('| Expected | Actual |')
    }))

  test('reports every invalid combination at once, before any call', () =>
    inWorld({}, async world => {
      const result = await runMain(world, {
        with: {
          'role-to-assume': 'deploy',
          'role-chain': `${PRODUCTION}\narn:aws-cn:iam::111122223333:role/china`,
          'role-duration-seconds': '7200',
          'use-fips-endpoint': 'true',
          'managed-session-policies': Array.from(
            { length: 11 },
            (_, index) => `arn:aws:iam::aws:policy/P${index}`,
          ).join(),
          'aws-profile': '[x]',
        },
        environment: { AWS_PROFILE: 'other' },
      })
      expectFailure(result, 'ERR_INPUT_INVALID')
      for (const name of [
        'role-to-assume',
        'role-chain',
        'role-duration-seconds',
        'use-fips-endpoint',
        'managed-session-policies',
        'aws-profile',
      ])
        expect(errorsOf(result).join()).toContain(`- ${name}: `)
      expect(world.sts.requests).toEqual([])
      expect(world.idTokenIssuer.requests).toEqual([])
    }))
})

describe('AssumeRole', () => {
  const PARTNER = 'arn:aws:iam::444455556666:role/partner'

  test('sends the run’s tags, and no more than AWS accepts', () =>
    inWorld({}, async world => {
      const job = { ...world.job, workflow: 'Deploy & test (é)' }
      await runMain(world, {
        job,
        with: {
          ...robotKeys(world),
          'role-to-assume': DEPLOYER,
          'custom-tags': '{"Cost Center": 42}',
          'transitive-tag-keys': 'Repository, Cost Center',
        },
      })
      const tags = tagsOf(world.sts.requests[0]?.parameters ?? {})
      expect(tags).toMatchObject({
        GitHub: 'Actions',
        Repository: 'octo-org/payments',
        Workflow: 'Deploy _ test _é_',
        Branch: 'refs/heads/main',
        'Cost Center': '42',
      })
      expect(world.sts.requests[0]?.parameters).toMatchObject({
        'TransitiveTagKeys.member.1': 'Repository',
        'TransitiveTagKeys.member.2': 'Cost Center',
      })
    }))

  test('that is too long for AWS is retried once without the optional tags', () =>
    inWorld({ packedPolicyLimit: 190 }, async world => {
      const result = await runMain(world, {
        with: {
          ...robotKeys(world),
          'role-to-assume': DEPLOYER,
          'transitive-tag-keys': 'Repository,RunId',
          'disable-retry': 'true',
        },
      })
      expect(result.outputs.verified).toBe('true')
      const [all, fewer] = world.sts.requests.map(({ parameters }) => Object.keys(tagsOf(parameters)))
      expect(all).toContain('RunId')
      expect(fewer).toEqual(['GitHub', 'Repository', 'Workflow', 'Action', 'Actor', 'Commit', 'Branch'])
      expect(world.sts.requests[1]?.parameters).not.toHaveProperty(['TransitiveTagKeys.member.2'])
    }))

  test('that is too long even without them fails for good', () =>
    inWorld({ packedPolicyLimit: 10 }, async world => {
      const result = await runMain(world, { with: { ...robotKeys(world), 'role-to-assume': DEPLOYER } })
      expectFailure(result, 'ERR_STS_REJECTED')
      expect(operationsOf(world)).toEqual(['AssumeRole', 'AssumeRole'])
      expect(errorsOf(result).join()).toContain('PackedPolicyTooLarge')
    }))

  test('with an external id reaches a role that requires it; if it is missing, the error says so', () =>
    inWorld({}, async world => {
      const inputs = { ...robotKeys(world), 'role-to-assume': PARTNER }
      const tagged = await runMain(world, { with: { ...inputs, 'role-external-id': 'octo-partner-7' } })
      expectFailure(tagged, 'ERR_STS_REJECTED')
      expect(errorsOf(tagged).join()).toContain('role-skip-session-tagging')
      const untagged = { ...inputs, 'role-skip-session-tagging': 'true' }
      const without = await runMain(world, { with: untagged })
      expectFailure(without, 'ERR_STS_REJECTED')
      expect(errorsOf(without).join()).toMatch(/external ID: none[\s\S]*role-external-id/)
      const right = await runMain(world, { with: { ...untagged, 'role-external-id': 'octo-partner-7' } })
      expect(right.outputs.verified).toBe('true')
    }))

  test('is retried for a key without special characters, within the allowed attempts', () =>
    inWorld({}, async world => {
      const result = await runMain(world, {
        with: { 'special-characters-workaround': 'true', 'retry-max-attempts': '50' },
      })
      expect(result.exported.AWS_SECRET_ACCESS_KEY).toMatch(/^[A-Za-z0-9]+$/)
      const impatient = await runMain(world, {
        with: { 'special-characters-workaround': 'true', 'retry-max-attempts': '1' },
      })
      if (impatient.conclusion === 'success')
        expect(impatient.exported.AWS_SECRET_ACCESS_KEY).toMatch(/^[A-Za-z0-9]+$/)
      else expectFailure(impatient, 'ERR_STS_UNAVAILABLE')
    }))

  test('with special characters in every key stops after the allowed number of sessions', () =>
    inWorld(
      {
        faults: [
          {
            on: 'AssumeRoleWithWebIdentity',
            effect: {
              kind: 'alter',
              fields: { SecretAccessKey: 'with/special+characters/in/every/session' },
            },
          },
        ],
      },
      async world => {
        const result = await runMain(world, {
          with: { 'special-characters-workaround': 'true', 'retry-max-attempts': '3' },
        })
        expectFailure(result, 'ERR_STS_UNAVAILABLE')
        expect(operationsOf(world)).toEqual(Array(3).fill('AssumeRoleWithWebIdentity'))
      },
    ))
})

function tagsOf(parameters: Readonly<Record<string, string>>): Record<string, string> {
  const keys = Object.keys(parameters).filter(name => /^Tags\.member\.\d+\.Key$/.test(name))
  return Object.fromEntries(
    keys.map(name => [parameters[name] ?? '', parameters[name.replace(/Key$/, 'Value')] ?? '']),
  )
}
