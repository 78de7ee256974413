import type { FailureCode } from '../base/failure.ts'

/** Each failure in a few words, for headings and annotation titles. */
export const HEADLINES: Readonly<Record<FailureCode, string>> = {
  ERR_INPUT_INVALID: 'invalid inputs',
  ERR_OIDC_NOT_PERMITTED: 'no OIDC token for this job',
  ERR_OIDC_REQUEST_FAILED: 'no OIDC token from GitHub',
  ERR_CLAIM_MISMATCH: "a required claim doesn't match",
  ERR_CREDENTIALS_UNAVAILABLE: 'no usable credentials',
  ERR_STS_REJECTED: 'AWS refused',
  ERR_STS_UNAVAILABLE: 'AWS STS unavailable',
  ERR_STS_BAD_RESPONSE: 'invalid response from AWS STS',
  ERR_IDENTITY_MISMATCH: 'unexpected identity',
  ERR_PROFILE_WRITE: 'profile not written',
  ERR_TIMEOUT: 'timed out',
  ERR_UNEXPECTED: 'unexpected error',
}
