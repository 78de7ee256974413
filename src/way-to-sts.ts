import { GateError } from './core/failure.ts'
import type { Inputs } from './core/inputs.ts'
import { proxyFor } from './proxy.ts'
import { awsEndpoint, type WayToSts } from './sts-client.ts'

/** Where STS is asked, by the inputs: the user's own endpoint, or AWS's for the region. */
export function wayToSts(inputs: Inputs): WayToSts {
  const { region, stsEndpoint, usesFips, usesDualstack, httpProxy, noProxy } = inputs
  const url = stsEndpoint ?? endpointOf(region, usesFips, usesDualstack)
  return { region, url, proxy: proxyFor(url, { httpProxy, noProxy, environment: process.env }) }
}

function endpointOf(region: string, usesFips: boolean, usesDualstack: boolean): URL {
  try {
    return awsEndpoint(region, usesFips, usesDualstack)
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new GateError(
      'ERR_INPUT_INVALID',
      `aws-region: ${region} has no endpoint of the kind that use-fips-endpoint and use-dualstack-endpoint ask for: ${reason}`,
      'Take the one that the region does not have out, or correct aws-region.',
      { cause },
    )
  }
}
