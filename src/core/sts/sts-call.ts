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

/** An id as AWS writes it, a UUID; undefined for anything else. */
export function parseRequestId(text: unknown): string | undefined {
  return typeof text === 'string' && UUID.test(text) ? text : undefined
}

export const UUID = /^[\da-f]{8}-(?:[\da-f]{4}-){3}[\da-f]{12}$/i
