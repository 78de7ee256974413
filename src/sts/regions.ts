import { setImmediate as nextTurn, setTimeout as pause } from 'node:timers/promises'
import { type ProxySettings, proxyFor } from '../core/network/proxy.ts'
import type { StsSettings } from '../core/sts/sts-settings.ts'
import { Agents } from '../network/agents.ts'
import { StrictTls } from '../network/strict-tls.ts'
import { readRoots } from '../runner/ca-bundle.ts'
import { warning } from '../runner/log.ts'
import { likelyUrl, stsEndpoints } from './endpoints.ts'
import type { StsClient } from './sts-client.ts'

/** How long the SDK's code waits for a connection that is opened ahead. A slower one goes on while the code is read. */
const MAX_HEAD_START_MS = 100

/** The regions whose STS may be asked, one at a time. Their clients come with the SDK, which is loaded for them alone. */
export class Regions {
  readonly #settings: StsSettings
  readonly #proxies: ProxySettings
  readonly #agents: Agents
  readonly #deadline: AbortSignal
  /** Where a connection may be opened ahead. */
  readonly #urlAhead: URL | undefined
  #clients: Promise<readonly StsClient[]> | undefined
  /** The region that is asked, and after it those that may stand in for it: no two are the same. */
  #remaining: readonly [string, ...string[]]

  /** @throws GateError ERR_INPUT_INVALID */
  constructor(settings: StsSettings, connections: number, deadline: AbortSignal) {
    const { httpProxy, noProxy, caBundle, region, fallbackRegions } = settings
    this.#settings = settings
    this.#remaining = [region, ...fallbackRegions]
    this.#proxies = { httpProxy, noProxy, environment: process.env }
    this.#agents = new Agents(new StrictTls(readRoots(caBundle)), connections)
    this.#deadline = deadline
    const url = likelyUrl(settings)
    this.#urlAhead = url && !proxyFor(url, this.#proxies) ? url : undefined
  }

  /** The region that is asked. */
  get current(): string {
    return this.#remaining[0]
  }

  /**
   * Gets ready what AWS is asked with, while something else is waited for. What goes wrong in that shows when AWS is
   * asked.
   */
  async prepare(): Promise<void> {
    await nextTurn() // whatever is waited for goes first
    await this.client().catch(() => {})
  }

  /**
   * The client of the current region.
   * @throws GateError ERR_INPUT_INVALID where the region has no host of the kind that is asked for
   */
  async client(): Promise<StsClient> {
    this.#clients ??= this.#load()
    const clients = await this.#clients
    const client = clients.find(({ region }) => region === this.current)
    if (!client) throw new Error(`no client was made for ${this.current}`)
    return client
  }

  /**
   * Whether there is another region to ask than the one that failed. Where that is still the present one, the next takes
   * its place: of two callers whom one region fails, the second finds it done.
   */
  moveOn(failed: StsClient): boolean {
    if (failed.region !== this.current) return true
    const [, next, ...later] = this.#remaining
    if (next === undefined) return false
    warning(`The STS of ${failed.region} could not be asked, so that of ${next} is`)
    this.#remaining = [next, ...later]
    return true
  }

  /** A connection first: reading the SDK's code falls into its waits then. */
  async #load(): Promise<readonly StsClient[]> {
    if (this.#urlAhead) {
      const enough = pause(MAX_HEAD_START_MS, undefined, { ref: false })
      await Promise.race([this.#agents.openAhead(this.#urlAhead), enough])
    }
    const { awsEndpoint, StsClient } = await import('./sts-client.ts')
    const clock = { aheadMs: 0 }
    return stsEndpoints(this.#settings, this.#proxies, awsEndpoint).map(
      endpoint => new StsClient(endpoint, this.#agents.by(endpoint.proxy), this.#deadline, clock),
    )
  }
}
