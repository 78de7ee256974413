import { setTimeout as sleep } from 'node:timers/promises'
import { GateError } from '../core/base/failure.ts'
import { RemoteFailure } from '../core/network/remote-failure.ts'
import {
  type Decision,
  decide,
  MAX_MALFORMED,
  PROPAGATION_SECONDS,
  PROPAGATION_WAIT_MS,
  waitAfter,
} from '../core/network/retry-policy.ts'
import type { Deadline } from '../process/deadline.ts'
import { info } from '../runner/log.ts'

/** Limits for retrying transient failures. */
export type RetryLimits = {
  readonly maxAttempts: number
  /** How long a denied role is asked for again, however many attempts that takes; 0 for not at all. */
  readonly accessDeniedSeconds: number
  readonly deadline: Deadline
}

/** A call that may be made again. */
export type Attempts<T> = {
  /** What is waited for, in words: it names the endpoint of the next attempt. */
  readonly what: () => string
  /** Called before each further attempt, for what it needs. Applies the deadline itself. */
  readonly beforeRetry?: (() => Promise<unknown>) | undefined
  readonly attempt: () => Promise<T>
  /** The error to end with, given the last failure and the number of attempts made. */
  readonly explain: (failure: RemoteFailure, attempts: number) => GateError
  /** Whether the next attempt goes to another endpoint, given how often this one was called. */
  readonly fallBack?: (failure: RemoteFailure, attemptsHere: number) => Promise<boolean>
  /** Adds to the error of a step that is out of time, or of a job that was cancelled, during this call. */
  readonly onTimeout?: ((error: GateError) => GateError) | undefined
  /** Called before an attempt that needs a new token. */
  readonly renewToken?: (() => void) | undefined
}

/** Makes attempts until one succeeds, one is refused for good, or a limit is reached. */
export async function withRetry<T>(
  { what, attempt, explain, renewToken, fallBack, beforeRetry, onTimeout }: Attempts<T>,
  limits: RetryLimits,
): Promise<T> {
  const { accessDeniedSeconds, deadline } = limits
  const start = performance.now()
  const inTime = <Result>(work: Promise<Result>): Promise<Result> =>
    deadline.race(what(), work).catch(error => {
      throw error instanceof GateError && onTimeout ? onTimeout(error) : error
    })
  let malformed = 0
  let attemptsHere = 0
  for (let attempts = 1; ; attempts++) {
    if (attempts > 1) await beforeRetry?.()
    try {
      return await inTime(attempt())
    } catch (error) {
      if (!(error instanceof RemoteFailure)) throw error
      const decision = decide(error, accessDeniedSeconds > 0)
      const seconds = (performance.now() - start) / 1000
      if (error.kind === 'malformed-response') malformed++
      const isCapped = error.kind === 'malformed-response' && malformed >= MAX_MALFORMED
      if (isCapped || isOver(decision, attempts, seconds, limits)) throw explain(error, attempts)
      const failed = `${what()}: ${error.summary}`
      attemptsHere = (await fallBack?.(error, attemptsHere + 1)) ? 0 : attemptsHere + 1
      const wait = waitBefore(attemptsHere, error, maxWait(decision, seconds, limits))
      if (decision === 'retry-with-new-token') renewToken?.()
      const limit = formatLimit(decision, limits)
      info(`${failed}. Retrying in ${(wait / 1000).toFixed(1)} s (attempt ${attempts + 1} ${limit})`)
      await inTime(sleep(wait))
    }
  }
}

/** In milliseconds. An endpoint that was not called yet is called at once. */
function waitBefore(attemptsHere: number, { retryAfterSeconds }: RemoteFailure, longest: number): number {
  return attemptsHere === 0 ? 0 : Math.min(waitAfter(attemptsHere, Math.random(), retryAfterSeconds), longest)
}

function formatLimit(decision: Decision, { accessDeniedSeconds, maxAttempts }: RetryLimits): string {
  return decision === 'retry-while-denied' ? `within ${accessDeniedSeconds} s` : `of ${maxAttempts}`
}

/** Upper bound on the wait in milliseconds, so it doesn't outlast the retry window. */
function maxWait(decision: Decision, seconds: number, { accessDeniedSeconds }: RetryLimits): number {
  if (decision === 'awaiting-propagation') return PROPAGATION_WAIT_MS
  return decision === 'retry-while-denied' ? Math.ceil(1000 * (accessDeniedSeconds - seconds)) : Infinity
}

function isOver(
  decision: Decision,
  attempts: number,
  seconds: number,
  { maxAttempts, accessDeniedSeconds }: RetryLimits,
): boolean {
  switch (decision) {
    case 'final':
      return true
    case 'retry-while-denied':
      return seconds >= accessDeniedSeconds
    case 'awaiting-propagation':
      return attempts >= maxAttempts || seconds > PROPAGATION_SECONDS
    case 'retry':
    case 'retry-with-new-token':
    case 'retry-with-corrected-clock':
      return attempts >= maxAttempts
  }
}
