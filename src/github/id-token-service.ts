import { type Agent, Agent as HttpAgent } from 'node:http'
import { getIDToken } from '@actions/core'
import { GateError } from '../core/base/failure.ts'
import { isCertificateError } from '../core/network/certificate-error.ts'
import { isLoopback } from '../core/network/endpoint-url.ts'
import { proxyFor } from '../core/network/proxy.ts'
import { formatProxy } from '../core/network/proxy-address.ts'
import { type FailureKind, RemoteFailure } from '../core/network/remote-failure.ts'
import type { NetworkSettings } from '../core/sts/sts-settings.ts'
import type { IdToken } from '../core/token/id-token.ts'
import { tokenInResponse } from '../core/token/id-token-response.ts'
import { httpGet } from '../network/http-get.ts'
import { HttpsTunnelAgent, HttpTunnelAgent, ProxyError, ProxyTunnel } from '../network/proxy-tunnel.ts'
import { StrictTls } from '../network/strict-tls.ts'
import { readRoots } from '../runner/ca-bundle.ts'
import { sentBy } from './http-client.ts'
import { githubAgent } from './preconnect.ts'

/** GitHub's token service, at the URL that the runner gives. */
export class IdTokenService {
  readonly #proxy: URL | undefined
  readonly #agent: Agent

  /** @throws GateError ERR_OIDC_REQUEST_FAILED for no URL, ERR_INPUT_INVALID if the environment names no usable proxy */
  constructor(settings: NetworkSettings) {
    const url = requestUrl()
    this.#proxy = proxyOf(url, settings)
    this.#agent = agentFor(url, this.#proxy, settings)
  }

  /**
   * A token, by one request.
   * @throws RemoteFailure
   */
  async requestIdToken(audience: string): Promise<IdToken> {
    const { idToken } = await sentBy(
      async (url, headers) => {
        const response = await httpGet(url, headers, this.#agent).catch(error => {
          throw toRemoteFailure(error, this.#proxy)
        })
        const idToken = tokenInResponse(response, Date.now())
        return { value: idToken.jwt, idToken }
      },
      () => getIDToken(audience),
    )
    return idToken
  }
}

function requestUrl(): URL {
  const text = process.env.ACTIONS_ID_TOKEN_REQUEST_URL ?? ''
  const url = URL.canParse(text) ? new URL(text) : undefined
  const isHttp = url?.protocol === 'https:' || url?.protocol === 'http:'
  if (isHttp && keepsOrigin(text, url)) return url
  const message = isHttp
    ? 'ACTIONS_ID_TOKEN_REQUEST_URL has neither a path nor a query, so the audience would become part of its host'
    : 'ACTIONS_ID_TOKEN_REQUEST_URL is not an http or https URL'
  throw new GateError(
    'ERR_OIDC_REQUEST_FAILED',
    `no token was requested: ${message}`,
    'The runner sets it: check how this runner, or what stands in for one, was set up.',
    { cause: failed({ kind: 'no-response', code: '', status: undefined, message }) },
  )
}

/** GitHub's library adds the audience to the text, so the token's key could go to another host than the one looked at. */
function keepsOrigin(text: string, { origin }: URL): boolean {
  const asked = `${text}&audience=x`
  return URL.canParse(asked) && new URL(asked).origin === origin
}

/** A service on this machine is not asked through a proxy, to which loopback is another machine. */
function proxyOf(url: URL, { httpProxy, noProxy }: NetworkSettings): URL | undefined {
  return isLoopback(url) ? undefined : proxyFor(url, { httpProxy, noProxy, environment: process.env })
}

/**
 * TLS to the service keeps Node's own settings, as a GitHub Enterprise Server may need the runner's CA. To an https proxy
 * it is as strict as to STS.
 */
function agentFor({ protocol }: URL, proxy: URL | undefined, { caBundle }: NetworkSettings): Agent {
  const isHttps = protocol === 'https:'
  if (!proxy) return isHttps ? githubAgent() : new HttpAgent()
  const tunnel = new ProxyTunnel(proxy, new StrictTls(readRoots(caBundle)))
  return isHttps ? new HttpsTunnelAgent(tunnel) : new HttpTunnelAgent(tunnel)
}

/** Node's errors in the few words of RemoteFailure. Anything else is a bug and passes as it is. */
function toRemoteFailure(error: unknown, proxy: URL | undefined): unknown {
  if (!(error instanceof Error)) return error
  const { message, code } = error as NodeJS.ErrnoException
  const name = proxy && formatProxy(proxy)
  if (error instanceof ProxyError && error.status !== undefined) {
    const { status } = error
    const refusal = `the proxy ${name} answered ${status} and opened no tunnel to GitHub's token service`
    return failed({ kind: 'proxy-refusal', code: '', status, message: refusal }, error)
  }
  if (code === undefined) return error
  const kind = isCertificateError(code) ? 'untrusted' : 'no-response'
  const through = name ? ` (through the proxy ${name})` : ''
  return failed({ kind, code, status: undefined, message: `${message}${through}` }, error)
}

type Failure = {
  readonly kind: FailureKind
  readonly code: string
  readonly status: number | undefined
  readonly message: string
}

function failed(failure: Failure, cause?: unknown): RemoteFailure {
  return new RemoteFailure('GetIdToken', failure, { cause })
}
