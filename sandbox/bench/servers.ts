import { selfSignedCertificate } from '../certificate.ts'
import { startTlsFront } from '../tls-front.ts'
import { defaultWorld, startWorld } from '../world.ts'
import { type DelayProxy, startDelayProxy } from './delay-proxy.ts'
import { FIFTY_ACCOUNTS } from './scenario.ts'
import type { ServersMessage } from './server-process.ts'

const HOST = '127.0.0.1'
const ACCOUNT = '111122223333'
const SESSION_SECONDS = 43200

/** The process of GitHub and AWS: tells its parent where they are, then, asked with any message, their traffic so far. */
async function serve(roundTripTimes: readonly number[]): Promise<void> {
  const tls = await selfSignedCertificate([HOST])
  const world = await startWorld({ tls, accounts: { ...defaultWorld.accounts, ...FIFTY_ACCOUNTS } })
  const { idTokenIssuer, sts } = world
  const issuerFront = await startTlsFront(portOf(idTokenIssuer.origin), tls)
  const proxies: DelayProxy[] = []

  async function originAt(roundTripMs: number, port: number): Promise<string> {
    const proxy = await startDelayProxy({ port, roundTripMs })
    proxies.push(proxy)
    return `https://${HOST}:${proxy.port}`
  }

  const requestPath = idTokenIssuer.requestUrl.slice(idTokenIssuer.origin.length)
  const sites = []
  for (const roundTripMs of roundTripTimes) {
    const tokenOrigin = await originAt(roundTripMs, issuerFront.port)
    const stsUrl = await originAt(roundTripMs, portOf(sts.url))
    sites.push({ roundTripMs, tokenRequestUrl: `${tokenOrigin}${requestPath}`, stsUrl })
  }
  process.on('message', () =>
    tell({
      connections: proxies.reduce((sum, { connections }) => sum + connections, 0),
      requests: idTokenIssuer.requests.length + sts.requests.length,
    }),
  )
  tell({
    certificate: tls.cert,
    requestToken: idTokenIssuer.requestToken,
    session: sts.issueSession(ACCOUNT, 'deploy', 'earlier-step', { expiresInSeconds: SESSION_SECONDS }),
    sites,
  })
}

function portOf(url: string): number {
  return Number(new URL(url).port)
}

function tell(message: ServersMessage): void {
  process.send?.(message)
}

// Without its parent nobody has a use for it.
process.on('disconnect', () => process.exit())
void serve(process.argv.slice(2).map(Number))
