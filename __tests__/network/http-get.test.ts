import { createServer as createHttpServer, Agent as HttpAgent } from 'node:http'
import { Agent as HttpsAgent } from 'node:https'
import { createServer as createTcpServer } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, test } from '@jest/globals'
import { startDeafServer } from '../../sandbox/deaf-server.ts'
import { type Answer, listenOnLoopback, startLoopbackServer } from '../../sandbox/loopback-server.ts'
import { httpGet } from '../../src/network/http-get.ts'

async function ask(answer: Answer) {
  const server = await startLoopbackServer(answer)
  try {
    return { response: await httpGet(new URL(server.origin), {}, new HttpAgent()), server }
  } finally {
    await server.close()
  }
}

describe('one GET', () => {
  test('returns a response in two pieces as a whole, with status and headers', async () => {
    const { response } = await ask(async (_, answer) => {
      answer.writeHead(503, { 'retry-after': '7' }).write('one ')
      await sleep(20)
      answer.end('two')
    })
    expect(response).toMatchObject({ status: 503, headers: { 'retry-after': '7' }, body: 'one two' })
  })

  test.each([301, 302, 303, 307, 308])('follows no redirect with status %i', async status => {
    const { response, server } = await ask(async (request, answer) => {
      answer.writeHead(status, { location: `http://${request.headers.host}/elsewhere` }).end()
    })
    expect(response.status).toBe(status)
    expect(server.connections).toBe(1)
  })

  test('gives up on a body that never ends, and keeps its status', async () => {
    const { response } = await ask(async (_, answer) => {
      answer.writeHead(502)
      while (!answer.destroyed) {
        answer.write(Buffer.alloc(65_536))
        await sleep(1)
      }
    })
    expect(response).toMatchObject({ status: 502, body: undefined })
  })

  test('fails if the connection breaks in the middle of a response', async () => {
    const asked = ask(async (_, answer) => {
      answer.writeHead(200, { 'content-length': '10' }).write('half', () => answer.socket?.destroy())
    })
    await expect(asked).rejects.toMatchObject({ code: 'ECONNRESET' })
  })

  test('connects to an IPv6 address', async () => {
    const server = createHttpServer((_, answer) => answer.end('six'))
    const { origin, close } = await listenOnLoopback(server, 'http', undefined, 0, '::1')
    expect(await httpGet(new URL(origin), {}, new HttpAgent())).toMatchObject({ body: 'six' })
    await close()
  })

  test('waits 5 seconds for a connection and its TLS handshake if the server is silent', async () => {
    const silent = createTcpServer(socket => void socket.on('error', () => {}))
    const { port, close } = await listenOnLoopback(silent, 'tcp')
    const deaf = await startDeafServer()
    const started = performance.now()
    try {
      const failures = await Promise.allSettled([
        httpGet(new URL(`http://127.0.0.1:${deaf.port}`), {}, new HttpAgent()),
        httpGet(new URL(`https://127.0.0.1:${port}`), {}, new HttpsAgent()),
      ])
      const reason = expect.objectContaining({ message: 'no connection in 5 s', code: 'ETIMEDOUT' })
      expect(failures).toEqual([1, 2].map(() => ({ status: 'rejected', reason })))
      expect(performance.now() - started).toBeLessThan(7000)
    } finally {
      deaf.close()
      await close()
    }
  })
})
