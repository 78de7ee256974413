import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Inputs } from '../core/inputs.ts'
import { type ProxySettings, proxyFor } from '../proxy.ts'
import { readRoots } from '../runner/ca-bundle.ts'
import { warning } from '../runner/log.ts'
import { Agents } from './agents.ts'
import type { StsClient } from './sts-client.ts'
import { likelyUrl, waysToSts } from './way-to-sts.ts'

/** The regions whose STS may be asked, one at a time. Their clients come with the SDK, which is loaded for them alone. */
export class Regions {
  readonly #inputs: Inputs
  readonly #proxies: ProxySettings
  readonly #agents: Agents
  readonly #deadline: AbortSignal
  /** Where a connection may be opened ahead. */
  readonly #urlAhead: URL | undefined
  #clients: Promise<readonly StsClient[]> | undefined
  #present: string

  /** @throws GateError ERR_INPUT_INVALID */
  constructor(inputs: Inputs, deadline: AbortSignal) {
    const { httpProxy, noProxy, caBundle, region } = inputs
    this.#inputs = inputs
    this.#present = region
    // As it is now: the token request rewrites the variables of proxies.
    this.#proxies = { httpProxy, noProxy, environment: { ...process.env } }
    this.#agents = new Agents(caBundle === undefined ? [] : readRoots(caBundle))
    this.#deadline = deadline
    const url = likelyUrl(inputs)
    this.#urlAhead = url && !proxyFor(url, this.#proxies) ? url : undefined
  }

  /** The region that is asked. */
  get present(): string {
    return this.#present
  }

  /**
   * Gets ready what AWS is asked with, while something else is waited for: a connection first, then the SDK. What goes
   * wrong in that shows when AWS is asked.
   */
  async prepare(): Promise<void> {
    await nextTurn() // whatever is waited for goes first
    if (this.#urlAhead) await this.#agents.openAhead(this.#urlAhead)
    await this.client().catch(() => {})
  }

  /**
   * The client of the present region.
   * @throws GateError ERR_INPUT_INVALID where the region has no host of the kind that is asked for
   */
  async client(): Promise<StsClient> {
    const [client] = await this.#remaining()
    if (!client) throw new Error('no region is left to be asked')
    return client
  }

  /** Makes the next region the present one; false where there is none. */
  async moveOn(): Promise<boolean> {
    const [, ...others] = await this.#remaining()
    const [next] = others
    if (!next) return false
    warning(`The STS of ${this.#present} could not be asked, so that of ${next.region} is`)
    this.#present = next.region
    this.#clients = Promise.resolve(others)
    return true
  }

  #remaining(): Promise<readonly StsClient[]> {
    this.#clients ??= this.#load()
    return this.#clients
  }

  async #load(): Promise<readonly StsClient[]> {
    const { awsEndpoint, StsClient } = await import('./sts-client.ts')
    return waysToSts(this.#inputs, this.#proxies, awsEndpoint).map(
      way => new StsClient(way, this.#agents.by(way.proxy), this.#deadline),
    )
  }
}
