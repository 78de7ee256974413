import type { Certificate } from '../../sandbox/loopback-server.ts'
import { type ConnectProxy, type ConnectProxyOptions, startConnectProxy } from '../../sandbox/proxy.ts'
import type { StepResult } from '../../sandbox/runner/runner.ts'
import { startTlsFront } from '../../sandbox/tls-front.ts'
import type { RunningWorld, World } from '../../sandbox/world.ts'
import { inWorld, type MainResult, runMain, type Scenario } from './scenario.ts'

/** Of the token service: a name that no DNS knows. */
export const TOKEN_HOST = 'token.example.test'

export type TunnelWorld = {
  readonly world: RunningWorld
  /** Routes the token's host to the issuer, and loopback to itself. */
  readonly proxy: ConnectProxy
  /** `host:port` of the token request. */
  readonly tokenHost: string
  /** As GitHub's variables hold it. */
  readonly idToken: { readonly url: string; readonly token: string }
  /** The step, with its token at an https URL that only the proxy can resolve. */
  run(scenario: Scenario): Promise<MainResult>
}

export type TunnelWorldOptions = {
  /** Of TOKEN_HOST. */
  readonly certificate: Certificate
  /** The file that holds it, for Node. */
  readonly roots: string
  readonly world?: Partial<World>
  readonly proxy?: Partial<ConnectProxyOptions>
}

/** A world in which the token request needs a proxy. */
export async function inWorldBehindProxy(
  { certificate, roots, world: data = {}, proxy: options = {} }: TunnelWorldOptions,
  body: (tunnels: TunnelWorld) => Promise<void>,
): Promise<void> {
  await inWorld(data, async world => {
    const issuer = new URL(world.idTokenIssuer.requestUrl)
    const front = await startTlsFront(Number(issuer.port), certificate)
    const tokenHost = `${TOKEN_HOST}:${front.port}`
    const byHost = { [tokenHost]: front.port, [new URL(world.sts.url).host]: portOf(world.sts.url) }
    const proxy = await startConnectProxy({ answer: { byHost }, ...options })
    const idToken = {
      url: `https://${tokenHost}${issuer.pathname}${issuer.search}`,
      token: world.idTokenIssuer.requestToken,
    }
    const run = ({ environment, ...scenario }: Scenario) =>
      runMain(world, {
        idToken,
        environment: { NODE_EXTRA_CA_CERTS: roots, ...environment },
        ...scenario,
      })
    try {
      await body({ world, proxy, tokenHost, idToken, run })
    } finally {
      await proxy.close()
      await front.close()
    }
  })
}

export function portOf(url: string): number {
  return Number(new URL(url).port)
}

/** Everything printed, except masks. */
export function shown({ stdout, stderr, summary, files }: StepResult): string {
  const printed = stdout.replaceAll(/^::add-mask::.*$/gm, '')
  return [printed, stderr, summary, ...Object.values(files)].join('\n')
}
