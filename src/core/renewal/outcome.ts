import { GateError } from '../base/failure.ts'
import type { Credentials } from '../identity/session.ts'
import { isKey } from '../identity/session.ts'

/** Credentials that were verified, and when; `triedAt` is when others could not be got. */
export type KeptCredentials = {
  readonly credentials: Credentials
  readonly verifiedAt: Date
  readonly triedAt?: Date
}

const USUAL_MS = 15 * 60_000
const SHORT_SESSION_MS = 45 * 60_000
/** So that not every use waits for a service that does not answer. */
const REST_MS = 30_000

/**
 * Whether others are to be got in their place: below 15 minutes of life, and of a session shorter than 45 minutes below
 * a third. botocore asks anew at every use below 15 minutes.
 */
export function isDue(kept: KeptCredentials, now: number): boolean {
  if (!isAlive(kept, now)) return true
  const rested = now - (kept.triedAt?.getTime() ?? 0)
  if (0 <= rested && rested < REST_MS) return false
  const end = endOf(kept)
  const life = end - kept.verifiedAt.getTime()
  return end - now < (life < SHORT_SESSION_MS ? life / 3 : USUAL_MS)
}

/** Whether they can be used at all. */
export function isAlive(kept: KeptCredentials, now: number): boolean {
  return now < endOf(kept)
}

function endOf({ credentials }: KeptCredentials): number {
  return credentials.expiration?.getTime() ?? 0
}

/** What the last renewal came to. */
export type RenewalOutcome =
  | { readonly kind: 'kept'; readonly kept: KeptCredentials }
  | { readonly kind: 'failed'; readonly failure: GateError; readonly at: Date }

/** An outcome as a file holds it. */
export function formatOutcome(outcome: RenewalOutcome): string {
  if (outcome.kind === 'kept') return JSON.stringify(outcome.kept)
  const { code, message, hint } = outcome.failure
  return JSON.stringify({ failure: { code, message, hint }, at: outcome.at })
}

/** The outcome in a file's text; undefined for any other text. */
export function parseOutcome(text: string): RenewalOutcome | undefined {
  try {
    const { credentials, verifiedAt, triedAt, failure, at } = JSON.parse(text)
    if (failure) {
      const { code, message, hint } = failure
      return { kind: 'failed', failure: new GateError(code, message, hint), at: parseDate(at) }
    }
    const { accessKeyId, secretAccessKey, sessionToken, expiration } = credentials
    if (![accessKeyId, secretAccessKey, sessionToken].every(isKey)) return undefined
    const kept = {
      credentials: { accessKeyId, secretAccessKey, sessionToken, expiration: parseDate(expiration) },
      verifiedAt: parseDate(verifiedAt),
      ...(triedAt === undefined ? {} : { triedAt: parseDate(triedAt) }),
    }
    return { kind: 'kept', kept }
  } catch {
    return undefined
  }
}

function parseDate(text: string): Date {
  const date = new Date(text)
  if (Number.isNaN(date.getTime())) throw new Error(`${text} is no date`)
  return date
}

/** Credentials that need no renewal yet. */
export function usable(outcome: RenewalOutcome | undefined, now: number): Credentials | undefined {
  if (outcome?.kind !== 'kept' || isDue(outcome.kept, now)) return undefined
  return outcome.kept.credentials
}
