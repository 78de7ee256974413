import { connect, createServer, type Socket } from 'node:net'
import { listenOnLoopback } from '../loopback-server.ts'

export interface DelayProxyOptions {
  /** Of 127.0.0.1, where everything is passed on to. */
  readonly port: number
  readonly roundTripMs: number
}

export interface DelayProxy {
  readonly port: number
  /** TCP connections accepted so far. */
  readonly connections: number
  close(): Promise<void>
}

/**
 * Puts a port of 127.0.0.1 at a distance. What either side sends arrives half a round trip later. On loopback a
 * connection is there at once, and over a distance its handshake takes a round trip: what a client sends before that
 * has passed is taken to be sent just then.
 */
export async function startDelayProxy({ port, roundTripMs }: DelayProxyOptions): Promise<DelayProxy> {
  const upstreams = new Set<Socket>()
  const server = createServer({ allowHalfOpen: true, noDelay: true }, client => {
    const accepted = performance.now()
    const upstream = connect({ port, host: '127.0.0.1', allowHalfOpen: true, noDelay: true })
    upstreams.add(upstream)
    upstream.on('close', () => upstreams.delete(upstream))
    const oneWayMs = roundTripMs / 2
    carry(client, upstream, { oneWayMs, openAt: accepted + roundTripMs })
    carry(upstream, client, { oneWayMs, openAt: accepted + oneWayMs })
  })
  const listening = await listenOnLoopback(server, 'tcp')
  return {
    port: listening.port,
    get connections() {
      return listening.connections
    },
    async close() {
      for (const upstream of upstreams) upstream.destroy()
      await listening.close()
    },
  }
}

interface Way {
  readonly oneWayMs: number
  /** When its sender would know of the connection. Of the clock of `performance`, as all times here. */
  readonly openAt: number
}

/** Hands what comes from one socket to the other late and in order, its end or its breaking included. */
function carry(from: Socket, to: Socket, { oneWayMs, openAt }: Way): void {
  const parcels: (() => void)[] = []
  function send(parcel: () => void): void {
    parcels.push(parcel)
    // The first that is left, whosever time has come: no timer can change the order.
    callAt(Math.max(performance.now(), openAt) + oneWayMs, () => parcels.shift()?.())
  }
  from.on('data', bytes => send(() => to.write(bytes)))
  from.on('end', () => send(() => to.end()))
  from.on('error', () => send(() => to.destroy()))
}

/** How early a timer is set, as it may be late by a millisecond and more. */
const TIMER_MARGIN_MS = 2

/** Exact to a fraction of a millisecond: ten ways a run would add up what a timer is late. */
function callAt(time: number, action: () => void): void {
  const waitMs = time - performance.now()
  if (waitMs <= 0) action()
  else if (waitMs > TIMER_MARGIN_MS) setTimeout(callAt, waitMs - TIMER_MARGIN_MS, time, action)
  else setImmediate(callAt, time, action)
}
