import type { NoProxy } from '../network/no-proxy.ts'

/** How connections are made: for the token request and for STS. */
export type NetworkSettings = {
  /** Undefined where the environment decides. */
  readonly httpProxy: URL | undefined
  readonly noProxy: NoProxy | undefined
  /** Path from the workspace to further roots. */
  readonly caBundle: string | undefined
  readonly stsEndpoint: URL | undefined
}

/** Which hosts of STS are called, and how. */
export type StsSettings = NetworkSettings & {
  readonly region: string
  readonly usesFips: boolean
  readonly usesDualstack: boolean
  /** Called in this order when the STS of `region` can't be. */
  readonly fallbackRegions: readonly string[]
}
