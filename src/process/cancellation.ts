import type { Deadline } from './deadline.ts'

/** What the runner sends to a step of a cancelled job, before it ends the process. */
const SIGNALS = ['SIGINT', 'SIGTERM'] as const

/** Lets a cancelled job end this step as the end of its time would: with a report, and nothing left half-written. */
export function endOnCancellation(deadline: Deadline): void {
  for (const signal of SIGNALS) process.on(signal, () => deadline.cancel())
}
