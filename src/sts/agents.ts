import { Agent as HttpAgent } from 'node:http'
import type { Agent as HttpsAgent } from 'node:https'
import { createSecureContext, getCACertificates, rootCertificates, type SecureContext } from 'node:tls'
import { HttpProxyAgent, HttpsProxyAgent } from 'hpagent'
import { PreconnectedAgent } from './preconnected-agent.ts'

/** Calls follow each other: the next one waits for the connection rather than open another. */
const KEPT = { keepAlive: true, maxSockets: 1 }

export type AgentPair = { readonly httpAgent: HttpAgent; readonly httpsAgent: HttpsAgent }

/**
 * The connections to STS. Their TLS trusts the public roots of Node, further ones given in PEM, and nothing else:
 * NODE_EXTRA_CA_CERTS doesn't widen an explicit list, nor does NODE_TLS_REJECT_UNAUTHORIZED open an explicit refusal.
 */
export class Agents {
  readonly #roots: readonly string[]
  #secureContext: SecureContext | undefined
  #direct: { readonly httpAgent: HttpAgent; readonly httpsAgent: PreconnectedAgent } | undefined

  constructor(roots: readonly string[]) {
    this.#roots = roots
  }

  /** The connections through a proxy, or those without one. */
  by(proxy: URL | undefined): AgentPair {
    if (!proxy) return this.#directly()
    const options = { ...KEPT, proxy }
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
      httpAgent: new HttpAgent(KEPT),
      httpsAgent: new PreconnectedAgent({ ...KEPT, ...this.#tls() }),
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
  const isNodes = isSameSet(new Set(getCACertificates('default')), new Set(roots))
  return createSecureContext(isNodes ? {} : { ca: [...roots] })
}

function isSameSet<T>(one: ReadonlySet<T>, other: ReadonlySet<T>): boolean {
  return one.size === other.size && [...one].every(element => other.has(element))
}
