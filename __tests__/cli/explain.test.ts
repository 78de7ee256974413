import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'

const PROVIDER = 'arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com'
const KEY = 'token.actions.githubusercontent.com'

let folder = ''
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'explain-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

function file(name: string, content: unknown): string {
  const path = join(folder, name)
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content))
  return path
}

function policyWith(Condition: object): string {
  const Action = 'sts:AssumeRoleWithWebIdentity'
  const Statement = [{ Effect: 'Allow', Principal: { Federated: PROVIDER }, Action, Condition }]
  return file('policy.json', { Version: '2012-10-17', Statement })
}

/** Runs the command as a checkout without node_modules does. */
function explain(...options: string[]) {
  const project = resolve(__dirname, '../..')
  const command = [join(project, 'dist/cli/index.js'), 'explain', ...options]
  const { status, stdout, stderr } = spawnSync(process.execPath, command, { encoding: 'utf8', cwd: project })
  return { status, stdout, stderr }
}

const MAIN = {
  StringEquals: {
    [`${KEY}:sub`]: 'repo:octo-org/payments:ref:refs/heads/main',
    [`${KEY}:aud`]: 'sts.amazonaws.com',
  },
}

describe('explain', () => {
  test.each([
    ['allows the run that the policy names', 0, MAIN, ['--repository', 'octo-org/payments', '--ref', 'main']],
    ['refuses another branch', 1, MAIN, ['--repository', 'octo-org/payments', '--ref', 'feature']],
    ['refuses an environment', 1, MAIN, ['--repository', 'octo-org/payments', '--environment', 'production']],
    [
      "can't tell the ref of a pull request",
      3,
      { StringEquals: { [`${KEY}:ref`]: 'refs/heads/main' } },
      ['--repository', 'octo-org/payments', '--event', 'pull_request'],
    ],
    ['refuses a pull request', 1, MAIN, ['--repository', 'octo-org/payments', '--event', 'pull_request']],
    ['refuses an immutable subject', 1, MAIN, ['--repository', 'octo-org@65/payments@74']],
    ['refuses another audience', 1, MAIN, ['--repository', 'octo-org/payments', '--audience', 'x']],
    [
      "can't tell what the options do not",
      3,
      { StringEquals: { [`${KEY}:actor`]: 'octocat' } },
      ['--repository', 'octo-org/payments'],
    ],
    [
      'decides on the time of the call',
      1,
      { DateLessThan: { 'aws:CurrentTime': '2020-01-01' } },
      ['--repository', 'octo-org/payments'],
    ],
    [
      "can't tell where a run comes from",
      3,
      { IpAddress: { 'aws:SourceIp': '10.0.0.0/8' } },
      ['--repository', 'octo-org/payments'],
    ],
    ['can use no repository of that form', 2, MAIN, ['--repository', 'payments']],
    ['can use neither both sources nor none', 2, MAIN, []],
    ['can use no option that it does not know', 2, MAIN, ['--repo', 'octo-org/payments']],
  ])('%s: exit status %i', (_, status, condition, options) => {
    expect(explain('--trust-policy', policyWith(condition), ...options).status).toBe(status)
  })

  test('names the condition that fails, with expected and actual values', () => {
    const { stdout } = explain('--trust-policy', policyWith(MAIN), '--repository', 'octo-org@65/payments@74')
    expect(stdout).toContain(
      `StringEquals ${KEY}:sub fails: it requires repo:octo-org/payments:ref:refs/heads/main, the token has repo:octo-org@65/payments@74:ref:refs/heads/main`,
    )
  })

  test('reads the claims of a token', () => {
    const claims = {
      iss: `https://${KEY}`,
      aud: 'sts.amazonaws.com',
      sub: 'repo:octo-org/payments:ref:refs/heads/main',
    }
    expect(explain('--trust-policy', policyWith(MAIN), '--claims', file('claims.json', claims)).status).toBe(
      0,
    )
    expect(
      explain('--trust-policy', policyWith(MAIN), '--claims', file('claims.json', { ...claims, sub: 'x' }))
        .status,
    ).toBe(1)
  })

  test.each(['', '[]', '{"sub":1}', 'null'])('rejects claims like %j', claims => {
    const { status, stderr } = explain(
      '--trust-policy',
      policyWith(MAIN),
      '--claims',
      file('claims.json', claims),
    )
    expect(status).toBe(2)
    expect(stderr).toContain('explain --help lists the options')
  })

  test.each([
    ['', 2],
    ['{', 2],
    ['{"Statement":[]}', 1],
  ])('rejects a policy like %j: exit status %i', (policy, status) => {
    const result = explain('--trust-policy', file('broken.json', policy), '--repository', 'octo-org/payments')
    expect(result.status).toBe(status)
  })
})
