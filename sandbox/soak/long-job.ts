import { resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { ConsumerAnswer } from '../real/consumers/consumer.ts'
import { runStep, type StepResult } from '../runner/runner.ts'
import { roleArn } from '../sts/account.ts'
import type { Session } from '../sts/session.ts'
import { accountsWithDeploy, type RunningWorld, startWorld } from '../world.ts'
import { FaultSchedule } from './fault-schedule.ts'
import { type WatchedFiles, watchFiles } from './file-watch.ts'
import type { JobConsumer, RunningConsumer } from './job-consumer.ts'
import { JobFolder } from './job-folder.ts'
import { type Peak, ProcessWatch } from './process-watch.ts'
import { type Period, UnsteadyProxy } from './proxy-outages.ts'
import type { ScaledClock } from './scaled-clock.ts'

const PROJECT = resolve(import.meta.dirname, '../..')
const RENEW = resolve(PROJECT, 'dist/renew/index.js')
const MINUTE = 60_000
const HOUR = 60 * MINUTE
/** How long before its expiry a session is due, as docs/long-jobs.md says. */
const DUE = 15 * MINUTE
/** Of a renewal, in real seconds: the clock that the sessions go by runs faster than its time-out. */
export const TIMEOUT_SECONDS = 4
/** Of one consumer between two calls, in real milliseconds. */
const PAUSE_MS = 500
/** The last account is no profile's: its role is the one that STS hands out when it should not. */
const ACCOUNTS = accountsWithDeploy(5)
const [IMPOSTOR_ID = '', ...PROFILE_IDS] = Object.keys(ACCOUNTS).toReversed()
/** Minutes for which the proxy is away when sessions are due, one after the other: the last outlives the sessions. */
const OUTAGE_MINUTES = [0, 6, 30]

export interface LongJobOptions {
  readonly hours: number
  readonly seed: number
  readonly clock: ScaledClock
  readonly consumers: readonly JobConsumer[]
}

/** One call of a consumer. Times are in milliseconds since the epoch. */
export interface Call {
  readonly consumer: string
  readonly profile: string
  readonly startedAt: number
  readonly endedAt: number
  readonly answer: ConsumerAnswer
}

/** What happened in a long job, with times of its clock. */
export interface LongJobResult {
  readonly played: Period
  readonly main: StepResult
  readonly post: StepResult
  readonly calls: readonly Call[]
  readonly sessions: readonly Session[]
  readonly requests: RunningWorld['sts']['requests']
  readonly tokens: number
  readonly befallen: FaultSchedule['befallen']
  readonly outages: readonly Period[]
  readonly peaks: readonly Peak[]
  readonly watched: WatchedFiles
  readonly left: readonly string[]
}

export async function playLongJob(options: LongJobOptions): Promise<LongJobResult> {
  const schedule = new FaultSchedule(options.seed)
  const callLimit = { perSecond: 8, burst: 4 }
  const world = await startWorld({ accounts: ACCOUNTS, faults: schedule.faults, callLimit })
  const proxy = await UnsteadyProxy.to(world.sts.url, world.idTokenIssuer.origin)
  const folder = new JobFolder()
  const stopWatching = watchFiles(folder)
  const watch = new ProcessWatch(RENEW)
  try {
    const job = new LongJob(options, world, proxy, folder, schedule)
    const { played, main, post, calls } = await job.play()
    const { sessions, requests } = world.sts
    const tokens = world.idTokenIssuer.tokens.length
    return {
      ...{ played, main, post, calls, sessions, requests, tokens },
      befallen: schedule.befallen,
      outages: proxy.outages,
      peaks: watch.end(),
      watched: await stopWatching(),
      left: folder.files(),
    }
  } finally {
    watch.end()
    await proxy.close()
    await world.close()
    folder.remove()
  }
}

interface StartedConsumer {
  readonly name: string
  readonly running: RunningConsumer
}

class LongJob {
  readonly #options: LongJobOptions
  readonly #world: RunningWorld
  readonly #proxy: UnsteadyProxy
  readonly #folder: JobFolder
  readonly #schedule: FaultSchedule
  readonly #calls: Call[] = []
  readonly #started = Date.now()
  readonly #end: number

  constructor(
    options: LongJobOptions,
    world: RunningWorld,
    proxy: UnsteadyProxy,
    folder: JobFolder,
    schedule: FaultSchedule,
  ) {
    this.#options = options
    this.#world = world
    this.#proxy = proxy
    this.#folder = folder
    this.#schedule = schedule
    this.#end = this.#started + options.hours * HOUR
  }

  async play() {
    const main = await this.#step('main')
    const consumers = this.#options.consumers.map(consumer => this.#start(consumer))
    await Promise.all([
      ...consumers.map(consumer => this.#consume(consumer, () => !this.#isOver())),
      this.#addFaults(),
      this.#disturbRenewals(),
    ])
    // Nothing disturbs the last calls, nor a renewal that they could share.
    this.#schedule.end()
    await sleep(TIMEOUT_SECONDS * 1000)
    await Promise.all(consumers.map(consumer => this.#consume(consumer, call => call < PROFILE_IDS.length)))
    for (const { running } of consumers) running.stop()
    const played = { from: this.#started, to: Date.now() }
    return { played, main, post: await this.#step('post', main), calls: this.#calls }
  }

  #step(step: 'main' | 'post', { state, masks }: Partial<StepResult> = {}): Promise<StepResult> {
    const { sts, job } = this.#world
    return runStep({
      actionDirectory: PROJECT,
      step,
      with: {
        'aws-region': 'eu-west-1',
        'aws-profiles': PROFILE_IDS.map(id => `${profileOf(id)}=${roleArn(id, { name: 'deploy' })}`).join(
          '\n',
        ),
        'refresh-credentials': 'true',
        'action-timeout-s': String(TIMEOUT_SECONDS),
        'http-proxy': this.#proxy.url,
        'sts-endpoint': sts.url,
      },
      job,
      environment: this.#options.clock.environment,
      idToken: this.#idToken,
      state,
      masks,
      temporaryDirectory: this.#folder.path,
    })
  }

  get #idToken() {
    const { requestUrl, requestToken } = this.#world.idTokenIssuer
    return { url: requestUrl, token: requestToken }
  }

  #start(consumer: JobConsumer): StartedConsumer {
    const { url, token } = this.#idToken
    const environment = {
      ...this.#options.clock.environment,
      ACTIONS_ID_TOKEN_REQUEST_URL: url,
      ACTIONS_ID_TOKEN_REQUEST_TOKEN: token,
      AWS_MAX_ATTEMPTS: '10',
    }
    const endpoint = this.#world.sts.url
    return {
      name: consumer.name,
      running: consumer.start({ folder: this.#folder, environment, endpoint }),
    }
  }

  /** Asks for one profile after the other. */
  async #consume({ name, running }: StartedConsumer, goesOn: (calls: number) => boolean): Promise<void> {
    for (let call = 0; goesOn(call); call++) {
      const profile = profileOf(PROFILE_IDS[call % PROFILE_IDS.length] ?? '')
      const startedAt = Date.now()
      const answer = await running.callerIdentity(profile)
      this.#calls.push({ consumer: name, profile, startedAt, endedAt: Date.now(), answer })
      await sleep(PAUSE_MS)
    }
  }

  #isOver(): boolean {
    return Date.now() >= this.#end
  }

  async #addFaults(): Promise<void> {
    while (!this.#isOver()) {
      this.#schedule.add()
      await this.#options.clock.pass(15 * MINUTE)
    }
  }

  /** Each time that sessions are due, the proxy is away, or STS hands out another role's keys. */
  async #disturbRenewals(): Promise<void> {
    const { clock } = this.#options
    for (let time = 0; ; time++) {
      await clock.reach(Math.min(this.#nextDue() - MINUTE, this.#end))
      if (this.#isOver()) return
      const minutes = OUTAGE_MINUTES[time % OUTAGE_MINUTES.length] ?? 0
      if (minutes > 0) await this.#proxy.away(() => clock.pass(minutes * MINUTE))
      else this.#schedule.addImpostor(keysOf(this.#world.sts.issueSession(IMPOSTOR_ID, 'deploy', 'impostor')))
      while (this.#nextDue() - Date.now() < DUE && !this.#isOver()) await clock.pass(MINUTE)
    }
  }

  /** When the first of the profiles' sessions is due. */
  #nextDue(): number {
    const { sessions } = this.#world.sts
    const latest = PROFILE_IDS.map(id => sessions.findLast(({ accountId }) => accountId === id))
    return Math.min(...latest.map(session => (session?.expiresAt ?? 0) - DUE))
  }
}

function keysOf({ accessKeyId, secretAccessKey, sessionToken }: Session) {
  return { AccessKeyId: accessKeyId, SecretAccessKey: secretAccessKey, SessionToken: sessionToken }
}

const PROFILE = 'account-'

function profileOf(accountId: string): string {
  return `${PROFILE}${accountId}`
}

export function accountIdOf(profile: string): string {
  return profile.slice(PROFILE.length)
}

/** Of the profile's role. */
export function expectedArn(profile: string): string {
  return `arn:aws:sts::${accountIdOf(profile)}:assumed-role/deploy/GitHubActions`
}
