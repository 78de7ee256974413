import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { parse } from 'yaml'
import { migrate } from '../../../src/core/migration/migration.ts'
import { UNSEEN_ROWS } from '../../../src/core/migration/remarks.ts'
import { UnreadableWorkflow } from '../../../src/core/migration/workflow.ts'
import { read, sectionOf, tableIn } from '../../pages/shown-by.ts'

const NEW = 'aws-role-gate/aws-role-gate@0123456789012345678901234567890123456789'
const OLD = 'aws-actions/configure-aws-credentials'

const page = read('docs/migration.md')
const ROWS = ['Where a second line is needed', 'Inputs', 'Outputs', 'The rest']
  .flatMap(section => tableIn(sectionOf(page, section)))
  .map(([name = '']) => name.replaceAll('`', ''))

type Parts = {
  readonly version?: string
  readonly with?: object
  readonly env?: object
  readonly matrix?: object
}

function workflowWith({ version = 'v4', with: given, env, matrix }: Parts): string {
  const steps = [{ uses: `${OLD}@${version}`, with: given, env }]
  return JSON.stringify({ on: 'push', jobs: { one: { strategy: { matrix }, steps } } })
}

const USUAL = { 'aws-region': 'eu-west-1', 'role-to-assume': 'arn:aws:iam::111122223333:role/deploy' }
const KEYS = {
  'aws-region': 'eu-west-1',
  'aws-access-key-id': `\${{ secrets.ID }}`,
  'aws-secret-access-key': `\${{ secrets.KEY }}`,
}

function remarksOf(parts: Parts): readonly (readonly [kind: string, row: string])[] {
  const { moves, remarks } = migrate(workflowWith(parts), NEW)
  return [...moves.flatMap(move => move.remarks), ...remarks].map(({ kind, row }) => [kind, row])
}

describe('remarks', () => {
  const WITHOUT_ROLE = 'has no role-to-assume: access keys or existing credentials alone'
  const THROUGH_VARIABLES = 'sets inputs through variables: AWS_REGION, ROLE_TO_ASSUME, AUDIENCE and the like'
  const MAY_BE_UNSET =
    'sets role-to-assume, a guard (allowed-account-ids) or a session policy from a variable that may be unset'
  const ENDPOINT = 'has AWS_ENDPOINT_URL or AWS_ENDPOINT_URL_STS set for this step'
  const CA = 'needs a private CA for AWS STS: NODE_EXTRA_CA_CERTS, AWS_CA_BUNDLE'
  const PROFILE = 'has AWS_PROFILE set where the step exports keys'
  const MASKED = 'is on v1 or v2 and relies on the masked account ID'
  const PROXY = "sets http-proxy, and the proxy doesn't let GitHub's hosts through"

  test.each<[string, Parts, (readonly [string, string])[]]>([
    ['a tag of v1 with a suffix', { version: 'v1-node16', with: USUAL }, [['decision', MASKED]]],
    ['a commit without a version', { version: 'e'.repeat(40), with: USUAL }, [['note', MASKED]]],
    ['main', { version: 'main', with: USUAL }, []],
    [
      'the role in a variable that v4 does not read',
      { with: KEYS, env: { ROLE_TO_ASSUME: 'x' } },
      [['decision', WITHOUT_ROLE]],
    ],
    [
      'variables that v6 is told not to read',
      { version: 'v6', with: { ...USUAL, 'translate-env-variables': 'false' }, env: { AUDIENCE: 'x' } },
      [],
    ],
    [
      'a guard alone',
      { with: { 'aws-region': 'eu-west-1', 'allowed-account-ids': '111122223333' } },
      [['note', 'gets the region from a step that has neither a role nor access keys']],
    ],
    [
      'a SOCKS proxy in a variable',
      { with: USUAL, env: { HTTPS_PROXY: 'socks5://p' } },
      [['decision', 'uses a proxy other than http or https, such as SOCKS']],
    ],
    [
      'certificates that are not checked',
      { with: USUAL, env: { NODE_TLS_REJECT_UNAUTHORIZED: '0' } },
      [['note', 'NODE_EXTRA_CA_CERTS, AWS_CA_BUNDLE, NODE_TLS_REJECT_UNAUTHORIZED']],
    ],
    [
      'a secret key alone',
      { with: { ...USUAL, 'aws-secret-access-key': 'x' } },
      [['decision', 'aws-secret-access-key']],
    ],
    [
      'China',
      { with: { 'aws-region': 'cn-north-1', 'role-to-assume': 'arn:aws-cn:iam::111122223333:role/deploy' } },
      [['note', 'audience']],
    ],
    [
      'existing credentials: true',
      { with: { ...USUAL, 'use-existing-credentials': true } },
      [['note', 'use-existing-credentials']],
    ],
    ['tags with a token', { with: { ...USUAL, 'custom-tags': '{"a":"b"}' } }, [['note', 'custom-tags']]],
    [
      'inputs in capitals',
      { with: { 'AWS-Region': 'eu-west-1', 'Role-To-Assume': USUAL['role-to-assume'] } },
      [],
    ],
    [
      'a profile beside another profile',
      { with: { ...USUAL, 'aws-profile': 'y' }, env: { AWS_PROFILE: 'x' } },
      [],
    ],
    ['blank variables', { with: USUAL, env: { AWS_ENDPOINT_URL: '', NODE_EXTRA_CA_CERTS: '' } }, []],
    [
      'a proxy with a token file',
      { with: { ...USUAL, 'http-proxy': 'http://p:1', 'web-identity-token-file': '/t' } },
      [],
    ],
    [
      'a fallback that is no ARN',
      { with: { ...USUAL, 'role-to-assume': `\${{ vars.R || 'ci/deploy' }}` } },
      [['decision', 'role-to-assume']],
    ],
    [
      'an ARN with an expression in it',
      { with: { ...USUAL, 'role-to-assume': `arn:aws:iam::\${{ vars.ID }}:role/x` } },
      [],
    ],
    [
      'a matrix that excludes a role',
      {
        with: { ...USUAL, 'role-to-assume': `\${{ matrix.role }}` },
        matrix: { role: [USUAL['role-to-assume'], 'ci/old'], exclude: [{ role: 'ci/old' }] },
      },
      [],
    ],
    [
      'a matrix with a row that has no role',
      {
        with: { ...USUAL, 'role-to-assume': `\${{ matrix.role }}` },
        matrix: { include: [{ role: USUAL['role-to-assume'] }, { name: 'lint' }] },
      },
      [['decision', 'Blank inputs']],
    ],
    ['a role and GitHub’s token', { with: USUAL }, []],
    ['access keys alone', { with: KEYS }, [['decision', WITHOUT_ROLE]]],
    ['access keys with a guard', { with: { ...KEYS, 'allowed-account-ids': '111122223333' } }, []],
    ['no region', { with: { 'role-to-assume': USUAL['role-to-assume'] } }, [['decision', 'aws-region']]],
    [
      'the region in a variable',
      { with: { 'role-to-assume': USUAL['role-to-assume'] }, env: { AWS_REGION: 'x' } },
      [['decision', THROUGH_VARIABLES]],
    ],
    [
      'the role in a variable of v6',
      { version: 'v6', with: { 'aws-region': 'eu-west-1' }, env: { ROLE_TO_ASSUME: 'x' } },
      [['decision', THROUGH_VARIABLES]],
    ],
    ['a variable that v4 does not read', { with: USUAL, env: { AUDIENCE: 'x' } }, []],
    [
      'a variable beside the input',
      { version: 'v6', with: { ...USUAL, audience: 'x' }, env: { AUDIENCE: 'x' } },
      [],
    ],
    [
      'a role from a secret',
      { with: { ...USUAL, 'role-to-assume': `\${{ secrets.ROLE }}` } },
      [['note', MAY_BE_UNSET]],
    ],
    [
      'a guard from a variable',
      { with: { ...USUAL, 'allowed-account-ids': `\${{ vars.IDS }}` } },
      [['note', MAY_BE_UNSET]],
    ],
    [
      'a guard from a variable with a fallback',
      { with: { ...USUAL, 'allowed-account-ids': `\${{ vars.IDS || 'any' }}` } },
      [],
    ],
    [
      'a guard from a variable with a blank fallback',
      { with: { ...USUAL, 'allowed-account-ids': `\${{ vars.IDS || '' }}` } },
      [['note', MAY_BE_UNSET]],
    ],
    ['a region from a variable', { with: { ...USUAL, 'aws-region': `\${{ vars.REGION }}` } }, []],
    ['a blank guard', { with: { ...USUAL, 'allowed-account-ids': '' } }, [['decision', 'Blank inputs']]],
    ['another blank input', { with: { ...USUAL, audience: '' } }, []],
    [
      'a role with a path and no ARN',
      { with: { ...USUAL, 'role-to-assume': 'ci/deploy' } },
      [['decision', 'role-to-assume']],
    ],
    [
      'an ARN with odd characters',
      { with: { ...USUAL, 'role-to-assume': 'arn:aws:iam::111122223333:role/a!b/deploy' } },
      [['decision', 'role-to-assume']],
    ],
    [
      'a duration in hours',
      { with: { ...USUAL, 'role-duration-seconds': '1h' } },
      [['decision', 'role-duration-seconds']],
    ],
    ['a duration as a number', { with: { ...USUAL, 'role-duration-seconds': 1200 } }, []],
    ['a misspelled input', { with: { ...USUAL, 'role-to-asume': 'x' } }, [['decision', 'Misspelled inputs']]],
    [
      'translated variables',
      { with: { ...USUAL, 'translate-env-variables': 'true' } },
      [['decision', 'translate-env-variables']],
    ],
    [
      'a policy with a comma in its name',
      { with: { ...USUAL, 'managed-session-policies': 'arn:aws:iam::111122223333:policy/a,b' } },
      [['decision', 'managed-session-policies']],
    ],
    [
      'keys and a token file',
      { with: { ...KEYS, ...USUAL, 'web-identity-token-file': '/t' } },
      [['decision', 'has access keys and web-identity-token-file in one step']],
    ],
    [
      'chaining for hours',
      { with: { ...USUAL, 'role-chaining': 'true', 'role-duration-seconds': '7200' } },
      [['decision', "has role-chaining with a user's keys and sessions of more than an hour"]],
    ],
    [
      'chaining for an hour',
      { with: { ...USUAL, 'role-chaining': true, 'role-duration-seconds': '3600' } },
      [],
    ],
    ['a proxy', { with: { ...USUAL, 'http-proxy': 'http://proxy:3128' } }, [['decision', PROXY]]],
    [
      'a proxy that GitHub’s host goes around',
      { with: { ...USUAL, 'http-proxy': 'http://proxy:3128', 'no-proxy': '.githubusercontent.com' } },
      [],
    ],
    ['a proxy with access keys', { with: { ...KEYS, ...USUAL, 'http-proxy': 'http://proxy:3128' } }, []],
    [
      'a proxy of another kind',
      { with: { ...KEYS, ...USUAL, 'http-proxy': 'socks5://proxy' } },
      [['decision', 'http-proxy']],
    ],
    [
      'existing credentials: false',
      { with: { ...USUAL, 'use-existing-credentials': false } },
      [['decision', 'use-existing-credentials']],
    ],
    [
      'an external ID with a token',
      { with: { ...USUAL, 'role-external-id': 'octo-7' } },
      [['note', 'role-external-id']],
    ],
    ['a profile in a variable', { with: USUAL, env: { AWS_PROFILE: 'x' } }, [['decision', PROFILE]]],
    ['a blank profile in a variable', { with: USUAL, env: { AWS_PROFILE: '' } }, []],
    [
      'the same profile in a variable',
      { with: { ...USUAL, 'aws-profile': 'x' }, env: { AWS_PROFILE: 'x' } },
      [],
    ],
    [
      'a profile in a variable and no export',
      { with: { ...USUAL, 'output-env-credentials': false }, env: { AWS_PROFILE: 'x' } },
      [],
    ],
    [
      'an endpoint in a variable',
      { with: USUAL, env: { AWS_ENDPOINT_URL_STS: 'http://x' } },
      [['decision', ENDPOINT]],
    ],
    [
      'an endpoint in an input too',
      { with: { ...USUAL, 'sts-endpoint': 'https://x' }, env: { AWS_ENDPOINT_URL: 'https://x' } },
      [],
    ],
    ['a CA in a variable', { with: USUAL, env: { NODE_EXTRA_CA_CERTS: 'x' } }, [['decision', CA]]],
    [
      'v2',
      { version: 'v2.2.0', with: USUAL },
      [['decision', 'is on v1 or v2 and relies on the masked account ID']],
    ],
    [
      'v1 with keys and a role',
      { version: 'v1', with: { ...KEYS, ...USUAL, 'mask-aws-account-id': 'true' } },
      [['decision', 'is on v1 or v2 and has access keys and no role-duration-seconds']],
    ],
    ['v3', { version: 'v3', with: { ...KEYS, ...USUAL } }, []],
    [
      'a matrix of roles',
      {
        with: { ...USUAL, 'role-to-assume': `\${{ matrix.role }}` },
        matrix: { role: [USUAL['role-to-assume'], 'ci/deploy'], include: [{ role: '' }] },
      },
      [
        ['decision', 'role-to-assume'],
        ['decision', 'Blank inputs'],
      ],
    ],
    [
      'a matrix that is computed',
      {
        with: { ...USUAL, 'role-to-assume': `\${{ matrix.role }}` },
        matrix: { role: `\${{ fromJSON(vars.ROLES) }}` },
      },
      [['note', MAY_BE_UNSET]],
    ],
  ])('tell what changes for %s', (_, parts, expected) => {
    expect(remarksOf(parts)).toEqual(expected)
    for (const [, row] of expected) expect(ROWS).toContain(row)
  })

  test('tell which line reads aws-expiration as JSON', () => {
    const text = `jobs:\n  a: ${JSON.stringify({ steps: [{ uses: `${OLD}@v4`, with: USUAL }] })}\n  # fromJSON(steps.aws.outputs.aws-expiration)\n  b: { if: "fromJSON(steps.aws.outputs.aws-expiration)" }\n`
    expect(migrate(text, NEW).remarks).toEqual([
      { kind: 'decision', line: 4, row: 'reads aws-expiration with fromJSON', message: expect.any(String) },
    ])
    expect(ROWS).toContain('reads aws-expiration with fromJSON')
  })

  test('have the rows that no workflow shows', () => {
    expect(ROWS).toEqual(expect.arrayContaining(UNSEEN_ROWS))
  })

  test('stand on the lines of what they are about', () => {
    const text = `env:\n  AWS_PROFILE: x\njobs:\n  one:\n    steps:\n      - uses: ${OLD}@v4\n        with:\n          aws-region: eu-west-1\n          role-to-assume: a/b\n`
    const [move] = migrate(text, NEW).moves
    expect([move?.use.line, move?.use.column, move?.remarks.map(({ line }) => line)]).toEqual([6, 15, [2, 9]])
  })
})

describe('rewriting', () => {
  const withUses = (uses: string) =>
    `on: push # keep\r\njobs:\r\n  one:\r\n    steps:\r\n      - name:   x\r\n        ${uses}\r\n        with: { aws-region: eu-west-1 }   # too\r\n`

  test.each([
    ['a tag', `uses: ${OLD}@v4`, `uses: ${NEW}`],
    [
      'a commit and its version',
      `uses: ${OLD}@ececac1a45f3b08a01d2dd070d28d111c5fe6722 # v4.1.0`,
      `uses: ${NEW}`,
    ],
    ['another comment', `uses: ${OLD}@v4 # see the wiki`, `uses: ${NEW} # see the wiki`],
    ['quotes', `uses:   "${OLD}@v4"  # v4`, `uses:   "${NEW}"`],
    ['a version as tools write it', `uses: ${OLD}@v4 # tag=v4.0.2`, `uses: ${NEW}`],
    [
      'a version and another comment',
      `uses: ${OLD}@v4 # v4.0.2 # zizmor: ignore`,
      `uses: ${NEW} # zizmor: ignore`,
    ],
    ['a number', `uses: ${OLD}@v4 # 42`, `uses: ${NEW} # 42`],
    ['a folded block', `uses: >-\r\n          ${OLD}@v4`, `uses: >-\r\n          ${NEW}`],
    ['a block', `uses: |\r\n          ${OLD}@v4`, `uses: |\r\n          ${NEW}`],
    ['single quotes', `uses: '${OLD}@main'`, `uses: '${NEW}'`],
    ['other capitals', 'uses: AWS-Actions/Configure-AWS-Credentials@v4', `uses: ${NEW}`],
  ])('keeps everything else to the byte: %s', (_, before, after) => {
    expect(migrate(withUses(before), NEW).rewritten).toBe(withUses(after))
  })

  test.each([
    ['another action', 'uses: aws-actions/amazon-ecr-login@v2'],
    ['an action with a longer name', `uses: ${OLD}-fork@v1`],
    ['a script that speaks of it', `run: 'echo uses: ${OLD}@v4'`],
  ])('leaves alone %s', (_, line) => {
    const { moves, rewritten } = migrate(withUses(line), NEW)
    expect([moves, rewritten]).toEqual([[], withUses(line)])
  })

  test('reaches composite actions, reusable workflows, flow style and anchors, each once', () => {
    const text = `x: &use ${OLD}@v4
runs: { using: composite, steps: [{ uses: "${OLD}@v3" }] }
jobs:
  called: { uses: ./.github/workflows/deploy.yml }
  one: { steps: [&step { uses: *use }, *step, { uses: ${OLD}@v5, with: &in { aws-region: a } }] }
  two: { steps: [*step, { uses: ${OLD}@v6, with: *in }] }
`
    const { moves, rewritten } = migrate(text, NEW)
    expect(moves.map(({ use }) => use.version)).toEqual([4, 3, 5, 6])
    expect(rewritten).toBe(text.replaceAll(/aws-actions\/configure-aws-credentials@v\d/g, NEW))
    expect(moves[3]?.use.inputs.get('aws-region')?.text).toBe('a')
  })

  test('judges each step that an alias repeats, and writes it once', () => {
    const text = `jobs:
  one: { steps: [{ uses: &use ${OLD}@v6, with: ${JSON.stringify(USUAL)} }, { uses: *use, with: { aws-region: a, role-to-assume: "" } }] }
  two: { env: { AWS_PROFILE: x }, steps: [&step { uses: ${OLD}@v5, with: ${JSON.stringify(USUAL)} }] }
  three: { container: { env: { AWS_CA_BUNDLE: x } }, steps: [*step] }
`
    const { moves, rewritten } = migrate(text, NEW)
    expect(moves.map(({ remarks }) => remarks.length)).toEqual([0, 1, 1, 1])
    expect(rewritten).toBe(text.replaceAll(/aws-actions\/configure-aws-credentials@v\d/g, NEW))
  })

  test('is quick with an alias in each of 4,000 steps', () => {
    const step = `      - { uses: ${OLD}@v4, with: *with }\n`
    const text = `x: &with { aws-region: a, role-to-assume: b }\njobs:\n  one:\n    steps:\n${step.repeat(4_000)}`
    const started = Date.now()
    expect(migrate(text, NEW).moves).toHaveLength(4_000)
    expect(Date.now() - started).toBeLessThan(5_000)
  })

  test('changes no value but the name of the action, whatever the workflow has', () => {
    const step = fc.record({
      uses: fc.constantFrom(`${OLD}@v4`, `${OLD}@main`, 'actions/checkout@v7'),
      with: fc.dictionary(fc.string(), fc.string()),
      name: fc.string(),
    })
    fc.assert(
      fc.property(fc.array(step), fc.constantFrom(0, 2), (steps, indent) => {
        const workflow = { jobs: { one: { steps } } }
        const { rewritten } = migrate(JSON.stringify(workflow, undefined, indent), NEW)
        const moved = steps.map(each => ({ ...each, uses: each.uses.startsWith(OLD) ? NEW : each.uses }))
        expect(parse(rewritten)).toEqual({ jobs: { one: { steps: moved } } })
      }),
    )
  })

  test.each([`uses: ${OLD}@v4\n---\na: 1`, 'a: [', `jobs:\n\t- uses: ${OLD}@v4`])(
    'refuses what is no YAML: %j',
    text => {
      expect(() => migrate(text, NEW)).toThrow(UnreadableWorkflow)
    },
  )
})
