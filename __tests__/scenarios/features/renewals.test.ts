import { execFileSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, test } from '@jest/globals'
import type { Fault } from '../../../sandbox/fault.ts'
import type { Renewal } from '../../../sandbox/renewing-profile.ts'
import type { RunningWorld } from '../../../sandbox/world.ts'
import { ownHolder } from '../../../src/profiles/lock-holder.ts'
import { inLongJob, letPass, outcomeFile, renewalFolder, renewalFolders } from '../long-job.ts'
import {
  ANOTHER_ROLE,
  earlierSession,
  errorsOf,
  errorTelling,
  expectFailure,
  inWorld,
  operationsOf,
  PRODUCTION,
  robotKeys,
  runMain,
  runPost,
  type Scenario,
  warningsOf,
} from '../scenario.ts'

const ASSUME = 'AssumeRoleWithWebIdentity'
const CALLER = 'GetCallerIdentity'
const OTHER = { kind: 'alter', fields: ANOTHER_ROLE } as const
const REFUSAL = { kind: 'error', status: 403, code: 'AccessDenied', message: 'Not authorized' } as const

/** A fault that starts after the step itself has passed. */
function afterTheStep({ on, effect }: Fault): readonly Fault[] {
  return [
    { on, times: 1, effect: { kind: 'delay', ms: 0 } },
    { on, effect },
  ]
}

function expectRefused(renewal: Renewal, code: string): void {
  expect(renewal.stdout).toBe('')
  expect(renewal.exitCode).toBe(1)
  expect(renewal.stderr).toMatch(new RegExp(`^${code}: [^\\n]+\\n$`))
}

function tagsOf(parameters: Readonly<Record<string, string>>): string[] {
  return Object.entries(parameters).flatMap(([name, value]) =>
    /^Tags\./.test(name) ? `${name}=${value}` : [],
  )
}

/** The point in a session's hour when a renewal is due. */
const DUE = 50
const OVER = 61

describe('a profile that renews itself', () => {
  test('has no keys in the shared files, and first returns those of the step', () =>
    inWorld({}, world =>
      inLongJob(world, {}, async job => {
        expect(job.main.outputs.verified).toBe('true')
        expect(job.main.exported).toEqual({})
        const folder = join(job.home, '.aws')
        expect(readdirSync(folder)).toEqual(['config'])
        const config = readFileSync(join(folder, 'config'), 'utf8')
        expect(config).toMatch(/^\[profile gate\]\ncredential_process = .+\nregion = eu-west-1\n$/)
        const { exitCode, stderr, credentials } = await job.renew()
        expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' })
        expect(credentials).toEqual({
          Version: 1,
          AccessKeyId: expect.stringMatching(/^ASIA/),
          SecretAccessKey: expect.any(String),
          SessionToken: expect.any(String),
          Expiration: job.main.outputs['aws-expiration'],
        })
        expect(operationsOf(world)).toEqual([ASSUME, CALLER])
      }),
    ))

  test('keeps settings without a secret, readable only by its owner', () =>
    inWorld({}, world =>
      inLongJob(world, { with: { 'allowed-account-ids': '111122223333' } }, async job => {
        const folder = join(renewalFolder(job) ?? '', '0')
        expect(readdirSync(folder).sort()).toEqual(['credentials.json', 'settings.json'])
        const settings = readFileSync(join(folder, 'settings.json'), 'utf8')
        for (const secret of world.secrets()) expect(settings).not.toContain(secret)
        expect(JSON.parse(settings)).toMatchObject({ inputs: { 'ALLOWED-ACCOUNT-IDS': '111122223333' } })
        expect(statSync(folder).mode & 0o777).toBe(0o700)
        for (const name of readdirSync(folder)) {
          expect(statSync(join(folder, name)).mode & 0o777).toBe(0o600)
        }
      }),
    ))

  test('gets new credentials with a fresh token near their expiry, and verifies them', () =>
    inWorld({}, world =>
      inLongJob(world, {}, async job => {
        const first = await job.renew()
        letPass(job, DUE)
        const second = await job.renew()
        expect(second.credentials?.AccessKeyId).not.toBe(first.credentials?.AccessKeyId)
        expect(second.stderr).toBe('')
        expect(operationsOf(world)).toEqual([ASSUME, CALLER, ASSUME, CALLER])
        expect(world.idTokenIssuer.requests).toHaveLength(2)
        expect((await job.renew()).credentials).toEqual(second.credentials)
        expect(operationsOf(world)).toHaveLength(4)
      }),
    ))

  test.each<[string, Fault, string, NonNullable<Scenario['with']>]>([
    [
      'another role that answers',
      { on: CALLER, effect: { kind: 'alter', fields: ANOTHER_ROLE } },
      'ERR_IDENTITY_MISMATCH',
      {},
    ],
    [
      'the recreated role, under another id',
      { on: CALLER, effect: { kind: 'alter', fields: { UserId: 'AROAMADEAGAIN00000000:GitHubActions' } } },
      'ERR_IDENTITY_MISMATCH',
      { 'expected-role-id': 'AROA3XFRBF535PLBIFPI4' },
    ],
    ['a refusal of AWS', { on: ASSUME, effect: REFUSAL }, 'ERR_STS_REJECTED', {}],
    ['a refusal of GitHub', { on: 'id-token', effect: REFUSAL }, 'ERR_OIDC_REQUEST_FAILED', {}],
  ])('prints nothing on %s, says why in one line, and keeps nothing', async (_, fault, code, given) => {
    await inWorld({ faults: afterTheStep(fault) }, world =>
      inLongJob(world, { with: given }, async job => {
        expect(job.main.outputs.verified).toBe('true')
        letPass(job, DUE)
        const renewal = await job.renew()
        expectRefused(renewal, code)
        for (const secret of world.secrets()) expect(renewal.stderr).not.toContain(secret)
        expect(readFileSync(outcomeFile(job), 'utf8')).not.toContain('secretAccessKey')
        // The step's session is still valid, and is not returned again.
        expectRefused(await job.renew(), code)
      }),
    )
  })

  test.each<[string, Fault, string]>([
    ['another role that answers', { on: CALLER, effect: OTHER }, 'ERR_IDENTITY_MISMATCH'],
    ['a refusal of AWS', { on: ASSUME, effect: REFUSAL }, 'ERR_STS_REJECTED'],
  ])('shows no account id on %s where mask-aws-account-id is true', (_, fault, code) =>
    inWorld({ faults: afterTheStep(fault) }, world =>
      inLongJob(world, { with: { 'mask-aws-account-id': 'true' } }, async job => {
        letPass(job, DUE)
        const renewal = await job.renew()
        expectRefused(renewal, code)
        expect(renewal.stderr).not.toMatch(/\d{12}/)
      }),
    ),
  )

  test('fails if its settings are invalid', () =>
    inWorld({}, world =>
      inLongJob(world, {}, async job => {
        letPass(job, DUE)
        writeFileSync(join(renewalFolder(job) ?? '', '0', 'settings.json'), '{}')
        expectRefused(await job.renew(), 'ERR_CREDENTIALS_UNAVAILABLE')
      }),
    ))

  test('fails on a claim that the fresh token no longer has', () =>
    inWorld({}, world =>
      inLongJob(world, { with: { 'required-claims': 'ref=refs/heads/main' } }, async job => {
        expect(job.main.outputs.verified).toBe('true')
        const settings = join(renewalFolder(job) ?? '', '0', 'settings.json')
        const text = readFileSync(settings, 'utf8')
        writeFileSync(settings, text.replace('refs/heads/main', 'refs/heads/release'))
        letPass(job, DUE)
        expectRefused(await job.renew(), 'ERR_CLAIM_MISMATCH')
        expect(operationsOf(world)).toHaveLength(2)
      }),
    ))

  test('serves verified credentials until they expire while AWS does not respond, and retries at most twice a minute', () => {
    const faults = afterTheStep({ on: ASSUME, effect: { kind: 'reset' } })
    return inWorld({ faults }, world =>
      inLongJob(world, { with: { 'retry-max-attempts': '1' } }, async job => {
        const { credentials } = await job.renew()
        letPass(job, DUE)
        for (let use = 0; use < 2; use++) {
          expect((await job.renew()).credentials?.AccessKeyId).toBe(credentials?.AccessKeyId)
        }
        expect(world.sts.requests.filter(({ operation }) => operation === ASSUME)).toHaveLength(2)
        letPass(job, OVER - DUE)
        expectRefused(await job.renew(), 'ERR_STS_UNAVAILABLE')
      }),
    )
  }, 30_000)

  const TIMEOUT = { kind: 'error', status: 408, code: 'RequestTimeout', message: 'later' } as const
  const PAGE = { kind: 'raw', status: 200, body: '<html>later</html>' } as const

  test.each<[string, Fault]>([
    ['a timeout of STS', { on: ASSUME, effect: TIMEOUT }],
    ['a timeout of STS in the check', { on: CALLER, effect: TIMEOUT }],
    [
      'a code that means throttling, with status 403',
      { on: ASSUME, effect: { ...REFUSAL, code: 'SlowDown' } },
    ],
    ['a page instead of a response', { on: CALLER, effect: PAGE }],
  ])('retries after %s, and serves verified credentials if it persists', async (_, { on, effect }) => {
    const once = [
      { on, times: 1, effect: { kind: 'delay', ms: 0 } as const },
      { on, times: 1, effect },
    ]
    await inWorld({ faults: once }, world =>
      inLongJob(world, {}, async job => {
        letPass(job, DUE)
        const { exitCode, credentials } = await job.renew()
        expect(exitCode).toBe(0)
        expect(credentials?.AccessKeyId).toBe(world.sts.sessions.at(-1)?.accessKeyId)
        expect(operationsOf(world).filter(operation => operation === on)).toHaveLength(3)
      }),
    )
    await inWorld({ faults: afterTheStep({ on, effect }) }, world =>
      inLongJob(world, { with: { 'retry-max-attempts': '2' } }, async job => {
        const { credentials } = await job.renew()
        letPass(job, DUE)
        for (let use = 0; use < 2; use++)
          expect((await job.renew()).credentials?.AccessKeyId).toBe(credentials?.AccessKeyId)
        expect(operationsOf(world).filter(operation => operation === on)).toHaveLength(3)
      }),
    )
  })

  test('says so if GitHub’s variables are missing, and serves verified credentials until then', () =>
    inWorld({}, world =>
      inLongJob(world, {}, async job => {
        const first = await job.renew({ environment: {} })
        letPass(job, DUE)
        const second = await job.renew({ environment: {} })
        expect(second.credentials?.AccessKeyId).toBe(first.credentials?.AccessKeyId)
        letPass(job, OVER - DUE)
        const renewal = await job.renew({ environment: {} })
        expectRefused(renewal, 'ERR_OIDC_NOT_PERMITTED')
        expect(renewal.stderr).toContain('ACTIONS_ID_TOKEN_REQUEST_URL')
        expect((await job.renew()).exitCode).toBe(0)
      }),
    ))

  test('takes nothing from the environment that an earlier step can set', () =>
    inWorld({}, world =>
      inLongJob(world, {}, async job => {
        letPass(job, DUE)
        const environment = {
          ...job.idTokenVariables,
          AWS_ENDPOINT_URL: 'http://127.0.0.1:9',
          AWS_ENDPOINT_URL_STS: 'http://127.0.0.1:9',
          AWS_REGION: 'us-east-1',
          AWS_PROFILE: 'other',
          AWS_CONFIG_FILE: '/nowhere',
          AWS_USE_FIPS_ENDPOINT: 'true',
          'INPUT_ROLE-TO-ASSUME': PRODUCTION,
          'INPUT_EXPECTED-ROLE': 'any',
        }
        expect((await job.renew({ environment })).exitCode).toBe(0)
        expect(operationsOf(world)).toEqual([ASSUME, CALLER, ASSUME, CALLER])
      }),
    ))

  test('tags a session with what GitHub gave the step, not with the tool’s values', () =>
    inWorld({}, world =>
      inLongJob(world, { with: { 'role-chain': PRODUCTION } }, async job => {
        letPass(job, DUE)
        const environment = { ...job.idTokenVariables, GITHUB_HEAD_REF: 'evil', GITHUB_ACTOR: 'evil' }
        expect((await job.renew({ environment })).exitCode).toBe(0)
        const tags = world.sts.requests
          .filter(({ operation }) => operation === 'AssumeRole')
          .map(({ parameters }) => Object.entries(parameters).filter(([name]) => name.startsWith('Tags.')))
        expect(tags).toHaveLength(2)
        expect(tags[0]?.length).toBeGreaterThan(10)
        expect(tags[1]).toEqual(tags[0])
      }),
    ))

  test('verifies each role of a chain again', () =>
    inWorld({}, world =>
      inLongJob(world, { with: { 'role-chain': PRODUCTION } }, async job => {
        letPass(job, DUE)
        expect((await job.renew()).exitCode).toBe(0)
        expect(operationsOf(world).slice(4)).toEqual([ASSUME, CALLER, 'AssumeRole', CALLER])
      }),
    ))

  test(
    'is renewed once for 50 concurrent processes',
    () =>
      inWorld({}, world =>
        inLongJob(world, {}, async job => {
          rmSync(outcomeFile(job))
          const renewals = await Promise.all(Array.from({ length: 50 }, () => job.renew()))
          expect(new Set(renewals.map(({ stdout }) => stdout)).size).toBe(1)
          expect(renewals.every(({ exitCode }) => exitCode === 0)).toBe(true)
          expect(operationsOf(world)).toEqual([ASSUME, CALLER, ASSUME, CALLER])
        }),
      ),
    60_000,
  )

  test('is refused once for all that wait', () =>
    inWorld({ faults: afterTheStep({ on: ASSUME, effect: REFUSAL }) }, world =>
      inLongJob(world, {}, async job => {
        rmSync(outcomeFile(job))
        const renewals = await Promise.all(Array.from({ length: 10 }, () => job.renew()))
        for (const renewal of renewals) expectRefused(renewal, 'ERR_STS_REJECTED')
        // Those that started after the failure try for themselves.
        expect(world.sts.requests.length - 2).toBeLessThan(5)
      }),
    ))

  test.each<[string, (world: RunningWorld) => string]>([
    ['GitHub’s request token', ({ idTokenIssuer }) => idTokenIssuer.requestToken],
    ['the new session', ({ sts }) => sts.sessions.at(-1)?.sessionToken ?? ''],
    ['the token', ({ idTokenIssuer }) => idTokenIssuer.tokens.at(-1) ?? ''],
    ['the token’s signature', ({ idTokenIssuer }) => idTokenIssuer.tokens.at(-1)?.split('.').at(-1) ?? ''],
  ])('shares no secret with waiting processes when AWS’s message contains %s', async (_, secretOf) => {
    let world: RunningWorld | undefined
    const told = errorTelling(403, 'SignatureDoesNotMatch', () => (world ? secretOf(world) : ''))
    const faults = afterTheStep({ on: CALLER, effect: told })
    await inWorld({ faults }, running =>
      inLongJob(running, {}, async job => {
        world = running
        rmSync(outcomeFile(job))
        const renewals = await Promise.all([job.renew(), job.renew(), job.renew()])
        for (const renewal of renewals) expectRefused(renewal, 'ERR_STS_REJECTED')
        const texts = [...renewals.map(({ stderr }) => stderr), readFileSync(outcomeFile(job), 'utf8')]
        for (const secret of running.secrets()) expect(texts.join()).not.toContain(secret)
      }),
    )
  })

  test('fails at once on a refusal, even if the step would have retried', () =>
    inWorld({ faults: afterTheStep({ on: ASSUME, effect: REFUSAL }) }, world =>
      inLongJob(world, { with: { 'retry-access-denied-seconds': '60' } }, async job => {
        letPass(job, DUE)
        expectRefused(await job.renew(), 'ERR_STS_REJECTED')
      }),
    ))

  test('is renewed by a process with GitHub’s variables, however often others try without', () =>
    inWorld({}, world =>
      inLongJob(world, {}, async job => {
        letPass(job, DUE)
        expect((await job.renew({ environment: {} })).exitCode).toBe(0)
        expect(operationsOf(world)).toHaveLength(2)
        expect((await job.renew()).exitCode).toBe(0)
        expect(operationsOf(world)).toHaveLength(4)
      }),
    ))

  test('sends the step’s session tags, whatever the process says about its run', () =>
    inWorld({}, world =>
      inLongJob(world, { with: { 'role-chain': PRODUCTION } }, async job => {
        letPass(job, DUE)
        const environment = {
          ...job.idTokenVariables,
          GITHUB_REPOSITORY: 'evil/repo',
          GITHUB_ACTOR: 'nobody',
        }
        expect((await job.renew({ environment })).exitCode).toBe(0)
        const [first, second] = world.sts.requests
          .filter(({ operation }) => operation === 'AssumeRole')
          .map(({ parameters }) => tagsOf(parameters))
        expect(first?.length).toBeGreaterThan(6)
        expect(second).toEqual(first)
      }),
    ))

  test(
    'serves verified credentials if its lock can’t be taken',
    () =>
      inWorld({}, world =>
        inLongJob(world, { with: { 'action-timeout-s': '1' } }, async job => {
          letPass(job, DUE)
          mkdirSync(`${outcomeFile(job)}.lock`)
          expect((await job.renew()).exitCode).toBe(0)
          letPass(job, OVER - DUE)
          expectRefused(await job.renew(), 'ERR_PROFILE_WRITE')
        }),
      ),
    60_000,
  )

  test(
    'is not blocked by a process that was killed with the lock',
    () =>
      inWorld({}, world =>
        inLongJob(world, {}, async job => {
          letPass(job, DUE)
          writeFileSync(`${outcomeFile(job)}.lock`, 'another-host 1')
          const began = performance.now()
          const waiting = job.renew()
          expect((await waiting).exitCode).toBe(0)
          expect(performance.now() - began).toBeLessThan(15_000)
        }),
      ),
    30_000,
  )

  test('waits for a process on this machine that has the lock, though it has not touched it for an hour', () =>
    inWorld({}, world =>
      inLongJob(world, {}, async job => {
        letPass(job, DUE)
        const lock = `${outcomeFile(job)}.lock`
        const text = JSON.stringify({ ...ownHolder(), id: 'of this test' })
        writeFileSync(lock, text)
        utimesSync(lock, Date.now() / 1000 - 3600, Date.now() / 1000 - 3600)
        const waiting = job.renew()
        await sleep(1_000)
        expect(readFileSync(lock, 'utf8')).toBe(text)
        expect(operationsOf(world)).toEqual([ASSUME, CALLER])
        rmSync(lock)
        expect((await waiting).exitCode).toBe(0)
        expect(operationsOf(world)).toEqual([ASSUME, CALLER, ASSUME, CALLER])
      }),
    ))

  const SLOW = afterTheStep({ on: ASSUME, effect: { kind: 'delay', ms: 1_000 } })

  test.each<[string, readonly Fault[]]>([
    ['gets credentials', SLOW],
    ['is refused', [...SLOW, ...afterTheStep({ on: CALLER, effect: REFUSAL })]],
  ])('leaves what another process saved after taking its lock, when it %s', (_, faults) =>
    inWorld({ faults }, world =>
      inLongJob(world, {}, async job => {
        letPass(job, DUE)
        const renewing = job.renew()
        while (operationsOf(world).length < 3) await sleep(20)
        const theirs = readFileSync(outcomeFile(job), 'utf8').replace('ASIA', 'ASIATHEIRS')
        writeFileSync(`${outcomeFile(job)}.lock`, JSON.stringify({ machine: 'another-machine', pid: 1 }))
        writeFileSync(outcomeFile(job), theirs)
        const { stdout } = await renewing
        expect(stdout).not.toContain('ASIATHEIRS')
        expect(readFileSync(outcomeFile(job), 'utf8')).toBe(theirs)
        expect(readdirSync(dirname(outcomeFile(job))).filter(name => name.endsWith('.tmp'))).toEqual([])
      }),
    ),
  )

  test('cleans up after a renewal that was killed while it wrote', () =>
    inWorld({}, world =>
      inLongJob(world, {}, async job => {
        letPass(job, DUE)
        writeFileSync(`${outcomeFile(job)}.role-gate.00000000-1111-2222-3333-444444444444.tmp`, 'left')
        expect((await job.renew()).exitCode).toBe(0)
        expect(readdirSync(dirname(outcomeFile(job))).sort()).toEqual(['credentials.json', 'settings.json'])
      }),
    ))

  test('does not wait on a pipe in place of a file', () =>
    inWorld({}, world =>
      inLongJob(world, {}, async job => {
        const outcome = outcomeFile(job)
        rmSync(outcome)
        execFileSync('mkfifo', [outcome])
        expect((await job.renew()).exitCode).toBe(0)
        expect(statSync(outcome).isFile()).toBe(true)
        letPass(job, DUE)
        const settings = join(dirname(outcome), 'settings.json')
        rmSync(settings)
        execFileSync('mkfifo', [settings])
        expectRefused(await job.renew(), 'ERR_CREDENTIALS_UNAVAILABLE')
      }),
    ))

  test.each(['', 'nonsense', '{}', '{"credentials":{}}'])(
    'replaces what it kept if that is %j',
    async text => {
      await inWorld({}, world =>
        inLongJob(world, {}, async job => {
          writeFileSync(outcomeFile(job), text)
          expect((await job.renew()).exitCode).toBe(0)
          expect(operationsOf(world)).toEqual([ASSUME, CALLER, ASSUME, CALLER])
        }),
      )
    },
  )
})

describe('after the job', () => {
  test(
    'profile, settings and credentials are gone, whatever state they are in',
    () =>
      inWorld({}, world =>
        inLongJob(world, {}, async job => {
          writeFileSync(outcomeFile(job), 'nonsense')
          writeFileSync(`${outcomeFile(job)}.lock`, '')
          writeFileSync(`${outcomeFile(job)}.lock.0123456789abcdef0123456789abcdef`, '')
          writeFileSync(`${outcomeFile(job)}.role-gate.00000000-1111-2222-3333-444444444444.tmp`, '')
          const renewing = job.renew()
          const post = await runPost(job.main, { temporaryDirectory: job.folder })
          await renewing
          expect(post.conclusion).toBe('success')
          expect(warningsOf(post)).toEqual([])
          expect(renewalFolder(job)).toBeUndefined()
          expect(readdirSync(join(job.home, '.aws'))).toEqual([])
        }),
      ),
    30_000,
  )

  test('a folder with another name is left alone', () =>
    inWorld({}, world =>
      inLongJob(world, {}, async job => {
        const state = { ...job.main.state, profiles: 'home', renewal: job.folder }
        await runPost({ ...job.main, state }, { temporaryDirectory: job.folder })
        expect(readdirSync(job.folder)).toContain('home')
        expect(renewalFolder(job)).toBeDefined()
      }),
    ))
})

describe('a step that can’t create such a profile', () => {
  test.each<[string, NonNullable<Scenario['with']>, string]>([
    ['without a profile', { 'aws-profile': '' }, 'refresh-credentials: needs aws-profile or aws-profiles'],
    ['with keys in the environment', { 'output-env-credentials': 'true' }, 'output-env-credentials: is true'],
    [
      'with credentials that are kept',
      { 'use-existing-credentials': 'true' },
      'use-existing-credentials: keeps',
    ],
    [
      'with a password',
      { 'http-proxy': 'http://user:open-sesame@proxy.test:3128' },
      'http-proxy: contains a password',
    ],
    [
      'from credentials of the job',
      { 'role-chaining': 'true' },
      "refresh-credentials: needs GitHub's OIDC token",
    ],
  ])('%s says so', (_, given, problem) =>
    inWorld({}, async world => {
      const inputs = { 'aws-profile': 'gate', 'refresh-credentials': 'true', ...given }
      const result = await runMain(world, { with: inputs })
      expectFailure(result, 'ERR_INPUT_INVALID')
      expect(errorsOf(result).join()).toContain(problem)
    }),
  )

  test('with keys from the inputs says so', () =>
    inWorld({}, async world => {
      const inputs = { 'aws-profile': 'gate', 'refresh-credentials': 'true', ...robotKeys(world) }
      expectFailure(await runMain(world, { with: inputs }), 'ERR_INPUT_INVALID')
    }))

  test('without permission for a token says so, though the job has credentials', () =>
    inWorld({}, async world => {
      const result = await runMain(world, {
        noToken: true,
        environment: earlierSession(world, 'deployer'),
        with: { 'aws-profile': 'gate', 'refresh-credentials': 'true' },
      })
      expectFailure(result, 'ERR_OIDC_NOT_PERMITTED')
    }))

  test('replaces or rejects an existing profile of that name like any other', () =>
    inWorld({}, world =>
      inLongJob(world, { with: { 'refresh-credentials': 'false' } }, async job => {
        const options = { temporaryDirectory: job.folder }
        const inputs = { 'aws-profile': 'gate', 'refresh-credentials': 'true' }
        const before = renewalFolders(job)
        expectFailure(await runMain(world, { with: inputs, ...options }), 'ERR_PROFILE_WRITE')
        expect(renewalFolders(job)).toEqual(before)
        const replaced = await runMain(world, {
          with: { ...inputs, 'overwrite-aws-profile': 'true' },
          ...options,
        })
        expect(replaced.outputs.verified).toBe('true')
        expect(readFileSync(join(job.home, '.aws', 'credentials'), 'utf8')).toBe('')
        expect((await job.renew()).exitCode).toBe(0)
      }),
    ))

  test('because its outputs can’t be written leaves nothing of it', () =>
    inWorld({}, world =>
      inLongJob(world, { runnerVariables: { GITHUB_OUTPUT: '/nowhere/output' } }, async job => {
        expect(job.main.conclusion).toBe('failure')
        expect(renewalFolder(job)).toBeUndefined()
        expect(readdirSync(join(job.home, '.aws'))).toEqual([])
      }),
    ))
})
