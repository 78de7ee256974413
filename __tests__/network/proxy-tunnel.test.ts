import { type Agent, get as httpGet } from 'node:http'
import { get as httpsGet } from 'node:https'
import { createServer as createTcpServer } from 'node:net'
import { text } from 'node:stream/consumers'
import { afterEach, beforeAll, describe, expect, test } from '@jest/globals'
import { selfSignedCertificate } from '../../sandbox/certificate.ts'
import { type Certificate, listenOnLoopback, startLoopbackServer } from '../../sandbox/loopback-server.ts'
import { type ConnectProxy, type ConnectProxyOptions, startConnectProxy } from '../../sandbox/proxy.ts'
import { startTlsFront } from '../../sandbox/tls-front.ts'
import { HttpsTunnelAgent, HttpTunnelAgent, ProxyError, ProxyTunnel } from '../../src/network/proxy-tunnel.ts'
import { StrictTls } from '../../src/network/strict-tls.ts'

let certificate: Certificate
beforeAll(async () => {
  certificate = await selfSignedCertificate(['127.0.0.1', 'localhost', 'sts.example.test'])
})

/** Cleanup after a test. */
const leftovers: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const leave of leftovers.splice(0)) await leave()
})

/** A server that identifies itself, and a proxy that sends every name to it. */
async function startTarget(
  tls?: Certificate,
  options: Partial<ConnectProxyOptions> = {},
): Promise<ConnectProxy> {
  const server = await startLoopbackServer(async (_, response) => void response.end('the target'), { tls })
  const answer = { tunnelTo: { host: '127.0.0.1', port: server.port } }
  const proxy = await startConnectProxy({ answer, ...options })
  leftovers.push(proxy.close, server.close)
  return proxy
}

/** The same proxy, reached over TLS. */
async function startFront(proxy: ConnectProxy, own = certificate): Promise<number> {
  const front = await startTlsFront(Number(new URL(proxy.url).port), own)
  leftovers.unshift(front.close)
  return front.port
}

function tunnelBy(proxy: string, roots = [certificate.cert]): ProxyTunnel {
  return new ProxyTunnel(new URL(proxy), new StrictTls(roots))
}

function ask(url: string, agent: Agent): Promise<string> {
  return new Promise((resolve, reject) => {
    const get = url.startsWith('https:') ? httpsGet : httpGet
    get(url, { agent }, response => resolve(text(response))).once('error', reject)
  })
}

const askByTls = (url: string, tunnel: ProxyTunnel) =>
  ask(url, new HttpsTunnelAgent(tunnel, { ca: certificate.cert }))

async function failureOf(asked: Promise<unknown>): Promise<unknown> {
  return asked.then(
    () => undefined,
    (error: unknown) => error,
  )
}

describe('a tunnel', () => {
  test('reaches a host over http and https, and asks to keep the connection', async () => {
    const [plain, encrypted] = [await startTarget(), await startTarget(certificate)]
    expect(await ask('http://sts.example.test', new HttpTunnelAgent(tunnelBy(plain.url)))).toBe('the target')
    expect(await askByTls('https://sts.example.test', tunnelBy(encrypted.url))).toBe('the target')
    expect([plain.connects, encrypted.connects]).toEqual([['sts.example.test:80'], ['sts.example.test:443']])
    for (const { headers } of [plain, encrypted])
      expect(headers).toEqual([
        { connection: 'keep-alive', host: expect.stringContaining('sts.example.test') },
      ])
  })

  test('names an IPv6 host in brackets', async () => {
    const proxy = await startTarget()
    await ask('http://[2001:db8::1]:8080', new HttpTunnelAgent(tunnelBy(proxy.url)))
    expect(proxy.connects).toEqual(['[2001:db8::1]:8080'])
  })

  test('is opened by a proxy with an IPv6 address', async () => {
    const proxy = await startTarget(certificate, { address: '::1' })
    expect(await askByTls('https://sts.example.test', tunnelBy(proxy.url))).toBe('the target')
  })

  test('checks the host’s certificate, whoever vouches for the proxy', async () => {
    const proxy = await startTarget(await selfSignedCertificate(['sts.example.test']))
    const failure = await failureOf(askByTls('https://sts.example.test', tunnelBy(proxy.url)))
    expect(failure).toMatchObject({ code: 'DEPTH_ZERO_SELF_SIGNED_CERT' })
    expect(failure).not.toBeInstanceOf(ProxyError)
  })
})

describe('an https proxy', () => {
  test.each(['localhost', '127.0.0.1'])('is contacted over TLS, as %s, without a warning', async host => {
    const warnings: Error[] = []
    const warned = (warning: Error) => void warnings.push(warning)
    process.on('warning', warned)
    const proxy = await startTarget(certificate)
    const port = await startFront(proxy)
    const tunnel = tunnelBy(`https://ci:pa%24%24@${host}:${port}`)
    expect(await askByTls('https://sts.example.test', tunnel)).toBe('the target')
    expect(proxy.headers[0]?.['proxy-authorization']).toBe(`Basic ${btoa('ci:pa$$')}`)
    process.off('warning', warned)
    expect(warnings).toEqual([])
  })

  test.each([
    ['no root that is trusted', ['127.0.0.1'], /SELF_SIGNED/, false],
    ['another name', ['proxy.example'], /ERR_TLS_CERT_ALTNAME/, true],
  ])('receives nothing if its certificate is of %s', async (_, names, code, isTrusted) => {
    const own = await selfSignedCertificate(names)
    const proxy = await startTarget(certificate)
    const port = await startFront(proxy, own)
    const tunnel = tunnelBy(`https://ci:hunter2@127.0.0.1:${port}`, isTrusted ? [own.cert] : [])
    const failure = await failureOf(askByTls('https://sts.example.test', tunnel))
    expect(failure).toBeInstanceOf(ProxyError)
    expect(failure).toMatchObject({
      code: expect.stringMatching(code),
      message: expect.stringMatching(/^connection to the proxy: /),
    })
    expect(proxy.connects).toEqual([])
  })
})

describe('a proxy that opens no tunnel', () => {
  test.each([302, 403, 407, 502])('is reported with its status %i', async status => {
    const proxy = await startConnectProxy({ answer: 'refuse', status })
    leftovers.push(proxy.close)
    for (const agent of [
      new HttpTunnelAgent(tunnelBy(proxy.url)),
      new HttpsTunnelAgent(tunnelBy(proxy.url)),
    ]) {
      const failure = await failureOf(
        ask(agent instanceof HttpsTunnelAgent ? 'https://a.example' : 'http://a.example', agent),
      )
      expect(failure).toBeInstanceOf(ProxyError)
      expect(failure).toMatchObject({ status, code: undefined })
    }
  })

  test('is reported with Node’s code if it can’t be reached, or hangs up', async () => {
    const rude = createTcpServer(socket => socket.once('data', () => socket.end()).on('error', () => {}))
    const { port, close } = await listenOnLoopback(rude, 'tcp')
    leftovers.push(close)
    for (const [url, code] of [
      ['http://127.0.0.1:9', 'ECONNREFUSED'],
      [`http://127.0.0.1:${port}`, 'ECONNRESET'],
    ] as const) {
      const failure = await failureOf(askByTls('https://a.example', tunnelBy(url)))
      expect(failure).toBeInstanceOf(ProxyError)
      expect(failure).toMatchObject({ status: undefined, code })
    }
  })

  test('times out after 5 seconds, and its connection is closed', async () => {
    let isClosed = false
    const silent = createTcpServer(socket => {
      socket.write('HTTP/1.1 200 OK\r\nx: ')
      const drip = setInterval(() => socket.write('x'), 500)
      socket
        .resume()
        .on('error', () => {})
        .on('close', () => {
          clearInterval(drip)
          isClosed = true
        })
    })
    const { port, close } = await listenOnLoopback(silent, 'tcp')
    leftovers.push(close)
    const started = performance.now()
    const failure = await failureOf(askByTls('https://a.example', tunnelBy(`http://127.0.0.1:${port}`)))
    expect(failure).toBeInstanceOf(ProxyError)
    expect(failure).toMatchObject({ code: 'ETIMEDOUT' })
    expect(performance.now() - started).toBeLessThan(7000)
    await new Promise(resolve => setTimeout(resolve, 50))
    expect(isClosed).toBe(true)
  })
})
