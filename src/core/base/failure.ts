import type { LikelyCause } from './likely-cause.ts'

/** The closed set of reasons for which a step fails. A code never changes its meaning: workflows branch on it. */
export type FailureCode =
  | 'ERR_INPUT_INVALID'
  | 'ERR_OIDC_NOT_PERMITTED'
  | 'ERR_OIDC_REQUEST_FAILED'
  | 'ERR_CLAIM_MISMATCH'
  | 'ERR_CREDENTIALS_UNAVAILABLE'
  | 'ERR_STS_REJECTED'
  | 'ERR_STS_UNAVAILABLE'
  | 'ERR_STS_BAD_RESPONSE'
  | 'ERR_IDENTITY_MISMATCH'
  | 'ERR_PROFILE_WRITE'
  | 'ERR_TIMEOUT'
  | 'ERR_UNEXPECTED'

/** The one error of the action: what happened, and in `hint` who must do what about it. */
export class GateError extends Error {
  override readonly name = 'GateError'
  readonly code: FailureCode
  readonly hint: string
  /** Where the link of the failure leads, if that is closer than the code. */
  readonly likelyCause: LikelyCause | undefined

  constructor(
    code: FailureCode,
    message: string,
    hint: string,
    options?: { cause?: unknown; likelyCause?: LikelyCause | undefined },
  ) {
    super(message, options)
    this.code = code
    this.hint = hint
    this.likelyCause = options?.likelyCause
  }

  /** The same failure, told otherwise. */
  reworded(words: {
    readonly message?: string
    readonly hint?: string
    readonly likelyCause?: LikelyCause | undefined
  }): GateError {
    const { code, cause, message, hint, likelyCause } = this
    return new GateError(code, words.message ?? message, words.hint ?? hint, {
      cause,
      likelyCause: words.likelyCause ?? likelyCause,
    })
  }
}

/** The cause of a failure that the runner is at fault for: its files, its Node. */
export class RunnerError extends Error {}

/** Anything thrown, as a GateError: what we did not throw ourselves is a bug, told with its stack. */
export function toGateError(error: unknown): GateError {
  if (error instanceof GateError) return error
  return new GateError(
    'ERR_UNEXPECTED',
    traceOf(error),
    "This is a bug in AWS Role Gate, or an environment that it doesn't know. Report it with this log.",
    { cause: error },
  )
}

/** Why something failed, in the words of whatever was thrown. */
export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

function traceOf(error: unknown): string {
  if (error instanceof Error) return error.stack ?? error.message
  try {
    return String(error)
  } catch {
    return 'a value that has no text was thrown'
  }
}
