import { basename, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { selfSignedCertificate } from '../../sandbox/certificate.ts'
import type { Certificate } from '../../sandbox/loopback-server.ts'
import type { StepResult } from '../../sandbox/runner/runner.ts'
import { startTlsFront, type TlsFront } from '../../sandbox/tls-front.ts'
import type { RunningWorld, World } from '../../sandbox/world.ts'
import { preconnectToGithub } from '../../src/github/preconnect.ts'
import { DEPLOY, inWorld, newFile, operationsOf, runMain, type Scenario } from '../scenarios/scenario.ts'

let certificate: Certificate
let trusting: { readonly NODE_EXTRA_CA_CERTS: string }

beforeAll(async () => {
  certificate = await selfSignedCertificate(['127.0.0.1'])
  trusting = { NODE_EXTRA_CA_CERTS: newFile('ca.pem', certificate.cert) }
})

describe('a connection to GitHub is opened ahead', () => {
  let front: TlsFront
  beforeAll(async () => {
    front = await startTlsFront(9, certificate)
  })
  afterAll(() => front.close())

  const withRole = { 'INPUT_ROLE-TO-ASSUME': DEPLOY }

  async function opened(environment: NodeJS.ProcessEnv): Promise<number> {
    const before = front.connections
    preconnectToGithub({
      ACTIONS_ID_TOKEN_REQUEST_URL: `https://127.0.0.1:${front.port}/token?v=1`,
      ...environment,
    })
    await sleep(60)
    return front.connections - before
  }

  test.each<[string, NodeJS.ProcessEnv]>([
    ['for a role', withRole],
    [
      'for a role, with the other inputs as action.yml has them',
      {
        ...withRole,
        'INPUT_AWS-PROFILES': 'none',
        'INPUT_AWS-ACCESS-KEY-ID': '',
        'INPUT_WEB-IDENTITY-TOKEN-FILE': '',
        'INPUT_ROLE-CHAINING': 'false',
        'INPUT_FORCE-SKIP-OIDC': 'false',
        'INPUT_USE-EXISTING-CREDENTIALS': 'false',
        'INPUT_HTTP-PROXY': '',
        HTTPS_PROXY: '',
      },
    ],
    ['for several roles', { 'INPUT_ROLE-TO-ASSUME': 'none', 'INPUT_AWS-PROFILES': `a=${DEPLOY}` }],
  ])('%s', async (_, environment) => {
    expect(await opened(environment)).toBe(1)
  })

  test.each<[string, NodeJS.ProcessEnv]>([
    ['no role', { 'INPUT_ROLE-TO-ASSUME': 'none' }],
    ['no inputs at all', {}],
    ['keys', { ...withRole, 'INPUT_AWS-ACCESS-KEY-ID': 'AKIA' }],
    ['a token of its own', { ...withRole, 'INPUT_WEB-IDENTITY-TOKEN-FILE': 'token' }],
    ['credentials of the job to go on from', { ...withRole, 'INPUT_ROLE-CHAINING': 'true' }],
    ['credentials of the job to keep', { ...withRole, 'INPUT_USE-EXISTING-CREDENTIALS': 'yes' }],
    ['no wish for a token', { ...withRole, 'INPUT_FORCE-SKIP-OIDC': 'true' }],
    ...['INPUT_HTTP-PROXY', 'HTTP_PROXY', 'HTTPS_PROXY', 'http_proxy', 'https_proxy'].map(
      name =>
        [`a proxy, by ${name}`, { ...withRole, [name]: 'http://127.0.0.1:9' }] as [string, NodeJS.ProcessEnv],
    ),
    ['no token service', { ...withRole, ACTIONS_ID_TOKEN_REQUEST_URL: undefined }],
    ['a token service with no URL', { ...withRole, ACTIONS_ID_TOKEN_REQUEST_URL: '127.0.0.1' }],
  ])('but not for a step with %s', async (_, environment) => {
    expect(await opened(environment)).toBe(0)
  })

  test('but not if the token service speaks no TLS', async () => {
    const url = `http://127.0.0.1:${front.port}/token`
    expect(await opened({ ...withRole, ACTIONS_ID_TOKEN_REQUEST_URL: url })).toBe(0)
  })
})

type TokenService = { readonly world: RunningWorld; readonly front: TlsFront }

/** A step of the bundle with a token service that speaks TLS. */
async function runWithTls(
  data: Partial<World>,
  scenario: Scenario,
  check: (result: StepResult, service: TokenService) => void,
): Promise<void> {
  await inWorld(data, async world => {
    const issuer = new URL(world.idTokenIssuer.requestUrl)
    const front = await startTlsFront(Number(issuer.port), certificate)
    try {
      const url = `https://127.0.0.1:${front.port}${issuer.pathname}${issuer.search}`
      const idToken = { url, token: world.idTokenIssuer.requestToken }
      const result = await runMain(world, { idToken, environment: trusting, ...scenario })
      check(result, { world, front })
    } finally {
      await front.close()
    }
  })
}

describe('in the bundle', () => {
  test('the token request goes over the connection that was opened before the step’s own code was loaded', () => {
    const tracer = resolve(__dirname, '../bundle/tracer.cjs')
    const scenario = { runnerVariables: { NODE_OPTIONS: `--require=${tracer}` } }
    return runWithTls({}, scenario, ({ outputs, stderr }, { world, front }) => {
      expect(outputs.verified).toBe('true')
      expect(front.connections).toBe(1)
      expect(world.idTokenIssuer.requests).toHaveLength(1)
      const [event, files = '[]'] = stderr.split('\n')[0]?.split(': ') ?? []
      expect(event).toBe('connection')
      expect((JSON.parse(files) as string[]).map(path => basename(path))).toEqual(['index.js'])
    })
  })

  test('a token that has to be requested again gets its own connection', () =>
    runWithTls(
      {
        faults: [
          { on: 'id-token', effect: { kind: 'error', status: 503, code: '', message: 'busy' }, times: 1 },
        ],
      },
      {},
      ({ outputs }, { world, front }) => {
        expect(outputs.verified).toBe('true')
        expect(world.idTokenIssuer.requests).toHaveLength(2)
        expect(front.connections).toBe(2)
      },
    ))

  test('a token service with a certificate that Node does not trust receives nothing', () =>
    runWithTls(
      {},
      { environment: {}, with: { 'retry-max-attempts': '1' } },
      ({ outputs }, { world, front }) => {
        expect(outputs['failure-code']).toBe('ERR_OIDC_REQUEST_FAILED')
        expect(front.connections).toBeGreaterThan(0)
        expect(world.idTokenIssuer.requests).toEqual([])
        expect(operationsOf(world)).toEqual([])
      },
    ))

  test('Node settings that prevent any connection end in a report, like any failure', () =>
    runWithTls(
      {},
      {
        runnerVariables: { NODE_OPTIONS: '--tls-cipher-list=NONE' },
        with: { 'retry-max-attempts': '1' },
      },
      ({ outputs, summary }, { front }) => {
        expect(outputs['failure-code']).toBe('ERR_OIDC_REQUEST_FAILED')
        expect(summary).toContain('ERR_OIDC_REQUEST_FAILED'.replaceAll('_', '&#95;'))
        expect(front.connections).toBe(0)
      },
    ))

  test('Node’s own settings apply to it: NODE_TLS_REJECT_UNAUTHORIZED turns verification off, as for any token request', () =>
    runWithTls({}, { environment: { NODE_TLS_REJECT_UNAUTHORIZED: '0' } }, ({ outputs }, { front }) => {
      expect(outputs.verified).toBe('true')
      expect(front.connections).toBe(1)
    }))
})
