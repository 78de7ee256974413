import type { Accounts } from './account.ts'
import type { TrustedIssuer } from './web-identity-token.ts'

/** What an operation finds when a request comes in. */
export interface StsSetting {
  readonly accounts: Accounts
  /** Where the keys of issuers are. */
  readonly trust: readonly TrustedIssuer[]
  /** Characters of tags and session policies together. */
  readonly packedPolicyLimit: number
  /** How long sessions last, whatever was asked for: below AWS's least, so that a test can see one end. */
  readonly sessionSeconds: number | undefined
  /** Milliseconds since the epoch. */
  readonly now: number
}

export function expiryOf({ now, sessionSeconds }: StsSetting, requestedSeconds: number): number {
  return now + (sessionSeconds ?? requestedSeconds) * 1000
}
