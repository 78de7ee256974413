import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { selfSignedCertificate } from '../../../sandbox/certificate.ts'
import type { Certificate } from '../../../sandbox/loopback-server.ts'
import { startConnectProxy } from '../../../sandbox/proxy.ts'
import type { StepResult } from '../../../sandbox/runner/runner.ts'
import type { RunningWorld } from '../../../sandbox/world.ts'
import {
  DEPLOY,
  errorsOf,
  expectFailure,
  inWorld,
  newFile,
  operationsOf,
  runMain,
  warningsOf,
} from '../scenario.ts'

const IMPATIENT = { 'disable-retry': 'true' }

describe('guarantee 3: the response comes from AWS', () => {
  // The host that the bundle requests from a proxy is the one it would call without it.
  const hosts: readonly (readonly [region: string, role: string, host: string])[] = [
    ['eu-west-1', 'arn:aws:iam::111122223333:role/deploy', 'sts.eu-west-1.amazonaws.com:443'],
    ['us-east-1', 'arn:aws:iam::111122223333:role/deploy', 'sts.us-east-1.amazonaws.com:443'],
    ['us-gov-west-1', 'arn:aws-us-gov:iam::111122223333:role/deploy', 'sts.us-gov-west-1.amazonaws.com:443'],
    ['cn-north-1', 'arn:aws-cn:iam::111122223333:role/deploy', 'sts.cn-north-1.amazonaws.com.cn:443'],
    ['eusc-de-east-1', 'arn:aws-eusc:iam::111122223333:role/deploy', 'sts.eusc-de-east-1.amazonaws.eu:443'],
  ]

  test.each(hosts)(
    'in %s the host is derived from region and partition, whatever the environment says',
    (region, role, host) =>
      inWorld({}, async world => {
        const { connects } = await runBehindProxy('refuse', {
          with: { ...IMPATIENT, 'aws-region': region, 'role-to-assume': role },
          environment: hostile(world.sts.url),
          world,
        })
        expect(connects).toEqual([host])
        expect(world.sts.requests).toEqual([])
      }),
  )

  test.each<[string, Record<string, string>, Record<string, string>, string]>([
    ['the FIPS host, by its input', { 'use-fips-endpoint': 'true' }, {}, 'sts-fips.eu-west-1.amazonaws.com'],
    [
      'the FIPS host, by its variable',
      {},
      { AWS_USE_FIPS_ENDPOINT: 'true' },
      'sts-fips.eu-west-1.amazonaws.com',
    ],
    ['the dual-stack host, by its input', { 'use-dualstack-endpoint': 'true' }, {}, 'sts.eu-west-1.api.aws'],
    [
      'the dual-stack host, by its variable',
      {},
      { AWS_USE_DUALSTACK_ENDPOINT: 'TRUE' },
      'sts.eu-west-1.api.aws',
    ],
    [
      'the plain host, as the input goes before the variable',
      { 'use-fips-endpoint': 'false' },
      { AWS_USE_FIPS_ENDPOINT: 'true' },
      'sts.eu-west-1.amazonaws.com',
    ],
  ])('%s is one of AWS’s own', (_, inputs, environment, host) =>
    inWorld({}, async world => {
      const { connects, result } = await runBehindProxy('refuse', {
        with: { ...IMPATIENT, ...inputs },
        environment,
        world,
      })
      expect(connects).toEqual([`${host}:443`])
      expect(errorsOf(result).join()).toContain(host)
      expect(warningsOf(result)).toEqual([])
    }),
  )

  test('a variable that chooses among AWS’s own hosts is ignored, with a warning, with a custom endpoint', () =>
    inWorld({}, async world => {
      const result = await runMain(world, { environment: { AWS_USE_FIPS_ENDPOINT: 'true' } })
      expect(result.outputs.verified).toBe('true')
      expect(warningsOf(result).join()).toContain('AWS_USE_FIPS_ENDPOINT: ignored')
    }))

  test('ignored variables are named in a warning, and in the error if they would have mattered', () =>
    inWorld({}, async world => {
      const environment = hostile(world.sts.url)
      const { result } = await runBehindProxy('refuse', { with: IMPATIENT, environment, world })
      expectFailure(result, 'ERR_STS_UNAVAILABLE')
      for (const name of ['AWS_ENDPOINT_URL', 'AWS_ENDPOINT_URL_STS']) {
        expect(warningsOf(result).join()).toContain(name)
        expect(errorsOf(result).join()).toContain(name)
      }
    }))

  test('configuration files and profiles do not move the endpoint', () =>
    inWorld({}, async world => {
      const folder = mkdtempSync(join(tmpdir(), 'config-'))
      const file = join(folder, 'config')
      writeFileSync(
        file,
        `[default]\nendpoint_url = ${world.sts.url}\nservices = moved\nuse_fips_endpoint = true\nregion = us-west-2\n[services moved]\nsts =\n  endpoint_url = ${world.sts.url}\n`,
      )
      const environment = {
        AWS_CONFIG_FILE: file,
        AWS_SHARED_CREDENTIALS_FILE: file,
        AWS_SDK_LOAD_CONFIG: '1',
      }
      const { connects } = await runBehindProxy('refuse', { with: IMPATIENT, environment, world })
      rmSync(folder, { recursive: true })
      expect(connects).toEqual(['sts.eu-west-1.amazonaws.com:443'])
      expect(world.sts.requests).toEqual([])
    }))

  test('no configuration file is even opened: one that never ends blocks nothing', () =>
    inWorld({}, async world => {
      const folder = mkdtempSync(join(tmpdir(), 'fifo-'))
      const fifo = join(folder, 'config')
      execFileSync('mkfifo', [fifo])
      const environment = { AWS_CONFIG_FILE: fifo, AWS_SHARED_CREDENTIALS_FILE: fifo }
      const result = await runMain(world, { environment })
      rmSync(folder, { recursive: true })
      expect(result.outputs.verified).toBe('true')
      expect(result.durationMs).toBeLessThan(5000)
    }))

  describe('an impostor with its own certificate', () => {
    let certificate: Certificate
    let folder: string
    beforeAll(async () => {
      certificate = await selfSignedCertificate(['sts.eu-west-1.amazonaws.com', '127.0.0.1'])
      folder = mkdtempSync(join(tmpdir(), 'ca-'))
      writeFileSync(join(folder, 'ca.pem'), certificate.cert)
    })
    afterAll(() => rmSync(folder, { recursive: true }))

    /** Adds the impostor's certificate to the system's, for anything that reads those. */
    const systemRoots = () => ({ SSL_CERT_FILE: join(folder, 'ca.pem') })

    test.each([
      ['NODE_TLS_REJECT_UNAUTHORIZED', () => '0'],
      ['NODE_EXTRA_CA_CERTS', () => join(folder, 'ca.pem')],
      ['NODE_USE_SYSTEM_CA', () => '1'],
      ['AWS_CA_BUNDLE', () => join(folder, 'ca.pem')],
    ])('is not trusted because of %s, and gets no token', (name, value) =>
      inWorld({ tls: certificate }, async world => {
        const { port } = new URL(world.sts.url)
        const { result, connects } = await runBehindProxy(
          { tunnelTo: { host: '127.0.0.1', port: Number(port) } },
          { with: {}, environment: { ...systemRoots(), [name]: value() }, world },
        )
        expectFailure(result, 'ERR_STS_UNAVAILABLE')
        expect(connects).toHaveLength(1)
        expect(world.sts.requests).toEqual([])
        expect(warningsOf(result).join()).toContain(name)
        expect(errorsOf(result).join()).toContain(name)
      }),
    )

    test('is not trusted by the default chain either', () =>
      inWorld({ tls: certificate }, async world => {
        const { port } = new URL(world.sts.url)
        const way = { tunnelTo: { host: '127.0.0.1', port: Number(port) } }
        const { result } = await runBehindProxy(way, byTokenFile(join(folder, 'ca.pem'), world))
        expectFailure(result, 'ERR_CREDENTIALS_UNAVAILABLE')
        expect(world.sts.requests).toEqual([])
        expect(errorsOf(result).join()).toContain('AWS_CA_BUNDLE')
      }))

    test.each([
      ['NODE_TLS_REJECT_UNAUTHORIZED', () => '0'],
      ['NODE_EXTRA_CA_CERTS', () => join(folder, 'ca.pem')],
      ['NODE_USE_SYSTEM_CA', () => '1'],
      ['NODE_OPTIONS', () => '--use-openssl-ca'],
    ])('is not trusted without a proxy either, with %s', (name, value) =>
      inWorld({ tls: certificate }, async world => {
        const result = await runMain(world, { environment: { ...systemRoots(), [name]: value() } })
        expectFailure(result, 'ERR_STS_UNAVAILABLE')
        // One opened ahead, and one for the only attempt if that was already closed.
        expect(world.sts.connections).toBeLessThanOrEqual(2)
        expect(result.log).not.toContain('attempt 2')
        expect(world.sts.requests).toEqual([])
      }),
    )
  })

  /** Verify only, with existing credentials from a token file. */
  const byTokenFile = (tokenFile: string, world: RunningWorld) => ({
    with: { 'role-to-assume': 'none', 'expected-role': DEPLOY },
    environment: {
      AWS_CA_BUNDLE: tokenFile,
      AWS_USE_FIPS_ENDPOINT: 'true',
      AWS_WEB_IDENTITY_TOKEN_FILE: tokenFile,
      AWS_ROLE_ARN: DEPLOY,
    },
    world,
  })

  test('a failure of the default chain names what was ignored only if it got as far as a call', () =>
    inWorld({}, async world => {
      const file = newFile('token', 'a.b.c')
      const { result: refused } = await runBehindProxy('refuse', byTokenFile(file, world))
      const { result: absent } = await runBehindProxy('refuse', byTokenFile('/not/there', world))
      for (const result of [refused, absent]) expectFailure(result, 'ERR_CREDENTIALS_UNAVAILABLE')
      expect(errorsOf(refused).join()).toMatch(/variables were ignored .*: AWS_CA_BUNDLE\./)
      expect(errorsOf(absent).join()).not.toContain('were ignored')
    }))

  test('only sts-endpoint redirects the calls, with a warning for plain http to another machine', () =>
    inWorld({}, async world => {
      const result = await runMain(world)
      expect(operationsOf(world)).toEqual(['AssumeRoleWithWebIdentity', 'GetCallerIdentity'])
      expect(warningsOf(result)).toEqual([])
      const { result: far } = await runBehindProxy('refuse', {
        with: { ...IMPATIENT, 'sts-endpoint': 'http://sts.example.invalid' },
        environment: {},
        world,
      })
      expect(warningsOf(far).join()).toContain('plain http')
    }))

  test('no variable of the environment becomes a header of the calls', () =>
    inWorld({}, async world => {
      const environment = { AWS_LAMBDA_FUNCTION_NAME: 'x', _X_AMZN_TRACE_ID: 'Root=1\nx: y' }
      expect((await runMain(world, { environment })).outputs.verified).toBe('true')
    }))

  test('a proxy that rejects a tunnel is named without its password', () =>
    inWorld({}, async world => {
      const { result, proxyHost } = await runBehindProxy('refuse', {
        with: {},
        environment: {},
        world,
        status: 403,
      })
      expectFailure(result, 'ERR_STS_UNAVAILABLE')
      expect(errorsOf(result).join()).toContain(proxyHost)
      expect(errorsOf(result).join()).toContain('403')
      expect(result.stdout.replaceAll(/^::add-mask::.*$/gm, '')).not.toContain('pa%24%24word')
      expect(result.stdout.replaceAll(/^::add-mask::.*$/gm, '')).not.toContain('pa$$word')
    }))
})

function hostile(url: string): Record<string, string> {
  return {
    AWS_ENDPOINT_URL: url,
    AWS_ENDPOINT_URL_STS: url,
    AWS_REGION: 'us-west-2',
    AWS_DEFAULT_REGION: 'us-west-2',
    AWS_STS_REGIONAL_ENDPOINTS: 'legacy',
  }
}

type ProxiedRun = {
  readonly with: Readonly<Record<string, string>>
  readonly environment: Readonly<Record<string, string>>
  readonly world: Parameters<typeof runMain>[0]
  readonly status?: number
}

/** Runs the step with AWS's own endpoint behind a loopback proxy, so nothing leaves the machine. */
async function runBehindProxy(
  answer: Parameters<typeof startConnectProxy>[0]['answer'],
  { with: given, environment, world, status }: ProxiedRun,
): Promise<{ result: StepResult; connects: readonly string[]; proxyHost: string }> {
  const proxy = await startConnectProxy({ answer, ...(status ? { status } : {}) })
  const { host } = new URL(proxy.url)
  const url = `http://ci:pa%24%24word@${host}`
  try {
    const result = await runMain(world, {
      without: 'sts-endpoint' in given ? [] : ['sts-endpoint'],
      with: given,
      environment: { HTTPS_PROXY: url, HTTP_PROXY: url, ...environment },
    })
    return { result, connects: proxy.connects, proxyHost: host }
  } finally {
    await proxy.close()
  }
}
