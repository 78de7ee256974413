import { isAboutTime, isOff } from './clock-skew.ts'
import type { RemoteFailure } from './remote-failure.ts'

/**
 * What follows a failed attempt. `retry-with-corrected-clock` is for a signature that the runner's clock spoilt.
 * `awaiting-propagation` is for credentials that AWS issued moments ago and doesn't know everywhere yet: it holds for
 * PROPAGATION_SECONDS only. `retry-while-denied` is for a role that was created moments ago, if the user asks for it.
 */
export type Decision =
  | 'final'
  | 'retry'
  | 'retry-with-new-token'
  | 'retry-with-corrected-clock'
  | 'awaiting-propagation'
  | 'retry-while-denied'

export const PROPAGATION_SECONDS = 10
/** Short, as what is waited for takes moments. */
export const PROPAGATION_WAIT_MS = 2_000

type Rule = { readonly when: (failure: RemoteFailure) => boolean; readonly decision: Decision }

/** Codes of what may pass, at whatever status they come: all that the AWS SDKs list, in `@smithy/core/retry`. */
const THROTTLING = [
  'BandwidthLimitExceeded',
  'EC2ThrottledException',
  'LimitExceededException',
  'PriorRequestNotComplete',
  'ProvisionedThroughputExceededException',
  'RequestLimitExceeded',
  'RequestThrottled',
  'RequestThrottledException',
  'SlowDown',
  'ThrottledException',
  'Throttling',
  'ThrottlingException',
  'TooManyRequestsException',
  'TransactionInProgressException',
]
const TIMEOUTS = ['RequestTimeout', 'RequestTimeoutException', 'TimeoutError']
/** AWS could not reach the issuer. */
const ISSUER_UNREACHABLE = ['IDPCommunicationError', 'IDPCommunicationErrorException']
const NOT_YET_PROPAGATED = ['InvalidClientTokenId', 'UnrecognizedClientException']

/**
 * The one table of what may pass and what is final; the first rule that fits decides. Sources: the STS API reference's
 * errors of each operation and "Error retries" of the SDKs and Tools reference guide.
 */
const RULES: readonly Rule[] = [
  { when: isFinalForIdToken, decision: 'final' },
  { when: ({ operation }) => operation === 'GetIdToken', decision: 'retry' },
  { when: ({ kind }) => kind === 'untrusted', decision: 'final' },
  { when: isRedirect, decision: 'final' },
  { when: ({ kind }) => kind === 'no-response' || kind === 'malformed-response', decision: 'retry' },
  { when: ({ status = 0 }) => isTransientStatus(status), decision: 'retry' },
  { when: isTransient, decision: 'retry' },
  { when: isKeyRetrieval, decision: 'retry' },
  { when: isExpiredIdToken, decision: 'retry-with-new-token' },
  { when: isSignedAtWrongTime, decision: 'retry-with-corrected-clock' },
  { when: isAwaitingPropagation, decision: 'awaiting-propagation' },
]

function isFinalForIdToken({ operation, kind, status = 0 }: RemoteFailure): boolean {
  if (operation !== 'GetIdToken') return false
  if (kind === 'untrusted') return true
  return kind === 'proxy-refusal' ? !isTransientStatus(status) : [401, 403].includes(status)
}

function isTransientStatus(status: number): boolean {
  return status === 408 || status === 429 || status >= 500
}

function isTransient({ code }: RemoteFailure): boolean {
  return [...THROTTLING, ...TIMEOUTS, ...ISSUER_UNREACHABLE].includes(code)
}

/** Too many calls, by the code or the status. */
export function isThrottling({ code, status }: RemoteFailure): boolean {
  return status === 429 || THROTTLING.includes(code)
}

/** It would be the same again, and is never followed. */
function isRedirect({ kind, status = 0 }: RemoteFailure): boolean {
  return kind === 'malformed-response' && status >= 300
}

/** AWS could not fetch the issuer's keys: common when many jobs start at once. */
function isKeyRetrieval({ code, message }: RemoteFailure): boolean {
  return code.startsWith('InvalidIdentityToken') && /verification key/i.test(message)
}

function isExpiredIdToken({ operation, code }: RemoteFailure): boolean {
  return operation === 'AssumeRoleWithWebIdentity' && code.startsWith('ExpiredToken')
}

/** And another time is known, by the answer's own clock. */
function isSignedAtWrongTime(failure: RemoteFailure): boolean {
  const { clock } = failure
  return clock !== undefined && isAboutTime(failure) && isOff(clock.aheadMs - clock.signedAheadMs)
}

function isAwaitingPropagation({ isOfNewSession, code }: RemoteFailure): boolean {
  return isOfNewSession && NOT_YET_PROPAGATED.includes(code)
}

/** A denied role is asked for again only where the user wants it. */
export function decide(failure: RemoteFailure, asksDeniedAgain = false): Decision {
  if (asksDeniedAgain && isDenied(failure)) return 'retry-while-denied'
  return RULES.find(rule => rule.when(failure))?.decision ?? 'final'
}

function isDenied({ operation, code }: RemoteFailure): boolean {
  return operation.startsWith('AssumeRole') && code.startsWith('AccessDenied')
}

/** Answers without a token, or without an answer of STS, in one call: what sends them will hardly stop by itself. */
export const MAX_MALFORMED = 3

/** Found with `npm run soak`: the ceiling must grow fast, or runs with short waits use up their attempts in a flood. */
const FIRST_CEILING_MS = 200
const GROWTH = 4
const MAX_CEILING_MS = 20_000

/** Nobody who is alive asks for more. */
const MAX_RETRY_AFTER_SECONDS = 300

/**
 * Milliseconds to wait after the given attempt (1 for the first): full jitter under a growing ceiling, on top of what
 * the other side asked for. Source: "Exponential Backoff And Jitter", AWS Architecture Blog. `chance` is from 0 to 1.
 */
export function waitAfter(attempt: number, chance: number, retryAfterSeconds = 0): number {
  const jitter = chance * Math.min(MAX_CEILING_MS, FIRST_CEILING_MS * GROWTH ** (attempt - 1))
  return Math.round(jitter + 1000 * Math.min(MAX_RETRY_AFTER_SECONDS, retryAfterSeconds))
}

/**
 * Seconds of the header Retry-After: a number, or a time. 0 for none, and for what is neither.
 * Source: RFC 9110, section 10.2.3. `now` in milliseconds.
 */
export function parseRetryAfter(text: string | undefined, now: number): number {
  if (text === undefined) return 0
  const seconds = /^\d{1,9}$/.test(text.trim()) ? Number(text) : (Date.parse(text) - now) / 1000
  return Number.isFinite(seconds) ? Math.max(0, seconds) : 0
}
