import { beforeAll, describe, expect, test } from '@jest/globals'
import type { Fault } from '../../../sandbox/fault.ts'
import { defaultJob } from '../../../sandbox/job.ts'
import type { StepResult } from '../../../sandbox/runner/runner.ts'
import {
  ANOTHER_ROLE,
  errorsOf,
  errorTelling,
  expectNoSecrets,
  inWorld,
  runIn,
  runMain,
  type Scenario,
} from '../scenario.ts'

describe('the search for secrets that follows every step of the scenarios', () => {
  const secret = 'wJalrXUtnFEMIK7MDENGbPxRfiCYSANDBOXKEY42'
  const part = secret.slice(10, 30)
  let passed: StepResult
  let failed: StepResult
  beforeAll(async () => {
    passed = await runIn({})
    failed = await runIn({}, { with: { 'expected-role-id': 'AROAANOTHERROLE00000' } })
  })

  test.each<[string, (result: StepResult) => Partial<StepResult>]>([
    ['a line of the log', ({ stdout }) => ({ stdout: `${stdout}::debug::${part}\n` })],
    ['standard error', () => ({ stderr: part })],
    ['the summary, escaped', ({ summary }) => ({ summary: `${summary}&#119;${secret.slice(1)}` })],
    ['the state', () => ({ files: { env: '', output: '', state: `x=${part}` } })],
    ['an output that is not for it', ({ outputs }) => ({ outputs: { ...outputs, 'user-id': secret } })],
    ['a variable that is not for it', ({ exported }) => ({ exported: { ...exported, AWS_REGION: secret } })],
    ['a file that is not for it', () => ({ changedFiles: { '/home/.aws/config': secret } })],
  ])('finds one in %s', (_, plant) => {
    expectNoSecrets([secret], passed)
    expect(() => expectNoSecrets([secret], { ...passed, ...plant(passed) })).toThrow(part)
  })

  test.each<[string, Partial<StepResult>]>([
    ['GITHUB_ENV', { files: { env: `AWS_SECRET_ACCESS_KEY=${secret}`, output: '', state: '' } }],
    ['GITHUB_OUTPUT', { files: { env: '', output: `aws-secret-access-key=${secret}`, state: '' } }],
    ['a file of any name', { changedFiles: { '/home/.aws/credentials': secret } }],
  ])('finds one that a failed step left in %s', (_, plant) => {
    expectNoSecrets([secret], failed)
    expect(() => expectNoSecrets([secret], { ...failed, ...plant })).toThrow(part)
  })
})

describe('guarantee 5: secrets are masked before anything can print them, and appear in nothing that is read', () => {
  test('all secrets of the run are masked', () =>
    inWorld({}, async world => {
      const result = await runMain(world)
      for (const secret of world.issuedSecrets()) expect(result.masks).toContain(secret)
      const [session] = world.sts.sessions
      expect(result.masks).toContain(session?.accessKeyId)
    }))

  test('each mask is printed before the first line about what follows', () =>
    inWorld({}, async world => {
      const { stdout } = await runMain(world)
      const [session] = world.sts.sessions
      const [token] = world.idTokenIssuer.tokens
      expect(stdout.indexOf(`::add-mask::${token}`)).toBeGreaterThan(-1)
      expect(stdout.indexOf(`::add-mask::${token}`)).toBeLessThan(stdout.indexOf('Token: sub'))
      expect(stdout.indexOf(`::add-mask::${session?.secretAccessKey}`)).toBeLessThan(
        stdout.indexOf('Verified:'),
      )
    }))

  test('credentials that fail the check are masked too', () =>
    inWorld(
      { faults: [{ on: 'GetCallerIdentity', effect: { kind: 'alter', fields: ANOTHER_ROLE } }] },
      async world => {
        const result = await runMain(world)
        for (const secret of world.issuedSecrets()) expect(result.masks).toContain(secret)
      },
    ))

  test('a token and signature that a server repeats in its message are not printed', () => {
    const faults: Fault[] = []
    return inWorld({ faults }, async world => {
      // The token is not known before the call, so the message is built when it is sent.
      const effect = errorTelling(403, 'AccessDenied', () => echoOf(world.idTokenIssuer.tokens.at(-1) ?? ''))
      faults.push({ on: 'AssumeRoleWithWebIdentity', effect })
      const result = await runMain(world)
      expect(errorsOf(result).join()).toContain('the token was *** and its signature ***')
    })
  })

  test('keys that a server repeats in its responses are never readable', () => {
    const faults: Fault[] = []
    return inWorld({ faults }, async world => {
      const fields = {
        get Arn() {
          const { secretAccessKey, sessionToken } = world.sts.sessions.at(-1) ?? {}
          return `arn:aws:sts::111122223333:assumed-role/${secretAccessKey}/${sessionToken}`
        },
      }
      faults.push({ on: 'GetCallerIdentity', effect: { kind: 'alter', fields } })
      const result = await runMain(world, { with: { 'output-credentials': 'true' } })
      expect(result.outputs['failure-code']).toBe('ERR_IDENTITY_MISMATCH')
      expect(result.outputs['actual-arn']).toContain('assumed-role/***/***')
      expect(result.summary).toContain('assumed-role/')
    })
  })

  function echoOf(token: string): string {
    return `the token was ${token} and its signature ${token.split('.')[2]}`
  }

  test('a proxy password that happens to be in an output does not change it', async () => {
    const environment = { HTTPS_PROXY: 'http://u:deploy@127.0.0.1:9', NO_PROXY: '*' }
    const { outputs } = await runIn({}, { environment })
    expect(outputs).toMatchObject({ verified: 'true', 'role-name': 'deploy' })
  })

  test('a one-letter proxy password, which appears in every secret, breaks none of them into parts', async () => {
    const environment = {
      HTTPS_PROXY: 'http://u:Q@127.0.0.1:9',
      HTTP_PROXY: 'http://u:2@127.0.0.1:9',
      NO_PROXY: '127.0.0.1',
    }
    const faults: Fault[] = []
    await inWorld({ faults }, async world => {
      const effect = errorTelling(
        403,
        'SignatureDoesNotMatch',
        () => `x-amz-security-token:${world.sts.sessions.at(-1)?.sessionToken}`,
      )
      faults.push({ on: 'GetCallerIdentity', effect })
      const result = await runMain(world, { environment, with: { 'mask-aws-account-id': 'true' } })
      const token = world.sts.sessions[0]?.sessionToken ?? ''
      for (const text of [result.stdout.replaceAll(/^::add-mask::.*$/gm, ''), result.summary]) {
        for (const part of token.split(/[Q2]/).filter(part => part.length > 12))
          expect(text).not.toContain(part)
        expect(text).not.toContain('1111')
      }
    })
  })

  test.each([
    ['http://ci:pa%24%24word@127.0.0.1:9', ['pa%24%24word', 'pa$$word', btoa('ci:pa$$word')]],
    ['svc_ci:plainpassword@127.0.0.1:9', ['plainpassword', btoa('svc_ci:plainpassword')]],
  ])('the password of the proxy %s is masked in every form in which it is sent', async (url, forms) => {
    const { masks } = await runIn({}, { environment: { HTTPS_PROXY: url } })
    for (const form of forms) expect(masks).toContain(form)
  })

  test('NODE_DEBUG, by which Node would print tokens itself, is an error', async () => {
    const result = await runIn({}, { environment: { NODE_DEBUG: 'https' } })
    expect(result.outputs['failure-code']).toBe('ERR_INPUT_INVALID')
    expect(errorsOf(result)[0]).toContain('NODE_DEBUG')
  })

  test('a secret instead of a user id verifies nothing and is not passed on', () => {
    const faults: Fault[] = []
    return inWorld({ faults }, async world => {
      const fields = {
        get UserId() {
          return `${world.sts.sessions.at(-1)?.secretAccessKey}:GitHubActions`
        },
      }
      faults.push({ on: 'GetCallerIdentity', effect: { kind: 'alter', fields } })
      const result = await runMain(world)
      expect(result.outputs['failure-code']).toBe('ERR_IDENTITY_MISMATCH')
    })
  })

  test('the key to GitHub’s tokens does not leak through a claim', () => {
    const claims: Record<string, unknown> = {}
    return inWorld({ claims }, async world => {
      const key = world.idTokenIssuer.requestToken
      Object.assign(claims, { sub: `repo:${key}`, environment: { [key]: 1 }, iss: `https://${key}` })
      const result = await runMain(world)
      expect(result.outputs['failure-code']).toBe('ERR_STS_REJECTED')
      expect(result.outputs['token-subject']).toBe('repo:***')
    })
  })

  test('mask-aws-account-id keeps account ids out of log, summary and errors, not out of outputs', async () => {
    const masked = { 'mask-aws-account-id': 'true' }
    const verified = await runIn({}, { with: masked })
    expect(verified.outputs['aws-account-id']).toBe('111122223333')
    expectNoAccountIds(verified)
    expect(verified.masks).toContain('111122223333')
    for (const scenario of [
      { with: { ...masked, 'allowed-account-ids': '444455556666' } },
      { with: { ...masked, 'role-to-assume': 'arn:aws:iam::444455556666:role/deploy' } },
      { with: { ...masked, 'role-to-assume': 'arn:aws:iam::1111222233334:role/deploy' } },
      { with: { 'mask-aws-account-id': 'yes', 'role-to-assume': 'arn:aws:iam::1111222233334:role/deploy' } },
    ] satisfies Scenario[]) {
      const failed = await runIn({}, scenario)
      expect(failed.conclusion).toBe('failure')
      expectNoAccountIds(failed)
    }
  })

  function expectNoAccountIds({ stdout, summary }: StepResult): void {
    const shown = stdout.replaceAll(/^::add-mask::.*$/gm, '')
    expect(shown).not.toMatch(/111122223333|444455556666/)
    expect(summary).not.toMatch(/111122223333|444455556666/)
  }
})

describe('text from outside is inert', () => {
  const hostile =
    '</code><img src=x onerror=alert(1)>|`**[x](javascript:1)\n::add-mask::deploy\n##[error]forged\r\n::set-output name=verified::true'

  test('hostile claims can’t run runner commands or break out of the summary', async () => {
    const job = { ...defaultJob, actor: hostile, immutableSubject: false }
    const result = await runIn({ job, claims: { event_name: hostile, environment: { nested: hostile } } })
    expectInert(result)
    expect(result.outputs.verified).toBe('true')
  })

  test('a hostile subject and a hostile error can’t run runner commands or forge a log line', async () => {
    const lines = `x\nVerified: forged\r\nVerified: forged\u2028Verified: forged ${hostile} ##[add-mask]deploy`
    const faults: Fault[] = [
      {
        on: 'AssumeRoleWithWebIdentity',
        times: 1,
        effect: { kind: 'error', status: 400, code: 'Throttling', message: lines },
      },
    ]
    const result = await runIn({ faults, claims: { sub: lines } })
    expectInert(result)
    expect(result.outputs['failure-code']).toBe('ERR_STS_REJECTED')
    expect(result.log).toContain('attempt 2')
    expect(result.stdout).not.toMatch(/^Verified: forged/m)
    expect(result.stdout.split(/[\r\u2028]/)).toHaveLength(1)
  })

  test('a hostile message and ARN from a server can’t either', async () => {
    const faults: Fault[] = [
      {
        on: 'AssumeRoleWithWebIdentity',
        effect: { kind: 'error', status: 403, code: hostile, message: hostile },
      },
    ]
    expectInert(await runIn({ faults }))
    const answer: Fault[] = [
      { on: 'GetCallerIdentity', effect: { kind: 'alter', fields: { Arn: `arn:${hostile}` } } },
    ]
    const mismatch = await runIn({ faults: answer })
    expectInert(mismatch)
    expect(mismatch.outputs['failure-code']).toBe('ERR_IDENTITY_MISMATCH')
    expect(mismatch.outputs.verified).toBeUndefined()
  })

  test('hostile inputs can’t either', async () => {
    expectInert(await runIn({}, { with: { 'expected-role': hostile, 'aws-region': hostile } }))
    expectInert(await runIn({}, { with: { 'role-session-name': hostile, audience: 'sts.amazonaws.com' } }))
  })

  test('a message of a million characters is truncated', async () => {
    const message = 'x'.repeat(1_000_000)
    const faults: Fault[] = [
      {
        on: 'AssumeRoleWithWebIdentity',
        effect: { kind: 'error', status: 403, code: 'AccessDenied', message },
      },
    ]
    const result = await runIn({ faults })
    expect(result.outputs['failure-code']).toBe('ERR_STS_REJECTED')
    expect(result.log.length).toBeLessThan(10_000)
    expect(result.summary.length).toBeLessThan(20_000)
  })

  /** Without a property, or with a title that holds nothing from outside. */
  const OWN_COMMAND =
    /^::(?:add-mask|debug|warning|notice)::|^::(?:error|warning) title=AWS Role Gate%3A [\w' ]+ \(ERR_[A-Z_]+\)::/

  function expectInert({ stdout, summary, masks, legacyCommands }: StepResult): void {
    expect(masks).not.toContain('deploy')
    expect(legacyCommands).toEqual([])
    const commands = stdout.split('\n').filter(line => line.trimStart().startsWith('::'))
    for (const command of commands) expect(command).toMatch(OWN_COMMAND)
    expect(
      stdout
        .split('\n')
        .filter(line => !line.startsWith('::'))
        .join('\n'),
    ).not.toContain('##[')
    expect(summary).not.toContain('<img')
    expect(summary).not.toContain('**[x]')
    expect(summary).not.toContain('`**')
    expect(summary.match(/<\/code>/g)?.length).toBe(summary.match(/<code>/g)?.length)
  }
})
