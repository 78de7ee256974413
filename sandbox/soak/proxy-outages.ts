import { type ConnectProxy, startConnectProxy } from '../proxy.ts'

/** In milliseconds since the epoch. */
export interface Period {
  readonly from: number
  readonly to: number
}

/** A proxy that goes away, with all its tunnels, and comes back on the same port. */
export class UnsteadyProxy {
  readonly outages: Period[] = []
  readonly #byHost: Readonly<Record<string, number>>
  #proxy: ConnectProxy

  private constructor(byHost: Readonly<Record<string, number>>, proxy: ConnectProxy) {
    this.#byHost = byHost
    this.#proxy = proxy
  }

  /** Leads to servers on loopback, by their URLs. */
  static async to(...urls: readonly string[]): Promise<UnsteadyProxy> {
    const byHost = Object.fromEntries(urls.map(url => [new URL(url).host, Number(new URL(url).port)]))
    return new UnsteadyProxy(byHost, await startConnectProxy({ answer: { byHost } }))
  }

  get url(): string {
    return this.#proxy.url
  }

  /** Is away until the promise is kept. */
  async away(meanwhile: () => Promise<void>): Promise<void> {
    const from = Date.now()
    const port = Number(new URL(this.url).port)
    await this.close()
    await meanwhile()
    this.#proxy = await startConnectProxy({ answer: { byHost: this.#byHost }, port })
    this.outages.push({ from, to: Date.now() })
  }

  async close(): Promise<void> {
    await this.#proxy.close()
  }
}
