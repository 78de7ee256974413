import { getIDToken } from '@actions/core'
import type { RoleContext } from '../context.ts'
import { idTokenFailure } from '../core/explanation.ts'
import { reasonOf } from '../core/failure.ts'
import { type IdToken, parseIdToken } from '../core/id-token.ts'
import { isLoopback } from '../core/input-values.ts'
import type { Inputs } from '../core/inputs.ts'
import { formatProxy } from '../core/proxy-address.ts'
import { RemoteFailure } from '../core/remote-failure.ts'
import type { Session } from '../core/session.ts'
import { proxyFor } from '../proxy.ts'
import { type RetryLimits, withRetry } from '../retry.ts'
import { assumeByToken } from './assume-by-token.ts'

const ATTEMPT_MS = 10_000

/** The first role, by GitHub's OIDC token for the audience. */
export function fromGithubOidc(context: RoleContext): Promise<Session> {
  const { inputs, limits } = context
  const proxy = proxyForTokens(inputs)
  dictateProxy(proxy)
  return assumeByToken(context, () => requestWithRetry(inputs.audience, proxy, limits))
}

/**
 * GitHub's library asks loopback without a proxy, whatever it is told.
 * @throws GateError ERR_INPUT_INVALID, if the environment names no usable proxy
 */
function proxyForTokens({ httpProxy, noProxy }: Inputs): URL | undefined {
  const text = process.env.ACTIONS_ID_TOKEN_REQUEST_URL ?? ''
  const url = URL.canParse(text) ? new URL(text) : undefined
  return url && !isLoopback(url) ? proxyFor(url, { httpProxy, noProxy, environment: process.env }) : undefined
}

/**
 * GitHub's library takes its proxy from the variables of this process alone, and by rules of its own: so they are made
 * to say what was decided. No other process sees it.
 */
function dictateProxy(proxy: URL | undefined): void {
  for (const name of ['http_proxy', 'https_proxy', 'no_proxy']) {
    delete process.env[name]
    delete process.env[name.toUpperCase()]
  }
  if (!proxy) return
  // Its way of sending a password is deprecated, and Node would tell the user so.
  process.noDeprecation = true
  process.env.http_proxy = proxy.href
  process.env.https_proxy = proxy.href
}

function requestWithRetry(audience: string, proxy: URL | undefined, limits: RetryLimits): Promise<IdToken> {
  return withRetry(
    {
      what: "GitHub's OIDC token",
      attempt: () => requestIdToken(audience, proxy),
      explain: idTokenFailure,
    },
    limits,
  )
}

async function requestIdToken(audience: string, proxy: URL | undefined): Promise<IdToken> {
  const jwt = await bounded(getIDToken(audience)).catch(error => {
    throw toRemoteFailure(error, proxy)
  })
  const idToken = parseIdToken(jwt)
  if (!idToken)
    throw failed('not-an-answer', 'what came is not a JSON Web Token with iss, sub, aud, iat and exp')
  return idToken
}

async function bounded<T>(work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const expiry = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(failed('no-answer', `no token in ${ATTEMPT_MS / 1000} s`)), ATTEMPT_MS)
  })
  return Promise.race([work, expiry]).finally(() => clearTimeout(timer))
}

/** How the library tells of a proxy that answers CONNECT with another status than 200. */
const PROXY_REFUSAL = /tunneling socket could not be established, statusCode=(\d{3})/

/** `getIDToken` tells a status only in the words of its message. */
function toRemoteFailure(error: unknown, proxy: URL | undefined): RemoteFailure {
  if (error instanceof RemoteFailure) return error
  const text = reasonOf(error)
  const refusal = PROXY_REFUSAL.exec(text)?.[1]
  if (proxy && refusal) {
    const message = `the proxy ${formatProxy(proxy)} answered ${refusal} and opened no way to GitHub's token service`
    return failed('proxy-refusal', message, Number(refusal))
  }
  const status = /Error Code : (\d{3})/.exec(text)?.[1]
  const message = text.split('Error Message: ').at(-1)?.trim() ?? text
  if (status) return failed('error-answer', message, Number(status))
  if (/ID Token field/.test(text)) return failed('not-an-answer', message)
  return failed('no-answer', proxy ? `${message} (through the proxy ${formatProxy(proxy)})` : message)
}

function failed(kind: RemoteFailure['kind'], message: string, status?: number): RemoteFailure {
  return new RemoteFailure('GetIdToken', { kind, code: '', status, message })
}
