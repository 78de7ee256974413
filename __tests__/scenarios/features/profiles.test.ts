import { execFileSync, spawnSync } from 'node:child_process'
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, describe, expect, test } from '@jest/globals'
import { runStep, type StepResult } from '../../../sandbox/runner/runner.ts'
import { ownHolder } from '../../../src/profiles/lock-holder.ts'
import {
  ACTION,
  ANOTHER_ROLE,
  DEPLOY,
  DEPLOY_SESSION,
  earlierSession,
  errorsOf,
  expectFailure,
  inWorld,
  newFile,
  OF_THE_REQUEST,
  runMain,
  runPost,
  type Scenario,
  warningsOf,
} from '../scenario.ts'

const OTHERS_CREDENTIALS =
  '# kept by hand\r\n[default]\r\naws_access_key_id=AKIAOTHERS\r\n\r\n; a note\r\n[deploy-old]\r\n  aws_access_key_id  =  x'
const OTHERS_CONFIG =
  '[profile tools]\nregion = us-east-1\ns3 =\n  max_concurrent_requests = 20\n\n[sso-session octo]\nsso_region = us-east-1\n'

let folder: string
let credentials: string
let config: string

/** With the shared files in the test's own folder. */
function withFiles(scenario: Scenario = {}): Scenario {
  return {
    ...scenario,
    with: { 'aws-profile': 'gate', ...scenario.with },
    environment: {
      AWS_SHARED_CREDENTIALS_FILE: credentials,
      AWS_CONFIG_FILE: config,
      ...scenario.environment,
    },
  }
}

const modeOf = (path: string) => (statSync(path).mode & 0o777).toString(8)
const read = (path: string) => readFileSync(path, 'latin1')

beforeEach(() => {
  folder = join(mkdtempSync(join(tmpdir(), 'profiles-')), '.aws')
  credentials = join(folder, 'credentials')
  config = join(folder, 'config')
})

function writeOthers(): void {
  mkdirSync(folder)
  writeFileSync(credentials, OTHERS_CREDENTIALS, { encoding: 'latin1', mode: 0o644 })
  writeFileSync(config, OTHERS_CONFIG, { encoding: 'latin1', mode: 0o644 })
}

describe('aws-profile', () => {
  test('gets the verified keys and the region; the environment gets nothing', () =>
    inWorld({}, async world => {
      const result = await runMain(world, withFiles())
      const [session] = world.sts.sessions
      expect(result.outputs.verified).toBe('true')
      expect(result.exported).toEqual({})
      expect(read(credentials)).toBe(
        `[gate]\naws_access_key_id = ${session?.accessKeyId}\naws_secret_access_key = ${session?.secretAccessKey}\naws_session_token = ${session?.sessionToken}\n`,
      )
      expect(read(config)).toBe('[profile gate]\nregion = eu-west-1\n')
      expect([modeOf(folder), modeOf(credentials), modeOf(config)]).toEqual(['700', '600', '600'])
    }))

  test('does not wait beyond the step’s timeout while another job locks the files', () =>
    inWorld({}, async world => {
      mkdirSync(folder)
      writeFileSync(`${config}.lock`, 'another-machine 1')
      const result = await runMain(world, withFiles({ with: { 'action-timeout-s': '3' } }))
      expectTimeoutWithoutProfile(result)
      expect(errorsOf(result).join()).toMatch(/3 s .*config\.lock"/)
    }))

  test.each([3600, -3600])(
    'is not written while a process on this machine locks the files, though its lock is %s seconds old',
    seconds =>
      inWorld({}, async world => {
        mkdirSync(folder)
        const lock = `${credentials}.lock`
        const text = JSON.stringify({ ...ownHolder(), id: 'of this test' })
        writeFileSync(lock, text)
        const then = Date.now() / 1000 - seconds
        utimesSync(lock, then, then)
        const result = await runMain(world, withFiles({ with: { 'action-timeout-s': '2' } }))
        expectTimeoutWithoutProfile(result)
        expect(read(lock)).toBe(text)
      }),
  )

  test('does not wait on a pipe in place of a lock', () =>
    inWorld({}, async world => {
      mkdirSync(folder)
      execFileSync('mkfifo', [`${credentials}.lock`])
      expectTimeoutWithoutProfile(await runMain(world, withFiles({ with: { 'action-timeout-s': '2' } })))
    }))

  test('is written at once if the job that locked the files was killed', () =>
    inWorld({}, async world => {
      mkdirSync(folder)
      const { pid } = spawnSync(process.execPath, ['-e', ''])
      writeFileSync(`${credentials}.lock`, JSON.stringify({ ...ownHolder(), pid }))
      writeFileSync(`${credentials}.role-gate.00000000-1111-2222-3333-444444444444.tmp`, 'left')
      const main = await runMain(world, withFiles({ with: { 'action-timeout-s': '5' } }))
      expect(main.outputs.verified).toBe('true')
      expect(readdirSync(folder)).toEqual(['config', 'credentials'])
    }))

  test('is not written by a job that is cancelled while another one locks the files', () =>
    inWorld({}, async world => {
      mkdirSync(folder)
      writeFileSync(`${credentials}.lock`, 'another-machine 1')
      const result = await runMain(world, withFiles({ signalAfterMs: 3_000 }))
      expectTimeoutWithoutProfile(result)
      expect(errorsOf(result).join()).toMatch(/cancelled .*lock/)
    }))

  function expectTimeoutWithoutProfile(result: StepResult): void {
    expect(result.outputs).toEqual({
      ...OF_THE_REQUEST,
      'failure-code': 'ERR_TIMEOUT',
      'token-subject': expect.any(String),
      'actual-arn': expect.any(String),
    })
    expect(result.exported).toEqual({})
    expect(result.state).toEqual({ profiles: '' })
    expect(Object.keys(result.changedFiles)).toEqual([])
    expect(result.durationMs).toBeLessThan(9_000)
  }

  test('is written to the home folder if no variable says otherwise', () =>
    inWorld({}, async world => {
      const temporaryDirectory = mkdtempSync(join(tmpdir(), 'runner-'))
      const main = await runMain(world, { with: { 'aws-profile': 'default' }, temporaryDirectory })
      const home = join(temporaryDirectory, 'home')
      expect(read(join(home, '.aws', 'config'))).toBe('[default]\nregion = eu-west-1\n')
      await runPost(main, { temporaryDirectory })
      expect(existsSync(join(home, '.aws', 'credentials'))).toBe(false)
    }))

  test('leaves every other byte of the files unchanged, and the post step restores the files exactly', () =>
    inWorld({}, async world => {
      writeOthers()
      const main = await runMain(world, withFiles())
      expect(read(credentials).startsWith(OTHERS_CREDENTIALS)).toBe(true)
      expect(read(credentials)).toContain('\r\n[gate]\r\n')
      expect(read(config).startsWith(OTHERS_CONFIG)).toBe(true)
      expect([modeOf(credentials), modeOf(config)]).toEqual(['600', '600'])
      const elsewhere = { AWS_SHARED_CREDENTIALS_FILE: join(folder, 'a'), AWS_CONFIG_FILE: join(folder, 'b') }
      const post = await runPost(main, { environment: elsewhere })
      expect(post.conclusion).toBe('success')
      expect(read(credentials)).toBe(OTHERS_CREDENTIALS)
      expect(read(config)).toBe(OTHERS_CONFIG)
    }))

  test.each([
    ['credentials', () => credentials, '[gate]\naws_access_key_id = x\n'],
    ['config', () => config, '[profile gate]\nregion = x\n'],
  ])('that is already in the %s file is an error, and both files stay unchanged', (_, path, text) =>
    inWorld({}, async world => {
      mkdirSync(folder)
      writeFileSync(path(), text)
      const result = await runMain(world, withFiles())
      expectFailure(result, 'ERR_PROFILE_WRITE')
      expect(errorsOf(result).join()).toContain('overwrite-aws-profile')
      expect(errorsOf(result).join()).toContain(`caller: ${DEPLOY_SESSION}`)
      expect(result.outputs['actual-arn']).toBe(DEPLOY_SESSION)
      expect(read(path())).toBe(text)
      expect([credentials, config].filter(existsSync)).toEqual([path()])
    }),
  )

  test('that already has the same settings, but not from this step, is left by the post step too', () =>
    inWorld({}, async world => {
      mkdirSync(folder)
      const text = '[profile other]\nx = y\n\n[profile gate]\nregion = eu-west-1\n'
      writeFileSync(config, text)
      const main = await runMain(world, withFiles())
      expectFailure(main, 'ERR_PROFILE_WRITE')
      expect((await runPost(main)).conclusion).toBe('success')
      expect(read(config)).toBe(text)
    }))

  test('that already exists is replaced in both files with overwrite-aws-profile, and nothing else is', () =>
    inWorld({}, async world => {
      mkdirSync(folder)
      writeFileSync(credentials, '[gate]\naws_access_key_id = old\n\n# other\n[other]\nx = y\n')
      writeFileSync(config, '[profile gate]\nregion = old\noutput = text\n[profile other]\nx = y\n')
      await runMain(world, withFiles({ with: { 'overwrite-aws-profile': 'true' } }))
      expect(read(credentials)).not.toMatch(/= old$/m)
      expect(read(credentials)).toContain('# other\n[other]\nx = y\n')
      expect(read(config)).not.toMatch(/= old$/m)
      expect(read(config)).toContain('[profile other]\nx = y\n')
    }))

  test.each<[string, string, number]>([
    ['a section twice', '[a]\nregion = x\n[a]\n', 3],
    ['a setting twice', '[a]\nregion = x\nRegion = y\n', 3],
    ['a byte order mark', '\ufeff[a]\nregion = x\n', 1],
    ['no first header', 'region = x\n', 1],
    ['the marks of a merge', '[a]\n<<<<<<< HEAD\nregion = x\n', 2],
  ])('is not written if the AWS CLI can’t parse a file with %s', (_, text, line) =>
    inWorld({}, async world => {
      mkdirSync(folder)
      for (const [path, other] of [
        [credentials, config],
        [config, credentials],
      ] as const) {
        writeFileSync(path, text)
        const result = await runMain(world, withFiles())
        expectFailure(result, 'ERR_PROFILE_WRITE')
        expect(errorsOf(result).join()).toContain(`${JSON.stringify(path)}, line ${line}: `)
        expect(readFileSync(path, 'utf8')).toBe(text)
        expect(existsSync(other)).toBe(false)
        rmSync(path)
      }
    }),
  )

  test('is not written if the file is not UTF-8, and quotes nothing of it', () =>
    inWorld({}, async world => {
      mkdirSync(folder)
      writeFileSync(credentials, '[a]\n# \xe9t\xe9\n', 'latin1')
      const result = await runMain(world, withFiles({ with: { 'refresh-credentials': 'true' } }))
      expectFailure(result, 'ERR_PROFILE_WRITE')
      expect(errorsOf(result).join()).toContain(`"${credentials}", line 2: it is not valid UTF-8`)
      expect(existsSync(config)).toBe(false)
    }))

  test('that exists twice is fixed by overwrite-aws-profile', () =>
    inWorld({}, async world => {
      mkdirSync(folder)
      const section = '[profile gate]\nregion = old\n'
      writeFileSync(config, `${section}[profile other]\nx = y\n${section}`)
      const overwriting = { with: { 'overwrite-aws-profile': 'true' } }
      expect((await runMain(world, withFiles(overwriting))).outputs.verified).toBe('true')
      expect(read(config)).toBe('[profile other]\nx = y\n\n[profile gate]\nregion = eu-west-1\n')
      // The line of an error in another section is its line in the file
      writeFileSync(config, `${section}\n[profile other]\nx = y\n[profile other]\n`)
      const broken = await runMain(world, withFiles(overwriting))
      expectFailure(broken, 'ERR_PROFILE_WRITE')
      expect(errorsOf(broken).join()).toContain('line 6: line 4 begins the same section')
    }))

  test('goes into the environment too with output-env-credentials, and AWS_PROFILE gets its value back', () =>
    inWorld({}, async world => {
      const environment = { AWS_PROFILE: 'gate', AWS_REGION: 'us-east-1' }
      const main = await runMain(
        world,
        withFiles({ with: { 'output-env-credentials': 'true' }, environment }),
      )
      expect(main.exported).toMatchObject({
        AWS_PROFILE: 'gate',
        AWS_REGION: 'eu-west-1',
        AWS_ACCESS_KEY_ID: world.sts.sessions[0]?.accessKeyId,
      })
      expect((await runPost(main)).exported).toEqual({
        AWS_ACCESS_KEY_ID: '',
        AWS_SECRET_ACCESS_KEY: '',
        AWS_SESSION_TOKEN: '',
        AWS_PROFILE: 'gate',
        AWS_REGION: 'us-east-1',
      })
    }))

  test('is not written for an identity other than the expected one', () =>
    inWorld(
      { faults: [{ on: 'GetCallerIdentity', effect: { kind: 'alter', fields: ANOTHER_ROLE } }] },
      async world => {
        expectFailure(await runMain(world, withFiles()), 'ERR_IDENTITY_MISMATCH')
        expect(existsSync(folder)).toBe(false)
      },
    ))

  test('is rolled back if the outputs can’t be written', () =>
    inWorld({}, async world => {
      writeOthers()
      const result = await runMain(
        world,
        withFiles({ runnerVariables: { GITHUB_OUTPUT: '/nowhere/at/all' } }),
      )
      expect(result.conclusion).toBe('failure')
      expect(read(credentials)).toBe(OTHERS_CREDENTIALS)
      expect(read(config)).toBe(OTHERS_CONFIG)
    }))

  test('that can’t be rolled back, as another job locks the file, is reported after a few seconds at most', () =>
    inWorld({}, async world => {
      writeOthers()
      const preloaded = newFile(
        'lock.cjs',
        `const fs = require('node:fs')
        const { openSync, writeFileSync } = fs
        fs.openSync = (path, ...rest) => {
          if (path !== process.env.GITHUB_ENV) return openSync(path, ...rest)
          writeFileSync(${JSON.stringify(`${credentials}.lock`)}, 'another machine')
          throw Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' })
        }`,
      )
      const temporaryDirectory = mkdtempSync(join(tmpdir(), 'job-'))
      // Not runMain, which expects a failing step to leave no key.
      const step = await runStep({
        ...withFiles(),
        actionDirectory: ACTION,
        step: 'main',
        with: {
          'aws-region': 'eu-west-1',
          'role-to-assume': DEPLOY,
          'sts-endpoint': world.sts.url,
          'aws-profile': 'gate',
          'output-env-credentials': 'true',
          'action-timeout-s': '5',
        },
        job: world.job,
        idToken: { url: world.idTokenIssuer.requestUrl, token: world.idTokenIssuer.requestToken },
        runnerVariables: { NODE_OPTIONS: `--require=${preloaded}` },
        temporaryDirectory,
      })
      const main = { ...step, temporaryDirectory }
      expect(main.outputs['failure-code']).toBe('ERR_UNEXPECTED')
      expect(read(credentials)).toContain('[gate]')
      expect(errorsOf(main)).toHaveLength(1)
      expect(errorsOf(main)[0]).toMatch(/still be in a profile/)
      expect(errorsOf(main)[0]).toContain(`"${credentials}"`)
      expect(errorsOf(main)[0]).not.toContain('No credentials were exported')
      expect(main.durationMs).toBeLessThan(5000)
      rmSync(`${credentials}.lock`)
      await runPost(main)
      expect(read(credentials)).toBe(OTHERS_CREDENTIALS)
      expect(read(config)).toBe(OTHERS_CONFIG)
    }))

  test.each([
    ['file', () => symlinkSync(join(folder, 'real'), credentials)],
    ['folder', () => {}],
  ])('behind a symbolic link (%s) is rejected', (kind, prepare) =>
    inWorld({}, async world => {
      if (kind === 'folder') {
        const real = mkdtempSync(join(tmpdir(), 'real-'))
        symlinkSync(real, folder)
      } else {
        mkdirSync(folder)
        writeFileSync(join(folder, 'real'), '')
        prepare()
      }
      const result = await runMain(world, withFiles())
      expectFailure(result, 'ERR_PROFILE_WRITE')
      expect(errorsOf(result).join()).toContain('symbolic link')
      expect(lstatSync(kind === 'folder' ? folder : credentials).isSymbolicLink()).toBe(true)
    }),
  )

  test('gets verified existing credentials if requested', () =>
    inWorld({}, async world => {
      const session = earlierSession(world)
      const result = await runMain(
        world,
        withFiles({ without: ['role-to-assume'], with: { 'expected-role': DEPLOY }, environment: session }),
      )
      expect(result.exported).toEqual({})
      expect(read(credentials)).toContain(`aws_secret_access_key = ${session.AWS_SECRET_ACCESS_KEY}`)
    }))

  test('that can’t be written is not in the state either: the post step has nothing to look for', () =>
    inWorld({}, async world => {
      mkdirSync(folder)
      writeFileSync(credentials, '  [gate]\n')
      const main = await runMain(world, withFiles({ with: { 'overwrite-aws-profile': 'true' } }))
      expect(main.outputs['failure-code']).toBe('ERR_PROFILE_WRITE')
      expect(main.files.state).toBe('')
      expect(read(credentials)).toBe('  [gate]\n')
    }))

  test('is not written if configparser’s DEFAULT section would give it a role', () =>
    inWorld({}, async world => {
      mkdirSync(folder)
      const text = '[DEFAULT]\nrole_arn = arn:aws:iam::444455556666:role/production\nsource_profile = gate\n'
      writeFileSync(config, text)
      const result = await runMain(world, withFiles())
      expect(result.outputs['failure-code']).toBe('ERR_PROFILE_WRITE')
      expect(errorsOf(result).join()).toContain('line 1')
      expect(read(config)).toBe(text)
      expect(existsSync(credentials)).toBe(false)
    }))

  test('comes with a warning if keys in the environment override it', () =>
    inWorld({}, async world => {
      const result = await runMain(world, withFiles({ environment: earlierSession(world) }))
      expect(result.outputs.verified).toBe('true')
      expect(warningsOf(result).join()).toContain('unset-current-credentials')
    }))

  test('of two concurrent jobs on one machine loses neither', () =>
    inWorld({}, async world => {
      writeOthers()
      const names = ['one', 'two', 'three', 'four']
      const results = await Promise.all(
        names.map(name => runMain(world, withFiles({ with: { 'aws-profile': name } }))),
      )
      expect(results.map(({ conclusion }) => conclusion)).toEqual(names.map(() => 'success'))
      for (const name of names) {
        expect(read(credentials)).toContain(`[${name}]`)
        expect(read(config)).toContain(`[profile ${name}]`)
      }
      await Promise.all(results.map(result => runPost(result)))
      expect(read(credentials)).toBe(OTHERS_CREDENTIALS)
      expect(read(config)).toBe(OTHERS_CONFIG)
    }))
})

describe('the post step', () => {
  test('leaves a section that somebody has changed since', () =>
    inWorld({}, async world => {
      const main = await runMain(world, withFiles())
      const changed = read(credentials).replace(/aws_access_key_id = .*/, 'aws_access_key_id = AKIASOMEBODY')
      writeFileSync(credentials, changed)
      const post = await runPost(main)
      expect(post.conclusion).toBe('success')
      expect(read(credentials)).toBe(changed)
      expect(post.log).toContain('somebody has changed it')
    }))

  test.each<[string, () => void]>([
    ['its file', () => writeFileSync(credentials, '')],
    ['its section', () => writeFileSync(config, '[profile other]\nx = y\n')],
  ])('never fails the job if %s is gone', (_, remove) =>
    inWorld({}, async world => {
      const main = await runMain(world, withFiles())
      remove()
      const post = await runPost(main)
      expect(post.conclusion).toBe('success')
      expect(warningsOf(post)).toEqual([])
    }),
  )

  test('removes nothing with AWS_SKIP_CLEANUP_STEP=true', () =>
    inWorld({}, async world => {
      const main = await runMain(world, withFiles())
      const before = read(credentials)
      await runPost(main, { environment: { AWS_SKIP_CLEANUP_STEP: 'true' } })
      expect(read(credentials)).toBe(before)
    }))

  test('reports an unusable file once, however many profiles are in it', () =>
    inWorld({}, async world => {
      const profiles = { 'aws-profile': '', 'aws-profiles': `gate=${DEPLOY}\nother=${DEPLOY}` }
      const main = await runMain(world, withFiles({ with: profiles, without: ['role-to-assume'] }))
      rmSync(credentials)
      mkdirSync(credentials)
      const post = await runPost(main)
      expect(post.conclusion).toBe('success')
      expect(warningsOf(post)).toEqual([expect.stringContaining('the profiles "gate" and 1 more in')])
      expect(post.log).toContain('Profile "other" in')
    }))

  test.each<[string, string, string]>([
    ['at the beginning', '[gate]\nk = old\n[other]\nk = v\n', '[other]\nk = v\n'],
    [
      'in the middle',
      '# a\r\n[a]\r\n\r\n[gate]\r\nk = old\r\n\r\n# b\r\n[b]\r\n',
      '# a\r\n[a]\r\n\r\n# b\r\n[b]\r\n',
    ],
    ['at the end', '[a]\nk = v\n\n[gate]\nk = old\n', '[a]\nk = v\n'],
    ['at the end, without a last line end', '[a]\nk = v\n\n[gate]\nk = old', '[a]\nk = v'],
    ['twice', '[gate]\n\n[a]\n\n[gate]\nk = old\n\n; b\n[b]\n', '\n[a]\n\n; b\n[b]\n'],
    ['nowhere, where the last line has no end', '[a]\nk = v', '[a]\nk = v'],
  ])(
    'leaves the rest of a file with an overwritten section unchanged, byte for byte: it stood %s',
    (_, text, rest) =>
      inWorld({}, async world => {
        mkdirSync(folder)
        writeFileSync(credentials, text, 'latin1')
        writeFileSync(config, OTHERS_CONFIG, 'latin1')
        const overwriting = withFiles({ with: { 'overwrite-aws-profile': 'true' } })
        // A second job, or a second step, overwrites the first one's.
        const first = await runMain(world, overwriting)
        const second = await runMain(world, overwriting)
        expect([first, second].map(({ conclusion }) => conclusion)).toEqual(['success', 'success'])
        await runPost(second)
        expect(read(credentials)).toBe(rest)
        expect(read(config)).toBe(OTHERS_CONFIG)
        const last = await runPost(first)
        expect(last.log).toContain('gone already')
        expect(read(credentials)).toBe(rest)
        expect(read(config)).toBe(OTHERS_CONFIG)
      }),
  )
})
