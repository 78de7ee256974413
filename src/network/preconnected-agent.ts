import type { RequestOptions } from 'node:https'
import { Agent } from 'node:https'
import { isIP } from 'node:net'
import type { Duplex } from 'node:stream'

type Ahead = { readonly host: string; readonly port: number; readonly socket: Duplex }
type OnCreated = (error: Error | null, socket: Duplex) => void

/** An https agent of Node that can open one connection before there is a request for it. */
export class PreconnectedAgent extends Agent {
  #ahead: Ahead | undefined

  /**
   * Opens a connection ahead, with all that any other of this agent is held to. Resolves once the other side has
   * answered at all, or the connection has failed: then the first request opens its own.
   */
  openAhead({ hostname, port }: URL): Promise<void> {
    const host = hostname.replace(/^\[(.*)\]$/, '$1')
    const place = { host, port: Number(port || 443) }
    const servername = isIP(host) === 0 ? host : ''
    const socket = super.createConnection({ ...this.options, ...place, servername })
    if (!socket) return Promise.resolve()
    this.#ahead = { ...place, socket }
    socket.on('error', () => {}) // whoever asks then will see for themselves
    return new Promise(resolve => {
      for (const event of ['connect', 'close']) socket.once(event, () => resolve())
    })
  }

  /** The connection opened ahead, if it is to that very host and port and alive; else a new one. */
  override createConnection(options: RequestOptions, onCreated?: OnCreated): Duplex | null | undefined {
    const ahead = this.#ahead
    if (ahead && ahead.host === options.host && ahead.port === Number(options.port)) {
      this.#ahead = undefined
      if (ahead.socket.writable) return ahead.socket
    }
    return super.createConnection(options, onCreated)
  }
}
