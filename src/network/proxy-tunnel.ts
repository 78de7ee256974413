import { Agent as HttpAgent, request as httpRequest } from 'node:http'
import {
  type AgentOptions,
  Agent as HttpsAgent,
  request as httpsRequest,
  type RequestOptions,
} from 'node:https'
import { isIP, isIPv6 } from 'node:net'
import type { Duplex } from 'node:stream'
import type { StrictTls } from './strict-tls.ts'

const CONNECT_MS = 5_000

type OnCreated = (error: Error | null, socket: Duplex) => void

/** Why a proxy opened no tunnel. It has a `status` if the proxy answered, and Node's `code` if it couldn't be asked. */
export class ProxyError extends Error {
  override readonly name = 'ProxyError'
  readonly status: number | undefined
  readonly code: string | undefined

  constructor(message: string, { status, code }: { status?: number; code?: string }, options?: ErrorOptions) {
    super(message, options)
    this.status = status
    this.code = code
  }
}

/** A proxy that opens tunnels by CONNECT. Source: RFC 9110, section 9.3.6. */
export class ProxyTunnel {
  readonly #proxy: URL
  readonly #tls: StrictTls

  /** `tls` is for the connection to an https proxy itself: whoever stands in for the proxy must not get its password. */
  constructor(proxy: URL, tls: StrictTls) {
    this.#proxy = proxy
    this.#tls = tls
  }

  /**
   * A connection to that host and port, with nothing sent over it yet.
   * @throws ProxyError
   */
  open({ host, port }: RequestOptions): Promise<Duplex> {
    const target = `${isIPv6(host ?? '') ? `[${host}]` : host}:${port}`
    return new Promise((resolve, reject) => {
      const request = this.#request(target)
      const timer = setTimeout(() => request.destroy(noAnswer()), CONNECT_MS)
      request.on('connect', ({ statusCode = 0 }, socket) => {
        socket.on('error', () => {}) // whoever uses the tunnel sees its end
        if (statusCode >= 200 && statusCode < 300) return resolve(socket)
        socket.destroy()
        reject(new ProxyError(`the proxy answered ${statusCode}`, { status: statusCode }))
      })
      request.on('error', cause => reject(withoutTunnel(cause)))
      request.on('close', () => clearTimeout(timer))
      request.end()
    })
  }

  #request(target: string) {
    const { protocol, hostname, port } = this.#proxy
    const host = hostname.replace(/^\[(.*)\]$/, '$1')
    const options = {
      method: 'CONNECT',
      host,
      port,
      path: target,
      agent: false,
      setHost: false,
      // Some proxies close a tunnel whose CONNECT asks for `close`, as Node's would by itself.
      headers: { connection: 'keep-alive', host: target, ...this.#authorization() },
    } as const
    if (protocol === 'http:') return httpRequest(options)
    // Else Node would take the name for TLS from the header above.
    const servername = isIP(host) === 0 ? host : ''
    return httpsRequest({ ...options, ...this.#tls.options, servername })
  }

  #authorization(): { readonly 'proxy-authorization'?: string } {
    const { username, password } = this.#proxy
    if (username === '' && password === '') return {}
    const userinfo = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`
    return { 'proxy-authorization': `Basic ${Buffer.from(userinfo).toString('base64')}` }
  }
}

function noAnswer(): Error {
  return Object.assign(new Error(`no answer in ${CONNECT_MS / 1000} s`), { code: 'ETIMEDOUT' })
}

function withoutTunnel(cause: Error & { readonly code?: string }): ProxyError {
  const message = `connection to the proxy: ${cause.message}`
  return new ProxyError(message, cause.code === undefined ? {} : { code: cause.code }, { cause })
}

/** Node's http agent, with each connection through a tunnel. */
export class HttpTunnelAgent extends HttpAgent {
  readonly #tunnel: ProxyTunnel

  constructor(tunnel: ProxyTunnel, options: AgentOptions = {}) {
    super(options)
    this.#tunnel = tunnel
  }

  override createConnection(options: RequestOptions, onCreated?: OnCreated): undefined {
    pass(this.#tunnel.open(options), onCreated)
  }
}

/** Node's https agent, with each connection through a tunnel. Its options are for TLS to the host behind the proxy. */
export class HttpsTunnelAgent extends HttpsAgent {
  readonly #tunnel: ProxyTunnel

  constructor(tunnel: ProxyTunnel, options: AgentOptions = {}) {
    super(options)
    this.#tunnel = tunnel
  }

  override createConnection(options: RequestOptions, onCreated?: OnCreated): undefined {
    const opened = this.#tunnel.open(options)
    const startTls = (socket: Duplex) => super.createConnection({ ...options, socket } as RequestOptions)
    pass(opened.then(startTls), onCreated)
  }
}

/** Node's types ask for a socket beside an error too. */
function pass(opening: Promise<Duplex | null | undefined>, onCreated: OnCreated = () => {}): void {
  opening.then(
    socket => socket && onCreated(null, socket),
    (error: Error) => (onCreated as (error: Error) => void)(error),
  )
}
