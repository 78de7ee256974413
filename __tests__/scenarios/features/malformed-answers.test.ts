import { describe, expect, test } from '@jest/globals'
import { startContainerCredentials } from '../../../sandbox/container-credentials.ts'
import { startInstanceMetadata } from '../../../sandbox/instance-metadata.ts'
import { startLoopbackServer } from '../../../sandbox/loopback-server.ts'
import type { StepResult } from '../../../sandbox/runner/runner.ts'
import type { RunningWorld } from '../../../sandbox/world.ts'
import {
  DEPLOY,
  errorsOf,
  expectFailure,
  inWorld,
  newFile,
  PRODUCTION,
  runMain,
  type Scenario,
} from '../scenario.ts'

type Fields = Readonly<Record<string, unknown>>

const VERIFY: Scenario = { with: { 'expected-role': DEPLOY }, without: ['role-to-assume'] }
const CHAIN: Scenario = { with: { 'role-chaining': 'true', 'role-to-assume': PRODUCTION } }

function sessionIn(world: RunningWorld) {
  return world.sts.issueSession('111122223333', 'deploy', 'task')
}

function expectUnavailable(result: StepResult, ...words: readonly string[]): void {
  expectFailure(result, 'ERR_CREDENTIALS_UNAVAILABLE')
  for (const word of words) expect(errorsOf(result).join()).toContain(word)
}

describe('a credential_process', () => {
  /** A profile with a command that prints this. */
  function printing(text: string): Record<string, string> {
    return {
      AWS_CONFIG_FILE: newFile('config', `[default]\ncredential_process = cat ${newFile('answer', text)}\n`),
    }
  }

  function answerOf(world: RunningWorld, altered: Fields): string {
    const { accessKeyId, secretAccessKey, sessionToken } = sessionIn(world)
    const answer = { Version: 1, AccessKeyId: accessKeyId, SecretAccessKey: secretAccessKey }
    return JSON.stringify({ ...answer, SessionToken: sessionToken, ...altered })
  }

  test.each<[string, Fields, string]>([
    ['a number for a key', { AccessKeyId: 5 }, 'AccessKeyId is not a string'],
    ['null for a key', { AccessKeyId: null }, 'AccessKeyId is not a string'],
    ['an object for a secret', { SecretAccessKey: {} }, 'SecretAccessKey is not a string'],
    ['a list for a secret', { SecretAccessKey: ['x'] }, 'SecretAccessKey is not a string'],
    ['true for a session token', { SessionToken: true }, 'SessionToken is not a string'],
    ['a list for a session token', { SessionToken: [] }, 'SessionToken is not a string'],
    ['a blank key', { AccessKeyId: '' }, 'AccessKeyId is blank'],
    [
      'a secret of two lines',
      { SecretAccessKey: 'a\nb' },
      'SecretAccessKey contains characters that are invalid in a key',
    ],
    ['an expiration that is not a valid time', { Expiration: 'tomorrow' }, 'Expiration is not a valid time'],
    ['an object for an expiration', { Expiration: {} }, 'Expiration is not a valid time'],
  ])('that returns %s is reported by its place and the field', (_, altered, words) =>
    inWorld({}, async world => {
      for (const scenario of [VERIFY, CHAIN]) {
        const environment = printing(answerOf(world, altered))
        const result = await runMain(world, { ...scenario, environment })
        expectUnavailable(result, 'credential_process in line 2 of ', words)
        expect(world.sts.requests).toEqual([])
      }
    }),
  )

  test.each(['null', '5', '"text"', '[]', '{}', '{', '', '{"Version":2}', '{"Version":1,"AccessKeyId":"A"}'])(
    'that prints %j is reported by its place',
    text =>
      inWorld({}, async world => {
        const result = await runMain(world, { ...VERIFY, environment: printing(text) })
        expectUnavailable(result, 'credential_process in line 2 of ', 'print JSON with Version 1')
      }),
  )

  test.each<[string, Fields]>([
    ['no session token', { SessionToken: '', Expiration: '' }],
    ['null for what may be missing', { SessionToken: null, Expiration: null }],
  ])('may return %s', (_, altered) =>
    inWorld({}, async world => {
      const user = world.users['ci-robot']
      const answer = { AccessKeyId: user?.accessKeyId, SecretAccessKey: user?.secretAccessKey, ...altered }
      const result = await runMain(world, {
        with: { 'expected-role': 'arn:aws:iam::111122223333:user/ci-robot' },
        without: ['role-to-assume'],
        environment: printing(JSON.stringify({ Version: 1, ...answer })),
      })
      expect(result.outputs.verified).toBe('true')
    }),
  )
})

describe('a container', () => {
  const MISSING =
    'its response lacks AccessKeyId, SecretAccessKey, Token or Expiration, or one of them is not a string'
  const NO_TIME = 'its Expiration is blank or not a time'

  // The SDK retries three times before it gives up, a second apart: all of them run at once
  test('is named as the source of each response that is not as documented, with the field', () =>
    inWorld({}, async world => {
      const session = sessionIn(world)
      const check = async (altered: Fields, words: string) => {
        const container = await startContainerCredentials({ credentials: () => session, altered })
        const result = await runMain(world, { ...VERIFY, environment: container.environment })
        await container.close()
        expectUnavailable(result, `the container's credentials endpoint: ${words}`)
      }
      await Promise.all([
        check({ Expiration: '' }, NO_TIME),
        check({ Expiration: '01/02/2030' }, NO_TIME),
        check({ Expiration: '2030-13-01T00:00:00Z' }, NO_TIME),
        check({ Expiration: 1893456000 }, MISSING),
        check({ Token: null }, MISSING),
        check({ SecretAccessKey: ['x'] }, MISSING),
      ])
    }))

  test('is named as the source of each response of another kind', () =>
    inWorld({}, async world => {
      const check = async (body: string, words: string) => {
        const server = await startLoopbackServer(async (_, response) => void response.end(body))
        const environment = { AWS_CONTAINER_CREDENTIALS_FULL_URI: `${server.origin}/` }
        const result = await runMain(world, { ...VERIFY, environment })
        await server.close()
        expectUnavailable(result, `the container's credentials endpoint: ${words}`)
      }
      const noJson = 'its response is not JSON'
      await Promise.all([
        check('oops', noJson),
        check('', noJson),
        check('[]', MISSING),
        check('null', MISSING),
      ])
    }))
})

describe('an instance', () => {
  test.each<[string, Fields, string]>([
    ['a blank expiration', { Expiration: '' }, 'Expiration is not a valid time'],
    ['an expiration that is not a valid time', { Expiration: 'never' }, 'Expiration is not a valid time'],
    [
      'a number for a key',
      { AccessKeyId: 5 },
      'its response lacks AccessKeyId, SecretAccessKey, Token or Expiration',
    ],
    [
      'a key of two lines',
      { AccessKeyId: 'A\nB' },
      'AccessKeyId contains characters that are invalid in a key',
    ],
  ])('that returns %s is named as the source, with the field', (_, altered, words) =>
    inWorld({}, async world => {
      const session = sessionIn(world)
      const metadata = await startInstanceMetadata({
        roleName: 'deploy',
        credentials: () => session,
        altered,
      })
      try {
        for (const scenario of [VERIFY, CHAIN]) {
          const result = await runMain(world, { ...scenario, environment: metadata.environment })
          expectUnavailable(result, "the instance's metadata: ", words)
        }
      } finally {
        await metadata.close()
      }
    }),
  )
})

describe('the environment', () => {
  test.each([
    ['AWS_CREDENTIAL_EXPIRATION', 'soon', 'AWS_CREDENTIAL_EXPIRATION is not a valid time'],
    ['AWS_SESSION_TOKEN', 'a b', 'AWS_SESSION_TOKEN contains characters that are invalid in a key'],
  ])('is named as the source if %s is %j', (name, value, words) =>
    inWorld({}, async world => {
      const { accessKeyId, secretAccessKey } = sessionIn(world)
      const keys = { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey }
      for (const scenario of [VERIFY, CHAIN]) {
        const result = await runMain(world, { ...scenario, environment: { ...keys, [name]: value } })
        expectUnavailable(result, `the environment: ${words}`)
      }
    }),
  )
})
