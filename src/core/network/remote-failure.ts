import { escapeControls } from '../base/text.ts'

/** What the gate asks of the world. */
export type Operation = 'GetIdToken' | 'AssumeRoleWithWebIdentity' | 'AssumeRole' | 'GetCallerIdentity'

/**
 * How a call failed: it was answered with an error; nothing came (a socket's error, a time-out); a proxy opened no way;
 * the other side's certificate isn't trusted; or what came is no answer of the service.
 */
export type FailureKind =
  | 'error-response'
  | 'no-response'
  | 'proxy-refusal'
  | 'untrusted'
  | 'malformed-response'

/** In milliseconds ahead of the runner's clock. */
export type SigningClock = {
  /** AWS's, by the answer. */
  readonly aheadMs: number
  /** The time that the call was signed with. */
  readonly signedAheadMs: number
}

/** One failed attempt, in words that are the same whichever library noticed it. */
export class RemoteFailure extends Error {
  override readonly name = 'RemoteFailure'
  readonly operation: Operation
  readonly kind: FailureKind
  /** AWS's code (`AccessDenied`), Node's (`ECONNRESET`), or empty. */
  readonly code: string
  /** HTTP status, where there was an answer. */
  readonly status: number | undefined
  /** For a call that was signed, where the answer tells AWS's time. */
  readonly clock: SigningClock | undefined
  /** The call was signed with credentials that AWS gave moments ago. */
  readonly isOfNewSession: boolean
  /** What the other side asked to be given, by its header Retry-After. */
  readonly retryAfterSeconds: number
  /** AWS's id of the request, where STS responded. */
  readonly requestId: string | undefined

  constructor(
    operation: Operation,
    failure: {
      kind: FailureKind
      code: string
      status: number | undefined
      message: string
      clock?: SigningClock | undefined
      isOfNewSession?: boolean
      retryAfterSeconds?: number
      requestId?: string | undefined
    },
    options?: { cause: unknown },
  ) {
    super(escapeControls(failure.message), options)
    this.operation = operation
    this.kind = failure.kind
    this.code = escapeControls(failure.code)
    this.status = failure.status
    this.clock = failure.clock
    this.isOfNewSession = failure.isOfNewSession ?? false
    this.retryAfterSeconds = failure.retryAfterSeconds ?? 0
    this.requestId = failure.requestId
  }

  /** Such as `AccessDenied (HTTP 403): Not authorized to …`. */
  get summary(): string {
    const status = this.status === undefined ? '' : `HTTP ${this.status}`
    const head = this.code && status ? `${this.code} (${status})` : this.code || status
    return [head, this.message].filter(Boolean).join(': ')
  }
}
