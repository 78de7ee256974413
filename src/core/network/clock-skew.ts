/** What AWS tolerates at the least: less is no reason for a refusal. The SDK has the same limit. */
const LEAST_SKEW_MS = 4 * 60_000

/** Codes that are about the time alone, and those that are only where the message says so. */
const TIME_CODES = ['RequestTimeTooSkewed', 'RequestExpired', 'RequestInTheFuture']
const SIGNATURE_CODES = ['SignatureDoesNotMatch', 'InvalidSignatureException', 'AuthFailure']

/** Whether AWS refused a call because of the time that it was signed with. */
export function isAboutTime({ code, message }: { readonly code: string; readonly message: string }): boolean {
  if (TIME_CODES.includes(code)) return true
  return SIGNATURE_CODES.includes(code) && /signature (expired|not yet current)/i.test(message)
}

/** Whether two clocks that are so many milliseconds apart are too far apart for AWS. */
export function isOff(milliseconds: number): boolean {
  return Math.abs(milliseconds) >= LEAST_SKEW_MS
}

/** The form that HTTP servers send, with a year of four digits. Source: RFC 9110, section 5.6.7. */
const HTTP_DATE = /^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/

/**
 * Milliseconds by which the clock of an answer is ahead of `now`, by its header Date. Undefined where that is no time, and
 * for an answer that is older than its arrival (header Age).
 */
export function clockAheadMs(
  headers: Readonly<Record<string, string>> | undefined,
  now: number,
): number | undefined {
  const { date = '', age } = headers ?? {}
  if (age !== undefined || !HTTP_DATE.test(date)) return undefined
  const time = Date.parse(date)
  return Number.isNaN(time) ? undefined : time - now
}
