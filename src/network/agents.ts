import { Agent as HttpAgent } from 'node:http'
import type { Agent as HttpsAgent } from 'node:https'
import { PreconnectedAgent } from './preconnected-agent.ts'
import { HttpsTunnelAgent, HttpTunnelAgent, ProxyTunnel } from './proxy-tunnel.ts'
import type { StrictTls } from './strict-tls.ts'

export type AgentPair = { readonly httpAgent: HttpAgent; readonly httpsAgent: HttpsAgent }

/** The connections to STS, directly or through a proxy, with strict TLS to either. */
export class Agents {
  readonly #tls: StrictTls
  readonly #kept: { readonly keepAlive: true; readonly maxSockets: number }
  #direct: { readonly httpAgent: HttpAgent; readonly httpsAgent: PreconnectedAgent } | undefined

  /** A call beyond so many `connections` to one host waits for one of them rather than open another. */
  constructor(tls: StrictTls, connections = 1) {
    this.#tls = tls
    this.#kept = { keepAlive: true, maxSockets: connections }
  }

  /** The connections through a proxy, or those without one. */
  by(proxy: URL | undefined): AgentPair {
    if (!proxy) return this.#directly()
    const tunnel = new ProxyTunnel(proxy, this.#tls)
    return {
      httpAgent: new HttpTunnelAgent(tunnel, this.#kept),
      httpsAgent: new HttpsTunnelAgent(tunnel, { ...this.#kept, ...this.#tls.options }),
    }
  }

  /** Opens a connection before there is a request for it; for https without a proxy. Resolves when it has got so far. */
  async openAhead(url: URL): Promise<void> {
    if (url.protocol === 'https:') await this.#directly().httpsAgent.openAhead(url)
  }

  #directly() {
    this.#direct ??= {
      httpAgent: new HttpAgent(this.#kept),
      httpsAgent: new PreconnectedAgent({ ...this.#kept, ...this.#tls.options }),
    }
    return this.#direct
  }
}
