import { tmpdir } from 'node:os'
import { describe, expect, test } from '@jest/globals'
import type { Fault } from '../../../sandbox/fault.ts'
import {
  ANOTHER_ROLE,
  DEPLOY,
  DEPLOY_SESSION,
  errorsOf,
  expectFailure,
  expectNothingHandedOut,
  inWorld,
  newFile,
  OF_THE_REQUEST,
  operationsOf,
  runIn,
  runMain,
  warningsOf,
} from '../scenario.ts'

const anotherRole: Fault = { on: 'GetCallerIdentity', effect: { kind: 'alter', fields: ANOTHER_ROLE } }

describe('guarantee 1: nothing leaves before the verdict', () => {
  test('a verified session reaches the environment and the outputs', () =>
    inWorld({}, async world => {
      const result = await runMain(world)
      expect(result.conclusion).toBe('success')
      const [session] = world.sts.sessions
      expect(result.exported).toEqual({
        AWS_ACCESS_KEY_ID: session?.accessKeyId,
        AWS_SECRET_ACCESS_KEY: session?.secretAccessKey,
        AWS_SESSION_TOKEN: session?.sessionToken,
        AWS_REGION: 'eu-west-1',
        AWS_DEFAULT_REGION: 'eu-west-1',
      })
      expect(result.outputs).toEqual({
        ...OF_THE_REQUEST,
        verified: 'true',
        'aws-account-id': '111122223333',
        'authenticated-arn': DEPLOY_SESSION,
        'user-id': 'AROA3XFRBF535PLBIFPI4:GitHubActions',
        'aws-partition': 'aws',
        'role-name': 'deploy',
        'role-id': 'AROA3XFRBF535PLBIFPI4',
        'role-session-name': 'GitHubActions',
        'aws-expiration': expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
        'token-subject': 'repo:octo-org@65/payments@74:ref:refs/heads/main',
      })
      expect(result.legacyCommands).toEqual([])
    }))

  test('the identity is requested with the same session, after the role was assumed, and both calls share one connection', () =>
    inWorld({}, async world => {
      await runMain(world)
      expect(operationsOf(world)).toEqual(['AssumeRoleWithWebIdentity', 'GetCallerIdentity'])
      expect(world.sts.connections).toBe(1)
      expect(world.idTokenIssuer.requests).toEqual([{ audience: 'sts.amazonaws.com', authorized: true }])
    }))

  test('fails, names the actual role and exports nothing when STS reports a different role', async () => {
    const result = await runIn({ faults: [anotherRole] }, { with: { 'output-credentials': 'true' } })
    expectFailure(result, 'ERR_IDENTITY_MISMATCH')
    expect(result.outputs['actual-arn']).toBe(ANOTHER_ROLE.Arn)
    expect(errorsOf(result)[0]).toContain(ANOTHER_ROLE.Arn)
    expect(result.summary).toContain('Not verified')
    expect(result.summary).toMatch(/^\| Identity \|.*assumed-role\/admin\/GitHubActions<\/code> \| ✘ \|$/m)
    expect(result.summary).not.toContain('✅')
  })

  const failures: readonly (readonly [name: string, code: string, fault: Fault])[] = [
    [
      'GetCallerIdentity refuses',
      'ERR_STS_REJECTED',
      {
        on: 'GetCallerIdentity',
        effect: { kind: 'error', status: 403, code: 'AccessDenied', message: 'no' },
      },
    ],
    ['GetCallerIdentity tells no ARN', 'ERR_STS_BAD_RESPONSE', altered('GetCallerIdentity', { Arn: null })],
    [
      'GetCallerIdentity tells no account',
      'ERR_STS_BAD_RESPONSE',
      altered('GetCallerIdentity', { Account: null }),
    ],
    [
      'GetCallerIdentity breaks off',
      'ERR_STS_UNAVAILABLE',
      { on: 'GetCallerIdentity', effect: { kind: 'reset' } },
    ],
    [
      'the session has no expiry',
      'ERR_STS_BAD_RESPONSE',
      altered('AssumeRoleWithWebIdentity', { Expiration: null }),
    ],
    [
      'the session has a line end in its secret key',
      'ERR_STS_BAD_RESPONSE',
      altered('AssumeRoleWithWebIdentity', { SecretAccessKey: 'first-half-of-it\nsecond-half-of-it' }),
    ],
  ]

  test.each(failures)('nothing is exported when %s: %s', async (_, code, fault) => {
    expectFailure(
      await runIn({ faults: [fault] }, { with: { 'output-credentials': 'true', 'disable-retry': 'true' } }),
      code,
    )
  })

  function altered(on: Fault['on'], fields: Record<string, string | null>): Fault {
    return { on, effect: { kind: 'alter', fields } }
  }

  test('a step that is killed during GetCallerIdentity has exported nothing', () =>
    inWorld({ faults: [{ on: 'GetCallerIdentity', effect: { kind: 'hang' } }] }, async world => {
      const result = await runMain(world, { signalAfterMs: 1500 })
      expect(operationsOf(world)).toContain('GetCallerIdentity')
      expect(result.conclusion).toBe('failure')
      expectNothingHandedOut(result)
    }))

  const waits: readonly (readonly [on: Fault['on'], waitedFor: string])[] = [
    ['id-token', "GitHub's OIDC endpoint"],
    ['AssumeRoleWithWebIdentity', `AssumeRoleWithWebIdentity for ${DEPLOY} at http`],
    ['GetCallerIdentity', `GetCallerIdentity for ${DEPLOY} at http`],
  ]

  test.each(waits)(
    'a step that times out over %s has exported nothing and says what it waited for',
    async (on, waitedFor) => {
      const result = await runIn(
        { faults: [{ on, effect: { kind: 'hang' } }] },
        { with: { 'action-timeout-s': '1' }, environment: { AWS_ENDPOINT_URL: 'http://127.0.0.1:9' } },
      )
      expectFailure(result, 'ERR_TIMEOUT')
      expect(errorsOf(result)[0]).toContain(`waiting for ${waitedFor}`)
      expect(errorsOf(result)[0]?.includes('variables were ignored')).toBe(on !== 'id-token')
      expect(result.durationMs).toBeLessThan(4000)
    },
  )

  test('a step that times out over another token says so, though AWS had been called', () => {
    const expired = { kind: 'error', status: 400, code: 'ExpiredTokenException', message: 'x' } as const
    const faults: readonly Fault[] = [
      { on: 'AssumeRoleWithWebIdentity', times: 1, effect: expired },
      { on: 'id-token', times: 1, effect: { kind: 'delay', ms: 0 } },
      { on: 'id-token', effect: { kind: 'hang' } },
    ]
    return inWorld({ faults }, async world => {
      const environment = { AWS_ENDPOINT_URL: 'http://127.0.0.1:9' }
      const result = await runMain(world, { environment, with: { 'action-timeout-s': '2' } })
      expectFailure(result, 'ERR_TIMEOUT')
      expect(operationsOf(world)).toEqual(['AssumeRoleWithWebIdentity'])
      expect(errorsOf(result)[0]).toContain("waiting for GitHub's OIDC endpoint")
      expect(errorsOf(result)[0]).not.toContain('variables were ignored')
    })
  })

  test('an uncaught error fails the step with its code', async () => {
    const preloaded = newFile(
      'thrown.cjs',
      `const http = require('node:http')
      const { request } = http
      http.request = (...given) => {
        setImmediate(() => { throw new Error('on the way') })
        return request(...given)
      }`,
    )
    const result = await runIn({}, { runnerVariables: { NODE_OPTIONS: `--require=${preloaded}` } })
    expectFailure(result, 'ERR_UNEXPECTED')
    expect(errorsOf(result)[0]).toContain('on the way')
  })

  test.each(['setImmediate', 'process.nextTick', 'Promise.resolve().then'])(
    'so does one from %s, before the step’s own code is loaded',
    async later => {
      const preloaded = newFile('early.cjs', `${later}(() => { throw new Error('too early') })`)
      await inWorld({}, async world => {
        const runnerVariables = { NODE_OPTIONS: `--require=${preloaded}` }
        expectFailure(await runMain(world, { runnerVariables }), 'ERR_UNEXPECTED')
        expect(world.idTokenIssuer.requests).toEqual([])
      })
    },
  )

  test('so does one in the middle of the step, which reports what was known by then', async () => {
    const onToken = `if (String(text).includes('Token: sub')) setImmediate(() => { throw new Error('too late') })`
    const preloaded = newFile(
      'late.cjs',
      `const { write } = process.stdout
      process.stdout.write = function (text, ...rest) { ${onToken}; return write.call(this, text, ...rest) }`,
    )
    const result = await runIn({}, { runnerVariables: { NODE_OPTIONS: `--require=${preloaded}` } })
    expectFailure(result, 'ERR_UNEXPECTED')
    expect(result.outputs['token-subject']).toBe('repo:octo-org@65/payments@74:ref:refs/heads/main')
    expect(result.summary).toContain('too late')
  })

  test('so does one while the runner reads slowly: nothing is exported until the process can end', () => {
    const onToken = `if (String(text).includes('Token: sub')) setImmediate(() => { throw new Error('too late') })`
    const preloaded = newFile(
      'slow.cjs',
      `const { write } = process.stdout
      Object.defineProperty(process.stdout, 'writableLength', { get: () => 1 })
      process.stdout.write = function (text, ...rest) {
        if (text === '') return setTimeout(() => write.call(this, text, ...rest), 1000)
        ${onToken}
        return write.call(this, text, ...rest)
      }`,
    )
    return inWorld({}, async world => {
      const result = await runMain(world, {
        runnerVariables: { NODE_OPTIONS: `--require=${preloaded}` },
        with: { 'output-credentials': 'true', 'aws-profile': 'gate', 'output-env-credentials': 'true' },
      })
      expectFailure(result, 'ERR_UNEXPECTED')
      expect(operationsOf(world)).toContain('GetCallerIdentity')
      expect(errorsOf(result)).toHaveLength(1)
      expect(result.summary).toContain('too late')
      expect(result.changedFiles).toEqual({})
    })
  })

  test('one thrown after everything is exported changes nothing', async () => {
    const preloaded = newFile(
      'over.cjs',
      // The output waits for a slow reader: the step is over, but the process isn't yet.
      `const { write } = process.stdout
      Object.defineProperty(process.stdout, 'writableLength', { get: () => 1 })
      process.stdout.write = function (text, ...rest) {
        if (text !== '') return write.call(this, text, ...rest)
        setTimeout(() => { throw new Error('over') }, 1)
        setTimeout(() => write.call(this, text, ...rest), 50)
      }`,
    )
    const result = await runIn({}, { runnerVariables: { NODE_OPTIONS: `--require=${preloaded}` } })
    expect(result.conclusion).toBe('success')
    expect(result.outputs).toMatchObject({ verified: 'true' })
    expect(result.outputs).not.toHaveProperty('failure-code')
    expect(result.exported).toHaveProperty('AWS_SECRET_ACCESS_KEY')
    expect(result.summary).toContain('✅')
  })

  test('a cluster worker, which a variable can turn any process into, does not exit early when its channel closes', async () => {
    const asNode = "process.on('disconnect', () => process.exit(0))"
    const preloaded = newFile('cluster.cjs', `${asNode}\nsetImmediate(() => process.emit('disconnect'))`)
    const result = await runIn({}, { runnerVariables: { NODE_OPTIONS: `--require=${preloaded}` } })
    expect(result.outputs.verified).toBe('true')
  })

  test('credentials written to one file are rolled back if another can’t be written', async () => {
    const result = await runIn({}, { runnerVariables: { GITHUB_OUTPUT: tmpdir() } })
    expect(result.conclusion).toBe('failure')
    expect(result.files.env).toBe('')
    expect(result.files.state).toBe('')
    expect(result.summary).not.toContain('✅')
  })

  test('a missing command file fails the step instead of printing credentials', async () => {
    const result = await runIn(
      {},
      { runnerVariables: { GITHUB_ENV: '' }, with: { 'output-credentials': 'true' } },
    )
    expectFailure(result, 'ERR_UNEXPECTED')
    expect(result.legacyCommands).toEqual([])
  })

  test('a summary that can’t be written is a warning, and the gate still opens', async () => {
    const result = await runIn({}, { runnerVariables: { GITHUB_STEP_SUMMARY: '/dev/null/none' } })
    expect(result.conclusion).toBe('success')
    expect(warningsOf(result).join()).toContain('summary')
  })

  test('credentials of earlier steps stay when the step fails', async () => {
    const environment = {
      AWS_ACCESS_KEY_ID: 'ASIAEARLIER',
      AWS_SECRET_ACCESS_KEY: 's',
      AWS_SESSION_TOKEN: 't',
    }
    expectNothingHandedOut(await runIn({ faults: [anotherRole] }, { environment }))
  })

  test('a reported mismatch passes the step unverified, exports nothing and blanks existing keys', async () => {
    const environment = {
      AWS_ACCESS_KEY_ID: 'ASIAEARLIER',
      AWS_SECRET_ACCESS_KEY: 's',
      AWS_REGION: 'us-east-1',
    }
    const result = await runIn({ faults: [anotherRole] }, { with: { 'on-mismatch': 'report' }, environment })
    expect(result.conclusion).toBe('success')
    expect(result.exported).toEqual({ AWS_ACCESS_KEY_ID: '', AWS_SECRET_ACCESS_KEY: '' })
    expect(result.outputs).toEqual({
      ...OF_THE_REQUEST,
      'failure-code': 'ERR_IDENTITY_MISMATCH',
      'actual-arn': ANOTHER_ROLE.Arn,
      'token-subject': 'repo:octo-org@65/payments@74:ref:refs/heads/main',
    })
    expect(warningsOf(result).join()).toContain('ERR_IDENTITY_MISMATCH')
    expect(errorsOf(result)).toEqual([])
  })

  test('only a mismatch can be reported: a refusal fails the step', async () => {
    const refusal: Fault = {
      on: 'AssumeRoleWithWebIdentity',
      effect: { kind: 'error', status: 403, code: 'AccessDenied', message: 'no' },
    }
    expectFailure(
      await runIn({ faults: [refusal] }, { with: { 'on-mismatch': 'report' } }),
      'ERR_STS_REJECTED',
    )
  })

  test('a reported mismatch fails the step if the keys can’t be blanked', async () => {
    const result = await runIn(
      { faults: [anotherRole] },
      {
        with: { 'on-mismatch': 'report' },
        environment: { AWS_ACCESS_KEY_ID: 'ASIAEARLIER' },
        runnerVariables: { GITHUB_ENV: tmpdir() },
      },
    )
    expect(result.conclusion).toBe('failure')
  })
})
