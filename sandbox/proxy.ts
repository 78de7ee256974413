import { createServer, type IncomingHttpHeaders } from 'node:http'
import { connect, type Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { listenOnLoopback } from './loopback-server.ts'

export interface ConnectProxyOptions {
  readonly answer:
    | 'refuse'
    | { readonly tunnelTo: { readonly host: string; readonly port: number } }
    /** Ports of 127.0.0.1 by the `host:port` that is asked for; others are refused. */
    | { readonly byHost: Readonly<Record<string, number>> }
  /** Of the refusal; 502 unless said otherwise. */
  readonly status?: number
  readonly address?: '127.0.0.1' | '::1'
  /** A free one unless said otherwise. */
  readonly port?: number
  /** As px does: a tunnel whose CONNECT asks for `Connection: close` is closed as soon as it is open. */
  readonly closesIfAsked?: boolean
}

export interface ConnectProxy {
  /** `http://127.0.0.1:port`, or of the other address */
  readonly url: string
  /** `host:port` of each CONNECT, in order. */
  readonly connects: readonly string[]
  /** The headers of each CONNECT, in the same order. */
  readonly headers: readonly IncomingHttpHeaders[]
  close(): Promise<void>
}

/** An HTTP proxy for tunnels that leads them to loopback addresses, or refuses them. */
export async function startConnectProxy({
  answer,
  status = 502,
  address,
  port,
  closesIfAsked = false,
}: ConnectProxyOptions): Promise<ConnectProxy> {
  const connects: string[] = []
  const headers: IncomingHttpHeaders[] = []
  const upstreams = new Set<Socket>()
  const server = createServer((_request, response) => {
    response.writeHead(405, { 'content-type': 'text/plain' }).end('This proxy only tunnels')
  })
  server.on('connect', (request, client, head) => {
    // px names a scheme too.
    const asked = (request.url ?? '').replace(/^https?:\/\//, '')
    connects.push(asked)
    headers.push(request.headers)
    const target = targetOf(answer, asked)
    if (!target) return refuse(client, status)
    const upstream = connect(target.port, target.host)
    upstreams.add(upstream)
    upstream.on('close', () => upstreams.delete(upstream))
    if (closesIfAsked && request.headers.connection === 'close')
      client.end('HTTP/1.1 200 Connection Established\r\n\r\n')
    else tunnel(client, upstream, head)
  })
  const listening = await listenOnLoopback(server, 'http', undefined, port, address)
  return {
    url: listening.origin,
    connects,
    headers,
    async close() {
      for (const upstream of upstreams) upstream.destroy()
      await listening.close()
    },
  }
}

function targetOf(
  answer: ConnectProxyOptions['answer'],
  asked: string,
): { readonly host: string; readonly port: number } | undefined {
  if (answer === 'refuse') return undefined
  if ('tunnelTo' in answer) return answer.tunnelTo
  const port = answer.byHost[asked]
  return port === undefined ? undefined : { host: '127.0.0.1', port }
}

function refuse(client: Duplex, status: number): void {
  const body = `<html><body><h1>${status} refused by the proxy</h1></body></html>`
  const head = [
    `HTTP/1.1 ${status} Refused`,
    'Content-Type: text/html',
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Connection: close',
  ]
  client.end(`${head.join('\r\n')}\r\n\r\n${body}`)
}

function tunnel(client: Duplex, upstream: Socket, head: Buffer): void {
  upstream.on('connect', () => {
    client.write('HTTP/1.1 200 Connection Established\r\n\r\n')
    upstream.write(head)
    client.pipe(upstream).pipe(client)
  })
  // Either end that goes takes the other with it.
  for (const [one, other] of [
    [client, upstream],
    [upstream, client],
  ] as const) {
    one.on('error', () => other.destroy())
    one.on('close', () => other.destroy())
  }
}
