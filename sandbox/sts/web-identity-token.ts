import { createLocalJWKSet, decodeJwt, errors, type JSONWebKeySet, type JWTPayload, jwtVerify } from 'jose'
import { StsError } from './sts-error.ts'

/** Where an issuer's keys are to be had: its real address is out of reach from a sandbox. */
export interface TrustedIssuer {
  readonly issuer: string
  readonly jwksUri: string
}

export interface WebIdentityToken {
  readonly issuer: string
  readonly subject: string
  readonly audiences: readonly string[]
  readonly claims: JWTPayload
}

/** Reads a token without believing it. */
export function decodeWebIdentityToken(jwt: string): WebIdentityToken {
  const claims = payloadOf(jwt)
  const audiences = [claims.aud ?? []].flat()
  if (!claims.iss || !claims.sub || audiences.length === 0) {
    throw invalid('Missing a required claim: iss, sub, aud')
  }
  return { issuer: claims.iss, subject: claims.sub, audiences, claims }
}

/** Throws AWS's error unless the issuer signed the token and it is valid now (milliseconds since the epoch). */
export async function verifyWebIdentityToken(
  jwt: string,
  issuer: string,
  trust: readonly TrustedIssuer[],
  now: number,
): Promise<void> {
  const keys = createLocalJWKSet(await fetchKeys(issuer, trust))
  try {
    await jwtVerify(jwt, keys, {
      algorithms: ['RS256'],
      requiredClaims: ['exp', 'iat'],
      currentDate: new Date(now),
    })
  } catch (error) {
    throw refusalOf(error, now)
  }
}

function payloadOf(jwt: string): JWTPayload {
  try {
    return decodeJwt(jwt)
  } catch {
    throw invalid(
      'The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)',
    )
  }
}

/** Fetched anew for every token, so that a scenario can take the issuer away at any time. */
async function fetchKeys(issuer: string, trust: readonly TrustedIssuer[]): Promise<JSONWebKeySet> {
  const trusted = trust.find(candidate => candidate.issuer === issuer)
  if (!trusted) throw keysUnavailable()
  try {
    const response = await fetch(trusted.jwksUri)
    if (!response.ok) throw keysUnavailable()
    return (await response.json()) as JSONWebKeySet
  } catch {
    throw keysUnavailable()
  }
}

function refusalOf(error: unknown, now: number): StsError {
  if (error instanceof errors.JWTExpired) {
    const seconds = Math.floor(now / 1000)
    const message = `Token expired: current date/time ${seconds} must be before the expiration date/time ${error.payload.exp}`
    return new StsError(400, 'ExpiredTokenException', message)
  }
  if (error instanceof errors.JWKSNoMatchingKey) return keysUnavailable()
  if (error instanceof errors.JWTClaimValidationFailed)
    return invalid(`The claim ${error.claim} is not valid`)
  return invalid('The signature of the ID Token is not valid')
}

function keysUnavailable(): StsError {
  return invalid(
    "Couldn't retrieve verification key from your identity provider, please reference AssumeRoleWithWebIdentity documentation for requirements",
  )
}

function invalid(message: string): StsError {
  return new StsError(400, 'InvalidIdentityToken', message)
}
