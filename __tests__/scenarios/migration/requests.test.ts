import { describe, expect, test } from '@jest/globals'
import { defaultJob, type Job } from '../../../sandbox/job.ts'
import { valuesOf } from '../../../sandbox/sts/parameter-list.ts'
import type { RunningWorld } from '../../../sandbox/world.ts'
import {
  assumptionsOf,
  DEPLOYER,
  PARTNER,
  robotInputs,
  tagsOf,
  transitiveKeysOf,
} from '../migration-credentials.ts'
import { errorsOf, expectFailure, inWorld, runMain, type Scenario, warningsOf } from '../scenario.ts'

/** A run with a value for each tag. */
const PULL_REQUEST: Job = {
  ...defaultJob,
  workflow: 'Deploy (prod) & test',
  eventName: 'pull_request',
  ref: 'refs/pull/7/merge',
  baseRef: 'main',
  headRef: 'feature',
}
const ESSENTIAL = {
  GitHub: 'Actions',
  Repository: 'octo-org/payments',
  Workflow: 'Deploy _prod_ _ test',
  Action: '__octo-org_aws-role-gate',
  Actor: 'octocat',
  Commit: '6dcb09b5b57875f334f61aebed695e2e4193db5e',
  Branch: 'refs/pull/7/merge',
}
const DROPPABLE = {
  EventName: 'pull_request',
  BaseRef: 'main',
  HeadRef: 'feature',
  RunId: '8675309',
  Job: 'deploy',
  TriggeringActor: 'octocat',
}

describe('role-external-id', () => {
  const UNTAGGED = { 'role-skip-session-tagging': 'true' }

  test('opens a role that requires it', () =>
    inWorld({}, async world => {
      const result = await assume(world, PARTNER, {
        with: { ...UNTAGGED, 'role-external-id': 'octo-partner-7' },
      })
      expect(errorsOf(result)).toEqual([])
      expect(result.outputs['authenticated-arn']).toMatch(/:assumed-role\/partner\//)
    }))

  test.each([{ 'role-external-id': 'octo-partner-8' }, {}])(
    'is refused for good if wrong or missing: %o',
    given =>
      inWorld({}, async world => {
        const result = await assume(world, PARTNER, { with: { ...UNTAGGED, ...given } })
        expectFailure(result, 'ERR_STS_REJECTED')
        expect(errorsOf(result)[0]).toContain('sts:AssumeRole on')
        expect(assumptionsOf(world)).toHaveLength(1)
      }),
  )

  test('triggers a warning with a token, like everything AWS only accepts without one', () =>
    inWorld({}, async world => {
      const result = await runMain(world, {
        with: {
          'role-external-id': 'octo-partner-7',
          'custom-tags': '{"Team":"a"}',
          'transitive-tag-keys': 'Team',
        },
      })
      expect(result.outputs.verified).toBe('true')
      expect(warningsOf(result).join()).toContain(
        'role-external-id, custom-tags, transitive-tag-keys: ignored',
      )
      expect(Object.keys(assumptionsOf(world)[0] ?? {}).sort()).toEqual([
        'Action',
        'DurationSeconds',
        'RoleArn',
        'RoleSessionName',
        'Version',
        'WebIdentityToken',
      ])
    }))
})

describe('session tags', () => {
  test('match those of configure-aws-credentials v6 key by key, with characters that AWS rejects replaced', () =>
    inWorld({ job: PULL_REQUEST }, async world => {
      const result = await assume(world, DEPLOYER)
      expect(errorsOf(result)).toEqual([])
      expect(tagsOf(assumptionsOf(world)[0])).toEqual({ ...ESSENTIAL, ...DROPPABLE })
      expect(Object.keys(tagsOf(assumptionsOf(world)[0]))).toEqual(
        Object.keys({ ...ESSENTIAL, ...DROPPABLE }),
      )
    }))

  test('from blank variables are left out', () =>
    inWorld({}, async world => {
      await assume(world, DEPLOYER)
      const tags = tagsOf(assumptionsOf(world)[0])
      expect(tags).toMatchObject({ Branch: 'refs/heads/main', EventName: 'push' })
      expect(Object.keys(tags)).not.toContain('BaseRef')
      expect(Object.keys(tags)).not.toContain('HeadRef')
    }))

  test('are not sent with role-skip-session-tagging, with a warning for custom-tags and transitive-tag-keys', () =>
    inWorld({}, async world => {
      const result = await assume(world, DEPLOYER, {
        with: {
          'role-skip-session-tagging': 'true',
          'custom-tags': '{"Team":"a"}',
          'transitive-tag-keys': 'Team',
        },
      })
      expect(result.outputs.verified).toBe('true')
      expect(tagsOf(assumptionsOf(world)[0])).toEqual({})
      expect(transitiveKeysOf(assumptionsOf(world)[0])).toEqual([])
      expect(warningsOf(result).join()).toContain('role-skip-session-tagging is true')
    }))

  test('too large for AWS are sent once more without the optional ones', () =>
    inWorld({ job: PULL_REQUEST, packedPolicyLimit: sizeOf(ESSENTIAL) }, async world => {
      const result = await assume(world, DEPLOYER, { with: { 'transitive-tag-keys': 'Repository\nRunId' } })
      expect(errorsOf(result)).toEqual([])
      const [first, second, ...others] = assumptionsOf(world)
      expect(tagsOf(first)).toEqual({ ...ESSENTIAL, ...DROPPABLE })
      expect(tagsOf(second)).toEqual(ESSENTIAL)
      expect(transitiveKeysOf(second)).toEqual(['Repository'])
      expect(others).toEqual([])
    }))

  test('too large even then fail for good', () =>
    inWorld({ job: PULL_REQUEST, packedPolicyLimit: 20 }, async world => {
      expectFailure(await assume(world, DEPLOYER), 'ERR_STS_REJECTED')
      expect(assumptionsOf(world)).toHaveLength(2)
    }))
})

describe('custom-tags', () => {
  test('are sent with the others, numbers and booleans as text', () =>
    inWorld({}, async world => {
      await assume(world, DEPLOYER, {
        with: { 'custom-tags': '{"Team": "Größe 1", "Cost": 42, "Live": true}' },
      })
      expect(tagsOf(assumptionsOf(world)[0])).toMatchObject({
        Repository: 'octo-org/payments',
        Team: 'Größe 1',
        Cost: '42',
        Live: 'true',
      })
    }))

  test.each([
    '{"Repository":"evil"}',
    '{"repository":"evil"}',
    '{"aws:x":"1"}',
    '{"Team":"a","Team":"b"}',
    '{"Team":["a"]}',
    '{"Team":null}',
    '{"Te,am":"a"}',
    '["a"]',
    'Team=a',
  ])('that AWS can’t accept are an error before any call: %s', text =>
    inWorld({}, async world => {
      const result = await assume(world, DEPLOYER, { with: { 'custom-tags': text } })
      expectFailure(result, 'ERR_INPUT_INVALID')
      expect(errorsOf(result)[0]).toContain('- custom-tags: ')
      expect(world.sts.requests).toEqual([])
    }),
  )
})

describe('transitive-tag-keys', () => {
  test('are sent if there is such a tag, separated by lines or commas, with a warning for others', () =>
    inWorld({}, async world => {
      const result = await assume(world, DEPLOYER, {
        with: { 'transitive-tag-keys': 'Repository,Team\nAbsent', 'custom-tags': '{"Team":"a"}' },
      })
      expect(result.outputs.verified).toBe('true')
      expect(transitiveKeysOf(assumptionsOf(world)[0])).toEqual(['Repository', 'Team'])
      expect(warningsOf(result).join()).toContain('transitive-tag-keys: "Absent": ignored')
    }))
})

describe('session policies', () => {
  const POLICY = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: 's3:*', Resource: '*' }] }
  const READ = 'arn:aws:iam::aws:policy/ReadOnlyAccess'
  const OWN = 'arn:aws:iam::111122223333:policy/ci/own'

  test.each(['token', 'keys'])('restrict the session, inline and managed ones, with %s', source =>
    inWorld({}, async world => {
      const given = {
        'inline-session-policy': JSON.stringify(POLICY, null, 2),
        'managed-session-policies': `${READ}\n${OWN}\n`,
      }
      const result = await (source === 'token'
        ? runMain(world, { with: given })
        : assume(world, DEPLOYER, { with: given }))
      expect(errorsOf(result)).toEqual([])
      const [sent = {}] = assumptionsOf(world)
      expect(sent.Policy).toBe(JSON.stringify(POLICY))
      expect(valuesOf(sent, 'PolicyArns', 'arn')).toEqual([READ, OWN])
    }),
  )

  test.each(['s3:*', '[]', '{"Version":"2012-10-17"}', `{"Statement":[],"Id":"${'x'.repeat(2048)}"}`])(
    'that AWS could not read are an error before any call: inline-session-policy %#',
    text =>
      inWorld({}, async world => {
        const result = await runMain(world, { with: { 'inline-session-policy': text } })
        expectFailure(result, 'ERR_INPUT_INVALID')
        expect(errorsOf(result)[0]).toContain('- inline-session-policy: ')
        expect(world.idTokenIssuer.requests).toEqual([])
      }),
  )

  test('may be separated by commas, so a policy with a comma in its name is an error', () =>
    inWorld({}, async world => {
      await runMain(world, { with: { 'managed-session-policies': `${READ}, ${OWN}` } })
      expect(valuesOf(assumptionsOf(world)[0] ?? {}, 'PolicyArns', 'arn')).toEqual([READ, OWN])
      const comma = await runMain(world, { with: { 'managed-session-policies': `${OWN},eu` } })
      expectFailure(comma, 'ERR_INPUT_INVALID')
      expect(errorsOf(comma)[0]).toContain('no name with a comma')
    }))
})

describe('special-characters-workaround', () => {
  const SPECIAL = { SecretAccessKey: 'with/special+characters/of+base64/for+you' }

  test('requests sessions until the keys have letters and digits only, with or without disable-retry', () =>
    inWorld(
      { faults: [{ on: 'AssumeRole', times: 1, effect: { kind: 'alter', fields: SPECIAL } }] },
      async world => {
        const result = await assume(world, DEPLOYER, {
          with: {
            'special-characters-workaround': 'true',
            'retry-max-attempts': '50',
            'disable-retry': 'true',
          },
        })
        expect(errorsOf(result)).toEqual([])
        expect(assumptionsOf(world).length).toBeGreaterThan(1)
        expect(result.exported.AWS_SECRET_ACCESS_KEY).toMatch(/^[A-Za-z0-9]+$/)
        expect(result.exported.AWS_SECRET_ACCESS_KEY).toBe(world.sts.sessions.at(-1)?.secretAccessKey)
      },
    ))

  test('stops after retry-max-attempts sessions', () =>
    inWorld({ faults: [{ on: 'AssumeRole', effect: { kind: 'alter', fields: SPECIAL } }] }, async world => {
      const result = await assume(world, DEPLOYER, {
        with: { 'special-characters-workaround': 'true', 'retry-max-attempts': '3' },
      })
      expectFailure(result, 'ERR_STS_UNAVAILABLE')
      expect(errorsOf(result)[0]).toContain('special characters')
      expect(assumptionsOf(world)).toHaveLength(3)
    }))
})

/** The role, assumed with ci-robot's access keys. */
function assume(world: RunningWorld, role: string, { with: given, ...scenario }: Scenario = {}) {
  return runMain(world, { ...scenario, with: { ...robotInputs(world), 'role-to-assume': role, ...given } })
}

/** As counted by the sandbox's STS. */
function sizeOf(tags: Readonly<Record<string, string>>): number {
  return Object.entries(tags).flat().join('').length
}
