import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { join, resolve } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals'
import { runStep } from '../../sandbox/runner/runner.ts'
import { startSts } from '../../sandbox/sts/sts.ts'
import { stsOptionsOf, USAGE } from '../../sandbox/sts-options.ts'
import { type RunningWorld, startWorld } from '../../sandbox/world.ts'

const PROJECT = resolve(__dirname, '../..')
const ROLE = 'arn:aws:iam::111122223333:role/ci/end-to-end'
const TRUSTING = ['--role', ROLE, '--subject', 'repo:octo-org/*']
/** The command as `npm run sts --` starts it. */
const command = [join(PROJECT, 'node_modules/tsx/dist/cli.mjs'), join(PROJECT, 'sandbox/sts-server.ts')]

let world: RunningWorld
beforeAll(async () => {
  world = await startWorld()
})
afterAll(() => world.close())

const started: ChildProcess[] = []
afterEach(async () => {
  for (const child of started.splice(0)) {
    const closed = once(child, 'close')
    child.kill()
    await closed
  }
})

/** The URL that the command prints. */
async function startCommand(...options: string[]): Promise<string> {
  const child = spawn(process.execPath, [...command, '--jwks', world.idTokenIssuer.jwksUri, ...options])
  started.push(child)
  const [line] = await once(child.stdout, 'data')
  return String(line).trim()
}

async function assume(stsUrl: string, role: string) {
  const { outputs } = await runStep({
    actionDirectory: PROJECT,
    step: 'main',
    with: { 'aws-region': 'eu-west-1', 'role-to-assume': role, 'sts-endpoint': stsUrl },
    job: world.job,
    idToken: { url: world.idTokenIssuer.requestUrl, token: world.idTokenIssuer.requestToken },
  })
  return outputs['failure-code'] ?? outputs['authenticated-arn']
}

/** For options that make it exit at once. */
function run(...options: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [...command, ...options], {
    encoding: 'utf8',
    timeout: 10_000,
  })
  return { status, stdout, stderr }
}

describe('npm run sts', () => {
  test("issues a session of its role for a token from GitHub's issuer, with the keys at the configured place", async () => {
    const url = await startCommand(
      '--role',
      ROLE,
      '--claim',
      'repository_id=74',
      '--claim',
      'ref=refs/heads/main',
    )
    expect(await assume(url, ROLE)).toBe('arn:aws:sts::111122223333:assumed-role/end-to-end/GitHubActions')
    expect(await assume(url, 'arn:aws:iam::111122223333:role/other')).toBe('ERR_STS_REJECTED')
  })

  test('listens on the given port, and says so if that is taken', async () => {
    // Below the ports that the system gives out: no other test gets it in the meantime.
    const port = String(20_000 + Math.floor(Math.random() * 10_000))
    expect(await startCommand(...TRUSTING, '--port', port)).toBe(`http://127.0.0.1:${port}`)
    const { status, stderr } = run(...TRUSTING, '--port', port)
    expect([status, stderr]).toEqual([1, expect.stringContaining(`address already in use 127.0.0.1:${port}`)])
  })

  test('shows its options', () => {
    const { status, stdout } = run('--help')
    expect([status, stdout]).toEqual([0, `${USAGE}\n`])
    for (const option of ['role', 'subject', 'claim', 'issuer', 'jwks', 'audience', 'port'])
      expect(stdout).toContain(`--${option} `)
  })

  test('says what is wrong, and where to find help', () => {
    const { status, stderr } = run('--role', ROLE)
    expect([status, stderr]).toEqual([2, expect.stringContaining('--subject and --claim are both missing')])
    expect(stderr).toContain('npm run sts -- --help')
  })
})

describe('its options', () => {
  test.each([
    ['no role', '--role is missing', ['--subject', '*']],
    ['a role that is none', 'is not the ARN of a role', ['--role', 'end-to-end', '--subject', '*']],
    ['nobody to trust', '--subject and --claim are both missing', ['--role', ROLE]],
    ['a blank subject', 'is blank', ['--role', ROLE, '--subject', '']],
    ['a claim without a value', 'is not NAME=VALUE', ['--role', ROLE, '--claim', 'repository_id=']],
    ['a claim that IAM does not know', 'IAM knows no such', ['--role', ROLE, '--claim', 'event_name=push']],
    ['an issuer that is not a URL', 'is not a URL', [...TRUSTING, '--issuer', 'octo-org']],
    ['a port beyond the last', 'above 65535', [...TRUSTING, '--port', '65536']],
    ['an option that it does not know', "Unknown option '--repository'", [...TRUSTING, '--repository', 'x']],
    [
      'roles of two partitions',
      'of one partition',
      [...TRUSTING, '--role', 'arn:aws-cn:iam::111122223333:role/x'],
    ],
  ])('are an error with %s', (_, message, options) => {
    expect(() => stsOptionsOf(options)).toThrow(message)
  })

  test.each([
    ['the subject', 403, ['--subject', 'repo:octo-org/*']],
    ['one of several subjects', 200, ['--subject', 'repo:octo-org/*', '--subject', 'repo:octo-org@65/*']],
    ['repository_id', 403, ['--claim', 'repository_id=75']],
    ['repository_id with the right subject', 403, ['--subject', '*', '--claim', 'repository_id=75']],
    ['one of several repository_ids', 200, ['--claim', 'repository_id=75', '--claim', 'repository_id=74']],
    ['the audience', 400, ['--subject', '*', '--audience', 'sts.amazonaws.com.cn']],
    ['the issuer', 400, ['--subject', '*', '--issuer', 'https://token.actions.githubusercontent.com/octo']],
  ])('check a token against %s: status %i', async (_, status, trust) => {
    const options = stsOptionsOf(['--role', ROLE, '--jwks', world.idTokenIssuer.jwksUri, ...trust])
    if (!options) throw new Error('they ask for help')
    const sts = await startSts(options)
    const body = new URLSearchParams({
      ...{
        Action: 'AssumeRoleWithWebIdentity',
        Version: '2011-06-15',
        RoleArn: ROLE,
        RoleSessionName: 'test',
      },
      WebIdentityToken: await world.idTokenIssuer.issue('sts.amazonaws.com'),
    })
    const response = await fetch(sts.url, { method: 'POST', body })
    expect([response.status, await response.text()]).toEqual([status, expect.any(String)])
    await sts.close()
  })
})
