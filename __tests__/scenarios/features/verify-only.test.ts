import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import {
  DEPLOY,
  earlierSession,
  errorsOf,
  expectFailure,
  expectNothingHandedOut,
  inWorld,
  OF_THE_REQUEST,
  operationsOf,
  READER,
  runMain,
  runPost,
  type Scenario,
  warningsOf,
} from '../scenario.ts'

/** No role is assumed: the job's existing credentials are what is verified. */
function verifyOnly(scenario: Scenario): Scenario {
  return { ...scenario, without: ['role-to-assume'] }
}

describe('verify only', () => {
  test.each([
    ['the role', { 'expected-role': DEPLOY }],
    [
      'the role by its name in the one allowed account',
      { 'expected-role': 'deploy', 'allowed-account-ids': '111122223333' },
    ],
    ['one of several roles', { 'expected-role': `${READER}\n${DEPLOY}` }],
    ['the very session', { 'expected-role': 'arn:aws:sts::111122223333:assumed-role/deploy/earlier' }],
    ['the account alone', { 'allowed-account-ids': '111122223333' }],
    ['the role id alone', { 'expected-role-id': 'AROA3XFRBF535PLBIFPI4' }],
  ])('passes if the credentials are those of %s, and exports nothing', (_, inputs) =>
    inWorld({}, async world => {
      const result = await runMain(world, verifyOnly({ with: inputs, environment: earlierSession(world) }))
      expect(result.conclusion).toBe('success')
      expect(result.outputs).toMatchObject({
        verified: 'true',
        'authenticated-arn': 'arn:aws:sts::111122223333:assumed-role/deploy/earlier',
        'role-id': 'AROA3XFRBF535PLBIFPI4',
      })
      expect(result.files.env).toBe('')
      expect(result.files.state).toBe('')
      expect(operationsOf(world)).toEqual(['GetCallerIdentity'])
      expect(world.idTokenIssuer.requests).toEqual([])
      expect((await runPost(result)).files.env).toBe('')
    }),
  )

  test.each([
    ['another role', { 'expected-role': READER }],
    [
      'another session of the role',
      { 'expected-role': 'arn:aws:sts::111122223333:assumed-role/deploy/other' },
    ],
    ['another account', { 'allowed-account-ids': '444455556666' }],
    ['a forbidden account', { 'expected-role': DEPLOY, 'forbidden-account-ids': '111122223333' }],
    ['a recreated role', { 'expected-role': DEPLOY, 'expected-role-id': 'AROAANOTHERROLE000000' }],
  ])('fails if the credentials are those of %s', (_, inputs) =>
    inWorld({}, async world => {
      const result = await runMain(world, verifyOnly({ with: inputs, environment: earlierSession(world) }))
      expectFailure(result, 'ERR_IDENTITY_MISMATCH')
      expect(result.outputs['actual-arn']).toBe('arn:aws:sts::111122223333:assumed-role/deploy/earlier')
    }),
  )

  test('blanks the key variables on a reported mismatch', () =>
    inWorld({}, async world => {
      const result = await runMain(
        world,
        verifyOnly({
          with: { 'expected-role': READER, 'on-mismatch': 'report' },
          environment: earlierSession(world),
        }),
      )
      expect(result.conclusion).toBe('success')
      expect(result.exported).toEqual({
        AWS_ACCESS_KEY_ID: '',
        AWS_SECRET_ACCESS_KEY: '',
        AWS_SESSION_TOKEN: '',
      })
      expect(result.outputs).toEqual({
        ...OF_THE_REQUEST,
        'failure-code': 'ERR_IDENTITY_MISMATCH',
        'actual-arn': 'arn:aws:sts::111122223333:assumed-role/deploy/earlier',
      })
    }))

  test('with nothing to verify is an error before any call', () =>
    inWorld({}, async world => {
      const result = await runMain(world, verifyOnly({ environment: earlierSession(world) }))
      expectFailure(result, 'ERR_INPUT_INVALID')
      expect(errorsOf(result).join()).toContain('nothing to verify')
      expect(world.sts.requests).toEqual([])
    }))

  test('with only a forbidden account would let everyone else through, so it is an error', () =>
    inWorld({}, async world => {
      const result = await runMain(
        world,
        verifyOnly({ with: { 'forbidden-account-ids': '444455556666' }, environment: earlierSession(world) }),
      )
      expectFailure(result, 'ERR_INPUT_INVALID')
    }))

  test('in a job without credentials says where it looked', () =>
    inWorld({}, async world => {
      const result = await runMain(world, verifyOnly({ with: { 'expected-role': DEPLOY } }))
      expectFailure(result, 'ERR_CREDENTIALS_UNAVAILABLE')
      expect(world.sts.requests).toEqual([])
    }))

  test('of expired credentials fails at once', () =>
    inWorld({}, async world => {
      const old = world.sts.issueSession('111122223333', 'deploy', 'old', { expiresInSeconds: -60 })
      const result = await runMain(
        world,
        verifyOnly({
          with: { 'expected-role': DEPLOY },
          environment: {
            AWS_ACCESS_KEY_ID: old.accessKeyId,
            AWS_SECRET_ACCESS_KEY: old.secretAccessKey,
            AWS_SESSION_TOKEN: old.sessionToken,
          },
        }),
      )
      expectFailure(result, 'ERR_STS_REJECTED')
      expect(operationsOf(world)).toEqual(['GetCallerIdentity'])
    }))

  test('of keys that AWS_CREDENTIAL_EXPIRATION says have expired is a failure: botocore would reject them', () =>
    inWorld({}, async world => {
      const environment = { ...earlierSession(world), AWS_CREDENTIAL_EXPIRATION: '2020-01-01T00:00:00Z' }
      const result = await runMain(world, verifyOnly({ with: { 'expected-role': DEPLOY }, environment }))
      expectFailure(result, 'ERR_CREDENTIALS_UNAVAILABLE')
      expect(errorsOf(result).join()).toContain('2020-01-01T00:00:00Z')
    }))

  test.each([
    [
      'AWS_CREDENTIAL_EXPIRATION is not a time',
      { AWS_CREDENTIAL_EXPIRATION: 'garbage' },
      'ERR_CREDENTIALS_UNAVAILABLE',
    ],
    ['AWS_SECURITY_TOKEN is another token', { AWS_SECURITY_TOKEN: 'x' }, 'ERR_INPUT_INVALID'],
  ])('of keys next to which %s is a failure', (_, more, code) =>
    inWorld({}, async world => {
      const environment = { ...earlierSession(world), ...more }
      expectFailure(
        await runMain(world, verifyOnly({ with: { 'expected-role': DEPLOY }, environment })),
        code,
      )
    }),
  )

  test('uses the profile that AWS_PROFILE chooses, as nothing is exported', () =>
    inWorld({}, async world => {
      const { accessKeyId, secretAccessKey } = world.users['ci-robot'] ?? {}
      const file = join(mkdtempSync(join(tmpdir(), 'home-')), 'credentials')
      writeFileSync(
        file,
        `[robot]\naws_access_key_id = ${accessKeyId}\naws_secret_access_key = ${secretAccessKey}\n`,
      )
      const result = await runMain(
        world,
        verifyOnly({
          with: { 'expected-role': 'arn:aws:iam::111122223333:user/ci-robot' },
          environment: { AWS_PROFILE: 'robot', AWS_SHARED_CREDENTIALS_FILE: file },
        }),
      )
      expect(result.outputs.verified).toBe('true')
      expect(result.exported).toEqual({})
    }))

  test('of keys with AWS_PROFILE is an error: tools disagree which of them they use', () =>
    inWorld({}, async world => {
      const result = await runMain(
        world,
        verifyOnly({
          with: { 'expected-role': DEPLOY },
          environment: { ...earlierSession(world), AWS_PROFILE: 'another' },
        }),
      )
      expectFailure(result, 'ERR_INPUT_INVALID')
      expect(errorsOf(result).join()).toContain('AWS_PROFILE')
    }))

  test('of a default profile with a token file is a failure: botocore would use the token, others the profile', () =>
    inWorld({}, async world => {
      const folder = mkdtempSync(join(tmpdir(), 'home-'))
      const { accessKeyId, secretAccessKey } = world.users['ci-robot'] ?? {}
      const file = join(folder, 'credentials')
      const text = `aws_access_key_id = ${accessKeyId}\naws_secret_access_key = ${secretAccessKey}\n`
      writeFileSync(file, `[default]\n${text}`)
      const environment = { AWS_SHARED_CREDENTIALS_FILE: file }
      const scenario = { with: { 'expected-role': 'arn:aws:iam::111122223333:user/ci-robot' }, environment }
      expect((await runMain(world, verifyOnly(scenario))).outputs.verified).toBe('true')
      const contested = await runMain(
        world,
        verifyOnly({
          ...scenario,
          environment: { ...environment, AWS_WEB_IDENTITY_TOKEN_FILE: '/x', AWS_ROLE_ARN: READER },
        }),
      )
      expectFailure(contested, 'ERR_CREDENTIALS_UNAVAILABLE')
      expect(errorsOf(contested).join()).toContain('AWS_WEB_IDENTITY_TOKEN_FILE')
    }))

  test('adds the keys to the outputs if requested, once they are verified', () =>
    inWorld({}, async world => {
      const environment = earlierSession(world)
      const result = await runMain(
        world,
        verifyOnly({ with: { 'expected-role': DEPLOY, 'output-credentials': 'true' }, environment }),
      )
      expect(result.outputs['aws-secret-access-key']).toBe(environment.AWS_SECRET_ACCESS_KEY)
      expect(result.exported).toEqual({})
    }))

  test('masks the keys that it verifies', () =>
    inWorld({}, async world => {
      const environment = earlierSession(world)
      const result = await runMain(world, verifyOnly({ with: { 'expected-role': DEPLOY }, environment }))
      expect(result.masks).toEqual(expect.arrayContaining(Object.values(environment)))
    }))

  test('draws the path from the credentials to the account, without a role between', () =>
    inWorld({}, async world => {
      const { summary } = await runMain(
        world,
        verifyOnly({ with: { 'expected-role': DEPLOY }, environment: earlierSession(world) }),
      )
      expect(summary).toContain('existing credentials')
      expect(summary).not.toContain('  role[')
      expect(summary).toContain('nothing (verify only)')
    }))

  test('warns about inputs that only apply to assuming a role', () =>
    inWorld({}, async world => {
      const result = await runMain(
        world,
        verifyOnly({
          with: { 'expected-role': DEPLOY, 'role-external-id': 'octo' },
          environment: earlierSession(world),
        }),
      )
      expect(result.outputs.verified).toBe('true')
      expect(warningsOf(result).join()).toContain('role-external-id')
    }))

  test('leaves nothing behind if the outputs can’t be written', () =>
    inWorld({}, async world => {
      const result = await runMain(
        world,
        verifyOnly({
          with: { 'expected-role': DEPLOY },
          environment: earlierSession(world),
          runnerVariables: { GITHUB_OUTPUT: '/nowhere/at/all' },
        }),
      )
      expect(result.conclusion).toBe('failure')
      expectNothingHandedOut(result)
    }))
})
