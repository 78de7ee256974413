import { GateError } from '../base/failure.ts'
import { formatInstant } from '../base/instant.ts'
import { type Credentials, isKey } from '../identity/session.ts'
import { assertGenuine, type Match } from '../identity/verdict.ts'

/**
 * Credentials that were verified, and when. They come from a Match, or from the file that holds what an earlier process
 * verified.
 */
export class KeptCredentials {
  readonly #credentials: Credentials
  readonly verifiedAt: Date
  /** When others could not be had. */
  readonly triedAt: Date | undefined

  private constructor(credentials: Credentials, verifiedAt: Date, triedAt?: Date) {
    this.#credentials = credentials
    this.verifiedAt = verifiedAt
    this.triedAt = triedAt
  }

  static of(match: Match, now: Date): KeptCredentials {
    assertGenuine(match)
    return new KeptCredentials(match.session.credentials, now)
  }

  /** @throws Error for anything that `toJSON` did not give */
  static fromJson({ credentials, verifiedAt, triedAt }: KeptJson): KeptCredentials {
    const { accessKeyId, secretAccessKey, sessionToken, expiration } = credentials
    if (![accessKeyId, secretAccessKey, sessionToken].every(isKey)) throw new Error('it holds no keys')
    const read = { accessKeyId, secretAccessKey, sessionToken, expiration: parseDate(expiration) }
    return new KeptCredentials(
      read,
      parseDate(verifiedAt),
      triedAt === undefined ? triedAt : parseDate(triedAt),
    )
  }

  get credentials(): Credentials {
    return this.#credentials
  }

  /** As a file holds them. */
  toJSON(): object {
    return { credentials: this.#credentials, verifiedAt: this.verifiedAt, triedAt: this.triedAt }
  }

  /** The same credentials, after others could not be had. */
  triedAgain(now: Date): KeptCredentials {
    return new KeptCredentials(this.#credentials, this.verifiedAt, now)
  }
}

type KeptJson = {
  readonly credentials: {
    readonly accessKeyId: string
    readonly secretAccessKey: string
    readonly sessionToken: string
    readonly expiration: string
  }
  readonly verifiedAt: string
  readonly triedAt?: string
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
    const { failure, at, ...kept } = JSON.parse(text)
    if (!failure) return { kind: 'kept', kept: KeptCredentials.fromJson(kept) }
    const { code, message, hint } = failure
    return { kind: 'failed', failure: new GateError(code, message, hint), at: parseDate(at) }
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
export function usable(outcome: RenewalOutcome | undefined, now: number): KeptCredentials | undefined {
  return outcome?.kind === 'kept' && !isDue(outcome.kept, now) ? outcome.kept : undefined
}

/**
 * Verified credentials as a `credential_process` prints them. Source: AWS SDKs and Tools Reference Guide, "Process
 * credential provider", expected output.
 */
export function formatProcessCredentials({ credentials }: KeptCredentials): string {
  const { accessKeyId, secretAccessKey, sessionToken, expiration } = credentials
  return JSON.stringify({
    Version: 1,
    AccessKeyId: accessKeyId,
    SecretAccessKey: secretAccessKey,
    SessionToken: sessionToken,
    Expiration: expiration && formatInstant(expiration),
  })
}
