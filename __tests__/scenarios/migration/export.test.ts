import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import type { RunningWorld } from '../../../sandbox/world.ts'
import { DEPLOYER, PRODUCTION, robotInputs, robotVariables, variablesOf } from '../migration-credentials.ts'
import {
  DEPLOY_SESSION,
  errorsOf,
  expectFailure,
  expectNothingHandedOut,
  inWorld,
  type MainResult,
  READER,
  runIn,
  runMain,
  runPost,
  warningsOf,
} from '../scenario.ts'

describe('outputs', () => {
  test.each([
    { 'output-env-credentials': 'false' },
    { 'output-credentials': 'true' },
    { 'mask-aws-account-id': 'true' },
    {},
  ])('aws-account-id, authenticated-arn and aws-expiration are set in every mode: %o', async given => {
    const { outputs } = await runIn({}, { with: given })
    expect(outputs).toMatchObject({
      'aws-account-id': '111122223333',
      'authenticated-arn': DEPLOY_SESSION,
      'aws-expiration': expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
    })
  })

  test('are of the verified caller, never of the source', () =>
    inWorld({}, async world => {
      const given = { ...robotInputs(world), 'role-to-assume': PRODUCTION }
      const refused = await runMain(world, { with: given })
      expectFailure(refused, 'ERR_STS_REJECTED')
      expect(refused.outputs).not.toHaveProperty('aws-account-id')
      const passed = await runMain(world, { with: { ...given, 'role-to-assume': DEPLOYER } })
      expect(passed.files.output).not.toContain('ci-robot')
    }))

  test('output-credentials sets no session token if the keys have none', () =>
    inWorld({}, async world => {
      const result = await runMain(world, {
        with: { ...robotInputs(world), 'allowed-account-ids': '111122223333', 'output-credentials': 'true' },
        without: ['role-to-assume'],
      })
      expect(result.outputs).toMatchObject(robotInputs(world))
      expect(result.outputs).not.toHaveProperty('aws-session-token')
      expect(result.outputs).not.toHaveProperty('aws-expiration')
    }))
})

describe('output-env-credentials', () => {
  test('exports the keys and the region by default, and nothing if false', async () => {
    const names = Object.keys((await runIn({})).exported)
    expect(names).toEqual([
      'AWS_ACCESS_KEY_ID',
      'AWS_SECRET_ACCESS_KEY',
      'AWS_SESSION_TOKEN',
      'AWS_REGION',
      'AWS_DEFAULT_REGION',
    ])
    const none = await runIn({}, { with: { 'output-env-credentials': 'false' } })
    expect(none.outputs.verified).toBe('true')
    expect(none.files.env).toBe('')
  })
})

describe('allowed-account-ids', () => {
  test('is checked for the assumed role, before anything is exported', async () => {
    const pass = await runIn({}, { with: { 'allowed-account-ids': '444455556666,111122223333' } })
    expect(pass.outputs.verified).toBe('true')
    const fail = await runIn({}, { with: { 'allowed-account-ids': '444455556666' } })
    expectFailure(fail, 'ERR_IDENTITY_MISMATCH')
  })

  test('is an error if blank, as an unset variable leaves it, and never a disabled guard', async () => {
    const result = await runIn({}, { with: { 'allowed-account-ids': '' } })
    expectFailure(result, 'ERR_INPUT_INVALID')
    expect(errorsOf(result)[0]).toMatch(/allowed-account-ids: .*blank/)
  })
})

describe('a blank input', () => {
  test('for role-to-assume is an error, though there are keys to export', () =>
    inWorld({}, async world => {
      const result = await runMain(world, { with: { ...robotInputs(world), 'role-to-assume': '' } })
      expectFailure(result, 'ERR_INPUT_INVALID')
      expect(errorsOf(result)[0]).toContain('role-to-assume: is blank')
    }))

  test('for an input that is not a guard means its default', async () => {
    const names = [
      'role-session-name',
      'role-duration-seconds',
      'audience',
      'aws-access-key-id',
      'disable-retry',
    ]
    const result = await runIn({}, { with: Object.fromEntries(names.map(name => [name, ''])) })
    expect(errorsOf(result)).toEqual([])
    expect(result.outputs['authenticated-arn']).toBe(DEPLOY_SESSION)
  })
})

describe('aws-profile', () => {
  let folder: string
  let environment: Record<string, string>
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'profile-'))
    environment = {
      AWS_SHARED_CREDENTIALS_FILE: join(folder, 'credentials'),
      AWS_CONFIG_FILE: join(folder, 'config'),
    }
  })
  afterEach(() => rmSync(folder, { recursive: true }))

  test('gets the keys and the region in the files that the variables name, and the environment nothing', () =>
    inWorld({}, async world => {
      const result = await runProfile(world, {})
      expect(errorsOf(result)).toEqual([])
      expect(result.exported).toEqual({})
      expect(read('credentials')).toBe(section('[ci]', world))
      expect(read('config')).toBe('[profile ci]\nregion = eu-west-1\n')
      expect(statSync(join(folder, 'credentials')).mode & 0o777).toBe(0o600)
    }))

  test('is written to the home folder if no variable says otherwise', () =>
    inWorld({}, async world => {
      const result = await runMain(world, { with: { 'aws-profile': 'ci' }, temporaryDirectory: folder })
      expect(errorsOf(result)).toEqual([])
      const home = join(folder, 'home', '.aws', 'credentials')
      expect(readFileSync(home, 'utf8')).toBe(section('[ci]', world))
      expect(statSync(join(folder, 'home', '.aws')).mode & 0o777).toBe(0o700)
    }))

  test('is exported as AWS_PROFILE next to the keys with output-env-credentials: true', () =>
    inWorld({}, async world => {
      const result = await runProfile(world, { 'output-env-credentials': 'true' })
      expect(result.exported).toMatchObject({ ...variablesOf(world.sts.sessions[0]), AWS_PROFILE: 'ci' })
    }))

  test('keeps comments and other profiles unchanged to the byte', () =>
    inWorld({}, async world => {
      const others = '# mine\n[default]\nregion=us-east-1\n\n[profile dev] ; yours\n\trole_arn = x\n'
      writeFileSync(join(folder, 'config'), others)
      await runProfile(world, {})
      expect(read('config')).toContain(others)
    }))

  test('is an error if it already exists, and stays, unless overwrite-aws-profile is true', () =>
    inWorld({}, async world => {
      const before = '[ci]\naws_access_key_id = AKIAEARLIER\naws_secret_access_key = earlier\n'
      writeFileSync(join(folder, 'credentials'), before)
      const refused = await runProfile(world, {})
      expect(refused.outputs['failure-code']).toBe('ERR_PROFILE_WRITE')
      expect(refused.exported).toEqual({})
      expect(read('credentials')).toBe(before)
      expect(existsSync(join(folder, 'config'))).toBe(false)
      const replaced = await runProfile(world, { 'overwrite-aws-profile': 'true' })
      expect(errorsOf(replaced)).toEqual([])
      expect(read('credentials')).toContain(world.sts.sessions.at(-1)?.accessKeyId)
      expect(read('credentials')).not.toContain('AKIAEARLIER')
    }))

  test('is removed by the post step, and nothing else is', () =>
    inWorld({}, async world => {
      writeFileSync(join(folder, 'config'), '[default]\nregion = us-east-1\n')
      const post = await runPost(await runProfile(world, {}), { environment })
      expect(post.conclusion).toBe('success')
      expect(read('config')).toBe('[default]\nregion = us-east-1\n')
      expect(existsSync(join(folder, 'credentials'))).toBe(false)
    }))

  test('stays out of the files when the verdict fails', () =>
    inWorld({}, async world => {
      const result = await runProfile(world, { 'expected-role': READER })
      expectFailure(result, 'ERR_IDENTITY_MISMATCH')
      expect(existsSync(join(folder, 'credentials'))).toBe(false)
    }))

  test('named by AWS_PROFILE is the source for the next role with role-chaining', () =>
    inWorld({}, async world => {
      await runProfile(world, {})
      const result = await runMain(world, {
        with: { 'aws-profile': 'second', 'role-to-assume': PRODUCTION, 'role-chaining': 'true' },
        environment: { ...environment, AWS_PROFILE: 'ci' },
      })
      expect(errorsOf(result)).toEqual([])
      expect(result.outputs['authenticated-arn']).toMatch(/:assumed-role\/production\//)
      expect(read('credentials')).toContain('[second]')
    }))

  test('may be named by AWS_PROFILE with access keys, as v6’s README shows', () =>
    inWorld({}, async world => {
      const result = await runMain(world, {
        with: {
          ...robotInputs(world),
          'role-to-assume': DEPLOYER,
          'role-chaining': 'true',
          'aws-profile': 'ci',
        },
        environment: { ...environment, AWS_PROFILE: 'ci' },
      })
      expect(errorsOf(result)).toEqual([])
      expect(warningsOf(result).join()).toContain('role-chaining')
      expect(read('credentials')).toBe(section('[ci]', world))
    }))

  test.each(['my profile', 'a[b]', 'a/b', 'größe', 'x'.repeat(65)])('can’t be named %p', name =>
    inWorld({}, async world => {
      const result = await runProfile(world, { 'aws-profile': name })
      expectFailure(result, 'ERR_INPUT_INVALID')
      expect(errorsOf(result)[0]).toContain('aws-profile: ')
    }),
  )

  function runProfile(world: RunningWorld, given: Record<string, string>): Promise<MainResult> {
    return runMain(world, { with: { 'aws-profile': 'ci', ...given }, environment })
  }

  function read(file: string): string {
    return readFileSync(join(folder, file), 'utf8')
  }

  function section(head: string, world: RunningWorld): string {
    const { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN } = variablesOf(
      world.sts.sessions.at(-1),
    )
    return `${head}\naws_access_key_id = ${AWS_ACCESS_KEY_ID}\naws_secret_access_key = ${AWS_SECRET_ACCESS_KEY}\naws_session_token = ${AWS_SESSION_TOKEN}\n`
  }
})

describe('the post step', () => {
  test('blanks the keys and leaves a region and profile that it can’t restore', () =>
    inWorld({}, async world => {
      const folder = mkdtempSync(join(tmpdir(), 'profile-'))
      const main = await runMain(world, {
        with: { 'aws-profile': 'ci', 'output-env-credentials': 'true' },
        temporaryDirectory: folder,
      })
      const post = await runPost(main, { temporaryDirectory: folder })
      rmSync(folder, { recursive: true })
      expect(post.exported).toEqual({
        AWS_ACCESS_KEY_ID: '',
        AWS_SECRET_ACCESS_KEY: '',
        AWS_SESSION_TOKEN: '',
      })
    }))
})

describe('a step that fails', () => {
  test('leaves later steps no region and none of its keys, and keeps credentials from earlier steps', () =>
    inWorld({}, async world => {
      const result = await runMain(world, {
        with: { 'role-to-assume': 'arn:aws:iam::111122223333:role/gone', 'output-credentials': 'true' },
        environment: robotVariables(world),
      })
      expectFailure(result, 'ERR_STS_REJECTED')
      expectNothingHandedOut(result)
    }))
})
