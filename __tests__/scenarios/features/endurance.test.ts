import { beforeAll, describe, expect, test } from '@jest/globals'
import { selfSignedCertificate } from '../../../sandbox/certificate.ts'
import type { Fault } from '../../../sandbox/fault.ts'
import type { Certificate } from '../../../sandbox/loopback-server.ts'
import { startConnectProxy } from '../../../sandbox/proxy.ts'
import type { RunningWorld } from '../../../sandbox/world.ts'
import {
  ANOTHER_ROLE,
  DEPLOY,
  DEPLOY_SESSION,
  errorsOf,
  expectFailure,
  inWorld,
  newFile,
  operationsOf,
  runMain,
  type Scenario,
  warningsOf,
} from '../scenario.ts'

const DENIED = { kind: 'error', status: 403, code: 'AccessDenied', message: 'Not authorized' } as const
const IRELAND = 'sts.eu-west-1.amazonaws.com'
const FRANKFURT = 'sts.eu-central-1.amazonaws.com'
const STOCKHOLM = 'sts.eu-north-1.amazonaws.com'

describe('retry-access-denied-seconds', () => {
  test('retries a newly created role, and says so', () =>
    inWorld({ faults: [{ on: 'AssumeRoleWithWebIdentity', times: 2, effect: DENIED }] }, async world => {
      const result = await runMain(world, { with: { 'retry-access-denied-seconds': '20' } })
      expect(result.outputs.verified).toBe('true')
      expect(operationsOf(world).filter(name => name === 'AssumeRoleWithWebIdentity')).toHaveLength(3)
      expect(result.log).toMatch(/AccessDenied.*attempt 2/)
    }))

  test('stops with the refusal when that time is over, however many attempts are allowed', () =>
    inWorld({ faults: [{ on: 'AssumeRoleWithWebIdentity', effect: DENIED }] }, async world => {
      const result = await runMain(world, {
        with: { 'retry-access-denied-seconds': '2', 'retry-max-attempts': '1' },
      })
      expectFailure(result, 'ERR_STS_REJECTED')
      expect(operationsOf(world).length).toBeGreaterThan(1)
      expect(result.durationMs).toBeLessThan(8_000)
    }))

  test('is off by default: a denial is final', () =>
    inWorld({ faults: [{ on: 'AssumeRoleWithWebIdentity', effect: DENIED }] }, async world => {
      expectFailure(await runMain(world), 'ERR_STS_REJECTED')
      expect(operationsOf(world)).toHaveLength(1)
    }))

  test.each([
    ['901', '0', /from 0 to 900/],
    ['120', '120', /action-timeout-s/],
    ['60', '30', /action-timeout-s/],
  ])('of %s with a timeout of %s seconds is an input error', (seconds, limit, problem) =>
    inWorld({}, async world => {
      const result = await runMain(world, {
        with: { 'retry-access-denied-seconds': seconds, 'action-timeout-s': limit },
      })
      expectFailure(result, 'ERR_INPUT_INVALID')
      expect(errorsOf(result).join()).toMatch(problem)
    }),
  )
})

describe('a wait requested by Retry-After', () => {
  test('is honored', () => {
    const effect = {
      kind: 'error',
      status: 503,
      code: 'ServiceUnavailable',
      message: 'later',
      headers: { 'retry-after': '2' },
    } as const
    return inWorld({ faults: [{ on: 'GetCallerIdentity', times: 1, effect }] }, async world => {
      const result = await runMain(world)
      expect(result.outputs.verified).toBe('true')
      const [first, second] = world.sts.requests.filter(({ operation }) => operation === 'GetCallerIdentity')
      expect((second?.at ?? 0) - (first?.at ?? 0)).toBeGreaterThan(1_950)
    })
  })

  test('does not outlast the step', () => {
    const headers = { 'retry-after': '3600' }
    const effect = { kind: 'error', status: 429, code: 'Throttling', message: 'later', headers } as const
    return inWorld({ faults: [{ on: 'GetCallerIdentity', effect }] }, async world => {
      const result = await runMain(world, { with: { 'action-timeout-s': '2' } })
      expectFailure(result, 'ERR_TIMEOUT')
      expect(result.durationMs).toBeLessThan(5_000)
    })
  })
})

describe('AWS’s own hosts', () => {
  let certificate: Certificate
  let bundle: string

  beforeAll(async () => {
    certificate = await selfSignedCertificate([IRELAND, FRANKFURT, STOCKHOLM])
    bundle = newFile('ca.pem', `# the company's own\n${certificate.cert}\n`)
  })

  /** AWS's own hosts, routed to the world's STS by a proxy; others get a 502. */
  async function runWithHosts(world: RunningWorld, hosts: readonly string[], scenario: Scenario = {}) {
    const port = Number(new URL(world.sts.url).port)
    const proxy = await startConnectProxy({
      answer: { byHost: Object.fromEntries(hosts.map(host => [`${host}:443`, port])) },
    })
    try {
      const result = await runMain(world, {
        ...scenario,
        with: { 'http-proxy': proxy.url, 'ca-bundle': bundle, ...scenario.with },
        without: ['sts-endpoint'],
      })
      return { result, connects: proxy.connects }
    } finally {
      await proxy.close()
    }
  }

  test('are trusted through the roots of ca-bundle', () =>
    inWorld({ tls: certificate }, async world => {
      const { result, connects } = await runWithHosts(world, [IRELAND])
      expect(result.outputs).toMatchObject({ verified: 'true', 'authenticated-arn': DEPLOY_SESSION })
      expect(connects).toEqual([`${IRELAND}:443`])
    }))

  test('are not trusted with a certificate that is not theirs', async () => {
    const foreign = await selfSignedCertificate([IRELAND])
    await inWorld({ tls: foreign }, async world => {
      const { result } = await runWithHosts(world, [IRELAND])
      expectFailure(result, 'ERR_STS_UNAVAILABLE')
      expect(world.sts.requests).toEqual([])
    })
  })

  test('that can’t be reached are replaced by those of sts-fallback-regions, and the summary says which responded', () =>
    inWorld({ tls: certificate }, async world => {
      const { result, connects } = await runWithHosts(world, [FRANKFURT], {
        with: { 'sts-fallback-regions': 'eu-central-1, eu-north-1', 'retry-max-attempts': '6' },
      })
      expect(result.outputs.verified).toBe('true')
      expect(connects).toEqual([`${IRELAND}:443`, `${IRELAND}:443`, `${FRANKFURT}:443`])
      expect(result.exported.AWS_REGION).toBe('eu-west-1')
      expect(result.summary).toContain('**Answered by** <code>eu-central-1</code>')
      expect(warningsOf(result).join()).toContain('eu-central-1')
    }))

  test('of a region that returns 5xx are left when its share of attempts is used up', () => {
    const broken = { kind: 'error', status: 500, code: 'InternalFailure', message: 'x' } as const
    const faults: Fault[] = [{ on: 'AssumeRoleWithWebIdentity', times: 2, effect: broken }]
    return inWorld({ tls: certificate, faults }, async world => {
      const { result } = await runWithHosts(world, [IRELAND, FRANKFURT], {
        with: { 'sts-fallback-regions': 'eu-central-1', 'retry-max-attempts': '4' },
      })
      expect(result.outputs.verified).toBe('true')
      expect(world.sts.requests.map(({ headers }) => headers.host)).toEqual([
        IRELAND,
        IRELAND,
        FRANKFURT,
        FRANKFURT,
      ])
    })
  })

  describe.each<[string, Record<string, string>, number]>([
    ['4 attempts', { 'retry-max-attempts': '4' }, 4],
    ['2 attempts', { 'retry-max-attempts': '2' }, 2],
    ['disable-retry', { 'disable-retry': 'true' }, 1],
  ])('of three regions, with %s,', (_, limit, attempts) => {
    const hosts = [IRELAND, FRANKFURT, STOCKHOLM]
    const regions = { 'sts-fallback-regions': 'eu-central-1, eu-north-1' }

    test(`share them: ${attempts} go out in all, and the error says so`, () => {
      const effect = { kind: 'error', status: 500, code: 'InternalFailure', message: 'x' } as const
      const faults: Fault[] = [{ on: 'AssumeRoleWithWebIdentity', effect }]
      return inWorld({ tls: certificate, faults }, async world => {
        const { result } = await runWithHosts(world, hosts, { with: { ...regions, ...limit } })
        expectFailure(result, 'ERR_STS_UNAVAILABLE')
        const called = world.sts.requests.map(({ headers }) => headers.host)
        expect(called).toHaveLength(attempts)
        expect([...new Set(called)]).toEqual(hosts.slice(0, attempts))
        const message = errorsOf(result).join()
        expect(message).toContain(attempts === 1 ? 'after 1 attempt at' : `after ${attempts} attempts at`)
        for (const host of new Set(called)) expect(message).toContain(`https://${host}`)
      })
    })

    test('warn about those without an attempt left', () =>
      inWorld({ tls: certificate }, async world => {
        const { result } = await runWithHosts(world, hosts, { with: { ...regions, ...limit } })
        expect(result.outputs.verified).toBe('true')
        const uncalled = ['eu-central-1', 'eu-north-1'].slice(attempts - 1)
        const warnings = warningsOf(result).filter(text => text.includes('sts-fallback-regions'))
        expect(warnings).toHaveLength(uncalled.length > 0 ? 1 : 0)
        for (const region of uncalled) expect(warnings.join()).toContain(region)
      }))
  })

  test('that throttle are retried as often as without others: no other region would help', () => {
    const effect = { kind: 'error', status: 400, code: 'Throttling', message: 'Rate exceeded' } as const
    const faults: Fault[] = [{ on: 'AssumeRoleWithWebIdentity', times: 3, effect }]
    return inWorld({ tls: certificate, faults }, async world => {
      const { result } = await runWithHosts(world, [IRELAND, FRANKFURT], {
        with: { 'sts-fallback-regions': 'eu-central-1, eu-north-1', 'retry-max-attempts': '4' },
      })
      expect(result.outputs.verified).toBe('true')
      expect(new Set(world.sts.requests.map(({ headers }) => headers.host))).toEqual(new Set([IRELAND]))
    })
  })

  test('are quoted only by their code when existing credentials use a token, which they may repeat', () => {
    const signature = 'c2lnbmF0dXJlLW9mLXRoZS10b2tlbg'
    const effect = { kind: 'error', status: 400, code: 'InvalidIdentityToken', message: signature } as const
    return inWorld(
      { tls: certificate, faults: [{ on: 'AssumeRoleWithWebIdentity', effect }] },
      async world => {
        const { result } = await runWithHosts(world, [IRELAND], {
          with: { 'role-to-assume': 'none', 'expected-role': DEPLOY },
          environment: {
            AWS_WEB_IDENTITY_TOKEN_FILE: newFile('token', `eyJhbGciOiJub25lIn0.eyJhIjoxfQ.${signature}`),
            AWS_ROLE_ARN: DEPLOY,
          },
        })
        expectFailure(result, 'ERR_CREDENTIALS_UNAVAILABLE')
        expect(operationsOf(world)).toEqual(['AssumeRoleWithWebIdentity'])
        expect(errorsOf(result).join()).toContain('AWS answered InvalidIdentityToken')
        expect(`${result.stdout}${result.summary}`).not.toContain(signature)
      },
    )
  })

  test('of a fallback region satisfy every guard, or nothing is exported', () => {
    const faults: Fault[] = [{ on: 'GetCallerIdentity', effect: { kind: 'alter', fields: ANOTHER_ROLE } }]
    return inWorld({ tls: certificate, faults }, async world => {
      const { result } = await runWithHosts(world, [FRANKFURT], {
        with: { 'sts-fallback-regions': 'eu-central-1', 'retry-max-attempts': '2' },
      })
      expectFailure(result, 'ERR_IDENTITY_MISMATCH')
    })
  })

  test('of other regions are not called after a refusal, which is final', () =>
    inWorld(
      { tls: certificate, faults: [{ on: 'AssumeRoleWithWebIdentity', effect: DENIED }] },
      async world => {
        const { result, connects } = await runWithHosts(world, [IRELAND, FRANKFURT], {
          with: { 'sts-fallback-regions': 'eu-central-1' },
        })
        expectFailure(result, 'ERR_STS_REJECTED')
        expect(connects).toEqual([`${IRELAND}:443`])
      },
    ))

  test.each([
    ['of another partition', { 'sts-fallback-regions': 'cn-north-1' }, /aws-cn/],
    ['twice', { 'sts-fallback-regions': 'eu-central-1,eu-central-1' }, /twice/],
    ['that is aws-region itself', { 'sts-fallback-regions': 'eu-west-1' }, /twice/],
    [
      'with a custom endpoint',
      { 'sts-fallback-regions': 'eu-central-1', 'sts-endpoint': 'https://x' },
      /sts-endpoint/,
    ],
  ])('sts-fallback-regions with a region %s is an input error', (_, inputs, problem) =>
    inWorld({}, async world => {
      const result = await runMain(world, {
        with: inputs,
        without: 'sts-endpoint' in inputs ? [] : ['sts-endpoint'],
      })
      expectFailure(result, 'ERR_INPUT_INVALID')
      expect(errorsOf(result).join()).toMatch(problem)
      expect(world.idTokenIssuer.requests).toEqual([])
    }),
  )

  test.each([
    ['is missing', () => '/nowhere.pem', /no such file/],
    ['holds no certificate', () => newFile('ca.pem', 'nothing'), /no certificate/],
    [
      'holds a broken one',
      () => newFile('ca.pem', '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n'),
      /can't be used/,
    ],
  ])('a ca-bundle that %s is an input error', (_, path, problem) =>
    inWorld({}, async world => {
      const result = await runMain(world, { with: { 'ca-bundle': path() } })
      expectFailure(result, 'ERR_INPUT_INVALID')
      expect(errorsOf(result).join()).toMatch(problem)
      expect(world.idTokenIssuer.requests).toEqual([])
    }),
  )

  test('an unusable ca-bundle is reported along with all other input problems', () =>
    inWorld({}, async world => {
      const result = await runMain(world, { with: { 'ca-bundle': 'none.pem', 'retry-max-attempts': 'x' } })
      expectFailure(result, 'ERR_INPUT_INVALID')
      expect(errorsOf(result)[0]).toMatch(
        /- retry-max-attempts: [\s\S]*- ca-bundle: "none\.pem" can't be used/,
      )
    }))
})

describe('a cancelled job', () => {
  test('ends the step with a report, and exports nothing', () =>
    inWorld({ faults: [{ on: 'GetCallerIdentity', effect: { kind: 'hang' } }] }, async world => {
      const result = await runMain(world, { signalAfterMs: 1_500 })
      expect(result.exitCode).toBe(1)
      expectFailure(result, 'ERR_TIMEOUT')
      expect(errorsOf(result).join()).toMatch(/cancelled .*GetCallerIdentity/)
      expect(result.durationMs).toBeLessThan(5_000)
    }))
})
