import { oneLine } from './text.ts'

/** What the gate asks of the world. */
export type Operation = 'GetIdToken' | 'AssumeRoleWithWebIdentity' | 'AssumeRole' | 'GetCallerIdentity'

/**
 * How a call failed: it was answered with an error; nothing came (a socket's error, a time-out); a proxy opened no way;
 * the other side's certificate isn't trusted; or what came is no answer of the service.
 */
export type FailureKind = 'error-answer' | 'no-answer' | 'proxy-refusal' | 'untrusted' | 'not-an-answer'

/** One failed attempt, in words that are the same whichever library noticed it. */
export class RemoteFailure extends Error {
  override readonly name = 'RemoteFailure'
  readonly operation: Operation
  readonly kind: FailureKind
  /** AWS's code (`AccessDenied`), Node's (`ECONNRESET`), or empty. */
  readonly code: string
  /** HTTP status, where there was an answer. */
  readonly status: number | undefined
  /** The clock was found wrong, and the next attempt will be signed with the right time. */
  readonly isClockCorrected: boolean
  /** The call was signed with credentials that AWS gave moments ago. */
  readonly isOfNewSession: boolean
  /** What the other side asked to be given, by its header Retry-After. */
  readonly retryAfterSeconds: number

  constructor(
    operation: Operation,
    failure: {
      kind: FailureKind
      code: string
      status: number | undefined
      message: string
      isClockCorrected?: boolean
      isOfNewSession?: boolean
      retryAfterSeconds?: number
    },
    options?: { cause: unknown },
  ) {
    super(oneLine(failure.message), options)
    this.operation = operation
    this.kind = failure.kind
    this.code = oneLine(failure.code)
    this.status = failure.status
    this.isClockCorrected = failure.isClockCorrected ?? false
    this.isOfNewSession = failure.isOfNewSession ?? false
    this.retryAfterSeconds = failure.retryAfterSeconds ?? 0
  }

  /** Such as `AccessDenied (HTTP 403): Not authorized to …`. */
  get summary(): string {
    const status = this.status === undefined ? '' : `HTTP ${this.status}`
    const head = this.code && status ? `${this.code} (${status})` : this.code || status
    return [head, this.message].filter(Boolean).join(': ')
  }
}
