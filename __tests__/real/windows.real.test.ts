import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from '@jest/globals'
import type { Fault } from '../../sandbox/fault.ts'
import { untilWindowsHasEnded, windows, windowsPart } from '../../sandbox/real/windows/windows.ts'
import type { StepResult } from '../../sandbox/runner/runner.ts'
import type { RunningWorld, World } from '../../sandbox/world.ts'
import {
  ANOTHER_ROLE,
  DEPLOY,
  DEPLOY_SESSION,
  earlierSession,
  errorsOf,
  expectFailure,
  inWorld,
  type MainResult,
  PRODUCTION,
  READER,
  robotKeys,
  runMain,
  runPost,
  type Scenario,
  warningsOf,
} from '../scenarios/scenario.ts'
import { describePart } from './describe-part.ts'

afterAll(untilWindowsHasEnded)

function runOnBoth(world: RunningWorld, scenario: Scenario): Promise<[MainResult, MainResult]> {
  return Promise.all([runMain(world, scenario), runMain(world, { ...scenario, system: windows })])
}

/** What a step shows and leaves, without what differs between two runs of it. */
function resultOf(result: StepResult) {
  const steady = (text: string) =>
    text
      // Twelve digits are masked with account ids.
      .replaceAll(/[\da-f]{8}(?:-[\da-f]{4}){3}-(?:[\da-f]{12}|\*{3}|&#40;masked&#41;)/g, 'UUID')
      .replaceAll(/\d{4}-\d\d-\d\d(?:T[\d:.]+Z| \d\d:\d\d UTC)/g, 'TIME')
      .replaceAll(/A[SK]IA[A-Z\d]{16}/g, 'KEY')
      .replaceAll(/\b[\da-f]{64}\b/g, 'HASH')
      // Several roles are assumed at once.
      .replace(/(?<="requests":\[).+?(?=\])/, requests => (requests.match(/{.*?}/g) ?? []).toSorted().join())
  const values = (pairs: Readonly<Record<string, string>>) =>
    Object.fromEntries(
      Object.entries(pairs).map(([name, value]) => [name, SECRET.test(name) ? 'secret' : steady(value)]),
    )
  const { conclusion, exported, outputs, state, log, summary, masks, changedFiles } = result
  return {
    ...{ conclusion, exported: values(exported), outputs: values(outputs), state: values(state) },
    ...{ log: steady(log), summary: steady(summary), masks: masks.length },
    files: Object.keys(changedFiles).map(path => steady(path).split('/').slice(3)),
  }
}

const SECRET = /SECRET|SESSION_TOKEN|secret|session-token/

const MISMATCH: Fault = { on: 'GetCallerIdentity', effect: { kind: 'alter', fields: ANOTHER_ROLE } }
const REFUSAL: Fault = {
  on: 'AssumeRoleWithWebIdentity',
  effect: { kind: 'error', status: 403, code: 'AccessDenied', message: 'not authorized' },
}
const TWO_ROLES = { 'aws-profiles': `deploy=${DEPLOY}\r\nread=${READER}` }
const VERIFY_ONLY = { 'role-to-assume': 'none', 'expected-role': DEPLOY }

type Case = readonly [
  name: string,
  conclusion: 'success' | 'failure',
  scenario: Scenario,
  world?: Partial<World>,
]

const CASES: readonly Case[] = [
  ['a match', 'success', { with: { 'output-credentials': 'true' } }],
  ['another role', 'failure', {}, { faults: [MISMATCH] }],
  ['another role, reported', 'success', { with: { 'on-mismatch': 'report' } }, { faults: [MISMATCH] }],
  ['a refusal by STS', 'failure', {}, { faults: [REFUSAL] }],
  ['an account that is not allowed', 'failure', { with: { 'allowed-account-ids': '444455556666' } }],
  ['a claim that does not hold', 'failure', { with: { 'required-claims': 'ref=refs/heads/other' } }],
  ['blank guards', 'failure', { with: { 'expected-role': '', 'allowed-account-ids': ' ' } }],
  ['masked account ids', 'success', { with: { 'mask-aws-account-id': 'true' } }],
  ['a chain of roles', 'success', { with: { 'role-chain': PRODUCTION } }],
  ['several roles', 'success', { with: TWO_ROLES, without: ['role-to-assume'] }],
  [
    'several roles, one refused',
    'failure',
    { with: { 'aws-profiles': `a=${DEPLOY}\nb=${PRODUCTION}` }, without: ['role-to-assume'] },
  ],
  ['no permission to request a token', 'failure', { noToken: true }],
  [
    'a proxy that is not there',
    'failure',
    { with: { 'http-proxy': 'http://127.0.0.1:9', 'disable-retry': 'true' } },
  ],
]

describePart(windowsPart, () => {
  test.each(CASES)('ends a step on Windows as on Linux: %s', (_, conclusion, scenario, world = {}) =>
    inWorld(world, async running => {
      const [onLinux, onWindows] = await runOnBoth(running, scenario)
      expect(onWindows.conclusion).toBe(conclusion)
      expect(resultOf(onWindows)).toEqual(resultOf(onLinux))
    }),
  )

  test('takes the credentials of an earlier step, and access keys', () =>
    inWorld({}, async world => {
      const existing = await runMain(world, {
        ...{ with: VERIFY_ONLY, environment: earlierSession(world), system: windows },
      })
      expect(existing.outputs).toMatchObject({ verified: 'true', 'role-name': 'deploy' })
      const keys = { ...robotKeys(world), 'role-to-assume': 'deployer' }
      const assumed = await runMain(world, { with: keys, system: windows })
      expect(assumed.outputs).toMatchObject({ verified: 'true', 'role-name': 'deployer' })
    }))

  test('reads variables in any case, as tools on Windows do', () =>
    inWorld({}, async world => {
      const session = Object.entries(earlierSession(world)).map(([name, value]) => [
        name.toLowerCase(),
        value,
      ])
      const environment = Object.fromEntries(session)
      const result = await runMain(world, { with: VERIFY_ONLY, environment, system: windows })
      expect(result.outputs).toMatchObject({ verified: 'true', 'role-name': 'deploy' })
      const ignored = await runMain(world, {
        environment: { aws_Use_fips_Endpoint: 'true' },
        system: windows,
      })
      expect(warningsOf(ignored).join()).toContain('AWS_USE_FIPS_ENDPOINT')
    }))

  test('reads a token file by its path in the workspace, with a drive and in another case', () =>
    inWorld({}, async world => {
      const folder = mkdtempSync(join(tmpdir(), 'own (1) é-'))
      const workspace = join(folder, 'workspace')
      mkdirSync(join(workspace, 'sub'), { recursive: true })
      writeFileSync(join(workspace, 'sub', 'token'), await world.idTokenIssuer.issue('sts.amazonaws.com'))
      const absolute = windows.pathOf(join(workspace, 'sub', 'token'))
      const paths = ['sub\\token', 'sub/token', 'SUB\\Token', absolute, absolute.toLowerCase()]
      for (const path of paths) {
        const result = await runMain(world, {
          with: { 'web-identity-token-file': path },
          ...{ temporaryDirectory: folder, system: windows },
        })
        expect([path, errorsOf(result)]).toEqual([path, []])
        expect(result.outputs['authenticated-arn']).toBe(DEPLOY_SESSION)
      }
      const missing = await runMain(world, {
        with: { 'web-identity-token-file': 'C:\\no\\token' },
        system: windows,
      })
      expectFailure(missing, 'ERR_CREDENTIALS_UNAVAILABLE')
      expect(errorsOf(missing)[0]).toContain('C:\\no\\token')
    }))

  test('blanks what it exported in the post step', () =>
    inWorld({}, async world => {
      const main = await runMain(world, { with: { 'output-credentials': 'true' }, system: windows })
      const post = await runPost(main, { environment: main.exported, system: windows })
      expect(post.conclusion).toBe('success')
      expect(post.exported).toMatchObject({
        AWS_ACCESS_KEY_ID: '',
        AWS_SECRET_ACCESS_KEY: '',
        AWS_SESSION_TOKEN: '',
      })
    }))

  test('appends to command files with line ends of Windows', () =>
    inWorld({}, async world => {
      const { files } = await runMain(world, { system: windows })
      for (const text of [files.env, files.output])
        expect(text.split('\n').every(line => line === '' || line.endsWith('\r'))).toBe(true)
      const env = newEnvFile()
      await runMain(world, { system: windows, runnerVariables: { GITHUB_ENV: windows.pathOf(env) } })
      expect(readFileSync(env, 'utf8')).toMatch(/^A=1\r\nAWS_ACCESS_KEY_ID<</)
    }))
})

function newEnvFile(): string {
  const path = join(mkdtempSync(join(tmpdir(), 'own-')), 'env')
  writeFileSync(path, 'A=1\r\n')
  return path
}
