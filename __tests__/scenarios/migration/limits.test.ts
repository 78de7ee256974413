import { describe, expect, test } from '@jest/globals'
import type { Fault } from '../../../sandbox/fault.ts'
import { startConnectProxy } from '../../../sandbox/proxy.ts'
import { readActionManifest } from '../../../sandbox/runner/action-manifest.ts'
import { robotInputs } from '../migration-credentials.ts'
import {
  ACTION,
  DEPLOY,
  errorsOf,
  expectFailure,
  inWorld,
  operationsOf,
  READER,
  runIn,
  runMain,
} from '../scenario.ts'

/** The environment variables that v6.2.3 reads as inputs, except HTTP_PROXY and NO_PROXY. Source: its src/helpers.ts. */
const VARIABLES_OF_V6 = {
  AWS_REGION: 'us-west-2',
  ROLE_TO_ASSUME: READER,
  WEB_IDENTITY_TOKEN_FILE: '/etc/hostname',
  ROLE_CHAINING: 'true',
  AUDIENCE: 'elsewhere',
  MASK_AWS_ACCOUNT_ID: 'true',
  ROLE_DURATION_SECONDS: '900',
  ROLE_EXTERNAL_ID: 'octo-partner-7',
  ROLE_SESSION_NAME: 'Other',
  ROLE_SKIP_SESSION_TAGGING: 'true',
  TRANSITIVE_TAG_KEYS: 'Repository',
  INLINE_SESSION_POLICY: '{"Statement":[]}',
  MANAGED_SESSION_POLICIES: 'arn:aws:iam::aws:policy/ReadOnlyAccess',
  OUTPUT_CREDENTIALS: 'true',
  UNSET_CURRENT_CREDENTIALS: 'true',
  DISABLE_RETRY: 'true',
  RETRY_MAX_ATTEMPTS: '1',
  SPECIAL_CHARACTERS_WORKAROUND: 'true',
  USE_EXISTING_CREDENTIALS: 'true',
  OVERWRITE_AWS_PROFILE: 'true',
}

describe('the environment', () => {
  test('sets none of the inputs that v6 read from it', () =>
    inWorld({ faults: [transientFailure(2)] }, async world => {
      const result = await runMain(world, { environment: VARIABLES_OF_V6 })
      expect(errorsOf(result)).toEqual([])
      expect(operationsOf(world)).toEqual([
        ...Array(3).fill('AssumeRoleWithWebIdentity'),
        'GetCallerIdentity',
      ])
      const { WebIdentityToken: _, ...parameters } = world.sts.requests[0]?.parameters ?? {}
      expect(parameters).toEqual({
        Action: 'AssumeRoleWithWebIdentity',
        Version: '2011-06-15',
        RoleArn: DEPLOY,
        RoleSessionName: 'GitHubActions',
        DurationSeconds: '3600',
      })
      expect(world.idTokenIssuer.requests[0]?.audience).toBe('sts.amazonaws.com')
      expect(result.exported.AWS_REGION).toBe('eu-west-1')
      expect(result.outputs).not.toHaveProperty('aws-secret-access-key')
    }))

  test('does not enable SHOW_STACK_TRACE: a failure stays a failure with its code', async () => {
    const result = await runIn(
      {},
      { with: { 'expected-role': READER }, environment: { SHOW_STACK_TRACE: 'true' } },
    )
    expectFailure(result, 'ERR_IDENTITY_MISMATCH')
    expect(result.stderr).toBe('')
  })
})

describe('aws-region', () => {
  test.each(['EU West', 'us-east-1-fips', 'aws-global', ''])('is an error if invalid: %p', async region => {
    const result = await runIn({}, { with: { 'aws-region': region } })
    expectFailure(result, 'ERR_INPUT_INVALID')
    expect(errorsOf(result)[0]).toContain('- aws-region: ')
  })
})

describe('action-timeout-s', () => {
  const HANG: Fault = { on: 'AssumeRoleWithWebIdentity', effect: { kind: 'hang' } }

  test('ends the step, with its own code and nothing exported', async () => {
    const result = await runIn({ faults: [HANG] }, { with: { 'action-timeout-s': '1' } })
    expectFailure(result, 'ERR_TIMEOUT')
    expect(result.durationMs).toBeLessThan(5000)
  })

  test('is 120 by default, and 0 means no limit', async () => {
    expect(readActionManifest(ACTION).inputs['action-timeout-s']?.default).toBe('120')
    const slow: Fault = { on: 'AssumeRoleWithWebIdentity', effect: { kind: 'delay', ms: 1500 } }
    const result = await runIn({ faults: [slow] }, { with: { 'action-timeout-s': '0' } })
    expect(result.outputs.verified).toBe('true')
  })
})

describe('numbers and booleans', () => {
  test.each([
    { 'role-duration-seconds': '1h' },
    { 'role-duration-seconds': '899' },
    { 'retry-max-attempts': '51' },
    { 'retry-max-attempts': '-1' },
    { 'retry-max-attempts': 'many' },
    { 'action-timeout-s': '2m' },
    { 'disable-retry': 'yes' },
    { 'force-skip-oidc': '1' },
  ])('that are invalid are an error: %o', async given => {
    const result = await runIn({}, { with: given })
    expectFailure(result, 'ERR_INPUT_INVALID')
    expect(errorsOf(result)[0]).toContain(`- ${Object.keys(given)[0]}: `)
  })
})

describe('retries', () => {
  test('are at most 12 by default, for transient errors only', () =>
    inWorld({ faults: [transientFailure(2)] }, async world => {
      const result = await runMain(world)
      expect(result.outputs.verified).toBe('true')
      expect(result.log).toContain('attempt 3 of 12')
    }))

  test('never happen for permanent errors, with access keys too', () =>
    inWorld({}, async world => {
      const result = await runMain(world, { with: { ...robotInputs(world), 'role-to-assume': READER } })
      expectFailure(result, 'ERR_STS_REJECTED')
      expect(operationsOf(world)).toEqual(['AssumeRole'])
    }))
})

describe('a proxy', () => {
  test.each(['HTTPS_PROXY', 'HTTP_PROXY', 'https_proxy', 'http_proxy'])(
    'for AWS’s own host is read from %s',
    name =>
      inWorld({}, async world => {
        const proxy = await startConnectProxy({ answer: 'refuse' })
        const result = await runMain(world, {
          without: ['sts-endpoint'],
          with: { 'disable-retry': 'true' },
          environment: { [name]: proxy.url },
        })
        await proxy.close()
        expectFailure(result, 'ERR_STS_UNAVAILABLE')
        expect(proxy.connects).toEqual(['sts.eu-west-1.amazonaws.com:443'])
      }),
  )

  test('for a plain http sts-endpoint is HTTP_PROXY, not HTTPS_PROXY', () =>
    inWorld({}, async world => {
      const { hostname: host, port, host: endpoint } = new URL(world.sts.url)
      const proxy = await startConnectProxy({ answer: { tunnelTo: { host, port: Number(port) } } })
      const past = await runMain(world, { environment: { HTTPS_PROXY: proxy.url } })
      expect(proxy.connects).toEqual([])
      const through = await runMain(world, { environment: { HTTP_PROXY: proxy.url } })
      await proxy.close()
      expect([...errorsOf(past), ...errorsOf(through)]).toEqual([])
      expect(proxy.connects).toEqual([endpoint])
    }))
})

function transientFailure(times: number): Fault {
  return {
    on: 'AssumeRoleWithWebIdentity',
    times,
    effect: { kind: 'error', status: 503, code: 'ServiceUnavailable', message: 'later' },
  }
}
