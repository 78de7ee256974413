import { connect, createServer, type Socket } from 'node:net'
import { listenOnLoopback } from './loopback-server.ts'

/** What was said on a connection. */
export interface TappedConnection {
  /** The client's first line. */
  readonly asked: string
  /** The server's. */
  readonly answered: string
  /** How often the client spoke and the server answered. */
  readonly roundTrips: number
}

export interface Tap {
  readonly port: number
  /** In the order in which they were made. */
  readonly connections: readonly TappedConnection[]
  close(): Promise<void>
}

/** Passes everything on to a port of 127.0.0.1, and notes who spoke. */
export async function startTap(port: number): Promise<Tap> {
  const connections: TappedConnection[] = []
  const upstreams = new Set<Socket>()
  const server = createServer(client => {
    const upstream = connect(port, '127.0.0.1')
    upstreams.add(upstream)
    const tapped = { asked: '', answered: '', roundTrips: 0 }
    connections.push(tapped)
    let speaker: Socket | undefined
    client.on('data', bytes => {
      tapped.asked ||= firstLine(bytes)
      speaker = client
    })
    upstream.on('data', bytes => {
      tapped.answered ||= firstLine(bytes)
      if (speaker === client) tapped.roundTrips += 1
      speaker = upstream
    })
    client.pipe(upstream).pipe(client)
    // Either end that goes takes the other with it.
    client.on('close', () => upstream.destroy())
    upstream
      .on('error', () => {})
      .on('close', () => {
        client.destroy()
        upstreams.delete(upstream)
      })
  })
  const listening = await listenOnLoopback(server, 'tcp')
  return {
    port: listening.port,
    connections,
    async close() {
      for (const upstream of upstreams) upstream.destroy()
      await listening.close()
    },
  }
}

function firstLine(bytes: Buffer): string {
  return bytes.toString('latin1').split('\r\n')[0] ?? ''
}
