import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll } from '@jest/globals'
import { selfSignedCertificate } from '../../sandbox/certificate.ts'
import type { Certificate } from '../../sandbox/loopback-server.ts'
import { mitmproxy, rootOf, trusting } from '../../sandbox/real/proxies/mitmproxy.ts'
import {
  type ProxyOptions,
  type ProxySoftware,
  type RunningProxy,
  withProxy,
} from '../../sandbox/real/proxies/proxy.ts'
import type { RunningWorld, World } from '../../sandbox/world.ts'
import type { MainResult, Scenario } from '../scenarios/scenario.ts'
import { inWorldBehindProxy, portOf, TOKEN_HOST, type TunnelWorld } from '../scenarios/tunnel-world.ts'

export type BehindProxy = TunnelWorld & {
  readonly real: RunningProxy
  /** Inputs that make the step trust STS through this proxy. */
  readonly trust: Readonly<Record<string, string>>
  /** And variables for the token service. */
  readonly nodeTrust: Readonly<Record<string, string>>
  /** The step through the proxy, which it trusts as far as the proxy needs it. */
  runThrough(scenario?: Scenario): Promise<MainResult>
}

export type BehindProxyOptions = Omit<Partial<ProxyOptions>, 'args'> & {
  readonly world?: Partial<World>
  /** Further arguments of the proxy. */
  readonly args?: (world: RunningWorld) => readonly string[]
}

let folder: string
let certificate: Certificate
/** Registers what makes the servers' certificate. */
export function useCertificate(): void {
  beforeAll(async () => {
    certificate = await selfSignedCertificate([TOKEN_HOST, 'localhost', '127.0.0.1'])
    folder = mkdtempSync(join(tmpdir(), 'ca-'))
    writeFileSync(serverRoots(), certificate.cert)
  })
  afterAll(() => rmSync(folder, { recursive: true }))
}

/** The PEM file of the root of the servers' certificates. */
export function serverRoots(): string {
  return join(folder, 'ca.pem')
}

export function serverCertificate(): Certificate {
  return certificate
}

/** A world with TLS, behind a proxy by others. */
export function behindProxy(
  proxy: ProxySoftware,
  { world, args: further, ...options }: BehindProxyOptions,
  body: (behind: BehindProxy) => Promise<void>,
): Promise<void> {
  const roots = serverRoots()
  return inWorldBehindProxy({ certificate, roots, world: { tls: certificate, ...world } }, async tunnels => {
    const opensTls = proxy === mitmproxy
    const parent = { port: portOf(tunnels.proxy.url) }
    const args = [...(opensTls ? trusting(roots) : []), ...(further?.(tunnels.world) ?? [])]
    await withProxy(proxy, { parent, ...options, args }, async real => {
      const root = opensTls ? rootOf(real) : roots
      const trust = { 'ca-bundle': root }
      const nodeTrust = { NODE_EXTRA_CA_CERTS: root }
      const runThrough = ({ with: given, environment, ...scenario }: Scenario = {}) =>
        tunnels.run({
          with: { 'http-proxy': real.host, ...trust, ...given },
          environment: { ...nodeTrust, ...environment },
          ...scenario,
        })
      await body({ ...tunnels, real, trust, nodeTrust, runThrough })
    })
  })
}
