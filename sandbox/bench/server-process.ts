import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import type { Session } from '../sts/session.ts'

/** GitHub's token endpoint and AWS STS at one distance, both by https. */
export interface Site {
  readonly roundTripMs: number
  readonly tokenRequestUrl: string
  readonly stsUrl: string
}

/** What the process of the servers says first. */
export interface ServersReady {
  /** Of all the servers, in PEM: it is its own root. */
  readonly certificate: string
  readonly requestToken: string
  /** Of the role `deploy`, as an earlier step may have left it. */
  readonly session: Session
  readonly sites: readonly Site[]
}

/** What all servers have seen; every connection to them is one of TLS. */
export interface Traffic {
  readonly connections: number
  readonly requests: number
}

export type ServersMessage = ServersReady | Traffic

export interface ServerProcess extends ServersReady {
  /** So far. */
  traffic(): Promise<Traffic>
  close(): Promise<void>
}

/** Starts the servers in a process of their own, so that their work is not taken for that of what is measured. */
export async function startServerProcess(roundTripTimes: readonly number[]): Promise<ServerProcess> {
  const child = fork(join(import.meta.dirname, 'servers.ts'), roundTripTimes.map(String), {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  })
  const exited = once(child, 'exit')
  const ready = (await nextMessage(child)) as ServersReady
  return {
    ...ready,
    async traffic() {
      const answer = nextMessage(child)
      child.send('traffic')
      return (await answer) as Traffic
    },
    async close() {
      if (child.connected) child.disconnect()
      await exited
    },
  }
}

function nextMessage(child: ChildProcess): Promise<ServersMessage> {
  return new Promise((resolve, reject) => {
    function take(message: unknown) {
      child.off('exit', fail)
      resolve(message as ServersMessage)
    }
    function fail(code: number | null) {
      child.off('message', take)
      reject(new Error(`the process of the servers has ended (${code ?? 'by a signal'})`))
    }
    child.once('message', take).once('exit', fail)
  })
}
