import { statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { type AwsServices, startAwsServices } from '../../sandbox/real/consumers/aws-services.ts'
import type { Consumer, ConsumerAnswer } from '../../sandbox/real/consumers/consumer.ts'
import { consumers } from '../../sandbox/real/consumers/consumers.ts'
import { isInstalled } from '../../sandbox/real/part.ts'
import type { RunningWorld, World } from '../../sandbox/world.ts'
import { inLongJob, type LongJob } from '../scenarios/long-job.ts'
import { ANOTHER_ROLE, DEPLOY_SESSION, inWorld } from '../scenarios/scenario.ts'
import { describePart } from './describe-part.ts'

/** The command renews with a third of it left, which must be enough for ten processes that start at once. */
const SESSION_SECONDS = 9
/** The second and the third call come after the expiry of what the one before used. */
const repeated = { times: 3, pauseMs: (SESSION_SECONDS + 1) * 1000 }

/** What a process did that used a renewing profile through two expiries. */
interface LongRun {
  readonly answer: ConsumerAnswer
  /** How many sessions it used. */
  readonly used: number
  /** Requests with a session that had expired. */
  readonly expired: number
  readonly renewals: number
}

/** All at the same time, each in its own world: together they take as long as one. */
const longRuns = new Map<Consumer, Promise<LongRun>>()

beforeAll(() => {
  for (const consumer of consumers.filter(isInstalled)) longRuns.set(consumer, runThroughExpiries(consumer))
})

afterAll(() => Promise.allSettled(longRuns.values()))

type Body<T> = (world: RunningWorld, services: AwsServices, job: LongJob) => Promise<T>

function inJob<T>(data: Partial<World>, body: Body<T>): Promise<T> {
  return inWorld(data, async world => {
    const creationMs = repeated.times * repeated.pauseMs
    const services = await startAwsServices({ sessions: () => world.sts.sessions, creationMs })
    const results: T[] = []
    try {
      await inLongJob(world, {}, async job => {
        results.push(await body(world, services, job))
      })
    } finally {
      await services.close()
    }
    return results[0] as T
  })
}

function runThroughExpiries(consumer: Consumer): Promise<LongRun> {
  return inJob({ sessionSeconds: SESSION_SECONDS }, async (world, services, job) => {
    const answer = await consumer.callerIdentity({ ...callOf(world, services, job), repeated })
    const { sessions } = world.sts
    const requests = world.sts.requests.filter(({ operation }) => operation === 'GetCallerIdentity')
    const verified = new Set<string>()
    // The first call with each session is the step's or the command's own.
    const others = requests.filter(
      ({ accessKeyId }) => verified.has(accessKeyId) || !verified.add(accessKeyId),
    )
    const expiries = new Map(sessions.map(({ accessKeyId, expiresAt }) => [accessKeyId, expiresAt]))
    const isExpired = (at: number, accessKeyId: string) => at >= (expiries.get(accessKeyId) ?? 0)
    const calls = [...others, ...services.accepted]
    return {
      answer,
      used: new Set(calls.map(({ accessKeyId }) => accessKeyId)).size,
      expired:
        others.filter(({ at, accessKeyId }) => isExpired(at, accessKeyId)).length +
        services.refusals.filter(code => code !== 'ValidationError').length,
      renewals: sessions.length - 1,
    }
  })
}

function callOf(
  world: RunningWorld,
  services: AwsServices,
  { home, idTokenVariables: environment }: LongJob,
) {
  return { environment, home, endpoint: world.sts.url, services: services.url, profile: 'gate' }
}

for (const consumer of consumers)
  describePart(consumer, () => {
    const { renewsSecondsBefore, hidesReason } = consumer.habits

    test('works through two expiries, and never presents an expired session', async () => {
      const run = await longRuns.get(consumer)
      expect(run).toMatchObject({ answer: { arn: DEPLOY_SESSION }, expired: 0 })
      expect(run?.renewals).toBeGreaterThanOrEqual(2)
      expect(run?.used).toBeGreaterThanOrEqual(2)
    }, 120_000)

    test(`ends ${hidesReason ? 'without' : 'with'} the reason when a renewal is refused`, () => {
      const swapped = { kind: 'alter', fields: ANOTHER_ROLE } as const
      const faults = [
        { on: 'GetCallerIdentity', times: 1, effect: { kind: 'delay', ms: 0 } },
        { on: 'GetCallerIdentity', effect: swapped },
      ] as const
      return inJob({ sessionSeconds: 1, faults }, async (world, services, job) => {
        await sleep(1000)
        const answer = await consumer.callerIdentity(callOf(world, services, job))
        const reason = expect.stringMatching(/ERR_IDENTITY_MISMATCH: .*assumed-role\/admin/s)
        expect(answer).toEqual({ error: hidesReason ? expect.not.stringContaining('ERR_') : reason })
      })
    })

    if (renewsSecondsBefore !== undefined)
      test(`gets credentials once for a session that has more than ${renewsSecondsBefore} s left`, async () => {
        expect(await renewalsOf(consumer, Math.ceil(renewsSecondsBefore * 1.4) + 3)).toBe(1)
      })

    if (renewsSecondsBefore)
      test(`gets credentials again for a session that has less than ${renewsSecondsBefore} s left`, async () => {
        expect(await renewalsOf(consumer, Math.ceil(renewsSecondsBefore * 0.4))).toBeGreaterThan(1)
      })
  })

/** How often a process runs the profile's command for three calls. */
function renewalsOf(consumer: Consumer, sessionSeconds: number): Promise<number> {
  return inJob({ sessionSeconds }, async (world, services, job) => {
    const { environment, ...call } = callOf(world, services, job)
    const count = join(job.folder, 'count')
    const counting = { NODE_OPTIONS: `--require ${resolve('sandbox/real/consumers/renewal-counter.cjs')}` }
    const answer = await consumer.callerIdentity({
      ...call,
      environment: { ...environment, ...counting, RENEWAL_COUNT: count },
      repeated: { times: 3, pauseMs: 50 },
    })
    expect(answer).toEqual({ arn: DEPLOY_SESSION })
    return statSync(count).size
  })
}
