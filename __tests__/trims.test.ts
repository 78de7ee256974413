import { execFileSync } from 'node:child_process'
import { copyFileSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { type ConnectProxy, startConnectProxy } from '../sandbox/proxy.ts'
import type { StepResult } from '../sandbox/runner/runner.ts'
import type { RunningWorld, World } from '../sandbox/world.ts'
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
} from './scenarios/scenario.ts'

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

type Case = { readonly data?: Partial<World>; readonly scenario: (world: RunningWorld) => Scenario }

const CASES: Readonly<Record<string, Case>> = {
  'a verified session': { scenario: () => ({}) },
  'another identity': {
    data: { faults: [{ on: 'GetCallerIdentity', effect: { kind: 'alter', fields: ANOTHER_ROLE } }] },
    scenario: () => ({}),
  },
  'a final refusal': {
    scenario: () => ({ with: { 'role-to-assume': 'arn:aws:iam::111122223333:role/none' } }),
  },
  'an answer that is none': {
    data: { faults: [{ on: 'GetCallerIdentity', effect: { kind: 'cut' } }] },
    scenario: () => ({}),
  },
  'a clock that is wrong': {
    data: { clockAheadMs: 20 * 60_000, lifetimeSeconds: 7200, claims: { nbf: 0 } },
    scenario: () => ({}),
  },
  'keys of a user with session tags': {
    scenario: world => ({ noToken: true, with: { ...robotKeys(world), 'role-to-assume': DEPLOYER } }),
  },
  'the default chain, by the environment': {
    scenario: world => ({
      environment: earlierSession(world),
      with: { 'role-chaining': 'true', 'role-to-assume': PRODUCTION },
    }),
  },
  'the default chain, with nothing to find': {
    scenario: () => ({ noToken: true, environment: { AWS_EC2_METADATA_DISABLED: 'true' } }),
  },
  'a chain of roles': { scenario: () => ({ with: { 'role-chain': PRODUCTION } }) },
  'FIPS and dual-stack hosts that a proxy refuses': {
    scenario: () => ({
      without: ['sts-endpoint'],
      with: { 'use-fips-endpoint': 'true', 'use-dualstack-endpoint': 'true', 'retry-max-attempts': '1' },
    }),
  },
}

describe('a bundle without trims', () => {
  let proxy: ConnectProxy
  beforeAll(async () => {
    proxy = await startConnectProxy({ answer: 'refuse', status: 403 })
  })
  afterAll(() => proxy.close())

  test.each(Object.entries(CASES))(
    'does what the trimmed one does, with %s',
    async (_, { data = {}, scenario }) => {
      const run = (actionDirectory: string) =>
        inWorld(data, async world => {
          const { with: given, ...rest } = scenario(world)
          const proxied = rest.without ? { 'http-proxy': proxy.url } : {}
          const result = await runMain(world, { ...rest, with: { ...proxied, ...given }, actionDirectory })
          return { ...told(result, world), asked: world.sts.requests.map(askedFor) }
        })
      expect(await run(ACTION)).toEqual(await run(plain))
    },
    60_000,
  )
})

/** All that a run says and leaves, without what is another each time: keys, ports, times. */
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
      .replaceAll(/\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?|\d{8}T\d{6}/g, 'TIME')
      .replaceAll(/in \d+\.\d s/g, 'in a while')
      .replaceAll(/AROA\w+|ASIA\w+/g, id => id.slice(0, 8)),
  )
}

/** What reached STS of a request, as far as it is the same each time. */
function askedFor({ operation, host, parameters }: RunningWorld['sts']['requests'][number]) {
  const { WebIdentityToken, ...others } = parameters
  return {
    operation,
    host: host.replace(/:\d+$/, ''),
    parameters: others,
    withToken: WebIdentityToken !== undefined,
  }
}
