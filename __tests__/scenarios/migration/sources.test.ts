import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { startInstanceMetadata } from '../../../sandbox/instance-metadata.ts'
import type { Accounts } from '../../../sandbox/sts/account.ts'
import { defaultWorld, type RunningWorld } from '../../../sandbox/world.ts'
import {
  assumptionsOf,
  DEPLOYER,
  PRODUCTION,
  ROBOT,
  robotInputs,
  robotVariables,
  variablesOf,
} from '../migration-credentials.ts'
import {
  DEPLOY_SESSION,
  errorsOf,
  expectFailure,
  expectNothingHandedOut,
  inWorld,
  operationsOf,
  runMain,
  warningsOf,
} from '../scenario.ts'

const DEPLOYER_SESSION = 'arn:aws:sts::111122223333:assumed-role/deployer/GitHubActions'
const PRODUCTION_SESSION = 'arn:aws:sts::444455556666:assumed-role/production/GitHubActions'
const NO_ROLE = ['role-to-assume']
const THIS_ACCOUNT = { 'allowed-account-ids': '111122223333' }

describe('GitHub’s OIDC token', () => {
  test('is used with a role, id-token: write and no other source, though the job has credentials', () =>
    inWorld({}, async world => {
      const result = await runMain(world, { environment: robotVariables(world) })
      expect(result.outputs['authenticated-arn']).toBe(DEPLOY_SESSION)
      expect(operationsOf(world)).toEqual(['AssumeRoleWithWebIdentity', 'GetCallerIdentity'])
    }))
})

describe('access keys', () => {
  test('alone are exported with the region once a guard is satisfied', () =>
    inWorld({}, async world => {
      const result = await runMain(world, {
        with: { ...robotInputs(world), ...THIS_ACCOUNT },
        without: NO_ROLE,
      })
      expect(errorsOf(result)).toEqual([])
      expect(operationsOf(world)).toEqual(['GetCallerIdentity'])
      expect(result.exported).toEqual({
        ...robotVariables(world),
        AWS_REGION: 'eu-west-1',
        AWS_DEFAULT_REGION: 'eu-west-1',
      })
      expect(result.outputs).toMatchObject({ 'aws-account-id': '111122223333', 'authenticated-arn': ROBOT })
      expect(result.masks).toContain(robotInputs(world)['aws-secret-access-key'])
    }))

  test('from a session are exported with its token, and a user’s blank an earlier token', () =>
    inWorld({}, async world => {
      const session = variablesOf(world.sts.issueSession('111122223333', 'deploy', 'Earlier'))
      const temporary = await runMain(world, {
        with: {
          ...THIS_ACCOUNT,
          'aws-access-key-id': session.AWS_ACCESS_KEY_ID ?? '',
          'aws-secret-access-key': session.AWS_SECRET_ACCESS_KEY ?? '',
          'aws-session-token': session.AWS_SESSION_TOKEN ?? '',
        },
        without: NO_ROLE,
      })
      expect(temporary.exported).toMatchObject(session)
      const lasting = await runMain(world, {
        with: { ...THIS_ACCOUNT, ...robotInputs(world) },
        without: NO_ROLE,
        environment: session,
      })
      expect(lasting.exported).toMatchObject({ ...robotVariables(world), AWS_SESSION_TOKEN: '' })
    }))

  test('alone without a guard are an error that says what to add, and none is exported', () =>
    inWorld({}, async world => {
      const result = await runMain(world, { with: robotInputs(world), without: NO_ROLE })
      expectFailure(result, 'ERR_INPUT_INVALID')
      expect(errorsOf(result)[0]).toContain('allowed-account-ids')
      expect(world.sts.requests).toEqual([])
    }))

  test('of another account than the allowed one are not exported', () =>
    inWorld({}, async world => {
      const result = await runMain(world, {
        with: { ...robotInputs(world), 'allowed-account-ids': '444455556666' },
        without: NO_ROLE,
      })
      expectFailure(result, 'ERR_IDENTITY_MISMATCH')
      expect(result.outputs['actual-arn']).toBe(ROBOT)
    }))

  test('with a part missing are an error', () =>
    inWorld({}, async world => {
      const { 'aws-access-key-id': id = '', 'aws-secret-access-key': secret = '' } = robotInputs(world)
      const noSecret = await runMain(world, { with: { 'aws-access-key-id': id } })
      expectFailure(noSecret, 'ERR_INPUT_INVALID')
      expect(errorsOf(noSecret)[0]).toContain('aws-secret-access-key: is missing')
      const noId = await runMain(world, { with: { 'aws-secret-access-key': secret } })
      expectFailure(noId, 'ERR_INPUT_INVALID')
      expect(errorsOf(noId)[0]).toContain('aws-access-key-id: is missing')
      const tokenAlone = await runMain(world, { with: { 'aws-session-token': 'IQoJb3JpZ2luX2Vj' } })
      expectFailure(tokenAlone, 'ERR_INPUT_INVALID')
      expect(errorsOf(tokenAlone)[0]).toContain('aws-session-token: needs both key inputs')
    }))

  test.each([DEPLOYER, 'deployer'])('assume the role %s, and only its keys are exported', role =>
    inWorld({}, async world => {
      const result = await runMain(world, { with: { ...robotInputs(world), 'role-to-assume': role } })
      expect(errorsOf(result)).toEqual([])
      expect(assumptionsOf(world)).toMatchObject([{ Action: 'AssumeRole', RoleArn: DEPLOYER }])
      expect(result.outputs['authenticated-arn']).toBe(DEPLOYER_SESSION)
      expect(result.exported).toMatchObject(variablesOf(world.sts.sessions[0]))
      expect(result.files.env).not.toContain(robotInputs(world)['aws-access-key-id'])
    }),
  )

  test('take precedence over role-chaining, with a warning, and over GitHub’s token', () =>
    inWorld({}, async world => {
      const result = await runMain(world, {
        with: { ...robotInputs(world), 'role-to-assume': DEPLOYER, 'role-chaining': 'true' },
      })
      expect(result.outputs['authenticated-arn']).toBe(DEPLOYER_SESSION)
      expect(warningsOf(result).join()).toContain('role-chaining')
      expect(world.idTokenIssuer.requests).toEqual([])
    }))
})

describe('a bare role name', () => {
  test('with GitHub’s token is an error, as it doesn’t say which account', () =>
    inWorld({}, async world => {
      const result = await runMain(world, { with: { 'role-to-assume': 'deploy' } })
      expectFailure(result, 'ERR_INPUT_INVALID')
      expect(errorsOf(result)[0]).toContain('(arn:aws:iam::ACCOUNT:role/deploy)')
      expect(world.idTokenIssuer.requests).toEqual([])
    }))

  test('with a path is an error: the ARN holds the path', () =>
    inWorld({}, async world => {
      const result = await runMain(world, {
        with: { ...robotInputs(world), 'role-to-assume': 'ci/deployer' },
      })
      expectFailure(result, 'ERR_INPUT_INVALID')
      expect(errorsOf(result)[0]).toContain('role-to-assume: "ci/deployer" is not a role ARN')
    }))
})

describe('web-identity-token-file', () => {
  let folder: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'token-'))
    mkdirSync(join(folder, 'workspace'))
  })
  afterEach(() => rmSync(folder, { recursive: true }))

  test('contains the token to exchange, by its path from the workspace or from the root', () =>
    inWorld({}, async world => {
      const file = join(folder, 'workspace', 'token')
      writeFileSync(file, `${await signedToken(world)}\n`)
      for (const path of ['token', file]) {
        const result = await runMain(world, {
          with: { 'web-identity-token-file': path },
          temporaryDirectory: folder,
          noToken: true,
        })
        expect(errorsOf(result)).toEqual([])
        expect(result.outputs['authenticated-arn']).toBe(DEPLOY_SESSION)
        expect(result.exported).toMatchObject(variablesOf(world.sts.sessions.at(-1)))
      }
      expect(assumptionsOf(world).map(({ Action }) => Action)).toEqual([
        'AssumeRoleWithWebIdentity',
        'AssumeRoleWithWebIdentity',
      ])
    }))

  test('is rejected if it is a symbolic link, or in a linked folder', () =>
    inWorld({}, async world => {
      writeFileSync(join(folder, 'elsewhere'), await signedToken(world))
      symlinkSync(join(folder, 'elsewhere'), join(folder, 'workspace', 'token'))
      symlinkSync(folder, join(folder, 'workspace', 'linked'))
      for (const path of ['token', 'linked/elsewhere']) {
        const result = await runMain(world, {
          with: { 'web-identity-token-file': path },
          temporaryDirectory: folder,
        })
        expect(result.outputs['failure-code']).toBe('ERR_CREDENTIALS_UNAVAILABLE')
        expect(errorsOf(result)[0]).toContain('symbolic link')
        expectNothingHandedOut(result)
      }
      expect(world.sts.requests).toEqual([])
    }))

  test('is an error with access keys, as only one of them can be the source', () =>
    inWorld({}, async world => {
      const result = await runMain(world, {
        with: { ...robotInputs(world), 'web-identity-token-file': 'token' },
      })
      expectFailure(result, 'ERR_INPUT_INVALID')
      expect(errorsOf(result)[0]).toContain('web-identity-token-file')
    }))

  /** As GitHub would issue it to the job. */
  async function signedToken({ idTokenIssuer }: RunningWorld): Promise<string> {
    const answer = await fetch(`${idTokenIssuer.requestUrl}&audience=sts.amazonaws.com`, {
      headers: { authorization: `bearer ${idTokenIssuer.requestToken}` },
    })
    return ((await answer.json()) as { value: string }).value
  }
})

describe('existing credentials', () => {
  test('alone are verified, and nothing is exported, not even the region', () =>
    inWorld({}, async world => {
      const result = await runMain(world, {
        with: THIS_ACCOUNT,
        without: NO_ROLE,
        environment: robotVariables(world),
      })
      expect(errorsOf(result)).toEqual([])
      expect(result.outputs).toMatchObject({ verified: 'true', 'authenticated-arn': ROBOT })
      expect(result.exported).toEqual({})
    }))

  test('assume the role if the job has no id-token: write', () =>
    inWorld({}, async world => {
      const result = await runMain(world, {
        with: { 'role-to-assume': 'deployer' },
        environment: robotVariables(world),
        noToken: true,
      })
      expect(errorsOf(result)).toEqual([])
      expect(result.outputs['authenticated-arn']).toBe(DEPLOYER_SESSION)
      expect(result.exported).toMatchObject(variablesOf(world.sts.sessions[0]))
    }))

  test('assume the role with role-chaining, though GitHub offers a token', () =>
    inWorld({}, async world => {
      const first = await runMain(world)
      const second = await runMain(world, {
        with: { 'role-to-assume': PRODUCTION, 'role-chaining': 'true' },
        environment: first.exported,
      })
      expect(errorsOf(second)).toEqual([])
      expect(second.outputs['authenticated-arn']).toBe(PRODUCTION_SESSION)
      expect(second.exported).toMatchObject(variablesOf(world.sts.sessions[1]))
      expect(world.idTokenIssuer.requests).toHaveLength(1)
    }))

  test('from a session can’t get more than an hour, which is reported before any call', () =>
    inWorld({}, async world => {
      const result = await runMain(world, {
        with: { 'role-to-assume': PRODUCTION, 'role-chaining': 'true', 'role-duration-seconds': '7200' },
        environment: variablesOf(world.sts.issueSession('111122223333', 'deploy', 'Earlier')),
      })
      expectFailure(result, 'ERR_INPUT_INVALID')
      expect(errorsOf(result)[0]).toContain('role-duration-seconds')
      expect(world.sts.requests).toEqual([])
    }))

  test('from a user can get twelve hours with force-skip-oidc, not with role-chaining', () =>
    inWorld({ accounts: withLongSessions('deployer') }, async world => {
      const given = { 'role-to-assume': DEPLOYER, 'role-duration-seconds': '43200' }
      const environment = robotVariables(world)
      const chained = await runMain(world, { with: { ...given, 'role-chaining': 'true' }, environment })
      expectFailure(chained, 'ERR_INPUT_INVALID')
      const result = await runMain(world, { with: { ...given, 'force-skip-oidc': 'true' }, environment })
      expect(errorsOf(result)).toEqual([])
      expect(assumptionsOf(world)[0]?.DurationSeconds).toBe('43200')
    }))

  test('verified alone become outputs or a profile if the inputs say so', () =>
    inWorld({}, async world => {
      const folder = mkdtempSync(join(tmpdir(), 'profile-'))
      const result = await runMain(world, {
        with: { ...THIS_ACCOUNT, 'output-credentials': 'true', 'aws-profile': 'ci' },
        without: NO_ROLE,
        environment: robotVariables(world),
        temporaryDirectory: folder,
      })
      const written = readFileSync(join(folder, 'home', '.aws', 'credentials'), 'utf8')
      rmSync(folder, { recursive: true })
      expect(result.exported).toEqual({})
      expect(result.outputs).toMatchObject(robotInputs(world))
      expect(written).toContain(robotVariables(world).AWS_ACCESS_KEY_ID)
    }))

  test('with AWS_PROFILE are an error, as tools disagree which of them they use', () =>
    inWorld({}, async world => {
      const result = await runMain(world, {
        with: THIS_ACCOUNT,
        without: NO_ROLE,
        environment: { ...robotVariables(world), AWS_PROFILE: 'dev' },
      })
      expectFailure(result, 'ERR_INPUT_INVALID')
      expect(errorsOf(result)[0]).toContain('AWS_PROFILE and AWS_ACCESS_KEY_ID are both set')
    }))

  test('that are missing are an error with its own code', () =>
    inWorld({}, async world => {
      const result = await runMain(world, { with: THIS_ACCOUNT, without: NO_ROLE })
      expectFailure(result, 'ERR_CREDENTIALS_UNAVAILABLE')
      expect(world.sts.requests).toEqual([])
    }))

  test('are used with force-skip-oidc, even an instance’s, and no GitHub token is requested', () =>
    inWorld({}, async world => {
      const instance = await startInstanceMetadata({
        roleName: 'deploy',
        credentials: () => world.sts.issueSession('111122223333', 'deploy', 'i-0123456789abcdef0'),
      })
      const result = await runMain(world, {
        with: { 'role-to-assume': PRODUCTION, 'force-skip-oidc': 'true' },
        environment: instance.environment,
      })
      await instance.close()
      expect(errorsOf(result)).toEqual([])
      expect(result.outputs['authenticated-arn']).toBe(PRODUCTION_SESSION)
      expect(world.idTokenIssuer.requests).toEqual([])
    }))
})

/** The default accounts, with a role whose sessions may last twelve hours. */
function withLongSessions(name: string): Accounts {
  return Object.fromEntries(
    Object.entries(defaultWorld.accounts).map(([accountId, account]) => [
      accountId,
      {
        ...account,
        roles: account.roles.map(role =>
          role.name === name ? { ...role, maxSessionDuration: 43_200 } : role,
        ),
      },
    ]),
  )
}

describe('use-existing-credentials', () => {
  const KEEP = { 'use-existing-credentials': 'true' }

  test('keeps credentials that satisfy every guard: no role is assumed, and the outputs name the caller', () =>
    inWorld({}, async world => {
      const environment = variablesOf(world.sts.issueSession('111122223333', 'deploy', 'Earlier'))
      const result = await runMain(world, { with: KEEP, environment })
      expect(errorsOf(result)).toEqual([])
      expect(operationsOf(world)).toEqual(['GetCallerIdentity'])
      expect(result.exported).toEqual({})
      expect(result.outputs['authenticated-arn']).toBe(
        'arn:aws:sts::111122223333:assumed-role/deploy/Earlier',
      )
    }))

  test('replaces working credentials of another role, and those that no longer work', () =>
    inWorld({}, async world => {
      const another = variablesOf(world.sts.issueSession('111122223333', 'deployer', 'Earlier'))
      const expired = variablesOf(
        world.sts.issueSession('111122223333', 'deploy', 'Earlier', { expiresInSeconds: -60 }),
      )
      for (const environment of [another, expired, {}]) {
        const result = await runMain(world, { with: KEEP, environment })
        expect(errorsOf(result)).toEqual([])
        expect(result.outputs['authenticated-arn']).toBe(DEPLOY_SESSION)
        expect(result.exported).toMatchObject(variablesOf(world.sts.sessions.at(-1)))
      }
    }))

  test('is a boolean: false does not count as true, and other words are an error', () =>
    inWorld({}, async world => {
      const environment = variablesOf(world.sts.issueSession('111122223333', 'deploy', 'Earlier'))
      const off = await runMain(world, { with: { 'use-existing-credentials': 'false' }, environment })
      expect(off.outputs['authenticated-arn']).toBe(DEPLOY_SESSION)
      const unclear = await runMain(world, { with: { 'use-existing-credentials': '1' }, environment })
      expectFailure(unclear, 'ERR_INPUT_INVALID')
    }))
})

describe('unset-current-credentials', () => {
  const UNSET = { 'unset-current-credentials': 'true' }

  test('blanks exactly the key variables that are set, whatever happens to the step', () =>
    inWorld({}, async world => {
      const environment = {
        ...variablesOf(world.sts.issueSession('111122223333', 'deploy', 'Earlier')),
        AWS_REGION: 'us-east-1',
      }
      const blanked = { AWS_ACCESS_KEY_ID: '', AWS_SECRET_ACCESS_KEY: '', AWS_SESSION_TOKEN: '' }
      const passed = await runMain(world, {
        with: { ...UNSET, 'output-env-credentials': 'false' },
        environment,
      })
      expect(passed.outputs.verified).toBe('true')
      expect(passed.exported).toEqual(blanked)
      const failed = await runMain(world, { with: { ...UNSET, 'expected-role': 'other' }, environment })
      expect(failed.conclusion).toBe('failure')
      expect(failed.exported).toEqual(blanked)
    }))

  test('clears them for the new keys', () =>
    inWorld({}, async world => {
      const result = await runMain(world, { with: UNSET, environment: robotVariables(world) })
      expect(errorsOf(result)).toEqual([])
      expect(result.exported).toMatchObject(variablesOf(world.sts.sessions[0]))
    }))
})
