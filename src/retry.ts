import type { GateError } from './core/failure.ts'
import { RemoteFailure } from './core/remote-failure.ts'
import { type Decision, decide, SOON_SECONDS, waitAfter } from './core/retry-policy.ts'
import type { Deadline } from './deadline.ts'
import { info } from './runner/log.ts'

/** How often and how long what may pass is tried again. */
export type RetryLimits = { readonly maxAttempts: number; readonly deadline: Deadline }

/** A call that may be made again. */
export type Attempts<T> = {
  /** What is waited for, in words. */
  readonly what: string
  readonly attempt: () => Promise<T>
  /** The error to end with, given the last failure and the number of attempts made. */
  readonly explain: (failure: RemoteFailure, attempts: number) => GateError
  /** Called before an attempt that needs a new token. */
  readonly renewToken?: () => void
}

/** Makes attempts until one succeeds, one is refused for good, or a limit is reached. */
export async function withRetry<T>(
  { what, attempt, explain, renewToken }: Attempts<T>,
  limits: RetryLimits,
): Promise<T> {
  const { maxAttempts, deadline } = limits
  const start = performance.now()
  for (let attempts = 1; ; attempts++) {
    try {
      return await deadline.race(what, attempt())
    } catch (error) {
      if (!(error instanceof RemoteFailure)) throw error
      const decision = decide(error)
      if (attempts >= maxAttempts || isOver(decision, performance.now() - start))
        throw explain(error, attempts)
      if (decision === 'again-with-new-token') renewToken?.()
      const wait = waitAfter(attempts, Math.random())
      info(
        `${what}: ${error.summary}; attempt ${attempts + 1} of at most ${maxAttempts} in ${(wait / 1000).toFixed(1)} s`,
      )
      await deadline.pause(wait, what)
    }
  }
}

function isOver(decision: Decision, elapsedMilliseconds: number): boolean {
  return decision === 'final' || (decision === 'again-soon' && elapsedMilliseconds > SOON_SECONDS * 1000)
}
