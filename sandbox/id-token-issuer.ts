import { randomBytes, timingSafeEqual } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { type CryptoKey, exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose'
import { alter, befall, deliver, type Fault, FaultPlan } from './fault.ts'
import { githubClaims, issuerOf, type Job } from './job.ts'
import { startLoopbackServer } from './loopback-server.ts'

export interface IdTokenIssuerOptions {
  readonly job: Job
  readonly faults?: readonly Fault[] | undefined
  /** Further or other claims; null takes one away. */
  readonly claims?: Readonly<Record<string, unknown>> | undefined
  /** From `iat` to `exp`; may be negative for a token that is born expired. */
  readonly lifetimeSeconds?: number | undefined
}

export interface TokenRequest {
  /** As asked for, null where none was. */
  readonly audience: string | null
  readonly authorized: boolean
}

export interface IdTokenIssuer {
  readonly origin: string
  readonly jwksUri: string
  /** What the runner gives as ACTIONS_ID_TOKEN_REQUEST_URL. */
  readonly requestUrl: string
  /** What the runner gives as ACTIONS_ID_TOKEN_REQUEST_TOKEN. */
  readonly requestToken: string
  readonly requests: readonly TokenRequest[]
  /** Every JWT that was signed, in order. */
  readonly tokens: readonly string[]
  /** Connections that were broken at once. */
  readonly refused: number
  /** A token that did not come through the token endpoint: one that somebody put into a file. */
  issue(audience: string): Promise<string>
  close(): Promise<void>
}

/** GitHub's OIDC provider and the runner's token endpoint, in one server. */
export async function startIdTokenIssuer(options: IdTokenIssuerOptions): Promise<IdTokenIssuer> {
  const { job } = options
  const requestToken = randomBytes(48).toString('base64url')
  const requests: TokenRequest[] = []
  const tokens: string[] = []
  const plan = new FaultPlan(options.faults ?? [])
  const server = await startLoopbackServer(answer, { refuses: () => plan.takesConnection(['id-token']) })

  async function answer(request: IncomingMessage, response: ServerResponse) {
    const url = new URL(request.url ?? '/', 'http://localhost')
    switch (url.pathname) {
      case '/.well-known/openid-configuration':
        return writeJson(response, 200, configuration(job, server.origin))
      case '/.well-known/jwks':
        return writeJson(response, 200, { keys: [(await signingKey()).publicJwk] })
      case '/token':
        return await answerTokenRequest(request, response, url.searchParams.get('audience'))
      default:
        return writeJson(response, 404, { message: 'Not Found' })
    }
  }

  async function answerTokenRequest(
    request: IncomingMessage,
    response: ServerResponse,
    audience: string | null,
  ) {
    const authorized = isBearer(request.headers.authorization, requestToken)
    requests.push({ audience, authorized })
    const outcome = await befall(plan.take('id-token'), response, ({ status, message, headers }) =>
      writeJson(response, status, { message }, headers),
    )
    if (outcome === 'finished') return
    if (!authorized) return writeJson(response, 401, { message: 'Unauthorized' })
    const value = await issue(audience ?? `https://github.com/${job.owner}`)
    const body = JSON.stringify(alter({ count: value.length, value }, outcome.alterations))
    await deliver(response, { status: 200, headers: jsonType, body }, outcome.delivery)
  }

  async function issue(audience: string): Promise<string> {
    const token = await issueToken(options, audience)
    tokens.push(token)
    return token
  }

  return {
    origin: server.origin,
    jwksUri: `${server.origin}/.well-known/jwks`,
    requestUrl: `${server.origin}/token?api-version=2.0`,
    requestToken,
    requests,
    tokens,
    get refused() {
      return server.refused
    },
    issue,
    close: server.close,
  }
}

async function issueToken(options: IdTokenIssuerOptions, audience: string): Promise<string> {
  const { privateKey, publicJwk } = await signingKey()
  const now = Math.floor(Date.now() / 1000)
  const claims = { ...githubClaims(options.job, audience, now), ...lifetime(options, now), ...options.claims }
  const present = Object.entries(claims).filter(([, value]) => value !== null)
  return await new SignJWT(Object.fromEntries(present))
    .setProtectedHeader({ typ: 'JWT', alg: 'RS256', kid: publicJwk.kid ?? '' })
    .sign(privateKey)
}

function lifetime({ lifetimeSeconds }: IdTokenIssuerOptions, now: number): { exp?: number } {
  return lifetimeSeconds === undefined ? {} : { exp: now + lifetimeSeconds }
}

function configuration(job: Job, origin: string): Record<string, unknown> {
  return {
    issuer: issuerOf(job),
    jwks_uri: `${origin}/.well-known/jwks`,
    subject_types_supported: ['public', 'pairwise'],
    response_types_supported: ['id_token'],
    id_token_signing_alg_values_supported: ['RS256'],
    scopes_supported: ['openid'],
  }
}

function isBearer(authorization: string | undefined, requestToken: string): boolean {
  const given = Buffer.from(/^bearer (.+)$/i.exec(authorization ?? '')?.[1] ?? '')
  const wanted = Buffer.from(requestToken)
  return given.length === wanted.length && timingSafeEqual(given, wanted)
}

const jsonType = { 'content-type': 'application/json; charset=utf-8' }

function writeJson(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): void {
  response.writeHead(status, { ...jsonType, ...headers }).end(JSON.stringify(body))
}

interface SigningKey {
  readonly privateKey: CryptoKey
  readonly publicJwk: JWK
}

let pendingKey: Promise<SigningKey> | undefined

/** One key a process: making an RSA key takes as long as a whole scenario. */
function signingKey(): Promise<SigningKey> {
  pendingKey ??= generateSigningKey()
  return pendingKey
}

async function generateSigningKey(): Promise<SigningKey> {
  const { privateKey, publicKey } = await generateKeyPair('RS256', { modulusLength: 2048 })
  const kid = randomBytes(20).toString('hex').toUpperCase()
  return { privateKey, publicJwk: { ...(await exportJWK(publicKey)), kid, alg: 'RS256', use: 'sig' } }
}
