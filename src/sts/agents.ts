import { Agent as HttpAgent } from 'node:http'
import type { Agent as HttpsAgent } from 'node:https'
import { createSecureContext, getCACertificates, rootCertificates, type SecureContext } from 'node:tls'
import { HttpProxyAgent, HttpsProxyAgent } from 'hpagent'
import { PreconnectedAgent } from '../preconnected-agent.ts'

export type AgentPair = { readonly httpAgent: HttpAgent; readonly httpsAgent: HttpsAgent }

/**
 * The connections to STS. Their TLS trusts the public roots of Node, further ones given in PEM, and nothing else:
 * NODE_EXTRA_CA_CERTS doesn't widen an explicit list, nor does NODE_TLS_REJECT_UNAUTHORIZED open an explicit refusal.
 */
export class Agents {
  readonly #roots: readonly string[]
  readonly #kept: { readonly keepAlive: true; readonly maxSockets: number }
  #secureContext: SecureContext | undefined
  #direct: { readonly httpAgent: HttpAgent; readonly httpsAgent: PreconnectedAgent } | undefined

  /** A call beyond so many `connections` to one host waits for one of them rather than open another. */
  constructor(roots: readonly string[], connections = 1) {
    this.#roots = roots
    this.#kept = { keepAlive: true, maxSockets: connections }
  }

  /** The connections through a proxy, or those without one. */
  by(proxy: URL | undefined): AgentPair {
    if (!proxy) return this.#directly()
    const options = { ...this.#kept, proxy }
    return {
      httpAgent: new HttpProxyAgent(options),
      httpsAgent: new HttpsProxyAgent({ ...options, ...this.#tls() }),
    }
  }

  /** Opens a connection before there is a request for it; for https without a proxy. Resolves when it has got so far. */
  async openAhead(url: URL): Promise<void> {
    if (url.protocol === 'https:') await this.#directly().httpsAgent.openAhead(url)
  }

  #directly() {
    this.#direct ??= {
      httpAgent: new HttpAgent(this.#kept),
      httpsAgent: new PreconnectedAgent({ ...this.#kept, ...this.#tls() }),
    }
    return this.#direct
  }

  /** One context for all connections: to read the roots takes longer than all else about them. */
  #tls() {
    this.#secureContext ??= contextOf([...rootCertificates, ...this.#roots])
    return { secureContext: this.#secureContext, rejectUnauthorized: true }
  }
}

/**
 * TLS that trusts these roots alone. Node has its own list read already: where that is the very same, it is used, as to
 * read another takes 10 ms.
 */
function contextOf(roots: readonly string[]): SecureContext {
  const isNodes = isSameList(getCACertificates('default'), roots)
  return createSecureContext(isNodes ? {} : { ca: [...roots] })
}

function isSameList<T>(one: readonly T[], other: readonly T[]): boolean {
  return one.length === other.length && one.every((element, index) => element === other[index])
}
