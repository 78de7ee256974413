import { describe, expect, test } from '@jest/globals'
import type { Fault } from '../../../sandbox/fault.ts'
import type { StepResult } from '../../../sandbox/runner/runner.ts'
import type { RunningWorld, World } from '../../../sandbox/world.ts'
import {
  ANOTHER_ROLE,
  DEPLOY,
  errorsOf,
  inWorld,
  PRODUCTION,
  READER,
  robotKeys,
  runIn,
  runMain,
  type Scenario,
} from '../scenario.ts'

const PAGE = 'https://github.com/aws-role-gate/aws-role-gate/blob/v1/docs/troubleshooting.md'
const MISSING = 'arn:aws:iam::111122223333:role/missing'

/** The links to the page of help: at the end of the error in the log, and in the summary. */
function helpIn(result: StepResult): {
  readonly log: readonly string[]
  readonly summary: readonly string[]
} {
  const lines = errorsOf(result).flatMap(error => Array.from(error.matchAll(/^Help: (.*)$/gm)))
  const links = result.summary.matchAll(/\[Help for [^\]]*\]\(([^)]*)\)/g)
  return { log: lines.map(([, url = '']) => url), summary: Array.from(links, ([, url = '']) => url) }
}

function refusing(
  code: string,
  message: string,
  on: Fault['on'] = 'AssumeRoleWithWebIdentity',
): Partial<World> {
  return { faults: [{ on, effect: { kind: 'error', status: 403, code, message } }] }
}

type Case = readonly [
  section: string,
  world: Partial<World>,
  scenario?: Scenario | ((world: RunningWorld) => Scenario),
]

const CASES: readonly Case[] = [
  ['immutable-subject', {}, { with: { 'role-to-assume': MISSING } }],
  ['missing-oidc-provider', {}, { with: { 'role-to-assume': 'arn:aws:iam::999900001111:role/deploy' } }],
  ['incorrect-audience', {}, { with: { audience: 'nobody' } }],
  [
    'policy-named-by-aws',
    refusing(
      'AccessDenied',
      'x with an explicit deny in a service control policy: arn:aws:organizations::1:p',
    ),
  ],
  ['clock-of-the-runner', refusing('RequestExpired', 'Request has expired')],
  ['err_sts_rejected', refusing('NewRefusal', 'something that this version does not know')],
  [
    'credentials-refused-by-the-role',
    {},
    world => ({ with: { ...robotKeys(world), 'role-to-assume': MISSING } }),
  ],
  [
    'session-tags-not-allowed',
    refusing('AccessDenied', 'User: x is not authorized to perform: sts:TagSession', 'AssumeRole'),
    world => ({ with: robotKeys(world) }),
  ],
  ['credentials-refused-by-the-role', {}, { with: { 'role-chain': READER } }],
  [
    'intermediate-role-of-a-chain',
    { faults: [{ on: 'GetCallerIdentity', times: 1, effect: { kind: 'alter', fields: ANOTHER_ROLE } }] },
    { with: { 'role-chain': PRODUCTION } },
  ],
  [
    'contradicting-responses',
    {
      faults: [
        {
          on: 'AssumeRoleWithWebIdentity',
          effect: { kind: 'alter', fields: { SubjectFromWebIdentityToken: 'repo:x/y:ref:z' } },
        },
      ],
    },
  ],
  ['err_identity_mismatch', {}, { with: { 'expected-role': PRODUCTION } }],
  ['proxies', {}, { environment: { HTTPS_PROXY: 'socks5://proxy.test:1080', HTTP_PROXY: 'socks5://x:1' } }],
  ['web-identity-token-file', {}, { with: { 'web-identity-token-file': 'missing' } }],
  ['err_input_invalid', {}, { with: { 'aws-region': '' } }],
]

describe('the link of a failure', () => {
  test.each(CASES.map(([section, world, scenario = {}]) => [section, world, scenario] as const))(
    'leads to #%s, in log and summary',
    (section, data, scenario) =>
      inWorld(data, async world => {
        const result = await runMain(world, typeof scenario === 'function' ? scenario(world) : scenario)
        expect(helpIn(result)).toEqual({ log: [`${PAGE}#${section}`], summary: [`${PAGE}#${section}`] })
      }),
  )

  test.each([
    ['a server of one’s own', 'https://github.example.com', 'aws-role-gate/aws-role-gate'],
    ['a server on another port', 'http://ghes.local:8443', 'aws-role-gate/aws-role-gate'],
    ['a tenant of ghe.com', 'https://octo.ghe.com', 'platform/aws-role-gate'],
    ['a mirror', 'https://github.com', 'octo-org/gate.mirror'],
    ['a mirror on a server', 'https://github.example.com', 'actions-mirror/role_gate'],
  ])(
    'leads to the page on the server and in the repository that the action comes from: %s',
    async (_, server, name) => {
      const runnerVariables = {
        GITHUB_SERVER_URL: server,
        GITHUB_ACTION_REPOSITORY: name,
        GITHUB_ACTION_REF: 'releases/v2',
      }
      const result = await runIn({}, { with: { 'role-to-assume': MISSING }, runnerVariables })
      const url = `${server}/${name}/blob/releases/v2/docs/troubleshooting.md#immutable-subject`
      expect(helpIn(result)).toEqual({ log: [url], summary: [url] })
    },
  )

  test('names file and section for an action in the workspace, which has no repository', async () => {
    const runnerVariables = { GITHUB_ACTION_REPOSITORY: '', GITHUB_ACTION_REF: '' }
    const result = await runIn({}, { with: { 'role-to-assume': MISSING }, runnerVariables })
    expect(helpIn(result)).toEqual({ log: ['docs/troubleshooting.md#immutable-subject'], summary: [] })
  })

  test('is there for each of several roles in the summary, and in the log for the one that decides', async () => {
    const lines = `a=arn:aws:iam::999900001111:role/deploy\nok=${DEPLOY}\nb=${MISSING}`
    const result = await runIn({}, { with: { 'aws-profiles': lines }, without: ['role-to-assume'] })
    const [provider, role] = [`${PAGE}#missing-oidc-provider`, `${PAGE}#role`]
    expect(helpIn(result).log).toEqual([provider])
    expect(new Set(helpIn(result).summary)).toEqual(new Set([provider, role]))
    expect(helpIn(result).summary).toHaveLength(3)
  })
})
