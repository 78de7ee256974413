import { connect, type Socket } from 'node:net'
import { createServer, type TLSSocket } from 'node:tls'
import type { Certificate } from './loopback-server.ts'

export interface TlsFront {
  readonly port: number
  /** Accepted so far, whether or not their TLS came about. */
  readonly connections: number
  /** The host that each client asked for when its TLS came about, in order. */
  readonly serverNames: readonly string[]
  close(): Promise<void>
}

/** Takes TLS off and passes everything on to a port of 127.0.0.1: https for a server that speaks http. */
export async function startTlsFront(port: number, { key, cert }: Certificate): Promise<TlsFront> {
  const sockets = new Set<Socket | TLSSocket>()
  const server = createServer({ key, cert }, client => {
    const upstream = connect(port, '127.0.0.1')
    for (const socket of [client, upstream]) {
      sockets.add(socket)
      socket.on('close', () => sockets.delete(socket))
      // Either end that goes takes the other with it.
      socket.on('error', () => {}).on('close', () => (socket === client ? upstream : client).destroy())
    }
    client.pipe(upstream).pipe(client)
  })
  let connections = 0
  const serverNames: string[] = []
  server.on('connection', () => connections++)
  server.on('secureConnection', ({ servername }) => serverNames.push(servername || ''))
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port of TCP')
  return {
    port: address.port,
    get connections() {
      return connections
    },
    serverNames,
    async close() {
      const closed = new Promise<void>(resolve => server.close(() => resolve()))
      for (const socket of sockets) socket.destroy()
      await closed
    },
  }
}
