import { mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, test } from '@jest/globals'
import { startContainerCredentials } from '../../../sandbox/container-credentials.ts'
import type { Fault } from '../../../sandbox/fault.ts'
import { startInstanceMetadata } from '../../../sandbox/instance-metadata.ts'
import { startLoopbackServer } from '../../../sandbox/loopback-server.ts'
import { startConnectProxy } from '../../../sandbox/proxy.ts'
import type { RunningWorld } from '../../../sandbox/world.ts'
import {
  DEPLOY,
  DEPLOY_SESSION,
  DEPLOYER,
  earlierSession,
  errorsOf,
  expectFailure,
  inWorld,
  operationsOf,
  PRODUCTION,
  PRODUCTION_SESSION,
  ROBOT,
  robotKeys,
  runMain,
  variablesOf,
  warningsOf,
} from '../scenario.ts'

const ROLE_ONLY = ['AssumeRole', 'GetCallerIdentity']

describe('access keys', () => {
  test('assume the role by its ARN, though the runner offers a token, and only the role’s keys are exported', () =>
    inWorld({}, async world => {
      const result = await runMain(world, { with: { ...robotKeys(world), 'role-to-assume': DEPLOYER } })
      expect(result.outputs['authenticated-arn']).toBe(
        'arn:aws:sts::111122223333:assumed-role/deployer/GitHubActions',
      )
      expect(result.exported).toMatchObject(variablesOf(lastSession(world)))
      expect(operationsOf(world)).toEqual(ROLE_ONLY)
      expect(world.idTokenIssuer.tokens).toEqual([])
      expect(result.log).toContain('Credential source: access keys')
    }))

  test('find the account of a role that is named without one', () =>
    inWorld({}, async world => {
      const result = await runMain(world, { with: { ...robotKeys(world), 'role-to-assume': 'deployer' } })
      expect(result.outputs).toMatchObject({ verified: 'true', 'role-name': 'deployer' })
      expect(operationsOf(world)).toEqual(['GetCallerIdentity', ...ROLE_ONLY])
    }))

  test('alone are verified and then exported', () =>
    inWorld({}, async world => {
      const keys = robotKeys(world)
      const result = await runMain(world, {
        with: { ...keys, 'expected-role': ROBOT },
        without: ['role-to-assume'],
        environment: { AWS_SESSION_TOKEN: 'of-other-keys' },
      })
      expect(result.outputs).toMatchObject({ verified: 'true', 'authenticated-arn': ROBOT })
      expect(result.exported).toEqual({
        AWS_ACCESS_KEY_ID: keys['aws-access-key-id'],
        AWS_SECRET_ACCESS_KEY: keys['aws-secret-access-key'],
        AWS_SESSION_TOKEN: '',
        AWS_REGION: 'eu-west-1',
        AWS_DEFAULT_REGION: 'eu-west-1',
      })
      expect(operationsOf(world)).toEqual(['GetCallerIdentity'])
    }))

  test('of another identity than expected are not exported', () =>
    inWorld({}, async world => {
      const result = await runMain(world, {
        with: { ...robotKeys(world), 'expected-role': DEPLOYER },
        without: ['role-to-assume'],
      })
      expectFailure(result, 'ERR_IDENTITY_MISMATCH')
      expect(result.outputs['actual-arn']).toBe(ROBOT)
    }))

  test('with a wrong secret are rejected at once, and never shown', () =>
    inWorld({}, async world => {
      const secret = 'wrong/secret+of+forty+characters+or+more0'
      const result = await runMain(world, {
        with: { ...robotKeys(world), 'aws-secret-access-key': secret, 'role-to-assume': DEPLOYER },
      })
      expectFailure(result, 'ERR_STS_REJECTED')
      expect(operationsOf(world)).toEqual(['AssumeRole'])
      expect(errorsOf(result).join()).toMatch(/SignatureDoesNotMatch[\s\S]*secret access key/)
      expect(`${result.stdout.replaceAll(/^::add-mask::.*$/gm, '')}${result.summary}`).not.toContain(secret)
    }))

  test('that AWS does not know are rejected at once: they are not newly issued', () =>
    inWorld({}, async world => {
      const result = await runMain(world, {
        with: { ...robotKeys(world), 'aws-access-key-id': 'AKIAIOSFODNN7EXAMPLE', 'expected-role': ROBOT },
        without: ['role-to-assume'],
      })
      expectFailure(result, 'ERR_STS_REJECTED')
      expect(operationsOf(world)).toEqual(['GetCallerIdentity'])
    }))

  test('that AWS does not know are reported before the role that a bare name stands for', () =>
    inWorld({}, async world => {
      const given = { 'aws-access-key-id': 'AKIAIOSFODNN7EXAMPLE', 'role-to-assume': 'deployer' }
      const result = await runMain(world, { with: { ...robotKeys(world), ...given } })
      expectFailure(result, 'ERR_STS_REJECTED')
      expect(operationsOf(world)).toEqual(['GetCallerIdentity'])
      expect(result.summary).toContain('✘ assume')
    }))

  test('are masked before an invalid input is reported', () =>
    inWorld({}, async world => {
      const keys = robotKeys(world)
      const result = await runMain(world, {
        with: {
          ...keys,
          'aws-session-token': 'token-of-the-keys',
          'role-to-assume': 'arn:aws:iam::1:role/x',
        },
      })
      expectFailure(result, 'ERR_INPUT_INVALID')
      expect(result.masks).toEqual(expect.arrayContaining([...Object.values(keys), 'token-of-the-keys']))
    }))

  test('that contain a line ending are an error that shows nothing of them', () =>
    inWorld({}, async world => {
      const result = await runMain(world, {
        with: { ...robotKeys(world), 'aws-secret-access-key': 'first/half/of/it\nsecond/half/of/it' },
      })
      expectFailure(result, 'ERR_INPUT_INVALID')
      expect(result.log).not.toMatch(/half/)
    }))
})

describe('a token file', () => {
  function workspaceWith(prepare: (workspace: string) => void): string {
    const directory = mkdtempSync(join(tmpdir(), 'workspace-'))
    const workspace = join(directory, 'workspace')
    mkdirSync(workspace)
    prepare(workspace)
    return workspace
  }

  async function runWithFile(world: RunningWorld, workspace: string, path: string) {
    return runMain(world, {
      with: { 'web-identity-token-file': path },
      runnerVariables: { GITHUB_WORKSPACE: workspace },
    })
  }

  test('is read from the workspace and exchanged for the role, instead of GitHub’s token', () =>
    inWorld({}, async world => {
      const token = await world.idTokenIssuer.issue('sts.amazonaws.com')
      const workspace = workspaceWith(folder => writeFileSync(join(folder, 'token'), `${token}\n`))
      const result = await runWithFile(world, workspace, 'token')
      expect(result.outputs).toMatchObject({ verified: 'true', 'authenticated-arn': DEPLOY_SESSION })
      expect(world.sts.requests[0]?.parameters.WebIdentityToken).toBe(token)
      expect(result.masks).toContain(token)
      expect(result.log).toContain('Credential source: token file')
    }))

  test('behind a symbolic link is rejected, wherever the link is on its path', () =>
    inWorld({}, async world => {
      const token = await world.idTokenIssuer.issue('sts.amazonaws.com')
      const elsewhere = mkdtempSync(join(tmpdir(), 'elsewhere-'))
      writeFileSync(join(elsewhere, 'token'), token)
      const workspace = workspaceWith(folder => {
        symlinkSync(join(elsewhere, 'token'), join(folder, 'link'))
        symlinkSync(elsewhere, join(folder, 'folder'))
        mkdirSync(join(folder, 'real'))
        symlinkSync(elsewhere, join(folder, 'real', 'deeper'))
        mkdirSync(join(elsewhere, 'sub'))
        writeFileSync(join(elsewhere, 'sub', 'token'), token)
      })
      const paths = ['link', 'folder/token', 'real/deeper/token', 'folder/sub/token']
      for (const path of [...paths, ...paths.map(each => join(workspace, each))]) {
        const result = await runWithFile(world, workspace, path)
        expectFailure(result, 'ERR_CREDENTIALS_UNAVAILABLE')
        expect(errorsOf(result).join()).toContain('symbolic link')
      }
      expect(world.sts.requests).toEqual([])
    }))

  test.each([1, 2, 3, 4])('outside the workspace behind a link %d levels above it is rejected', levels =>
    inWorld({}, async world => {
      const [root, elsewhere] = [
        mkdtempSync(join(tmpdir(), 'root-')),
        mkdtempSync(join(tmpdir(), 'elsewhere-')),
      ]
      const below = Array.from({ length: levels - 1 }, (_, level) => `level${level}`)
      mkdirSync(join(elsewhere, ...below), { recursive: true })
      writeFileSync(join(elsewhere, ...below, 'token'), await world.idTokenIssuer.issue('sts.amazonaws.com'))
      symlinkSync(elsewhere, join(root, 'link'))
      const workspace = workspaceWith(() => {})
      const behindLink = await runWithFile(world, workspace, join(root, 'link', ...below, 'token'))
      expectFailure(behindLink, 'ERR_CREDENTIALS_UNAVAILABLE')
      expect(errorsOf(behindLink).join()).toContain('symbolic link')
      expect(world.sts.requests).toEqual([])
      const itself = await runWithFile(world, workspace, join(elsewhere, ...below, 'token'))
      expect(itself.conclusion).toBe('success')
    }),
  )

  test.each([
    ['is missing', () => {}, /token.*no such file/i],
    ['holds something else', (file: string) => writeFileSync(file, 'no token'), /not a JSON Web Token/],
    [
      'has no subject',
      (file: string) => writeFileSync(file, unsigned({ sub: undefined })),
      /lacks the claim sub/,
    ],
    [
      'has no times',
      (file: string) => writeFileSync(file, unsigned({ iat: undefined, exp: undefined })),
      /claims iat, exp/,
    ],
    ['ends as it begins', (file: string) => writeFileSync(file, unsigned({ exp: 1 })), /exp .*not after iat/],
    ['is a folder', (file: string) => mkdirSync(file), /isn't a regular file/],
    ['is huge', (file: string) => writeFileSync(file, 'x'.repeat(2_000_000)), /larger than/],
  ] as const)('that %s is reported by its path', (_, prepare, reason) =>
    inWorld({}, async world => {
      const workspace = workspaceWith(folder => prepare(join(folder, 'token')))
      const result = await runWithFile(world, workspace, 'token')
      expectFailure(result, 'ERR_CREDENTIALS_UNAVAILABLE')
      expect(errorsOf(result).join()).toMatch(reason)
      expect(world.sts.requests).toEqual([])
    }),
  )

  test('with an expired token is read again, and fails if it still holds the same one', () =>
    inWorld({ clockAheadMs: 2 * 3600_000 }, async world => {
      const token = await world.idTokenIssuer.issue('sts.amazonaws.com')
      const workspace = workspaceWith(folder => writeFileSync(join(folder, 'token'), token))
      const result = await runWithFile(world, workspace, 'token')
      expectFailure(result, 'ERR_CREDENTIALS_UNAVAILABLE')
      expect(errorsOf(result).join()).toContain('expired')
      expect(operationsOf(world)).toEqual(['AssumeRoleWithWebIdentity'])
    }))

  test('that is near its expiry is read again before the next attempt, however long its lifetime', () => {
    const later = { 'retry-after': '3' }
    const effect = { kind: 'error', status: 503, code: 'Later', message: 'later', headers: later } as const
    const faults: Fault[] = [{ on: 'AssumeRoleWithWebIdentity', times: 1, effect }]
    return inWorld({ lifetimeSeconds: 6, faults }, async world => {
      const old = await world.idTokenIssuer.issue('sts.amazonaws.com')
      const workspace = workspaceWith(folder => writeFileSync(join(folder, 'token'), old))
      await sleep(3000)
      const fresh = await world.idTokenIssuer.issue('sts.amazonaws.com')
      let isRunning = true
      const running = runWithFile(world, workspace, 'token').finally(() => {
        isRunning = false
      })
      while (isRunning && world.sts.requests.length === 0) await sleep(20)
      writeFileSync(join(workspace, 'token'), fresh)
      await running
      const sent = world.sts.requests.map(({ parameters }) => parameters.WebIdentityToken)
      expect(sent.slice(0, 2)).toEqual([old, fresh])
    })
  })

  test('is checked against required-claims before it goes to AWS', () =>
    inWorld({}, async world => {
      const token = await world.idTokenIssuer.issue('sts.amazonaws.com')
      const workspace = workspaceWith(folder => writeFileSync(join(folder, 'token'), token))
      const result = await runMain(world, {
        with: { 'web-identity-token-file': 'token', 'required-claims': 'event_name=schedule' },
        runnerVariables: { GITHUB_WORKSPACE: workspace },
      })
      expectFailure(result, 'ERR_CLAIM_MISMATCH')
      expect(world.sts.requests).toEqual([])
    }))
})

describe('the job’s existing credentials', () => {
  test('from the environment assume the role with role-chaining, though the runner offers a token', () =>
    inWorld({}, async world => {
      const result = await runMain(world, {
        with: { 'role-chaining': 'true', 'role-to-assume': PRODUCTION },
        environment: earlierSession(world),
      })
      expect(result.outputs['authenticated-arn']).toBe(PRODUCTION_SESSION)
      expect(result.exported).toMatchObject(variablesOf(lastSession(world)))
      expect(operationsOf(world)).toEqual(ROLE_ONLY)
      expect(result.log).toContain('role-chaining is true')
    }))

  test('find the account of a role that is named without one, and then expect exactly that role', () =>
    inWorld({}, async world => {
      const result = await runMain(world, {
        with: { 'force-skip-oidc': 'true', 'role-to-assume': 'deployer' },
        environment: robotVariables(world),
      })
      expect(result.outputs['authenticated-arn']).toContain(':111122223333:assumed-role/deployer/')
    }))

  test('from an instance are found if there are no others', () =>
    inWorld({}, async world => {
      const session = world.sts.issueSession('111122223333', 'deploy', 'i-0123456789abcdef0')
      const metadata = await startInstanceMetadata({ roleName: 'deploy', credentials: () => session })
      try {
        const result = await runMain(world, {
          noToken: true,
          with: { 'role-to-assume': PRODUCTION },
          environment: metadata.environment,
        })
        expect(result.outputs['authenticated-arn']).toBe(PRODUCTION_SESSION)
        expect(result.log).toContain('the runner offers no OIDC token')
        expect(metadata.requests.map(({ method }) => method)).toEqual(['PUT', 'GET', 'GET'])
      } finally {
        await metadata.close()
      }
    }))

  test('from a container are not quoted if they are not JSON', () =>
    inWorld({}, async world => {
      const secret = 'wJalrXUtnFEMI/K7MDENG'
      const server = await startLoopbackServer(async (_, response) => {
        response.end(`{"AccessKeyId": "AKIAX", "SecretAccessKey": ${secret}}`)
      })
      try {
        const result = await runMain(world, {
          with: { 'force-skip-oidc': 'true', 'role-to-assume': PRODUCTION },
          environment: { AWS_CONTAINER_CREDENTIALS_FULL_URI: `${server.origin}/` },
        })
        expectFailure(result, 'ERR_CREDENTIALS_UNAVAILABLE')
        expect(errorsOf(result).join()).toContain('is not JSON')
        expect(`${result.stdout}${result.summary}`).not.toContain(secret.slice(0, 6))
      } finally {
        await server.close()
      }
    }))

  test('from a container are found if its variables are set', () =>
    inWorld({}, async world => {
      const session = world.sts.issueSession('111122223333', 'deploy', 'task')
      const container = await startContainerCredentials({ credentials: () => session })
      try {
        const result = await runMain(world, {
          with: { 'force-skip-oidc': 'true', 'role-to-assume': PRODUCTION },
          environment: container.environment,
        })
        expect(result.outputs['authenticated-arn']).toBe(PRODUCTION_SESSION)
      } finally {
        await container.close()
      }
    }))

  test('from a profile are found by AWS_PROFILE if no keys go to the environment', () =>
    inWorld({}, async world => {
      const home = mkdtempSync(join(tmpdir(), 'home-'))
      const key = world.users['ci-robot']
      const file = join(home, 'credentials')
      writeFileSync(
        file,
        `[robot]\naws_access_key_id = ${key?.accessKeyId}\naws_secret_access_key = ${key?.secretAccessKey}\n`,
      )
      const result = await runMain(world, {
        with: { 'force-skip-oidc': 'true', 'role-to-assume': DEPLOYER, 'output-env-credentials': 'false' },
        environment: { AWS_PROFILE: 'robot', AWS_SHARED_CREDENTIALS_FILE: file },
      })
      expect(result.outputs.verified).toBe('true')
      expect(result.exported).toEqual({})
    }))

  test('that are missing when GitHub’s token was meant point to the permission to add', () =>
    inWorld({}, async world => {
      const result = await runMain(world, { noToken: true })
      expectFailure(result, 'ERR_OIDC_NOT_PERMITTED')
    }))

  test.each([
    ['force-skip-oidc', { 'force-skip-oidc': 'true' }],
    ['role-chaining', { 'role-chaining': 'true' }],
  ])('that are missing with %s end with a list of what was tried', (_, inputs) =>
    inWorld({}, async world => {
      const result = await runMain(world, { with: inputs })
      expectFailure(result, 'ERR_CREDENTIALS_UNAVAILABLE')
      expect(world.idTokenIssuer.tokens).toEqual([])
    }),
  )

  test('that were denied when GitHub’s token was meant point back to the permission', () =>
    inWorld({}, async world => {
      const result = await runMain(world, { noToken: true, environment: earlierSession(world) })
      expectFailure(result, 'ERR_STS_REJECTED')
      expect(errorsOf(result).join()).toMatch(/sts:AssumeRole[\s\S]*id-token: write/)
    }))

  test('from a profile with its own role get it from AWS’s own host', () =>
    inWorld({}, async world => {
      const folder = mkdtempSync(join(tmpdir(), 'home-'))
      const { accessKeyId, secretAccessKey } = world.users['ci-robot'] ?? {}
      const keys = `aws_access_key_id = ${accessKeyId}\naws_secret_access_key = ${secretAccessKey}\n`
      const role = `role_arn = ${DEPLOYER}\nsource_profile = robot\nendpoint_url = ${world.sts.url}\n`
      writeFileSync(join(folder, 'credentials'), `[robot]\n${keys}[deployer]\n${role}`)
      const proxy = await startConnectProxy({ answer: 'refuse' })
      try {
        const result = await runMain(world, {
          without: ['role-to-assume', 'sts-endpoint'],
          with: { 'expected-role': DEPLOYER, 'http-proxy': proxy.url },
          environment: {
            AWS_PROFILE: 'deployer',
            AWS_SHARED_CREDENTIALS_FILE: join(folder, 'credentials'),
            AWS_ENDPOINT_URL: world.sts.url,
            AWS_ENDPOINT_URL_STS: world.sts.url,
          },
        })
        expectFailure(result, 'ERR_CREDENTIALS_UNAVAILABLE')
        expect(new Set(proxy.connects)).toEqual(new Set(['sts.eu-west-1.amazonaws.com:443']))
        expect(world.sts.requests).toEqual([])
      } finally {
        await proxy.close()
      }
    }))

  test('from a missing profile are reported by its name', () =>
    inWorld({}, async world => {
      const result = await runMain(world, {
        with: { 'force-skip-oidc': 'true', 'output-env-credentials': 'false' },
        environment: { AWS_PROFILE: 'mistyped' },
      })
      expectFailure(result, 'ERR_CREDENTIALS_UNAVAILABLE')
      expect(errorsOf(result).join()).toContain('AWS_PROFILE is "mistyped"')
    }))

  test('never replace a token that required-claims must check', () =>
    inWorld({}, async world => {
      const result = await runMain(world, {
        noToken: true,
        with: { 'role-to-assume': PRODUCTION, 'required-claims': 'event_name=push' },
        environment: earlierSession(world),
      })
      expectFailure(result, 'ERR_OIDC_NOT_PERMITTED')
      expect(world.sts.requests).toEqual([])
    }))

  test('may be chosen by the environment, but are verified over a connection that it can’t redirect', () =>
    inWorld({}, elsewhere =>
      inWorld({}, async world => {
        const result = await runMain(world, {
          with: { 'role-chaining': 'true', 'role-to-assume': PRODUCTION },
          environment: {
            ...earlierSession(world),
            AWS_ENDPOINT_URL: elsewhere.sts.url,
            AWS_ENDPOINT_URL_STS: elsewhere.sts.url,
          },
        })
        expect(result.outputs.verified).toBe('true')
        expect(elsewhere.sts.requests).toEqual([])
        expect(warningsOf(result).join()).toContain('AWS_ENDPOINT_URL')
      }),
    ))
})

describe('unset-current-credentials', () => {
  test('blanks the key variables of earlier steps first, and they are not used as a source', () =>
    inWorld({}, async world => {
      const result = await runMain(world, {
        with: { 'unset-current-credentials': 'true', 'role-chaining': 'true', 'role-to-assume': PRODUCTION },
        environment: earlierSession(world),
      })
      expect(result.outputs['failure-code']).toBe('ERR_CREDENTIALS_UNAVAILABLE')
      expect(result.exported).toEqual({
        AWS_ACCESS_KEY_ID: '',
        AWS_SECRET_ACCESS_KEY: '',
        AWS_SESSION_TOKEN: '',
      })
    }))

  test('does so even if other inputs are invalid', () =>
    inWorld({}, async world => {
      const result = await runMain(world, {
        with: { 'unset-current-credentials': 'true', 'role-to-assume': '' },
        environment: earlierSession(world),
      })
      expect(result.outputs['failure-code']).toBe('ERR_INPUT_INVALID')
      expect(result.exported).toMatchObject({ AWS_ACCESS_KEY_ID: '' })
    }))
})

describe('use-existing-credentials', () => {
  test('keeps credentials that satisfy every guard: nothing is assumed, nothing exported', () =>
    inWorld({}, async world => {
      const result = await runMain(world, {
        with: { 'use-existing-credentials': 'true' },
        environment: earlierSession(world),
      })
      expect(result.outputs).toMatchObject({
        verified: 'true',
        'authenticated-arn': 'arn:aws:sts::111122223333:assumed-role/deploy/earlier',
      })
      expect(result.exported).toEqual({})
      expect(result.state).toEqual({})
      expect(operationsOf(world)).toEqual(['GetCallerIdentity'])
      expect(world.idTokenIssuer.tokens).toEqual([])
    }))

  test.each<[string, (world: RunningWorld) => Record<string, string>]>([
    ['of another role', world => earlierSession(world, 'deployer')],
    ['of another account', world => earlierSession(world, 'reader', '444455556666')],
    [
      'that have expired',
      world =>
        variablesOf(world.sts.issueSession('111122223333', 'deploy', 'old', { expiresInSeconds: -60 })),
    ],
    [
      'that AWS does not know',
      world => ({ ...earlierSession(world), AWS_ACCESS_KEY_ID: 'ASIAUNKNOWN123456789' }),
    ],
    ['that are not there', () => ({})],
  ])('replaces credentials %s', (_, environment) =>
    inWorld({}, async world => {
      const result = await runMain(world, {
        with: { 'use-existing-credentials': 'true' },
        environment: environment(world),
      })
      expect(result.outputs).toMatchObject({ verified: 'true', 'authenticated-arn': DEPLOY_SESSION })
      expect(result.exported).toMatchObject(variablesOf(lastSession(world)))
      expect(result.log).toContain('Existing credentials: not kept')
    }),
  )

  test('retries verifying credentials after an STS timeout, and does not replace them because of it', async () => {
    const effect = { kind: 'error', status: 400, code: 'RequestTimeout', message: 'later' } as const
    const run = (times: number) =>
      inWorld({ faults: [{ on: 'GetCallerIdentity', times, effect }] }, async world => {
        const result = await runMain(world, {
          with: { 'use-existing-credentials': 'true', 'retry-max-attempts': '2' },
          environment: earlierSession(world),
        })
        expect(operationsOf(world)).toEqual(['GetCallerIdentity', 'GetCallerIdentity'])
        return result
      })
    expect((await run(1)).outputs['authenticated-arn']).toContain('assumed-role/deploy/earlier')
    expectFailure(await run(2), 'ERR_STS_UNAVAILABLE')
  })

  test('replaces those with a wrong expiry with their own role’s, as role-chaining alone would', () =>
    inWorld({}, async world => {
      const result = await runMain(world, {
        with: { 'use-existing-credentials': 'true', 'role-chaining': 'true', 'role-to-assume': PRODUCTION },
        environment: { ...earlierSession(world), AWS_CREDENTIAL_EXPIRATION: '2020-01-01T00:00:00Z' },
      })
      expect(result.log).toContain('Existing credentials: not kept')
      expect(result.outputs['authenticated-arn']).toBe(PRODUCTION_SESSION)
    }))

  test.each([
    ['required-claims', { 'required-claims': 'event_name=push' }],
    ['an inline session policy', { 'inline-session-policy': '{"Version":"2012-10-17","Statement":[]}' }],
    ['managed session policies', { 'managed-session-policies': 'arn:aws:iam::aws:policy/ReadOnlyAccess' }],
  ])('keeps none with %s, and shows nothing of it', (_, inputs) =>
    inWorld({}, async world => {
      const result = await runMain(world, {
        with: { 'use-existing-credentials': 'true', 'role-to-assume': DEPLOY, ...inputs },
        environment: earlierSession(world),
      })
      expect(result.outputs['authenticated-arn']).toBe(DEPLOY_SESSION)
    }),
  )

  test('keeps none when the role is named without its account, as it is not known yet which one that is', () =>
    inWorld({}, async world => {
      const result = await runMain(world, {
        with: { 'use-existing-credentials': 'true', 'force-skip-oidc': 'true', 'role-to-assume': 'deployer' },
        environment: robotVariables(world),
      })
      expect(result.outputs['authenticated-arn']).toContain('assumed-role/deployer/GitHubActions')
    }))

  test('does not mention replaced credentials when the new ones fail', () =>
    inWorld({}, async world => {
      const result = await runMain(world, {
        with: {
          'use-existing-credentials': 'true',
          'role-to-assume': 'arn:aws:iam::111122223333:role/missing',
        },
        environment: earlierSession(world),
      })
      expectFailure(result, 'ERR_STS_REJECTED')
      expect(result.outputs).not.toHaveProperty('actual-arn')
    }))
})

function unsigned(claims: object): string {
  const payload = {
    iss: 'https://issuer.test',
    sub: 'me',
    aud: 'sts.amazonaws.com',
    iat: 1,
    exp: 9,
    ...claims,
  }
  const parts = [{ alg: 'none' }, payload].map(part =>
    Buffer.from(JSON.stringify(part)).toString('base64url'),
  )
  return [...parts, 'x'].join('.')
}

function lastSession(world: RunningWorld) {
  const session = world.sts.sessions.at(-1)
  if (!session) throw new Error('the STS issued no session')
  return session
}

function robotVariables(world: RunningWorld): Record<string, string> {
  const keys = robotKeys(world)
  return {
    AWS_ACCESS_KEY_ID: keys['aws-access-key-id'] ?? '',
    AWS_SECRET_ACCESS_KEY: keys['aws-secret-access-key'] ?? '',
  }
}
