import type { RemoteFailure } from './remote-failure.ts'

/**
 * What follows a failed attempt. `again-soon` is for credentials made moments ago, which AWS spreads with a delay: it
 * holds for SOON_SECONDS only.
 */
export type Decision = 'final' | 'again' | 'again-with-new-token' | 'again-soon'

export const SOON_SECONDS = 10

type Rule = { readonly when: (failure: RemoteFailure) => boolean; readonly decision: Decision }

const MAY_PASS = [
  'Throttling',
  'ThrottlingException',
  'TooManyRequestsException',
  'RequestLimitExceeded',
  'IDPCommunicationError',
]
const NOT_SPREAD_YET = ['InvalidClientTokenId', 'UnrecognizedClientException']

/**
 * The one table of what may pass and what is final; the first rule that fits decides. Sources: the STS API reference's
 * errors of each operation and "Error retries" of the SDKs and Tools reference guide.
 */
const RULES: readonly Rule[] = [
  { when: isFinalForIdToken, decision: 'final' },
  { when: ({ operation }) => operation === 'GetIdToken', decision: 'again' },
  { when: ({ kind }) => kind === 'untrusted' || kind === 'not-an-answer', decision: 'final' },
  { when: ({ kind }) => kind === 'no-answer', decision: 'again' },
  { when: ({ status = 0 }) => isHiccup(status), decision: 'again' },
  { when: ({ code }) => MAY_PASS.includes(code), decision: 'again' },
  { when: isKeyRetrieval, decision: 'again' },
  { when: isExpiredIdToken, decision: 'again-with-new-token' },
  { when: ({ isClockCorrected }) => isClockCorrected, decision: 'again' },
  { when: isNotSpreadYet, decision: 'again-soon' },
]

function isFinalForIdToken({ operation, kind, status = 0 }: RemoteFailure): boolean {
  if (operation !== 'GetIdToken') return false
  return kind === 'proxy-refusal' ? !isHiccup(status) : [401, 403].includes(status)
}

function isHiccup(status: number): boolean {
  return status === 429 || status >= 500
}

/** AWS could not fetch the issuer's keys: common when many jobs start at once. */
function isKeyRetrieval({ code, message }: RemoteFailure): boolean {
  return code === 'InvalidIdentityToken' && /verification key/i.test(message)
}

function isExpiredIdToken({ operation, code }: RemoteFailure): boolean {
  return operation === 'AssumeRoleWithWebIdentity' && /^ExpiredToken/.test(code)
}

function isNotSpreadYet({ isOfNewSession, code }: RemoteFailure): boolean {
  return isOfNewSession && NOT_SPREAD_YET.includes(code)
}

export function decide(failure: RemoteFailure): Decision {
  return RULES.find(rule => rule.when(failure))?.decision ?? 'final'
}

const FIRST_CEILING_MS = 200
const HIGHEST_CEILING_MS = 10_000

/**
 * Milliseconds to wait after the given attempt (1 for the first): full jitter under a doubling ceiling.
 * Source: "Exponential Backoff And Jitter", AWS Architecture Blog. `chance` is from 0 to 1.
 */
export function waitAfter(attempt: number, chance: number): number {
  return Math.round(chance * Math.min(HIGHEST_CEILING_MS, FIRST_CEILING_MS * 2 ** (attempt - 1)))
}
