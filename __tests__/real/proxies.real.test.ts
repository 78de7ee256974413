import { setTimeout as pause } from 'node:timers/promises'
import { expect, test } from '@jest/globals'
import { startDelayProxy } from '../../sandbox/bench/delay-proxy.ts'
import { mitmproxy } from '../../sandbox/real/proxies/mitmproxy.ts'
import {
  type ProxySoftware,
  type ProxyUser,
  type RunningProxy,
  withProxy,
} from '../../sandbox/real/proxies/proxy.ts'
import { apache, px, squid, tinyproxy } from '../../sandbox/real/proxies/tunnelling-proxies.ts'
import { startTap, type Tap } from '../../sandbox/tap.ts'
import { inLongJob, letPass } from '../scenarios/long-job.ts'
import { errorsOf, expectFailure, operationsOf, runMain, runPost } from '../scenarios/scenario.ts'
import { shown } from '../scenarios/tunnel-world.ts'
import { behindProxy, serverCertificate, serverRoots, useCertificate } from './behind-proxy.ts'
import { describePart } from './describe-part.ts'

const PLAIN = { name: 'ci', password: 'pa.ss-w_rd' }
const SPECIAL = { name: 'c@i/%#ü', password: 'p@s:s/w%rd#ü?x' }

const ONCE = { 'disable-retry': 'true' }

useCertificate()

describePart(squid, () => {
  testProxy(squid, SPECIAL)
  testOverTls(squid)
})

describePart(apache, () => {
  testProxy(apache, SPECIAL)
  testOverTls(apache)
})

describePart(tinyproxy, () => testProxy(tinyproxy, PLAIN))

describePart(px, () => {
  // It reads a % in a name as the start of a variable.
  testProxy(px, { ...SPECIAL, name: 'c@i/#ü' })
  testInFrontOfAnother()
})

// It takes a password to end at a colon.
describePart(mitmproxy, () => testProxy(mitmproxy, { ...SPECIAL, password: 'p@ss/w%rd#ü?x' }))

function testProxy(proxy: ProxySoftware, user: ProxyUser): void {
  test('carries everything, in one tunnel to GitHub and one to AWS, without a needless round trip', () =>
    behindProxy(proxy, {}, async ({ world, proxy: parent, real, tokenHost, runThrough }) => {
      const [tap, result] = await tapped(real, port => runThrough({ with: { 'http-proxy': hostAt(port) } }))
      expect(result.outputs.verified).toBe('true')
      expect(parent.connects[0]).toBe(tokenHost)
      expect(result.log).toContain(`through the proxy ${hostAt(tap.port)}`)
      const connects = [tokenHost, new URL(world.sts.url).host].map(host => `CONNECT ${host} HTTP/1.1`)
      expect(tap.connections.map(({ asked }) => asked)).toEqual(connects)
      expect(tap.connections.map(({ answered }) => answered)).toEqual(
        Array(2).fill(expect.stringMatching(/^HTTP\/1\.[01] 200 /)),
      )
      // CONNECT, TLS and one call; CONNECT, TLS and two calls.
      expect(tap.connections.map(({ roundTrips }) => roundTrips)).toEqual([3, 4])
    }))

  test('carries known users, and is named in the error for others', () =>
    behindProxy(proxy, { user }, async ({ world, real, trust, runThrough }) => {
      const known = await runThrough({ with: { 'http-proxy': addressFor(user, real) } })
      const wrong = await runThrough({
        with: { 'http-proxy': addressFor({ ...user, password: 'hunter2-hunter2' }, real) },
      })
      const nobody = await runMain(world, { with: { 'http-proxy': real.host, ...trust } })
      expect(known.outputs.verified).toBe('true')
      for (const form of formsOf(user)) expect(shown(known)).not.toContain(form)
      expectFailure(wrong, 'ERR_OIDC_REQUEST_FAILED')
      expectFailure(nobody, 'ERR_STS_UNAVAILABLE')
      for (const result of [wrong, nobody])
        expect(errorsOf(result).join()).toMatch(new RegExp(`the proxy ${real.host} answered 40[17]`))
      expect(shown(wrong)).not.toContain('hunter2')
    }))

  test('is not asked for what no-proxy names', () =>
    behindProxy(proxy, {}, async ({ world, real, tokenHost, runThrough }) => {
      const [tap, result] = await tapped(real, port =>
        runThrough({
          with: { 'http-proxy': hostAt(port), 'no-proxy': '127.0.0.0/8', 'ca-bundle': serverRoots() },
        }),
      )
      expect(result.outputs.verified).toBe('true')
      expect(tap.connections.map(({ asked }) => asked)).toEqual([`CONNECT ${tokenHost} HTTP/1.1`])
      expect(operationsOf(world)).toHaveLength(2)
    }))

  test('that crashes during a call and comes back costs a retry', () =>
    behindProxy(proxy, { world: { faults: [slowly] } }, async ({ real, runThrough }) => {
      const result = await runThrough({
        onLine: onceAssuming(async () => {
          await real.kill()
          await pause(300)
          await real.startAgain()
        }),
      })
      expect(result.outputs.verified).toBe('true')
      expect(result.log).toMatch(new RegExp(`through the proxy ${real.host}: .*Retrying`))
    }))

  test('that crashes for good is named in the error, and the step exports nothing', () =>
    behindProxy(proxy, { world: { faults: [slowly] } }, async ({ real, runThrough }) => {
      const result = await runThrough({
        with: { 'retry-max-attempts': '3' },
        onLine: onceAssuming(real.kill),
      })
      expectFailure(result, 'ERR_STS_UNAVAILABLE')
      expect(errorsOf(result).join()).toContain('ECONNREFUSED')
      expect(errorsOf(result).join()).toContain(`through the proxy ${real.host}`)
    }))

  test('carries renewals, which outlast a crash, and the post step needs no proxy', () =>
    behindProxy(proxy, { user }, async ({ world, real, idToken, trust, nodeTrust }) => {
      const environment = { ...nodeTrust, HTTPS_PROXY: addressFor(user, real) }
      const variables = {
        ...environment,
        ACTIONS_ID_TOKEN_REQUEST_URL: idToken.url,
        ACTIONS_ID_TOKEN_REQUEST_TOKEN: idToken.token,
      }
      await inLongJob(world, { with: { ...trust, ...ONCE }, idToken, environment }, async job => {
        const renew = () => job.renew({ environment: variables })
        expect(job.main.outputs.verified).toBe('true')
        const first = await renew()
        letPass(job, 50)
        const second = await renew()
        letPass(job, 50)
        await real.kill()
        const kept = await renew()
        await real.startAgain()
        letPass(job, 5)
        const third = await renew()
        const keys = [first, second, kept, third].map(({ credentials }) => credentials?.AccessKeyId)
        expect(keys).toEqual(
          world.sts.sessions.flatMap(({ accessKeyId }, index) =>
            index === 1 ? [accessKeyId, accessKeyId] : [accessKeyId],
          ),
        )
        expect(world.sts.sessions).toHaveLength(3)
        await real.kill()
        const post = await runPost(job.main, { environment })
        expect(post.conclusion).toBe('success')
        const left = [shown(job.main), shown(post), ...Object.values(job.main.changedFiles)].join('\n')
        for (const form of formsOf(user)) expect(left).not.toContain(form)
      })
    }))
}

function testOverTls(proxy: ProxySoftware): void {
  test('as an https proxy is trusted through ca-bundle alone', () =>
    behindProxy(
      proxy,
      { user: SPECIAL, certificate: serverCertificate() },
      async ({ real, proxy: parent, tokenHost, runThrough }) => {
        const address = addressFor(SPECIAL, real, 'https')
        const known = await runThrough({ with: { 'http-proxy': address } })
        expect(known.outputs.verified).toBe('true')
        const stranger = await runThrough({ with: { 'http-proxy': address, 'ca-bundle': '' } })
        expectFailure(stranger, 'ERR_OIDC_REQUEST_FAILED')
        expect(errorsOf(stranger).join()).toMatch(/connection to the proxy: .*ca-bundle/s)
        expect(parent.connects).toEqual([tokenHost])
      },
    ))
}

function testInFrontOfAnother(): void {
  test('gives a password to a proxy that wants one, for a step that has none', () =>
    behindProxy(squid, { user: PLAIN }, async ({ real, runThrough }) => {
      const parent = { port: real.port, user: PLAIN }
      const known = await withProxy(px, { parent }, own => runThrough({ with: { 'http-proxy': own.host } }))
      const without = await runThrough()
      expect(known.outputs.verified).toBe('true')
      expectFailure(without, 'ERR_OIDC_REQUEST_FAILED')
    }))

  test('that wants another kind of authentication is an error that says which kind works', () =>
    behindProxy(px, { user: PLAIN, args: () => ['--client-auth=DIGEST'] }, async ({ real, runThrough }) => {
      const result = await runThrough({ with: { 'http-proxy': addressFor(PLAIN, real) } })
      expectFailure(result, 'ERR_OIDC_REQUEST_FAILED')
      expect(errorsOf(result).join()).toContain(`the proxy ${real.host} answered 407`)
      expect(errorsOf(result).join()).toContain('Basic')
      expect(shown(result)).not.toContain(PLAIN.password)
    }))
}

/** Long enough for a crash during the call. */
const slowly = { on: 'AssumeRoleWithWebIdentity', times: 1, effect: { kind: 'delay', ms: 3000 } } as const

/** Runs something once, as soon as the step says that it assumes a role. */
function onceAssuming(action: () => Promise<void>): (line: string) => void {
  let isOver = false
  return line => {
    if (isOver || !line.startsWith('Assuming ')) return
    isOver = true
    void action()
  }
}

/** At a distance, so that each side has said all it has to say before it hears the other. */
async function tapped<T>(real: RunningProxy, body: (port: number) => Promise<T>): Promise<readonly [Tap, T]> {
  const away = await startDelayProxy({ port: real.port, roundTripMs: 60 })
  const tap = await startTap(away.port)
  try {
    return [tap, await body(tap.port)]
  } finally {
    await tap.close()
    await away.close()
  }
}

function hostAt(port: number): string {
  return `127.0.0.1:${port}`
}

function addressFor({ name, password }: ProxyUser, { host }: RunningProxy, scheme = 'http'): string {
  return `${scheme}://${encodeURIComponent(name)}:${encodeURIComponent(password)}@${host}`
}

function formsOf({ name, password }: ProxyUser): readonly string[] {
  const basic = Buffer.from(`${name}:${password}`).toString('base64')
  return [password, encodeURIComponent(password), basic]
}
