import {
  createServer as createHttpServer,
  type IncomingMessage,
  type RequestListener,
  type ServerResponse,
} from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import type { AddressInfo, Server, Socket } from 'node:net'
import { text } from 'node:stream/consumers'

export type Answer = (request: IncomingMessage, response: ServerResponse) => Promise<void>

export interface Certificate {
  /** PEM. */
  readonly key: string
  /** PEM. */
  readonly cert: string
}

export interface LoopbackServer {
  /** `http://127.0.0.1:port`, or https with a certificate. */
  readonly origin: string
  readonly port: number
  /** TCP connections accepted so far. */
  readonly connections: number
  /** Those of them that were broken at once. */
  readonly refused: number
  /** Stops listening and breaks what is open: idle, kept alive or hanging. */
  close(): Promise<void>
}

export interface LoopbackOptions {
  /** Makes the server speak https. */
  readonly tls?: Certificate | undefined
  /** Asked of each connection as it is made: whether to break it at once. */
  readonly refuses?: () => boolean
  /** A free one unless said otherwise. */
  readonly port?: number | undefined
}

/** A server for HTTP(S) on 127.0.0.1. */
export async function startLoopbackServer(
  answer: Answer,
  { tls, refuses, port }: LoopbackOptions = {},
): Promise<LoopbackServer> {
  const listener = listenerOf(answer)
  const server = tls
    ? createHttpsServer({ key: tls.key, cert: tls.cert }, listener)
    : createHttpServer(listener)
  return await listenOnLoopback(server, tls ? 'https' : 'http', refuses, port)
}

/** Puts a server on a port of 127.0.0.1 or `::1`, a free one with 0, and keeps account of its sockets. */
export async function listenOnLoopback(
  server: Server,
  scheme: string,
  refuses: () => boolean = () => false,
  wantedPort = 0,
  address: '127.0.0.1' | '::1' = '127.0.0.1',
): Promise<LoopbackServer> {
  const sockets = new Set<Socket>()
  let connections = 0
  let refused = 0
  server.on('connection', (socket: Socket) => {
    connections += 1
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    // A client that gives up is part of the play.
    socket.on('error', () => {})
    if (refuses()) {
      refused += 1
      socket.resetAndDestroy()
    }
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(wantedPort, address, resolve)
  })
  const { port } = server.address() as AddressInfo
  return {
    origin: `${scheme}://${address === '::1' ? '[::1]' : address}:${port}`,
    port,
    get connections() {
      return connections
    },
    get refused() {
      return refused
    },
    async close() {
      const closed = new Promise<void>(resolve => server.close(() => resolve()))
      for (const socket of sockets) socket.destroy()
      await closed
    },
  }
}

export async function readBody(request: IncomingMessage): Promise<string> {
  return await text(request)
}

/** A failure of the sandbox itself is answered as such, with its stack, rather than with silence. */
function listenerOf(answer: Answer): RequestListener {
  return (request, response) => {
    answer(request, response).catch((error: unknown) => {
      if (response.destroyed) return
      if (!response.headersSent) response.writeHead(500, { 'content-type': 'text/plain' })
      response.end(`The sandbox failed: ${error instanceof Error ? error.stack : String(error)}`)
    })
  }
}
