import { renderAligned } from '../bench/table.ts'
import { IMPOSTOR } from './fault-schedule.ts'
import { accountIdOf, type Call, expectedArn, type LongJobResult, TIMEOUT_SECONDS } from './long-job.ts'
import { growthOf, mebibytes } from './memory.ts'
import type { Period } from './proxy-outages.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE

/** Why a consumer's call failed as it should: no other reason counts. */
type Reason = 'refused another role' | 'expired while the proxy was away'

/** The figures of a long job, and what must not be. */
export interface LongJobReport {
  readonly hours: readonly HourOfJob[]
  readonly calls: Readonly<Record<string, { readonly succeeded: number; readonly failed: number }>>
  readonly failures: readonly Failure[]
  readonly outages: readonly string[]
  readonly tokens: number
  readonly reads: number
  readonly problems: readonly string[]
}

interface HourOfJob {
  readonly calls: number
  readonly failed: number
  readonly renewals: number
  readonly throttled: number
  readonly faults: number
  readonly minutesWithoutProxy: number
  /** Of the largest process of the profiles' command, in bytes. */
  readonly peakMemory: number
}

interface Failure {
  readonly at: string
  readonly consumer: string
  readonly profile: string
  readonly reason: Reason | undefined
  readonly error: string
  /** When the same consumer got the profile's role again. */
  readonly recoveredAt: string | undefined
}

export function reportOf(result: LongJobResult, speed: number): LongJobReport {
  const { calls, outages, played, tokens, watched } = result
  const hours = hoursOf(result)
  const failures = calls.flatMap(call =>
    'error' in call.answer ? failureOf(call, call.answer.error, result, speed) : [],
  )
  return {
    hours,
    calls: countsByConsumer(calls),
    failures,
    outages: outages.map(({ from, to }) => `${clockTime(from, played)} to ${clockTime(to, played)}`),
    tokens,
    reads: watched.reads,
    problems: problemsOf(result, hours, failures),
  }
}

function countsByConsumer(calls: readonly Call[]): LongJobReport['calls'] {
  const consumers = new Set(calls.map(({ consumer }) => consumer))
  const counts = Array.from(consumers, name => {
    const own = calls.filter(({ consumer }) => consumer === name)
    const failed = own.filter(({ answer }) => 'error' in answer).length
    return [name, { succeeded: own.length - failed, failed }] as const
  })
  return Object.fromEntries(counts)
}

function hoursOf({
  played,
  calls,
  sessions,
  requests,
  befallen,
  outages,
  peaks,
}: LongJobResult): HourOfJob[] {
  return Array.from({ length: Math.ceil((played.to - played.from) / HOUR) }, (_, index) => {
    const from = played.from + index * HOUR
    const within = (at: number) => from <= at && at < from + HOUR
    const ended = calls.filter(({ endedAt }) => within(endedAt))
    return {
      calls: ended.length,
      failed: ended.filter(({ answer }) => 'error' in answer).length,
      renewals: sessions.filter(({ expiresAt }) => within(expiresAt - HOUR)).length,
      throttled: requests.filter(({ at, isThrottled }) => isThrottled && within(at)).length,
      faults: befallen.filter(({ at }) => within(at)).length,
      minutesWithoutProxy: sum(outages.map(outage => overlap(outage, { from, to: from + HOUR }))) / MINUTE,
      peakMemory: Math.max(0, ...peaks.filter(({ at }) => within(at)).map(({ bytes }) => bytes)),
    }
  })
}

function overlap(one: Period, other: Period): number {
  return Math.max(0, Math.min(one.to, other.to) - Math.max(one.from, other.from))
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0)
}

function failureOf(call: Call, error: string, result: LongJobResult, speed: number): Failure {
  const recovered = result.calls.find(
    ({ consumer, profile, startedAt, answer }) =>
      consumer === call.consumer && profile === call.profile && startedAt >= call.endedAt && 'arn' in answer,
  )
  return {
    at: clockTime(call.startedAt, result.played),
    consumer: call.consumer,
    profile: call.profile,
    reason: reasonFor(call, result, TIMEOUT_SECONDS * 1000 * speed),
    error,
    recoveredAt: recovered && clockTime(recovered.endedAt, result.played),
  }
}

/** @param renewalMs the longest that a renewal may take, whose failure all that wait for it share */
function reasonFor(
  { profile, startedAt, endedAt }: Call,
  { befallen, outages, sessions }: LongJobResult,
  renewalMs: number,
): Reason | undefined {
  const overlaps = ({ from, to }: Period) => from <= endedAt && startedAt <= to + renewalMs
  if (befallen.some(({ at, name }) => name === IMPOSTOR && overlaps({ from: at, to: at })))
    return 'refused another role'
  const outage = outages.find(overlaps)
  const lastSession = sessions.findLast(
    ({ accountId, expiresAt }) =>
      accountId === accountIdOf(profile) && expiresAt - HOUR < (outage?.from ?? 0),
  )
  return lastSession && lastSession.expiresAt <= endedAt ? 'expired while the proxy was away' : undefined
}

/** What must not be in a long job; empty if all is well. */
function problemsOf(
  { main, post, calls, watched, left }: LongJobResult,
  hours: readonly HourOfJob[],
  failures: readonly Failure[],
): string[] {
  const wrong = calls.filter(({ profile, answer }) => 'arn' in answer && answer.arn !== expectedArn(profile))
  return [
    ...[main, post].filter(({ conclusion }) => conclusion !== 'success').map(({ log }) => log),
    ...wrong.map(
      ({ consumer, profile, answer }) => `wrong role: ${consumer}: ${profile}: ${JSON.stringify(answer)}`,
    ),
    ...failures
      .filter(({ reason, recoveredAt }) => reason === undefined || recoveredAt === undefined)
      .map(failure => `lost: ${JSON.stringify(failure)}`),
    ...watched.torn.map(problem => `torn: ${problem}`),
    ...left.map(path => `left: ${path}`),
    // Without a renewal, the command only prints what is stored.
    ...growthOf(
      'renewals',
      hours.filter(({ renewals }) => renewals > 0).map(({ peakMemory }) => peakMemory),
    ),
  ]
}

/** Hours and minutes since the job began. */
function clockTime(at: number, { from }: Period): string {
  const minutes = Math.floor((at - from) / MINUTE)
  return `${Math.floor(minutes / 60)}:${String(minutes % 60).padStart(2, '0')}`
}

export function renderLongJob({ hours, calls, failures, outages, tokens, reads }: LongJobReport): string {
  const timeline = renderAligned({
    head: ['hour', 'calls', 'failed', 'sessions', 'throttled', 'faults', 'min without proxy', 'peak MB'],
    rows: hours.map((hour, index) => [
      String(index + 1),
      String(hour.calls),
      String(hour.failed),
      String(hour.renewals),
      String(hour.throttled),
      String(hour.faults),
      String(Math.round(hour.minutesWithoutProxy)),
      mebibytes(hour.peakMemory),
    ]),
    wordColumns: 0,
  })
  const consumers = renderAligned({
    head: ['consumer', 'succeeded', 'failed'],
    rows: Object.entries(calls).map(([name, { succeeded, failed }]) => [
      name,
      String(succeeded),
      String(failed),
    ]),
    wordColumns: 1,
  })
  const failed = renderAligned({
    head: ['failed at', 'works at', 'profile', 'consumer', 'because'],
    rows: failures.map(({ at, recoveredAt = 'never', profile, consumer, reason = 'LOST' }) => [
      at,
      recoveredAt,
      profile,
      consumer,
      reason,
    ]),
    wordColumns: 5,
  })
  const rest = `${tokens} tokens; the proxy was away from ${outages.join(', ')}; the files were read whole ${reads} times`
  return [timeline, consumers, failed, rest].join('\n\n')
}
