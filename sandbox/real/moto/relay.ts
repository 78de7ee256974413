import { connect, createServer, type NetConnectOpts, type Socket } from 'node:net'

export interface Relay {
  close(): Promise<void>
}

/** An end of a relay: a port of 127.0.0.1, or a Unix socket, which processes of any network reach by its path. */
export type RelayEnd = number | string

/** Passes every connection to one end on to the other. */
export async function startRelay(from: RelayEnd, to: RelayEnd): Promise<Relay> {
  const sockets = new Set<Socket>()
  const server = createServer(client => {
    const upstream = connect(addressOf(to))
    for (const [socket, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(socket)
      socket
        .on('error', () => {})
        .on('close', () => {
          sockets.delete(socket)
          other.destroy()
        })
    }
    client.pipe(upstream).pipe(client)
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(addressOf(from), resolve)
  })
  return {
    async close() {
      const closed = new Promise<void>(resolve => server.close(() => resolve()))
      for (const socket of sockets) socket.destroy()
      await closed
    },
  }
}

function addressOf(end: RelayEnd): NetConnectOpts {
  return typeof end === 'number' ? { host: '127.0.0.1', port: end } : { path: end }
}
