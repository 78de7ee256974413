import { GateError, reasonOf } from './core/failure.ts'
import type { Inputs } from './core/inputs.ts'
import { proxyFor } from './proxy.ts'
import { readRoots } from './runner/ca-bundle.ts'
import { awsEndpoint, type WayToSts } from './sts-client.ts'

/**
 * Where STS is asked, by the inputs: the user's own endpoint, or AWS's for the region and then for those that stand in.
 * @throws GateError ERR_INPUT_INVALID
 */
export function waysToSts(inputs: Inputs): readonly [WayToSts, ...WayToSts[]] {
  const { region, stsEndpoint, fallbackRegions, httpProxy, noProxy, caBundle } = inputs
  const roots = caBundle === undefined ? [] : readRoots(caBundle)
  const way = (name: string): WayToSts => {
    const url = stsEndpoint ?? endpointOf(name, inputs)
    return {
      region: name,
      url,
      roots,
      proxy: proxyFor(url, { httpProxy, noProxy, environment: process.env }),
    }
  }
  return [way(region), ...fallbackRegions.map(way)]
}

function endpointOf(region: string, { usesFips, usesDualstack }: Inputs): URL {
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
