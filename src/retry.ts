import { elapsedMs } from './clock.ts'
import type { GateError } from './core/failure.ts'
import { RemoteFailure } from './core/remote-failure.ts'
import {
  type Decision,
  decide,
  MOST_BAD_ANSWERS,
  SOON_SECONDS,
  SOON_WAIT_MS,
  waitAfter,
} from './core/retry-policy.ts'
import type { Deadline } from './deadline.ts'
import { info } from './runner/log.ts'

/** How often and how long what may pass is tried again. */
export type RetryLimits = {
  readonly maxAttempts: number
  /** How long a denied role is asked for again, however many attempts that takes; 0 for not at all. */
  readonly accessDeniedSeconds: number
  readonly deadline: Deadline
}

/** A call that may be made again. */
export type Attempts<T> = {
  /** What is waited for, in words. */
  readonly what: string
  /** Called before each attempt, for what it needs; says itself what it waits for. */
  readonly prepare?: (() => Promise<unknown>) | undefined
  readonly attempt: () => Promise<T>
  /** The error to end with, given the last failure and the number of attempts made. */
  readonly explain: (failure: RemoteFailure, attempts: number) => GateError
  /** Where a failure is worth fewer attempts than the limit. */
  readonly mostAttempts?: (failure: RemoteFailure) => number
  /** Called before an attempt that needs a new token. */
  readonly renewToken?: (() => void) | undefined
}

/** Makes attempts until one succeeds, one is refused for good, or a limit is reached. */
export async function withRetry<T>(
  { what, prepare, attempt, explain, renewToken, mostAttempts }: Attempts<T>,
  limits: RetryLimits,
): Promise<T> {
  const { accessDeniedSeconds, deadline } = limits
  const start = elapsedMs()
  let badAnswers = 0
  for (let attempts = 1; ; attempts++) {
    try {
      await prepare?.()
      return await deadline.race(what, attempt())
    } catch (error) {
      if (!(error instanceof RemoteFailure)) throw error
      const decision = decide(error, accessDeniedSeconds > 0)
      const seconds = (elapsedMs() - start) / 1000
      if (error.kind === 'not-an-answer') badAnswers++
      const left = error.kind === 'not-an-answer' ? MOST_BAD_ANSWERS - badAnswers : Infinity
      const maxAttempts = Math.min(mostAttempts?.(error) ?? limits.maxAttempts, attempts + left)
      if (isOver(decision, attempts, seconds, { ...limits, maxAttempts })) throw explain(error, attempts)
      if (decision === 'again-with-new-token') renewToken?.()
      const ownWait = waitAfter(attempts, Math.random(), error.retryAfterSeconds)
      const wait = Math.min(ownWait, longestWait(decision, seconds, limits))
      const limit =
        decision === 'again-while-denied' ? `within ${accessDeniedSeconds} s` : `of at most ${maxAttempts}`
      info(`${what}: ${error.summary}; attempt ${attempts + 1} ${limit} in ${(wait / 1000).toFixed(1)} s`)
      await deadline.pause(wait, what)
    }
  }
}

/** In milliseconds: no longer than the time that the decision holds for. */
function longestWait(decision: Decision, seconds: number, { accessDeniedSeconds }: RetryLimits): number {
  if (decision === 'again-soon') return SOON_WAIT_MS
  return decision === 'again-while-denied' ? Math.ceil(1000 * (accessDeniedSeconds - seconds)) : Infinity
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
    case 'again-while-denied':
      return seconds >= accessDeniedSeconds
    case 'again-soon':
      return attempts >= maxAttempts || seconds > SOON_SECONDS
    case 'again':
    case 'again-with-new-token':
    case 'again-with-right-time':
      return attempts >= maxAttempts
  }
}
