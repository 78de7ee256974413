import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { type AwsServices, startAwsServices } from '../../sandbox/real/consumers/aws-services.ts'
import type { ConsumerAnswer, ConsumerCall } from '../../sandbox/real/consumers/consumer.ts'
import { consumers } from '../../sandbox/real/consumers/consumers.ts'
import { type RunningWorld, startWorld } from '../../sandbox/world.ts'
import {
  DEPLOY,
  earlierSession,
  type MainResult,
  runMain,
  runPost,
  type Scenario,
} from '../scenarios/scenario.ts'
import { describePart } from './describe-part.ts'

/** With every character that a name may have beside letters. */
const UNUSUAL = '9_b.c@d+e%f:g-h'
const REGIONS = { AWS_REGION: 'eu-west-1', AWS_DEFAULT_REGION: 'eu-west-1' }

/** What steps left in the job, each by sessions named after the form. */
interface Left {
  readonly variables: MainResult
  readonly variablesAfter: Readonly<Record<string, string>>
  readonly outputs: Readonly<Record<string, string>>
  /** HOME with the profiles `gate` and `default`. */
  readonly home: string
  /** The variables of files elsewhere, with blanks in their paths and an unusual profile. */
  readonly elsewhere: Readonly<Record<string, string>>
  readonly renewingElsewhere: Readonly<Record<string, string>>
  /** HOME after the post step. */
  readonly cleared: string
}

let world: RunningWorld
let services: AwsServices
let folder: string
let left: Left

beforeAll(async () => {
  world = await startWorld()
  services = await startAwsServices({ sessions: () => world.sts.sessions })
  folder = mkdtempSync(join(tmpdir(), 'a job-'))
  left = await leave()
}, 60_000)

afterAll(async () => {
  await services.close()
  await world.close()
  rmSync(folder, { recursive: true, force: true })
})

async function leave(): Promise<Left> {
  const variables = await runMain(world, named('variables'))
  const withOutputs = { 'output-credentials': 'true', 'output-env-credentials': 'false' }
  const { outputs } = await runMain(world, named('outputs', withOutputs))
  const temporaryDirectory = join(folder, 'static')
  await runMain(world, { ...profiles('profile', ['gate', 'default']), temporaryDirectory })
  const cleared = join(folder, 'cleared')
  const removed = await runMain(world, { ...profiles('cleared', ['gate']), temporaryDirectory: cleared })
  await runPost(removed, { temporaryDirectory: cleared })
  return {
    variables,
    variablesAfter: { ...variables.exported, ...(await runPost(variables)).exported },
    outputs,
    home: join(temporaryDirectory, 'home'),
    elsewhere: await leaveElsewhere('elsewhere'),
    renewingElsewhere: await leaveElsewhere('renewing', { 'refresh-credentials': 'true' }),
    cleared: join(cleared, 'home'),
  }
}

async function leaveElsewhere(name: string, given: Record<string, string> = {}) {
  const place = join(folder, `${name} files`)
  mkdirSync(place)
  const files = {
    AWS_CONFIG_FILE: join(place, 'a config'),
    AWS_SHARED_CREDENTIALS_FILE: join(place, 'credentials'),
  }
  const temporaryDirectory = join(folder, `${name} job`)
  await runMain(world, { ...profiles(name, [UNUSUAL], given), environment: files, temporaryDirectory })
  const { requestUrl, requestToken } = world.idTokenIssuer
  return { ...files, ACTIONS_ID_TOKEN_REQUEST_URL: requestUrl, ACTIONS_ID_TOKEN_REQUEST_TOKEN: requestToken }
}

function named(name: string, given: Record<string, string> = {}): Scenario {
  return { with: { 'role-session-name': name, ...given } }
}

function profiles(name: string, names: readonly string[], given: Record<string, string> = {}): Scenario {
  const lines = names.map(profile => `${profile}=${DEPLOY}`).join('\n')
  return { ...named(name, { 'aws-profiles': lines, ...given }), without: ['role-to-assume'] }
}

function isSession(name: string): ConsumerAnswer {
  return { arn: `arn:aws:sts::111122223333:assumed-role/deploy/${name}` }
}

for (const consumer of consumers)
  describePart(consumer, () => {
    const { habits } = consumer

    function ask(environment: Readonly<Record<string, string>>, call: Partial<ConsumerCall> = {}) {
      return consumer.callerIdentity({
        environment,
        endpoint: world.sts.url,
        services: services.url,
        ...call,
      })
    }

    test('uses the variables that the step exports, and finds no credentials after the job', async () => {
      expect(await ask(left.variables.exported)).toEqual(isSession('variables'))
      expect(await ask(left.variablesAfter)).toEqual({ error: expect.stringMatching(/credential/i) })
    })

    test('uses outputs that the workflow passes on', async () => {
      const environment = {
        AWS_ACCESS_KEY_ID: left.outputs['aws-access-key-id'] ?? '',
        AWS_SECRET_ACCESS_KEY: left.outputs['aws-secret-access-key'] ?? '',
        AWS_SESSION_TOKEN: left.outputs['aws-session-token'] ?? '',
      }
      expect(await ask({ ...environment, ...REGIONS })).toEqual(isSession('outputs'))
    })

    test('uses a profile and its region by AWS_PROFILE, by name and as the default', async () => {
      const { home } = left
      expect(await ask({ AWS_PROFILE: 'gate' }, { home })).toEqual(isSession('profile'))
      expect(await ask({}, { home, profile: 'gate' })).toEqual(isSession('profile'))
      expect(await ask({}, { home })).toEqual(isSession('profile'))
    })

    test('uses unusual profile names in files elsewhere, with blanks in their paths', async () => {
      const { elsewhere, renewingElsewhere } = left
      expect(await ask({ ...elsewhere, AWS_PROFILE: UNUSUAL })).toEqual(isSession('elsewhere'))
      expect(await ask(elsewhere, { profile: UNUSUAL })).toEqual(isSession('elsewhere'))
      expect(await ask({ ...renewingElsewhere, AWS_PROFILE: UNUSUAL })).toEqual(isSession('renewing'))
      expect(await ask(renewingElsewhere, { profile: UNUSUAL })).toEqual(isSession('renewing'))
    })

    test('finds no credentials in a profile after the job', async () => {
      const home = left.cleared
      const answer = await ask(REGIONS, { home, profile: 'gate' })
      expect(answer).toEqual({ error: expect.stringMatching(/profile|credential/i) })
    })

    test(`lets keys in the environment overrule ${habits.keysOverrule}`, async () => {
      const { home } = left
      const keys = { ...earlierSession(world), ...REGIONS }
      const { keysOverrule } = habits
      const byVariable = keysOverrule === 'no profile' ? 'profile' : 'earlier'
      const byName = keysOverrule === 'every profile' ? 'earlier' : 'profile'
      expect(await ask({ ...keys, AWS_PROFILE: 'gate' }, { home })).toEqual(isSession(byVariable))
      expect(await ask(keys, { home, profile: 'gate' })).toEqual(isSession(byName))
    })

    if (habits.regionVariables)
      test(`takes the region from ${habits.regionVariables.join(' and ')} alone`, async () => {
        const keys = earlierSession(world)
        for (const [name, region] of Object.entries(REGIONS)) {
          const isRead = habits.regionVariables?.includes(name)
          const expected = isRead ? isSession('earlier') : { error: expect.stringMatching(/region/i) }
          expect(await ask({ ...keys, [name]: region })).toEqual(expected)
        }
      })
  })
