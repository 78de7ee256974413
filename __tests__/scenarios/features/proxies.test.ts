import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { selfSignedCertificate } from '../../../sandbox/certificate.ts'
import type { Certificate } from '../../../sandbox/loopback-server.ts'
import { type ConnectProxyOptions, startConnectProxy } from '../../../sandbox/proxy.ts'
import { startTlsFront } from '../../../sandbox/tls-front.ts'
import { errorsOf, expectFailure, inWorld, operationsOf, runMain, warningsOf } from '../scenario.ts'
import { inWorldBehindProxy, portOf, shown, TOKEN_HOST, type TunnelWorld } from '../tunnel-world.ts'

const ONCE = { 'disable-retry': 'true' }

let folder: string
let certificate: Certificate
beforeAll(async () => {
  certificate = await selfSignedCertificate([TOKEN_HOST, 'localhost'])
  folder = mkdtempSync(join(tmpdir(), 'ca-'))
  writeFileSync(join(folder, 'ca.pem'), certificate.cert)
})
afterAll(() => rmSync(folder, { recursive: true }))

describe('the input http-proxy', () => {
  test('routes the token request and both calls to STS through the proxy', () =>
    inTunnelWorld(async ({ world, proxy, run, tokenHost }) => {
      const result = await run({ with: { 'http-proxy': proxy.url, 'sts-endpoint': world.sts.url } })
      expect(result.outputs.verified).toBe('true')
      expect(proxy.connects).toEqual([tokenHost, new URL(world.sts.url).host])
      expect(result.log).toContain(`through the proxy ${new URL(proxy.url).host}`)
    }))

  test('takes precedence over the variables, and no-proxy over theirs', () =>
    inTunnelWorld(async ({ world, proxy, run, tokenHost }) => {
      const dead = 'http://127.0.0.1:9'
      const result = await run({
        with: { 'http-proxy': proxy.url, 'no-proxy': '127.0.0.0/8' },
        environment: {
          https_proxy: dead,
          HTTPS_PROXY: dead,
          http_proxy: dead,
          no_proxy: '*',
          NODE_USE_ENV_PROXY: '1',
        },
      })
      expect(result.outputs.verified).toBe('true')
      expect(proxy.connects).toEqual([tokenHost])
      expect(operationsOf(world)).toHaveLength(2)
    }))

  test('an https proxy is contacted over TLS', () =>
    inTunnelWorld(async ({ proxy, run, tokenHost }) => {
      const front = await startTlsFront(portOf(proxy.url), certificate)
      const result = await run({
        with: {
          'http-proxy': `https://ci:hunter2@localhost:${front.port}`,
          'ca-bundle': join(folder, 'ca.pem'),
        },
      })
      await front.close()
      expect(result.outputs.verified).toBe('true')
      expect(proxy.connects[0]).toBe(tokenHost)
      expect(proxy.connects).toHaveLength(2)
    }))

  test('a proxy with an IPv6 address carries everything too', () =>
    inTunnelWorld(async ({ proxy, run }) => {
      const relay = createServer(client => {
        const upstream = connect(portOf(proxy.url), '127.0.0.1')
        client.pipe(upstream).pipe(client)
        for (const socket of [client, upstream]) socket.on('error', () => client.destroy())
      })
      await new Promise<void>(resolve => relay.listen(0, '::1', resolve))
      const { port } = relay.address() as AddressInfo
      const result = await run({ with: { 'http-proxy': `http://[::1]:${port}` } })
      relay.close()
      expect(result.outputs.verified).toBe('true')
      expect(proxy.connects).toHaveLength(2)
      expect(result.log).toContain(`through the proxy [::1]:${port}`)
    }))

  test('a proxy that closes each tunnel that is asked to close carries everything: none is', () =>
    inTunnelWorld(
      async ({ proxy, run }) => {
        const result = await run({ with: { 'http-proxy': proxy.url } })
        expect(result.outputs.verified).toBe('true')
        expect(proxy.headers.map(({ connection }) => connection)).toEqual(['keep-alive', 'keep-alive'])
      },
      { closesIfAsked: true },
    ))

  test('a name without a scheme is an http proxy', () =>
    inTunnelWorld(async ({ proxy, run }) => {
      const result = await run({ with: { 'http-proxy': new URL(proxy.url).host } })
      expect(result.outputs.verified).toBe('true')
      expect(proxy.connects).toHaveLength(2)
    }))

  test('both requests send the user and the password, percent-decoded, and neither is printed', () =>
    inTunnelWorld(async ({ proxy, run }) => {
      const { host } = new URL(proxy.url)
      const result = await run({ with: { 'http-proxy': `http://ci:pa%24%24w%40rd%25%@${host}` } })
      expect(result.outputs.verified).toBe('true')
      const basic = btoa('ci:pa$$w@rd%%')
      expect(proxy.headers.map(headers => headers['proxy-authorization'])).toEqual([
        `Basic ${basic}`,
        `Basic ${basic}`,
      ])
      expect(result.stderr).toBe('')
      for (const form of ['pa$$w@rd%%', 'pa%24%24w%40rd%25%', basic]) {
        expect(shown(result)).not.toContain(form)
        expect(result.masks).toContain(form)
      }
    }))

  test.each([
    ['socks5://ci:hunter2@proxy.example:1080', /http-proxy: is a proxy that is neither http nor https/],
    ['http://ci:12#hunter2@proxy.example:3128', /http-proxy: has characters .* write # as %23/],
    ['http://ci:hunter2/1?@proxy.example:3128', /write \/ as %2F, \? as %3F/],
    ['http://CORP\\ci:hunter2@proxy.example:3128', /write \\ as %5C/],
    ['http://ci:hunter2 1@proxy.example:3128', /write a space as %20/],
    ['http://ci:hunter2%FF@proxy.example:3128', /write % as %25/],
    ['http://ci:hunter2@', /http-proxy: is not the URL of a proxy/],
  ])('%s is an input error that shows no password', async (url, message) => {
    await inWorld({}, async world => {
      const result = await runMain(world, { with: { 'http-proxy': url } })
      expectFailure(result, 'ERR_INPUT_INVALID')
      expect(errorsOf(result).join()).toMatch(message)
      expect(shown(result)).not.toContain('hunter2')
      expect(world.idTokenIssuer.requests).toEqual([])
    })
  })
})

describe('the variables of the environment', () => {
  test('apply to both requests if the inputs are blank, HTTP_PROXY to https too', () =>
    inTunnelWorld(async ({ proxy, run }) => {
      const environment = {
        https_proxy: '',
        HTTP_PROXY: proxy.url,
        no_proxy: ' ',
        NO_PROXY: 'example.com,x/y',
      }
      const result = await run({ with: { 'http-proxy': '', 'no-proxy': '' }, environment })
      expect(result.outputs.verified).toBe('true')
      expect(proxy.connects).toHaveLength(2)
    }))

  test('exempt a block of addresses in NO_PROXY', () =>
    inTunnelWorld(async ({ world, proxy, run, tokenHost }) => {
      const result = await run({ environment: { HTTP_PROXY: proxy.url, NO_PROXY: '10.0.0.0/8 127.0.0.0/8' } })
      expect(result.outputs.verified).toBe('true')
      expect(proxy.connects).toEqual([tokenHost])
      expect(operationsOf(world)).toHaveLength(2)
    }))

  test.each(['https_proxy', 'HTTPS_PROXY', 'http_proxy', 'HTTP_PROXY'])(
    'with a character that must be percent-encoded are an error that says how: %s',
    name =>
      inTunnelWorld(async ({ world, run }) => {
        const environment = { [name]: 'http://ci:hunter2/#1@proxy.example:3128' }
        const result = await run({ environment })
        expectFailure(result, 'ERR_INPUT_INVALID')
        expect(errorsOf(result).join()).toMatch(
          new RegExp(`${name} has characters .* write / as %2F, # as %23`),
        )
        expect(shown(result)).not.toContain('hunter2')
        expect(world.idTokenIssuer.requests).toEqual([])
      }),
  )

  test('that name another kind of proxy are an error that names them, and never bypassed', () =>
    inWorld({}, async world => {
      const environment = { HTTP_PROXY: 'socks5://ci:hunter2@127.0.0.1:9' }
      const result = await runMain(world, { environment })
      expectFailure(result, 'ERR_INPUT_INVALID')
      expect(errorsOf(result).join()).toContain('HTTP_PROXY')
      expect(shown(result)).not.toContain('hunter2')
      expect(world.idTokenIssuer.requests).toEqual([])
      const exempt = await runMain(world, { environment, with: { 'no-proxy': '127.0.0.1' } })
      expect(exempt.outputs.verified).toBe('true')
    }))
})

describe('the input no-proxy', () => {
  test('lets the token request bypass the proxy', () =>
    inTunnelWorld(async ({ world, proxy, run }) => {
      const withoutProxy = await run({
        with: { ...ONCE, 'http-proxy': proxy.url, 'no-proxy': '.example.test' },
      })
      // Only the proxy knows this name.
      expectFailure(withoutProxy, 'ERR_OIDC_REQUEST_FAILED')
      expect(errorsOf(withoutProxy).join()).toMatch(new RegExp(`(ENOTFOUND|EAI_AGAIN) ${TOKEN_HOST}`))
      expect(proxy.connects).toEqual([])
      expect(world.sts.requests).toEqual([])
    }))

  test('is an error that names each element without effect', () =>
    inWorld({}, async world => {
      const result = await runMain(world, { with: { 'no-proxy': 'a.example,10.0.0.0/33,http://b.example' } })
      expectFailure(result, 'ERR_INPUT_INVALID')
      expect(errorsOf(result).join()).toMatch(/no-proxy: "10\.0\.0\.0\/33", "http:\/\/b\.example"/)
    }))
})

describe('an impostor instead of an https proxy', () => {
  const roots = () => join(folder, 'ca.pem')
  const variables: readonly (readonly [string, () => string])[] = [
    ['NODE_TLS_REJECT_UNAUTHORIZED', () => '0'],
    ['NODE_EXTRA_CA_CERTS', roots],
    ['NODE_USE_SYSTEM_CA', () => '1'],
  ]

  /** Makes Node and the system trust the impostor's certificate. */
  const fooledBy = (name: string, value: () => string) => ({ SSL_CERT_FILE: roots(), [name]: value() })

  test.each(variables)(
    'gets neither a CONNECT nor the password from the token request because of %s',
    (name, value) =>
      inTunnelWorld(async ({ world, proxy, run }) => {
        const front = await startTlsFront(portOf(proxy.url), certificate)
        const result = await run({
          with: { 'http-proxy': `https://ci:hunter2-hunter2@localhost:${front.port}` },
          environment: fooledBy(name, value),
        })
        await front.close()
        expectFailure(result, 'ERR_OIDC_REQUEST_FAILED')
        expect(front.connections).toBe(1) // an untrusted one is not retried
        expect(proxy.connects).toEqual([])
        expect(world.idTokenIssuer.requests).toEqual([])
        expect(errorsOf(result).join()).toMatch(/connection to the proxy: .*ca-bundle/s)
        expect(errorsOf(result).join()).toContain(name)
        expect(warningsOf(result).join()).toContain(name)
      }),
  )

  test.each(variables)(
    'gets neither a CONNECT nor the password from a call to STS because of %s',
    (name, value) =>
      inWorld({}, async world => {
        const proxy = await startConnectProxy({ answer: 'refuse' })
        const front = await startTlsFront(portOf(proxy.url), certificate)
        const result = await runMain(world, {
          with: { 'http-proxy': `https://ci:hunter2-hunter2@localhost:${front.port}` },
          environment: fooledBy(name, value),
        })
        await Promise.all([front.close(), proxy.close()])
        expectFailure(result, 'ERR_STS_UNAVAILABLE')
        expect(front.connections).toBe(1)
        expect(proxy.connects).toEqual([])
        expect(world.sts.requests).toEqual([])
        expect(errorsOf(result).join()).toMatch(/connection to the proxy: .*ca-bundle/s)
        expect(errorsOf(result).join()).toContain(name)
        expect(warningsOf(result).join()).toContain(name)
      }),
  )
})

test('a token service on the runner itself is not called through a proxy, which would see the request', () =>
  inWorld({}, async world => {
    const proxy = await startConnectProxy({
      answer: { byHost: { [new URL(world.sts.url).host]: portOf(world.sts.url) } },
    })
    const result = await runMain(world, { with: { 'http-proxy': proxy.url } })
    await proxy.close()
    expect(result.outputs.verified).toBe('true')
    expect(proxy.connects).toEqual([new URL(world.sts.url).host])
  }))

describe('a proxy that rejects', () => {
  test.each([
    [407, 'password', 1],
    [403, 'no-proxy', 1],
    [502, 'no-proxy', 2],
  ])('the token request with %i is reported with its status', (status, hint, attempts) =>
    inTunnelWorld(
      async ({ world, proxy, run }) => {
        const { host } = new URL(proxy.url)
        const result = await run({
          with: { 'http-proxy': `http://ci:hunter2@${host}`, 'retry-max-attempts': '2' },
        })
        expectFailure(result, 'ERR_OIDC_REQUEST_FAILED')
        expect(errorsOf(result).join()).toContain(`the proxy ${host} answered ${status}`)
        expect(errorsOf(result).join()).toContain(hint)
        expect(shown(result)).not.toContain('hunter2')
        expect(proxy.connects).toHaveLength(attempts)
        expect(world.sts.requests).toEqual([])
      },
      { answer: 'refuse', status },
    ),
  )

  test.each([
    [407, 'password', 1],
    [403, 'no-proxy', 1],
    [502, 'no-proxy', 2],
  ])('STS with %i is reported with its status', (status, hint, attempts) =>
    inWorld({}, async world => {
      const proxy = await startConnectProxy({ answer: 'refuse', status })
      const { host } = new URL(proxy.url)
      const result = await runMain(world, {
        with: { 'http-proxy': `http://ci:hunter2@${host}`, 'retry-max-attempts': '2' },
      })
      await proxy.close()
      expectFailure(result, 'ERR_STS_UNAVAILABLE')
      expect(errorsOf(result).join()).toContain(`the proxy ${host} answered ${status}`)
      expect(errorsOf(result).join()).toContain(hint)
      expect(shown(result)).not.toContain('hunter2')
      expect(proxy.connects).toHaveLength(attempts)
      expect(world.sts.requests).toEqual([])
    }),
  )
})

describe('a failing proxy is named, and retried', () => {
  const troubles: readonly (readonly [string, (socket: Socket) => void])[] = [
    ['closes', socket => socket.end()],
    ['resets', socket => socket.resetAndDestroy()],
    ['answers with garbage', socket => socket.end('220 mail.example ESMTP\r\n\r\n')],
  ]

  test.each(troubles)('for the token request, when it %s', (_, answer) =>
    inTunnelWorld(({ run }) =>
      withBrokenProxy(answer, async broken => {
        const result = await run({ with: { 'http-proxy': broken.host, 'retry-max-attempts': '2' } })
        expectFailure(result, 'ERR_OIDC_REQUEST_FAILED')
        expect(errorsOf(result).join()).toContain(broken.host)
        expect(broken.connections()).toBe(2)
      }),
    ),
  )

  test.each(troubles)('for STS, when it %s', (_, answer) =>
    inWorld({}, world =>
      withBrokenProxy(answer, async broken => {
        const result = await runMain(world, {
          with: { 'http-proxy': broken.host, 'retry-max-attempts': '2' },
        })
        expectFailure(result, 'ERR_STS_UNAVAILABLE')
        expect(errorsOf(result).join()).toContain(broken.host)
        expect(broken.connections()).toBe(2)
        expect(world.sts.requests).toEqual([])
      }),
    ),
  )

  test('for either, when it is silent', () =>
    inTunnelWorld(({ world, run }) =>
      withBrokenProxy(
        () => {},
        async broken => {
          const given = { with: { ...ONCE, 'http-proxy': broken.host } }
          const [noToken, noSts] = await Promise.all([run(given), runMain(world, given)])
          expectFailure(noToken, 'ERR_OIDC_REQUEST_FAILED')
          expectFailure(noSts, 'ERR_STS_UNAVAILABLE')
          for (const result of [noToken, noSts]) {
            expect(errorsOf(result).join()).toContain(`through the proxy ${broken.host}`)
            expect(result.durationMs).toBeLessThan(9000)
          }
        },
      ),
    ))

  test.each([
    ['without a listener', '127.0.0.1:9', 'ECONNREFUSED'],
    ['that does not resolve', 'proxy.example.invalid:3128', 'ENOTFOUND|EAI_AGAIN'],
  ])('for either, %s', (_, proxy, code) =>
    inTunnelWorld(async ({ world, run }) => {
      const noToken = await run({ with: { ...ONCE, 'http-proxy': proxy } })
      expectFailure(noToken, 'ERR_OIDC_REQUEST_FAILED')
      const noSts = await runMain(world, { with: { ...ONCE, 'http-proxy': proxy } })
      expectFailure(noSts, 'ERR_STS_UNAVAILABLE')
      for (const result of [noToken, noSts]) {
        expect(errorsOf(result).join()).toMatch(new RegExp(code))
        expect(errorsOf(result).join()).toContain(`through the proxy ${proxy}`)
      }
    }),
  )
})

function inTunnelWorld(
  body: (tunnels: TunnelWorld) => Promise<void>,
  proxy: Partial<ConnectProxyOptions> = {},
): Promise<void> {
  return inWorldBehindProxy({ certificate, roots: join(folder, 'ca.pem'), proxy }, body)
}

type BrokenProxy = { readonly host: string; connections(): number }

async function withBrokenProxy(
  answer: (socket: Socket) => void,
  body: (proxy: BrokenProxy) => Promise<void>,
): Promise<void> {
  let connections = 0
  const server = createServer(socket => {
    connections += 1
    socket.on('error', () => {})
    socket.once('data', () => answer(socket))
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port of TCP')
  try {
    await body({ host: `127.0.0.1:${address.port}`, connections: () => connections })
  } finally {
    server.close()
  }
}
