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
  const payload = decodePayload(jwt)
  if (!payload) return undefined
  const { iss, sub, aud, iat, exp } = payload
  const audiences = typeof aud === 'string' ? [aud] : aud
  if (typeof iss !== 'string' || typeof sub !== 'string' || !isListOfStrings(audiences)) return undefined
  if (typeof iat !== 'number' || typeof exp !== 'number' || exp <= iat) return undefined
  return {
    jwt,
    signature: jwt.slice(jwt.lastIndexOf('.') + 1),
    claims: { issuer: iss, subject: sub, audiences, all: payload },
    lifetimeSeconds: exp - iat,
  }
}

/** The longest that STS takes. API: AssumeRoleWithWebIdentity, WebIdentityToken. */
const LONGEST_TOKEN = 20_000
/** Three parts in base64url. Source: RFC 7515, section 7.1. */
const COMPACT_FORM = /^[\w-]+\.[\w-]+\.[\w-]+$/

function decodePayload(jwt: string): Record<string, unknown> | undefined {
  if (jwt.length > LONGEST_TOKEN || !COMPACT_FORM.test(jwt)) return undefined
  try {
    return decodeJwt(jwt)
  } catch {
    return undefined
  }
}

function isListOfStrings(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.length > 0 && value.every(element => typeof element === 'string')
}
