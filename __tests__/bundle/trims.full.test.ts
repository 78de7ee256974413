import { execFileSync } from 'node:child_process'
import { copyFileSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import type { IncomingHttpHeaders } from 'node:http'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type { Fault, FaultEffect } from '../../sandbox/fault.ts'
import { type ConnectProxy, startConnectProxy } from '../../sandbox/proxy.ts'
import type { StepResult } from '../../sandbox/runner/runner.ts'
import type { RunningWorld, World } from '../../sandbox/world.ts'
import {
  ACTION,
  ANOTHER_ROLE,
  DEPLOYER,
  earlierSession,
  inWorld,
  PRODUCTION,
  robotKeys,
  runMain,
  type Scenario,
} from '../scenarios/scenario.ts'

// The bundle as it is, and one of the same sources with no trim at all, in the same scenarios.

let plain = ''

beforeAll(() => {
  plain = mkdtempSync(join(tmpdir(), 'untrimmed-'))
  copyFileSync(join(ACTION, 'action.yml'), join(plain, 'action.yml'))
  symlinkSync(join(ACTION, 'node_modules'), join(plain, 'node_modules'))
  const command = ['scripts/package.mjs', '--untrimmed', '--out', relative(ACTION, join(plain, 'dist'))]
  execFileSync(process.execPath, command, { cwd: ACTION, stdio: 'pipe' })
}, 120_000)
afterAll(() => rmSync(plain, { recursive: true }))

type Case = {
  /** How it fails, if it does. */
  readonly code?: string
  /** Those that reach STS. */
  readonly calls: number
  readonly data?: Partial<World>
  readonly scenario: (world: RunningWorld) => Scenario
}

const CASES: Readonly<Record<string, Case>> = {
  'a verified session': { calls: 2, scenario: () => ({}) },
  'another identity': {
    code: 'ERR_IDENTITY_MISMATCH',
    calls: 2,
    data: { faults: [{ on: 'GetCallerIdentity', effect: { kind: 'alter', fields: ANOTHER_ROLE } }] },
    scenario: () => ({}),
  },
  'a final refusal': {
    code: 'ERR_STS_REJECTED',
    calls: 1,
    scenario: () => ({ with: { 'role-to-assume': 'arn:aws:iam::111122223333:role/none' } }),
  },
  'an answer that is none': {
    code: 'ERR_STS_BAD_RESPONSE',
    calls: 4,
    data: { faults: [{ on: 'GetCallerIdentity', effect: { kind: 'cut' } }] },
    scenario: () => ({}),
  },
  'a newly created role, a throttled call and a server that fails': {
    calls: 7,
    data: {
      faults: [
        {
          on: 'AssumeRoleWithWebIdentity',
          times: 1,
          effect: refusal(400, 'Throttling', { 'retry-after': '1' }),
        },
        { on: 'AssumeRoleWithWebIdentity', times: 1, effect: refusal(403, 'AccessDenied') },
        { on: 'GetCallerIdentity', times: 1, effect: refusal(403, 'InvalidClientTokenId') },
        { on: 'GetCallerIdentity', times: 1, effect: { kind: 'raw', status: 502, body: '<html>Bad</html>' } },
        { on: 'GetCallerIdentity', times: 1, effect: { kind: 'reset' } },
      ],
    },
    scenario: () => ({ with: { 'retry-access-denied-seconds': '60' } }),
  },
  'an error that the SDK has a class for': {
    code: 'ERR_STS_REJECTED',
    calls: 1,
    data: { faults: [{ on: 'AssumeRoleWithWebIdentity', effect: refusal(400, 'PackedPolicyTooLarge') }] },
    scenario: () => ({}),
  },
  'an answer that never comes': {
    code: 'ERR_TIMEOUT',
    calls: 2,
    data: { faults: [{ on: 'GetCallerIdentity', effect: { kind: 'hang' } }] },
    scenario: () => ({ with: { 'action-timeout-s': '8' } }),
  },
  'an answer that is too long': {
    code: 'ERR_STS_BAD_RESPONSE',
    calls: 4,
    data: { faults: [raw(200, `<a>${'b'.repeat(2 ** 21)}</a>`)] },
    scenario: () => ({}),
  },
  'a status without a body': {
    code: 'ERR_STS_REJECTED',
    calls: 2,
    data: { faults: [raw(404, '')] },
    scenario: () => ({}),
  },
  'a duplicate element in a response': {
    code: 'ERR_STS_BAD_RESPONSE',
    calls: 4,
    data: {
      faults: [raw(200, answerWith('<Arn>a</Arn><Arn>b</Arn><UserId>c</UserId><Account>d</Account>'))],
    },
    scenario: () => ({}),
  },
  'an element instead of text': {
    code: 'ERR_STS_BAD_RESPONSE',
    calls: 4,
    data: { faults: [raw(200, answerWith('<Arn><a/></Arn><UserId>c</UserId><Account>d</Account>'))] },
    scenario: () => ({}),
  },
  'a huge text instead of an ARN': {
    code: 'ERR_IDENTITY_MISMATCH',
    calls: 2,
    data: {
      faults: [
        raw(200, answerWith(`<Arn>${'x'.repeat(900_000)}</Arn><UserId>c</UserId><Account>d</Account>`)),
      ],
    },
    scenario: () => ({}),
  },
  'a redirection': {
    code: 'ERR_STS_BAD_RESPONSE',
    calls: 2,
    data: { faults: [raw(302, '', { location: 'https://elsewhere.example/' })] },
    scenario: () => ({}),
  },
  'an error in HTML': {
    code: 'ERR_STS_REJECTED',
    calls: 2,
    data: { faults: [raw(403, '<html><p>no way</p></html>')] },
    scenario: () => ({}),
  },
  'JSON instead of XML': {
    code: 'ERR_STS_BAD_RESPONSE',
    calls: 4,
    data: { faults: [raw(200, '{"Arn": "no"}')] },
    scenario: () => ({}),
  },
  'an endpoint with a path': {
    calls: 2,
    scenario: world => ({ with: { 'sts-endpoint': `${world.sts.url}/under/here/` } }),
  },
  'a session with policies, tags and an external id': {
    calls: 2,
    scenario: world => ({
      noToken: true,
      with: {
        ...robotKeys(world),
        'role-to-assume': DEPLOYER,
        'role-external-id': 'a:b/c=d+e@f,g',
        'custom-tags': '{"Team": "Über/uns = 1 + 1", "Empty": ""}',
        'transitive-tag-keys': 'Team',
        'inline-session-policy': '{"Version": "2012-10-17", "Statement": []}',
        'managed-session-policies': 'arn:aws:iam::aws:policy/ReadOnlyAccess',
      },
    }),
  },
  'a clock that is wrong': {
    calls: 3,
    data: { clockAheadMs: 20 * 60_000, lifetimeSeconds: 7200, claims: { nbf: 0 } },
    scenario: () => ({}),
  },
  'answers with a wrong time that are not about it': {
    calls: 6,
    data: {
      faults: [-86_400, 86_400].map(seconds => ({
        on: 'GetCallerIdentity',
        times: 1,
        effect: refusal(503, 'RequestTimeTooSkewed', dateIn(seconds)),
      })),
    },
    scenario: () => ({ with: { 'role-chain': PRODUCTION, 'retry-max-attempts': '3' } }),
  },
  'a signature that AWS finds too old, whatever is done': {
    code: 'ERR_STS_REJECTED',
    calls: 3,
    data: {
      faults: [{ on: 'GetCallerIdentity', effect: refusal(403, 'RequestTimeTooSkewed', dateIn(1200)) }],
    },
    scenario: () => ({}),
  },
  'a time that no clock knows': {
    code: 'ERR_STS_REJECTED',
    calls: 2,
    data: {
      faults: [
        {
          on: 'GetCallerIdentity',
          effect: refusal(403, 'RequestTimeTooSkewed', { date: 'Sat, 13 Sep 275761 00:00:00 GMT' }),
        },
      ],
    },
    scenario: () => ({}),
  },
  'an error of the front end': {
    code: 'ERR_STS_REJECTED',
    calls: 2,
    data: { faults: [raw(403, '<AccessDeniedException><Message>no</Message></AccessDeniedException>')] },
    scenario: () => ({}),
  },
  'an error of the front end in JSON': {
    code: 'ERR_STS_REJECTED',
    calls: 2,
    data: { faults: [raw(403, '{"__type":"AccessDeniedException","message":"no"}')] },
    scenario: () => ({}),
  },
  'keys of a user with session tags': {
    calls: 2,
    scenario: world => ({ noToken: true, with: { ...robotKeys(world), 'role-to-assume': DEPLOYER } }),
  },
  'the default chain, by the environment': {
    calls: 2,
    scenario: world => ({
      environment: earlierSession(world),
      with: { 'role-chaining': 'true', 'role-to-assume': PRODUCTION },
    }),
  },
  'the default chain, with nothing to find': {
    code: 'ERR_OIDC_NOT_PERMITTED',
    calls: 0,
    scenario: () => ({ noToken: true, environment: { AWS_EC2_METADATA_DISABLED: 'true' } }),
  },
  'a chain of roles': { calls: 4, scenario: () => ({ with: { 'role-chain': PRODUCTION } }) },
  'FIPS and dual-stack hosts that a proxy refuses': {
    code: 'ERR_STS_UNAVAILABLE',
    calls: 0,
    scenario: () => ({
      without: ['sts-endpoint'],
      with: { 'use-fips-endpoint': 'true', 'use-dualstack-endpoint': 'true', 'retry-max-attempts': '1' },
    }),
  },
}

function refusal(status: number, code: string, headers: Readonly<Record<string, string>> = {}): FaultEffect {
  return { kind: 'error', status, code, message: 'So it is', headers }
}

function answerWith(result: string): string {
  return `<GetCallerIdentityResponse><GetCallerIdentityResult>${result}</GetCallerIdentityResult></GetCallerIdentityResponse>`
}

function dateIn(seconds: number): Readonly<Record<string, string>> {
  return { date: new Date(Date.now() + seconds * 1000).toUTCString() }
}

function raw(status: number, body: string, headers: Readonly<Record<string, string>> = {}): Fault {
  return { on: 'GetCallerIdentity', effect: { kind: 'raw', status, body, headers } }
}

describe('a bundle without trims', () => {
  let proxy: ConnectProxy
  beforeAll(async () => {
    proxy = await startConnectProxy({ answer: 'refuse', status: 403 })
  })
  afterAll(() => proxy.close())

  test.each(Object.entries(CASES))(
    'behaves like the trimmed one, with %s',
    async (_, { code, calls, data = {}, scenario }) => {
      const run = (actionDirectory: string) =>
        inWorld(data, async world => {
          const { with: given, ...rest } = scenario(world)
          const proxied = rest.without ? { 'http-proxy': proxy.url } : {}
          const result = await runMain(world, { ...rest, with: { ...proxied, ...given }, actionDirectory })
          return { ...told(result, world), asked: world.sts.requests.map(askedFor) }
        })
      const trimmed = await run(ACTION)
      expect(trimmed.outputs['failure-code']).toBe(code)
      expect(trimmed.asked).toHaveLength(calls)
      expect(trimmed).toEqual(await run(plain))
    },
    60_000,
  )
})

/** Everything a run prints and leaves, without what changes each time: keys, ports, times. */
function told({ exitCode, outputs, exported, state, log, summary }: StepResult, { sts }: RunningWorld) {
  const secrets = sts.sessions.flatMap(({ accessKeyId, secretAccessKey, sessionToken }) => [
    accessKeyId,
    secretAccessKey,
    sessionToken,
  ])
  const text = JSON.stringify({ exitCode, outputs, exported, state, log, summary })
  return JSON.parse(
    secrets
      .reduce((rest, secret) => rest.replaceAll(secret, 'KEY'), text)
      .replaceAll(/127\.0\.0\.1:\d+/g, 'HOST')
      .replaceAll(/\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?|\d{8}T\d{6}/g, 'TIME')
      // Request IDs and the token's jti.
      .replaceAll(/[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}/g, 'UUID')
      .replaceAll(/in \d+\.\d s/g, 'in a while')
      .replaceAll(/\d+ minutes (behind|ahead)/g, 'minutes $1')
      .replaceAll(/AROA\w+|ASIA\w+/g, id => id.slice(0, 8))
      .replaceAll(/(?<="keyIdHash":")[\da-f]{64}/g, 'HASH'),
  )
}

/** The part of a request to STS that is the same each time. */
function askedFor({ operation, path, headers, parameters }: RunningWorld['sts']['requests'][number]) {
  const { WebIdentityToken, ...others } = parameters
  return {
    operation,
    path,
    headers: stable(headers),
    parameters: others,
    withToken: WebIdentityToken !== undefined,
  }
}

const SDK_VERSION = /(?<=aws-sdk-js\/|api\/sts#)3\.\d+\.\d+/g

/** Without ports, keys, signatures, times, what depends on them, and the SDK's version, since CommonJS has its own. */
function stable(headers: IncomingHttpHeaders) {
  const { authorization, ...others } = headers
  const varying = ['amz-sdk-invocation-id', 'content-length', 'x-amz-date', 'x-amz-security-token']
  return {
    ...others,
    order: Object.keys(headers),
    ...Object.fromEntries(varying.map(name => [name, headers[name] !== undefined])),
    'user-agent': headers['user-agent']?.replaceAll(SDK_VERSION, 'VERSION'),
    'x-amz-user-agent': String(headers['x-amz-user-agent']).replace(SDK_VERSION, 'VERSION'),
    host: headers.host?.replace(/:\d+$/, ''),
    scope: authorization?.replace(/^.*?\/\d{8}|Signature=.*$/g, ''),
  }
}
