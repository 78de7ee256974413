import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { startInstanceMetadata } from '../../../sandbox/instance-metadata.ts'
import type { Consumer } from '../../../sandbox/real/consumers/consumer.ts'
import { awsCommandLine, boto3 } from '../../../sandbox/real/consumers/python.ts'
import { isInstalled } from '../../../sandbox/real/part.ts'
import type { StepResult } from '../../../sandbox/runner/runner.ts'
import type { Session } from '../../../sandbox/sts/session.ts'
import type { RunningWorld } from '../../../sandbox/world.ts'
import {
  DEPLOY,
  DEPLOYER,
  earlierSession,
  errorsOf,
  expectFailure,
  inWorld,
  newFile,
  PRODUCTION,
  runMain,
  type Scenario,
} from '../scenario.ts'

const ALICE = 'arn:aws:sts::111122223333:assumed-role/deploy/alice'

function sessionOf(world: RunningWorld, name: string): Session {
  return world.sts.issueSession('111122223333', name === 'alice' ? 'deploy' : 'deployer', name)
}

function settingsOf({ accessKeyId, secretAccessKey, sessionToken }: Session): string {
  return `aws_access_key_id = ${accessKeyId}\naws_secret_access_key = ${secretAccessKey}\naws_session_token = ${sessionToken}\n`
}

/** The default profile is alice's, and what follows the other header, in line 5, is bob's. */
function contested(world: RunningWorld, header: string): string {
  return `[default]\n${settingsOf(sessionOf(world, 'alice'))}${header}\n${settingsOf(sessionOf(world, 'bob'))}`
}

function newPipe(path = join(mkdtempSync(join(tmpdir(), 'pipe-')), 'pipe')): string {
  mkdirSync(dirname(path), { recursive: true })
  execFileSync('mkfifo', [path])
  return path
}

function verifyOnly(world: RunningWorld, environment: Record<string, string>): Promise<StepResult> {
  const inputs = { 'expected-role': `${DEPLOY}\n${DEPLOYER}` }
  return runMain(world, { with: inputs, without: ['role-to-assume'], environment })
}

const MODES: readonly [string, Scenario][] = [
  [
    'a step that only verifies',
    { with: { 'expected-role': `${DEPLOY}\n${DEPLOYER}` }, without: ['role-to-assume'] },
  ],
  ['role-chaining', { with: { 'role-chaining': 'true', 'role-to-assume': PRODUCTION } }],
  [
    'use-existing-credentials',
    {
      with: {
        'use-existing-credentials': 'true',
        'force-skip-oidc': 'true',
        'output-env-credentials': 'false',
      },
    },
  ],
]

describe('a shared file that tools read differently', () => {
  test.each(MODES)('fails %s, which names the file and the line', (_, scenario) =>
    inWorld({}, async world => {
      for (const header of ['[other] /* x */', '[other]# x']) {
        const file = newFile('credentials', contested(world, header))
        const result = await runMain(world, {
          ...scenario,
          environment: { AWS_SHARED_CREDENTIALS_FILE: file },
        })
        expectFailure(result, 'ERR_CREDENTIALS_UNAVAILABLE')
        expect(errorsOf(result).join()).toContain(`"${file}", line 5: `)
        expect(world.sts.requests).toEqual([])
      }
    }),
  )

  test('fails use-existing-credentials even if a role could be assumed with a token instead', () =>
    inWorld({}, async world => {
      const file = newFile('credentials', contested(world, '[other]# x'))
      const result = await runMain(world, {
        with: { 'use-existing-credentials': 'true' },
        environment: { AWS_SHARED_CREDENTIALS_FILE: file },
      })
      expectFailure(result, 'ERR_CREDENTIALS_UNAVAILABLE')
      expect(errorsOf(result).join()).toContain(`"${file}", line 5: `)
      expect(world.sts.requests).toEqual([])
    }))

  test('does not matter with keys in the environment, which every tool uses first', () =>
    inWorld({}, async world => {
      const file = newFile('credentials', contested(world, '[other]# x\n[other]'))
      const result = await verifyOnly(world, { ...earlierSession(world), AWS_SHARED_CREDENTIALS_FILE: file })
      expect(result.outputs['authenticated-arn']).toContain('assumed-role/deploy/earlier')
    }))

  test('does not matter if it only affects another profile', () =>
    inWorld({}, async world => {
      const text = `[default]\n${settingsOf(sessionOf(world, 'alice'))}[other] # x\nAWS_REGION : x\n y\n`
      const result = await verifyOnly(world, { AWS_SHARED_CREDENTIALS_FILE: newFile('credentials', text) })
      expect(result.outputs['authenticated-arn']).toBe(ALICE)
    }))

  test.each<[string, string, string, number]>([
    ['a setting twice', 'credentials', '[other]\nregion = x\nREGION = y\n', 7],
    [
      'keys and SSO',
      'config',
      '[default]\nsso_account_id = a\nsso_role_name = r\nsso_start_url = u\nsso_region = e\n',
      2,
    ],
    ['a default by another name', 'config', '[profile "default"]\nregion = x\n[default]\nrole_arn = x\n', 3],
  ])('is one with %s', (_, name, text, line) =>
    inWorld({}, async world => {
      const keys = `[default]\n${settingsOf(sessionOf(world, 'alice'))}`
      const credentials = newFile('credentials', name === 'credentials' ? `${keys}${text}` : keys)
      const config = newFile('config', name === 'config' ? text : '')
      const environment = { AWS_SHARED_CREDENTIALS_FILE: credentials, AWS_CONFIG_FILE: config }
      const result = await verifyOnly(world, environment)
      expectFailure(result, 'ERR_CREDENTIALS_UNAVAILABLE')
      expect(errorsOf(result).join()).toContain(name === 'config' ? config : credentials)
      expect(errorsOf(result).join()).toMatch(new RegExp(`line ${line}\\b`))
    }),
  )
})

describe.each<[string, Consumer]>([
  [awsCommandLine.name, awsCommandLine],
  [boto3.name, boto3],
])('the real %s', (_, consumer) => {
  const testWithConsumer = isInstalled(consumer) ? test : test.skip

  testWithConsumer('uses the credentials that the step does not accept as another identity’s', () =>
    inWorld({}, async world => {
      const file = newFile('credentials', contested(world, '[other]# x'))
      const environment = { AWS_SHARED_CREDENTIALS_FILE: file, AWS_DEFAULT_REGION: 'eu-west-1' }
      expect(await consumer.callerIdentity({ environment, endpoint: world.sts.url })).toEqual({ arn: ALICE })
      expectFailure(await verifyOnly(world, environment), 'ERR_CREDENTIALS_UNAVAILABLE')
    }),
  )

  testWithConsumer('agrees with the step about a file that all tools read alike or that is invalid', () =>
    inWorld({}, async world => {
      const file = newFile('credentials', contested(world, '\n# bob\n[other] ; x'))
      for (const config of ['/dev/null', mkdtempSync(join(tmpdir(), 'folder-'))]) {
        const environment = {
          AWS_SHARED_CREDENTIALS_FILE: file,
          AWS_CONFIG_FILE: config,
          AWS_DEFAULT_REGION: 'eu-west-1',
        }
        const { arn } = {
          arn: '',
          ...(await consumer.callerIdentity({ environment, endpoint: world.sts.url })),
        }
        expect((await verifyOnly(world, environment)).outputs['authenticated-arn']).toBe(arn)
      }
    }),
  )
})

describe('something else in place of a shared file', () => {
  const loop = () => {
    const path = join(mkdtempSync(join(tmpdir(), 'loop-')), 'loop')
    symlinkSync(path, path)
    return path
  }

  test.each<[string, () => string]>([
    ['/dev/null', () => '/dev/null'],
    ['a folder', () => mkdtempSync(join(tmpdir(), 'folder-'))],
    ['nothing', () => '/nowhere/at/all'],
    ['a link to itself', loop],
  ])('counts as empty if it is %s, as in botocore', (_, pathOf) =>
    inWorld({}, async world => {
      const file = newFile('credentials', `[default]\n${settingsOf(sessionOf(world, 'alice'))}`)
      const environment = { AWS_CONFIG_FILE: pathOf() }
      const ofProfile = await verifyOnly(world, { ...environment, AWS_SHARED_CREDENTIALS_FILE: file })
      expect(ofProfile.outputs['authenticated-arn']).toBe(ALICE)
      const ofEnvironment = await verifyOnly(world, { ...earlierSession(world), ...environment })
      expect(ofEnvironment.outputs.verified).toBe('true')
      expectFailure(await verifyOnly(world, environment), 'ERR_CREDENTIALS_UNAVAILABLE')
    }),
  )

  test('counts as empty if it is a socket', () =>
    inWorld({}, async world => {
      const socket = join(mkdtempSync(join(tmpdir(), 'socket-')), 'socket')
      const server = createServer().listen(socket)
      try {
        const result = await verifyOnly(world, { ...earlierSession(world), AWS_CONFIG_FILE: socket })
        expect(result.outputs.verified).toBe('true')
        const file = newFile('credentials', `[default]\n${settingsOf(sessionOf(world, 'alice'))}`)
        const environment = { AWS_SHARED_CREDENTIALS_FILE: file, AWS_CONFIG_FILE: socket }
        expect((await verifyOnly(world, environment)).outputs['authenticated-arn']).toBe(ALICE)
      } finally {
        server.close()
      }
    }))

  test.each<[string, () => string]>([
    ['a pipe', newPipe],
    ['a device without an end', () => '/dev/zero'],
  ])('is an error if it is %s, but not with keys in the environment', (_, pathOf) =>
    inWorld({}, async world => {
      for (const name of ['AWS_CONFIG_FILE', 'AWS_SHARED_CREDENTIALS_FILE']) {
        const environment = { [name]: pathOf() }
        const result = await verifyOnly(world, environment)
        expectFailure(result, 'ERR_CREDENTIALS_UNAVAILABLE')
        expect(errorsOf(result).join()).toMatch(/pipe/)
        const keys = earlierSession(world)
        expect((await verifyOnly(world, { ...keys, ...environment })).outputs.verified).toBe('true')
      }
    }),
  )
})

function sha(algorithm: 'sha1' | 'sha256', text: string): string {
  return createHash(algorithm).update(text).digest('hex')
}

const PROFILE = { AWS_PROFILE: 'web' }
const SSO = 'sso_account_id = 111122223333\nsso_role_name = deploy\n'

describe('whatever else the SDK reads', () => {
  /** A profile, and the path of a pipe in the home folder or anywhere. */
  type Case = {
    readonly config?: string | ((pipe: string) => string)
    readonly pipe?: string
    readonly environment?: (pipe: string) => Record<string, string>
  }
  const web = (setting: string) => `[profile web]\nrole_arn = ${DEPLOY}\n${setting}\n`

  test.each<[string, Case]>([
    [
      'AWS_WEB_IDENTITY_TOKEN_FILE',
      { environment: pipe => ({ AWS_WEB_IDENTITY_TOKEN_FILE: pipe, AWS_ROLE_ARN: DEPLOY }) },
    ],
    [
      'AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE',
      {
        environment: pipe => ({
          AWS_CONTAINER_CREDENTIALS_FULL_URI: 'http://127.0.0.1:9/',
          AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: pipe,
        }),
      },
    ],
    ['a profile', { config: pipe => web(`web_identity_token_file =  ${pipe} `) }],
    [
      'a profile that another one gets its role from',
      {
        config: pipe =>
          `${web('source_profile = base')}[profile base]\nrole_arn = ${DEPLOY}\nweb_identity_token_file = ${pipe}\n`,
      },
    ],
    [
      'the cache of SSO',
      {
        config: `[profile web]\n${SSO}sso_region = eu-west-1\nsso_start_url = https://octo.example\n`,
        pipe: `.aws/sso/cache/${sha('sha1', 'https://octo.example')}.json`,
      },
    ],
    [
      'the cache of an SSO session',
      {
        config: `[profile web]\n${SSO}sso_session = octo\n[sso-session octo]\nsso_region = eu-west-1\nsso_start_url = https://octo.example\n`,
        pipe: `.aws/sso/cache/${sha('sha1', 'octo')}.json`,
      },
    ],
    [
      'the cache of logins',
      {
        config: '[profile web]\nlogin_session = arn:aws:iam::111122223333:user/alice\n',
        pipe: `.aws/login/cache/${sha('sha256', 'arn:aws:iam::111122223333:user/alice')}.json`,
      },
    ],
  ])('does not block the step if it is a pipe in %s', (_, { config, pipe = 'pipe', environment }) =>
    inWorld({}, async world => {
      const temporaryDirectory = mkdtempSync(join(tmpdir(), 'runner-'))
      const path = newPipe(join(temporaryDirectory, 'home', pipe))
      const text = typeof config === 'function' ? config(path) : (config ?? '')
      const variables = environment?.(path) ?? { ...PROFILE, AWS_CONFIG_FILE: newFile('config', text) }
      const result = await runMain(world, {
        with: { 'expected-role': DEPLOY },
        without: ['role-to-assume'],
        environment: variables,
        temporaryDirectory,
      })
      expectFailure(result, 'ERR_CREDENTIALS_UNAVAILABLE')
      expect(errorsOf(result).join()).toContain(`"${path}" is a pipe or a device`)
    }),
  )

  test('does not matter with keys in the environment', () =>
    inWorld({}, async world => {
      const pipe = newPipe()
      const result = await verifyOnly(world, {
        ...earlierSession(world),
        AWS_WEB_IDENTITY_TOKEN_FILE: pipe,
        AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: pipe,
        AWS_CONFIG_FILE: newFile('config', web(`web_identity_token_file = ${pipe}`)),
      })
      expect(result.outputs.verified).toBe('true')
    }))

  test('is only what its profile needs of a file, even among a hundred thousand other sessions', () =>
    inWorld({}, async world => {
      const sessions = Array.from(
        { length: 100_000 },
        (_, index) => `[sso-session ${index}]\nsso_region = x\n`,
      )
      const config = `[profile web]\n${SSO}sso_session = octo\n[sso-session octo]\nsso_region = x\nsso_start_url = y\n${sessions.join('')}`
      const started = Date.now()
      const result = await verifyOnly(world, { ...PROFILE, AWS_CONFIG_FILE: newFile('config', config) })
      expectFailure(result, 'ERR_CREDENTIALS_UNAVAILABLE')
      expect(errorsOf(result).join()).toContain('SSO session token')
      expect(Date.now() - started).toBeLessThan(15_000)
    }))

  test('may be 50 MB', () =>
    inWorld({}, async world => {
      const keys = `[default]\n${settingsOf(sessionOf(world, 'alice'))}`
      const file = newFile('credentials', `${'# a line of a comment\n'.repeat(2_400_000)}${keys}`)
      const result = await verifyOnly(world, { AWS_SHARED_CREDENTIALS_FILE: file })
      expect(result.outputs['authenticated-arn']).toBe(ALICE)
    }))
})

describe('a profile with a failing command', () => {
  test('is not replaced with the instance’s role, which only the SDK would use', () =>
    inWorld({}, async world => {
      const session = sessionOf(world, 'alice')
      const metadata = await startInstanceMetadata({ roleName: 'deploy', credentials: () => session })
      try {
        const config = newFile('config', '[default]\ncredential_process = false\n')
        const result = await verifyOnly(world, { ...metadata.environment, AWS_CONFIG_FILE: config })
        expectFailure(result, 'ERR_CREDENTIALS_UNAVAILABLE')
        expect(errorsOf(result).join()).toContain(`credential_process in line 2 of "${config}"`)
      } finally {
        await metadata.close()
      }
    }))
})

describe('a command that only a shell understands', () => {
  test.each(MODES)('fails %s: the AWS CLI would run a different one', (_, scenario) =>
    inWorld({}, async world => {
      const config = newFile('config', '[default]\ncredential_process = /opt/helper $STAGE\n')
      const result = await runMain(world, { ...scenario, environment: { AWS_CONFIG_FILE: config } })
      expectFailure(result, 'ERR_CREDENTIALS_UNAVAILABLE')
      expect(errorsOf(result).join()).toContain(`credential_process in line 2 of "${config}"`)
      expect(world.sts.requests).toEqual([])
    }),
  )
})

describe('a variable that an earlier step set', () => {
  test('does not move the home folder to a place that only the SDK looks at', () =>
    inWorld({}, async world => {
      const home = mkdtempSync(join(tmpdir(), 'home-'))
      mkdirSync(join(home, '.aws'))
      writeFileSync(join(home, '.aws', 'credentials'), `[default]\n${settingsOf(sessionOf(world, 'alice'))}`)
      const result = await verifyOnly(world, {
        HOME: '',
        USERPROFILE: '',
        HOMEDRIVE: '',
        HOMEPATH: home,
        AWS_EC2_METADATA_DISABLED: 'true',
      })
      expectFailure(result, 'ERR_CREDENTIALS_UNAVAILABLE')
      expect(world.sts.requests).toEqual([])
    }))

  test.each(['AWS_PROFILE', 'AWS_DEFAULT_PROFILE'])(
    'and left %s blank fails: the AWS CLI finds no profile',
    name =>
      inWorld({}, async world => {
        const file = newFile('credentials', `[default]\n${settingsOf(sessionOf(world, 'alice'))}`)
        const result = await verifyOnly(world, { AWS_SHARED_CREDENTIALS_FILE: file, [name]: '' })
        expectFailure(result, 'ERR_CREDENTIALS_UNAVAILABLE')
        expect(errorsOf(result).join()).toContain(name)
      }),
  )
})
