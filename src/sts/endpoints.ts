import { partition } from '@aws-sdk/util-endpoints'
import { GateError, reasonOf } from '../core/base/failure.ts'
import { type ProxySettings, proxyFor } from '../core/network/proxy.ts'
import type { StsSettings } from '../core/sts/sts-settings.ts'

/** Where STS is asked, and through what. */
export type StsEndpoint = {
  readonly region: string
  readonly url: URL
  readonly proxy: URL | undefined
}

/** AWS's own host for a region. It throws where the partition has none of that kind. */
export type AwsEndpoint = (region: string, usesFips: boolean, usesDualstack: boolean) => URL

/**
 * Where STS is asked, by the inputs: the user's own endpoint, or AWS's for the region and then for those that stand in.
 * @throws GateError ERR_INPUT_INVALID
 */
export function stsEndpoints(
  settings: StsSettings,
  proxies: ProxySettings,
  awsEndpoint: AwsEndpoint,
): readonly [StsEndpoint, ...StsEndpoint[]] {
  const { region, stsEndpoint, fallbackRegions } = settings
  const endpoint = (name: string): StsEndpoint => {
    const url = stsEndpoint ?? endpointOf(name, settings, awsEndpoint)
    return { region: name, url, proxy: proxyFor(url, proxies) }
  }
  return [endpoint(region), ...fallbackRegions.map(endpoint)]
}

/**
 * Where STS will be asked in most runs, known without the SDK, whose rules decide: good for opening a connection ahead,
 * and for nothing else. Undefined for hosts of a special kind.
 */
export function likelyUrl({ region, stsEndpoint, usesFips, usesDualstack }: StsSettings): URL | undefined {
  if (stsEndpoint) return stsEndpoint
  if (usesFips || usesDualstack) return undefined
  return new URL(`https://sts.${region}.${partition(region).dnsSuffix}`)
}

function endpointOf(region: string, { usesFips, usesDualstack }: StsSettings, awsEndpoint: AwsEndpoint): URL {
  try {
    return awsEndpoint(region, usesFips, usesDualstack)
  } catch (cause) {
    const reason = reasonOf(cause)
    throw new GateError(
      'ERR_INPUT_INVALID',
      `${region} has no endpoint of the kind that use-fips-endpoint and use-dualstack-endpoint ask for: ${reason}`,
      'Take the one that the region does not have out, or correct aws-region and sts-fallback-regions.',
      { cause },
    )
  }
}
