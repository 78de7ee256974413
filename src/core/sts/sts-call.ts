import type { Operation } from '../network/remote-failure.ts'

/** A request that AWS STS responded to, whatever it responded. */
export type StsCall = {
  readonly operation: Operation
  /** Of AWS: CloudTrail's `requestID`. */
  readonly requestId: string
  readonly region: string
  /** Of the endpoint, with its port if that isn't the usual one. */
  readonly host: string
}

/** An id as AWS writes it; undefined for what can't be one. */
export function parseRequestId(text: unknown): string | undefined {
  return typeof text === 'string' && /^[A-Za-z0-9-]{8,128}$/.test(text) ? text : undefined
}

/** The last call that issued a session, or else the last one. */
export function issuingCallOf(calls: readonly StsCall[]): StsCall | undefined {
  return calls.findLast(({ operation }) => operation !== 'GetCallerIdentity') ?? calls.at(-1)
}
