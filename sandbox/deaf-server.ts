import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'

export interface DeafServer {
  readonly port: number
  close(): void
}

/** Listens, and then does nothing for a minute: with what it lets wait taken up here, no further connection comes about. */
const CODE = `
const server = require('node:net').createServer()
server.listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => {
  require('node:fs').writeSync(1, String(server.address().port))
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 60_000)
  process.exit()
})`
const WAITING = 2

/** A port of 127.0.0.1 that neither accepts a connection nor refuses it, as an address behind a firewall. */
export async function startDeafServer(): Promise<DeafServer> {
  const child = spawn(process.execPath, ['-e', CODE], { stdio: ['ignore', 'pipe', 'ignore'] })
  const [port] = await once(child.stdout, 'data')
  const waiting: Socket[] = []
  for (let i = 0; i < WAITING; i++) {
    const socket = connect(Number(port), '127.0.0.1').on('error', () => {})
    await once(socket, 'connect')
    waiting.push(socket)
  }
  return {
    port: Number(port),
    close() {
      for (const socket of waiting) socket.destroy()
      child.kill('SIGKILL')
    },
  }
}
