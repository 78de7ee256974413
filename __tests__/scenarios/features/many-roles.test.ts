import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import type { Fault } from '../../../sandbox/fault.ts'
import { commandOf } from '../../../sandbox/renewing-profile.ts'
import { accountsWithDeploy, defaultWorld, profileLines, type World } from '../../../sandbox/world.ts'
import { inLongJob, letPass, renewalFolder } from '../long-job.ts'
import {
  ANOTHER_ROLE,
  DEPLOY,
  DEPLOY_SESSION,
  DEPLOYER,
  errorsOf,
  expectFailure,
  inWorld,
  newFile,
  operationsOf,
  PRODUCTION,
  READER,
  requestIdFor,
  robotKeys,
  runMain,
  runPost,
  type Scenario,
  variablesOf,
  warningsOf,
} from '../scenario.ts'

const ASSUME = 'AssumeRoleWithWebIdentity'
const TWO = `deploy=${DEPLOY}\nread = ${READER}\n`

/** A step with several roles instead of one. */
function withRoles(lines: string, { with: given, without = [], ...options }: Scenario = {}): Scenario {
  return { with: { 'aws-profiles': lines, ...given }, without: ['role-to-assume', ...without], ...options }
}

/** The text of AWS's shared files; empty if there is none. */
function sharedFiles(home: string): { credentials: string; config: string } {
  const folder = join(home, '.aws')
  const present = readdirSync(home).includes('.aws') ? readdirSync(folder) : []
  const read = (name: string) => (present.includes(name) ? readFileSync(join(folder, name), 'utf8') : '')
  return { credentials: read('credentials'), config: read('config') }
}

function profilesIn(text: string): string[] {
  return Array.from(text.matchAll(/^\[(?:profile )?(.+)\]$/gm), ([, name = '']) => name)
}

describe('aws-profiles', () => {
  test('assumes and verifies every role with one token, and writes a profile for each', () =>
    inWorld({}, world =>
      inLongJob(
        world,
        withRoles(TWO, { with: { 'aws-profile': '', 'refresh-credentials': '' } }),
        async job => {
          const { main, home, folder } = job
          expect(main.outputs.verified).toBe('true')
          expect(main.exported).toEqual({})
          expect(world.idTokenIssuer.requests).toHaveLength(1)
          expect(operationsOf(world).sort()).toEqual([
            ASSUME,
            ASSUME,
            'GetCallerIdentity',
            'GetCallerIdentity',
          ])
          const { credentials, config } = sharedFiles(home)
          expect(profilesIn(credentials)).toEqual(['deploy', 'read'])
          expect(profilesIn(config)).toEqual(['deploy', 'read'])
          for (const { secretAccessKey } of world.sts.sessions) expect(credentials).toContain(secretAccessKey)
          await runPost(main, { temporaryDirectory: folder })
          expect(sharedFiles(home)).toEqual({ credentials: '', config: '' })
        },
      ),
    ))

  test('writes none of them to a file that the AWS CLI can’t parse', () =>
    inWorld({}, async world => {
      const config = newFile('config', '[profile a]\nregion = x\n[profile a]\n')
      const credentials = join(dirname(config), 'credentials')
      const environment = { AWS_CONFIG_FILE: config, AWS_SHARED_CREDENTIALS_FILE: credentials }
      const result = await runMain(world, withRoles(TWO, { environment }))
      expectFailure(result, 'ERR_PROFILE_WRITE')
      expect(errorsOf(result).join()).toContain('line 3: line 1 begins the same section')
      expect(existsSync(credentials)).toBe(false)
    }))

  test('gives each profile the session of its own role', () =>
    inWorld({}, world =>
      inLongJob(
        world,
        withRoles(TWO, { with: { 'aws-profile': '', 'refresh-credentials': '' } }),
        async ({ home }) => {
          const { credentials } = sharedFiles(home)
          const sections = credentials.split(/^(?=\[)/m)
          const owner = (profile: string) => {
            const section = sections.find(text => text.startsWith(`[${profile}]`)) ?? ''
            return world.sts.sessions.find(({ secretAccessKey }) => section.includes(secretAccessKey))?.arn
          }
          expect(owner('deploy')).toBe('arn:aws:sts::111122223333:assumed-role/deploy/GitHubActions')
          expect(owner('read')).toBe('arn:aws:sts::444455556666:assumed-role/reader/GitHubActions')
        },
      ),
    ))

  test('describes the first in the outputs, and all in verified-profiles', () =>
    inWorld({}, async world => {
      const { outputs } = await runMain(world, withRoles(TWO))
      expect(outputs).toMatchObject({ 'role-name': 'deploy', 'aws-account-id': '111122223333' })
      expect(JSON.parse(outputs['verified-profiles'] ?? '')).toEqual([
        {
          profile: 'deploy',
          verified: 'true',
          'aws-account-id': '111122223333',
          'authenticated-arn': 'arn:aws:sts::111122223333:assumed-role/deploy/GitHubActions',
          'user-id': 'AROA3XFRBF535PLBIFPI4:GitHubActions',
          'aws-partition': 'aws',
          'aws-expiration': outputs['aws-expiration'],
          'role-name': 'deploy',
          'role-id': 'AROA3XFRBF535PLBIFPI4',
          'role-session-name': 'GitHubActions',
          'sts-request-id': requestIdFor(world, 'role/deploy'),
        },
        expect.objectContaining({
          'sts-request-id': requestIdFor(world, 'role/reader'),
          profile: 'read',
          'role-name': 'reader',
          'aws-account-id': '444455556666',
        }),
      ])
    }))

  test('shows a row for each in the summary', () =>
    inWorld({}, async world => {
      const { summary } = await runMain(world, withRoles(TWO))
      expect(summary).toContain('## ✅ Verified: 2 roles in 2 accounts')
      const rows = summary.split('\n').filter(line => line.startsWith('| ✔ |'))
      expect(rows).toHaveLength(2)
      expect(rows[1]).toMatch(/read.*role&#47;reader.*assumed|read.*reader.*444455556666/)
    }))

  test('assumes each role with keys from the inputs', () =>
    inWorld({}, async world => {
      const inputs = { ...robotKeys(world), 'role-skip-session-tagging': 'true' }
      const result = await runMain(world, withRoles(`a=${DEPLOYER}\nb=${DEPLOYER}`, { with: inputs }))
      expect(result.outputs.verified).toBe('true')
      expect(world.idTokenIssuer.requests).toHaveLength(0)
      expect(operationsOf(world).filter(name => name === 'AssumeRole')).toHaveLength(2)
    }))

  test('assumes each role with existing credentials', () =>
    inWorld({}, async world => {
      const environment = variablesOf(world.sts.issueSession('111122223333', 'deploy', 'earlier'))
      const lines = `a=${PRODUCTION}\nb=${PRODUCTION}`
      const result = await runMain(
        world,
        withRoles(lines, { environment, with: { 'role-chaining': 'true' } }),
      )
      expect(result.outputs.verified).toBe('true')
      expect(operationsOf(world).filter(name => name === 'AssumeRole')).toHaveLength(2)
    }))

  const OTHERS = { on: 'GetCallerIdentity', effect: { kind: 'alter', fields: ANOTHER_ROLE } } as const

  test.each<[string, readonly Fault[], NonNullable<Scenario['with']>, string, string]>([
    ['of one role', [{ ...OTHERS, times: 1 }], {}, 'ERR_IDENTITY_MISMATCH', '1 of 2 roles'],
    ['of every role', [OTHERS], {}, 'ERR_IDENTITY_MISMATCH', '2 of 2 roles'],
    [
      'on which all answers agree',
      [{ on: ASSUME, effect: { kind: 'alter', fields: { Arn: ANOTHER_ROLE.Arn } } }, OTHERS],
      {},
      'ERR_IDENTITY_MISMATCH',
      'identity: expected',
    ],
    ['of an account', [], { 'allowed-account-ids': '111122223333' }, 'ERR_IDENTITY_MISMATCH', '1 of 2 roles'],
    ['of a role’s id', [], { 'expected-role-id': 'AROA3XFRBF535PLBIFPI4' }, 'ERR_IDENTITY_MISMATCH', 'read'],
    ['of a claim', [], { 'required-claims': 'ref=refs/heads/x' }, 'ERR_CLAIM_MISMATCH', 'ref'],
  ])('writes no profile at all on a mismatch %s', (_, faults, given, code, text) =>
    inWorld({ faults }, world =>
      inLongJob(
        world,
        withRoles(TWO, { with: { 'aws-profile': '', 'refresh-credentials': '', ...given } }),
        async ({ main, home }) => {
          expectFailure(main, code)
          expect(errorsOf(main).join()).toContain(text)
          expect(sharedFiles(home)).toEqual({ credentials: '', config: '' })
        },
      ),
    ),
  )

  test('names every role that failed, and what each needs', () =>
    inWorld({}, async world => {
      const missing = 'arn:aws:iam::111122223333:role/missing'
      const gone = 'arn:aws:iam::444455556666:role/gone'
      const result = await runMain(world, withRoles(`a=${missing}\nok=${DEPLOY}\nb=${gone}`))
      expectFailure(result, 'ERR_STS_REJECTED')
      const error = errorsOf(result).join()
      expect(error).toMatch(/2 of 3 roles/)
      expect(error).toContain(`a (${missing}): ERR_STS_REJECTED`)
      expect(error).toContain(`b (${gone}): ERR_STS_REJECTED`)
      expect(error).not.toContain(`ok (${DEPLOY})`)
      const marks = result.summary
        .split('\n')
        .filter(line => /^\| [✔✘]/.test(line))
        .map(line => line[2])
      expect(marks).toEqual(['✘', '✘', '✔'])
    }))

  test('that are verified and can’t be written report the first’s caller, and no expiry of what was not exported', () =>
    inWorld({}, async world => {
      const home = mkdtempSync(join(tmpdir(), 'home-'))
      mkdirSync(join(home, '.aws'))
      writeFileSync(join(home, '.aws', 'credentials'), '[read]\naws_access_key_id = x\n')
      const result = await runMain(world, withRoles(TWO, { environment: { HOME: home } }))
      expectFailure(result, 'ERR_PROFILE_WRITE')
      expect(result.outputs['actual-arn']).toBe(DEPLOY_SESSION)
      expect(result.summary).not.toMatch(/\d\d:\d\d UTC/)
    }))

  test('passes a reported mismatch only if nothing else failed', () =>
    inWorld({ faults: [OTHERS] }, async world => {
      const inputs = { 'on-mismatch': 'report' }
      const reported = await runMain(world, withRoles(TWO, { with: inputs }))
      expect(reported.conclusion).toBe('success')
      expect(reported.outputs.verified ?? '').toBe('')
      expect(reported.outputs['actual-arn']).toBe(ANOTHER_ROLE.Arn)
      const lines = `${TWO}none=arn:aws:iam::111122223333:role/missing`
      expectFailure(await runMain(world, withRoles(lines, { with: inputs })), 'ERR_STS_REJECTED')
    }))

  test('calls GitHub once, however many roles wait for a token that is refused', () =>
    inWorld(
      { faults: [{ on: 'id-token', effect: { kind: 'error', status: 403, code: 'x', message: 'no' } }] },
      async world => {
        expectFailure(await runMain(world, withRoles(TWO)), 'ERR_OIDC_REQUEST_FAILED')
        expect(world.idTokenIssuer.requests).toHaveLength(1)
      },
    ))

  test.each([ASSUME, 'GetCallerIdentity'] as const)('says for which role %s is retried', on =>
    inWorld(
      { faults: [{ on, times: 2, effect: { kind: 'error', status: 503, code: 'Down', message: 'down' } }] },
      async world => {
        const result = await runMain(world, withRoles(TWO))
        expect(result.outputs.verified).toBe('true')
        const waits = result.log.split('\n').filter(line => line.includes('(attempt '))
        expect(waits).toHaveLength(2)
        for (const line of waits) expect(line).toMatch(new RegExp(`^${on} for (${DEPLOY}|${READER}) at http`))
      },
    ),
  )

  test('verifies a hundred roles under a rate limit', () => {
    const accounts = accountsWithDeploy(100)
    const data: Partial<World> = { accounts, callLimit: { perSecond: 40, burst: 40 } }
    return inWorld(data, async world => {
      const lines = profileLines(accounts)
      const result = await runMain(world, withRoles(lines, { timeLimitMs: 120_000 }))
      expect(result.outputs.verified).toBe('true')
      expect(JSON.parse(result.outputs['verified-profiles'] ?? '')).toHaveLength(100)
      expect(world.idTokenIssuer.requests).toHaveLength(1)
    })
  }, 150_000)

  test('writes a hundred profiles into 20 MB of others within the step’s timeout, and removes them again', () => {
    const accounts = accountsWithDeploy(100)
    return inWorld({ accounts }, async world => {
      const temporaryDirectory = mkdtempSync(join(tmpdir(), 'home-'))
      const file = join(temporaryDirectory, 'home', '.aws', 'credentials')
      const section = (name: string) =>
        `[${name}]\naws_access_key_id = AKIAOTHERS\naws_secret_access_key = of-others\n`
      const others = Array.from({ length: 280_000 }, (_, number) => section(`x${number}`)).join('\n')
      expect(others.length).toBeGreaterThan(20e6)
      mkdirSync(dirname(file), { recursive: true })
      writeFileSync(file, others)
      const inputs = { 'action-timeout-s': '20' }
      const main = await runMain(
        world,
        withRoles(profileLines(accounts), { with: inputs, temporaryDirectory }),
      )
      expect(main.outputs.verified).toBe('true')
      expect(profilesIn(readFileSync(file, 'utf8').slice(others.length))).toHaveLength(100)
      const post = await runPost(main)
      // Reading the file over and over took longer than a minute each.
      expect([main, post].filter(({ durationMs }) => durationMs > 20_000)).toEqual([])
      expect(readFileSync(file, 'utf8') === others).toBe(true)
      rmSync(temporaryDirectory, { recursive: true })
    })
  }, 60_000)

  test('makes at most ten calls at a time', () => {
    const accounts = accountsWithDeploy(25)
    const faults: readonly Fault[] = [{ on: ASSUME, effect: { kind: 'delay', ms: 200 } }]
    return inWorld({ accounts, faults }, async world => {
      const began = performance.now()
      const result = await runMain(world, withRoles(profileLines(accounts)))
      expect(result.outputs.verified).toBe('true')
      // Three rounds of ten, and far from one after another.
      expect(performance.now() - began).toBeGreaterThan(600)
      expect(performance.now() - began).toBeLessThan(25 * 200)
      expect(world.sts.connections).toBeLessThanOrEqual(10)
    })
  })

  test('with refresh-credentials creates profiles that each renew and verify their own role', () =>
    inWorld({}, world =>
      inLongJob(world, withRoles(TWO, { with: { 'aws-profile': '' } }), async job => {
        expect(job.main.outputs.verified).toBe('true')
        const { credentials, config } = sharedFiles(job.home)
        expect(credentials).toBe('')
        expect(commandOf(config, 'deploy')).not.toBe(commandOf(config, 'read'))
        for (const index of [0, 1]) letPass(job, 50, index)
        const renewals = await Promise.all(['deploy', 'read'].map(profile => job.renew({ profile })))
        const owners = renewals.map(
          renewal =>
            world.sts.sessions.find(({ accessKeyId }) => accessKeyId === renewal.credentials?.AccessKeyId)
              ?.arn,
        )
        expect(owners).toEqual([
          'arn:aws:sts::111122223333:assumed-role/deploy/GitHubActions',
          'arn:aws:sts::444455556666:assumed-role/reader/GitHubActions',
        ])
        await runPost(job.main, { temporaryDirectory: job.folder })
        expect(renewalFolder(job)).toBeUndefined()
        expect(sharedFiles(job.home)).toEqual({ credentials: '', config: '' })
      }),
    ))

  test('warns about keys that an earlier step left in the environment', () =>
    inWorld({}, async world => {
      const environment = variablesOf(world.sts.issueSession('111122223333', 'deploy', 'earlier'))
      const result = await runMain(world, withRoles(TWO, { environment }))
      expect(warningsOf(result).join()).toContain(
        'aws-profiles: the environment has keys from an earlier step',
      )
    }))

  test.each<[string, NonNullable<Scenario['with']>, string]>([
    ['role-to-assume', { 'role-to-assume': DEPLOY }, 'role-to-assume: applies to a single role'],
    ['aws-profile', { 'aws-profile': 'one' }, 'aws-profile: applies to a single role'],
    ['expected-role', { 'expected-role': DEPLOY }, 'expected-role: applies to a single role'],
    ['trust-policy', { 'trust-policy': 'trust.json' }, 'trust-policy: applies to a single role'],
    [
      'use-existing-credentials',
      { 'use-existing-credentials': 'true' },
      'use-existing-credentials: applies to a single role',
    ],
    [
      'output-env-credentials',
      { 'output-env-credentials': 'true' },
      'output-env-credentials: applies to a single role',
    ],
    ['role-chain', { 'role-chain': PRODUCTION }, 'role-chain: applies to a single role'],
    [
      'a role twice under one name',
      { 'aws-profiles': `a=${DEPLOY}\na=${READER}` },
      'names "a" more than once',
    ],
    ['a line without a role', { 'aws-profiles': 'a\nb=' }, '"a" is not PROFILE=ROLE'],
    ['a session’s ARN', { 'aws-profiles': 'a=arn:aws:sts::111122223333:assumed-role/x/y' }, 'not a role ARN'],
    [
      'another partition',
      { 'aws-profiles': 'a=arn:aws-cn:iam::111122223333:role/x' },
      'its partition is aws-cn',
    ],
    ['101 lines', { 'aws-profiles': profileLines(accountsWithDeploy(101)) }, 'has 101 lines'],
  ])('is an input error next to or with %s', (_, given, problem) =>
    inWorld(defaultWorld, async world => {
      const inputs = { 'aws-profiles': TWO, 'role-to-assume': 'none', ...given }
      const result = await runMain(world, { with: inputs })
      expectFailure(result, 'ERR_INPUT_INVALID')
      expect(errorsOf(result).join()).toContain(problem)
      expect(world.idTokenIssuer.requests).toHaveLength(0)
    }),
  )
})
