import { get } from 'node:https'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { createServer, type Server, type TLSSocket } from 'node:tls'
import { afterEach, beforeAll, describe, expect, test } from '@jest/globals'
import { selfSignedCertificate } from '../../sandbox/certificate.ts'
import type { Certificate } from '../../sandbox/loopback-server.ts'
import { PreconnectedAgent } from '../../src/network/preconnected-agent.ts'

interface TestServer {
  readonly url: URL
  /** Connections that completed TLS, in order. */
  readonly sockets: readonly TLSSocket[]
  readonly server: Server
}

let certificate: Certificate
/** Cleanup after a test. */
const leftovers: (() => void)[] = []

beforeAll(async () => {
  certificate = await selfSignedCertificate(['127.0.0.1'])
})
afterEach(() => {
  for (const leave of leftovers.splice(0)) leave()
})

/** Answers each request with the number of its connection, counted from 1. */
async function startServer({ key, cert } = certificate): Promise<TestServer> {
  const sockets: TLSSocket[] = []
  const server = createServer({ key, cert }, socket => {
    const body = String(sockets.push(socket))
    socket.on('error', () => {})
    socket.on('data', () => socket.write(`HTTP/1.1 200 OK\r\ncontent-length: ${body.length}\r\n\r\n${body}`))
  })
  server.on('tlsClientError', () => {})
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  leftovers.push(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  return { url: new URL(`https://127.0.0.1:${port}`), sockets, server }
}

function newAgent(ca = certificate.cert): PreconnectedAgent {
  const agent = new PreconnectedAgent({ ca, keepAlive: true })
  leftovers.push(() => agent.destroy())
  return agent
}

/** The number of the connection that a request used. */
function ask(url: URL, agent: PreconnectedAgent): Promise<number> {
  return new Promise((resolve, reject) => {
    get(url, { agent }, response => resolve(text(response).then(Number))).once('error', reject)
  })
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await sleep(5)
}

describe('a connection that is opened ahead', () => {
  test('is used by the first request to its host and port, and kept for the next', async () => {
    const { url, sockets } = await startServer()
    const agent = newAgent()
    await agent.openAhead(url)
    await until(() => sockets.length === 1)
    expect(await ask(url, agent)).toBe(1)
    await sleep(20) // it is free once its response has been read
    expect(await ask(url, agent)).toBe(1)
    expect(sockets).toHaveLength(1)
  })

  test('is used even before its TLS handshake is done', async () => {
    const { url, sockets } = await startServer()
    const agent = newAgent()
    void agent.openAhead(url)
    expect(await ask(url, agent)).toBe(1)
    expect(sockets).toHaveLength(1)
  })

  test('is not used for another port of the same host', async () => {
    const [one, other] = [await startServer(), await startServer()]
    const agent = newAgent()
    await agent.openAhead(one.url)
    await until(() => one.sockets.length === 1)
    expect(await ask(other.url, agent)).toBe(1)
    expect([one.sockets.length, other.sockets.length]).toEqual([1, 1])
    expect(one.sockets[0]?.bytesRead).toBe(0)
    expect(await ask(one.url, agent)).toBe(1)
  })

  test('is not used for another name of the same address', async () => {
    const named = await selfSignedCertificate(['127.0.0.1', 'localhost'])
    const { url, sockets } = await startServer(named)
    const agent = newAgent(named.cert)
    await agent.openAhead(url)
    await until(() => sockets.length === 1)
    expect(await ask(new URL(`https://localhost:${url.port}`), agent)).toBe(2)
  })

  test('is used by one request only: a concurrent one opens its own', async () => {
    const { url, sockets } = await startServer()
    const agent = newAgent()
    await agent.openAhead(url)
    expect(await Promise.all([ask(url, agent), ask(url, agent)])).toEqual([1, 2])
    expect(sockets).toHaveLength(2)
  })

  test('sends the server the requested name, like any other connection', async () => {
    const named = await selfSignedCertificate(['localhost'])
    const { url, sockets } = await startServer(named)
    await newAgent(named.cert).openAhead(new URL(`https://localhost:${url.port}`))
    await until(() => sockets.length === 1)
    expect(sockets[0]).toMatchObject({ servername: 'localhost' })
  })

  test('is replaced if the server has closed it', async () => {
    const { url, sockets } = await startServer()
    const agent = newAgent()
    await agent.openAhead(url)
    await until(() => sockets.length === 1)
    sockets[0]?.destroy()
    await until(() => sockets[0]?.closed === true)
    await sleep(50)
    expect(await ask(url, agent)).toBe(2)
  })

  test('that fails does no harm, and the request reports why', async () => {
    const { url, server } = await startServer()
    await new Promise(resolve => server.close(resolve))
    const agent = newAgent()
    await agent.openAhead(url)
    await expect(ask(url, agent)).rejects.toThrow('ECONNREFUSED')
  })

  test('accepts no certificate that a request would not', async () => {
    const { url, sockets } = await startServer(await selfSignedCertificate(['127.0.0.1']))
    const agent = newAgent()
    await agent.openAhead(url)
    await sleep(50)
    await expect(ask(url, agent)).rejects.toThrow('self-signed certificate')
    await expect(ask(url, agent)).rejects.toThrow('self-signed certificate')
    expect(sockets.map(({ bytesRead }) => bytesRead)).toEqual(sockets.map(() => 0))
  })

  test('accepts no certificate for another host', async () => {
    const foreign = await selfSignedCertificate(['sts.eu-west-1.amazonaws.com'])
    const { url } = await startServer(foreign)
    const agent = newAgent(foreign.cert)
    await agent.openAhead(url)
    await expect(ask(url, agent)).rejects.toThrow("127.0.0.1 is not in the cert's list")
  })
})
