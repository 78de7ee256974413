import { decodeJwt } from 'jose/jwt/decode'

/** The claims that the gate itself reads; `all` is the whole payload, for people. */
export type Claims = {
  readonly issuer: string
  readonly subject: string
  readonly audiences: readonly string[]
  readonly all: Readonly<Record<string, unknown>>
}

export type IdToken = {
  /** The token itself: a secret. */
  readonly jwt: string
  /** Its third part, a secret too: with it the claims, which are no secret, make the token. */
  readonly signature: string
  readonly claims: Claims
  /** From `iat` to `exp`, in seconds: free of the runner's clock. */
  readonly lifetimeSeconds: number
}

/**
 * Reads a JSON Web Token (RFC 7519) without verifying it: that is AWS's part. Undefined where it is not a token or
 * lacks `iss`, `sub`, `aud`, `iat` or an `exp` after it.
 */
export function parseIdToken(jwt: string): IdToken | undefined {
  const read = readIdToken(jwt)
  return typeof read === 'string' ? undefined : read
}

/** The same, with the reason in the place of a token where there is none. It repeats nothing of the text. */
export function readIdToken(jwt: string): IdToken | string {
  if (jwt.length > MAX_TOKEN_LENGTH)
    return `it has ${jwt.length} characters, and STS takes ${MAX_TOKEN_LENGTH} at most`
  const payload = decodePayload(jwt)
  if (!payload) return 'it is not a JSON Web Token (three base64url parts, the second a JSON object)'
  const missing = NEEDED.filter(name => payload[name] === undefined)
  if (missing.length > 0)
    return `its token lacks the claim${missing.length > 1 ? 's' : ''} ${missing.join(', ')}`
  const { iss, sub, aud, iat, exp } = payload
  const audiences = typeof aud === 'string' ? [aud] : aud
  if (typeof iss !== 'string') return "its token's iss claim is not a string"
  if (typeof sub !== 'string') return "its token's sub claim is not a string"
  if (!isListOfStrings(audiences)) return "its token's aud claim is neither a string nor a list of strings"
  if (!isTime(iat)) return "its token's iat claim is not a number"
  if (!isTime(exp)) return "its token's exp claim is not a number"
  if (exp <= iat) return "its token's exp claim is not after iat"
  return {
    jwt,
    signature: jwt.slice(jwt.lastIndexOf('.') + 1),
    claims: { issuer: iss, subject: sub, audiences, all: payload },
    lifetimeSeconds: exp - iat,
  }
}

const NEEDED = ['iss', 'sub', 'aud', 'iat', 'exp'] as const

/** The longest that STS takes. API: AssumeRoleWithWebIdentity, WebIdentityToken. */
const MAX_TOKEN_LENGTH = 20_000
/** Three parts in base64url. Source: RFC 7515, section 7.1. */
const COMPACT_FORM = /^[\w-]+\.[\w-]+\.[\w-]+$/

function decodePayload(jwt: string): Record<string, unknown> | undefined {
  if (!COMPACT_FORM.test(jwt)) return undefined
  try {
    return decodeJwt(jwt)
  } catch {
    return undefined
  }
}

/** Seconds since 1970. A number that is too large for JavaScript becomes Infinity, which is none. */
function isTime(value: unknown): value is number {
  return Number.isFinite(value)
}

function isListOfStrings(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.length > 0 && value.every(element => typeof element === 'string')
}
