import { describe, expect, test } from '@jest/globals'
import { DEPLOY, errorsOf, expectFailure, inWorld, READER, runIn, runMain } from '../scenario.ts'

describe('guarantee 4: inputs come from `with:` alone', () => {
  test('no free-form variable from an earlier step sets an input', () =>
    inWorld({}, async world => {
      const environment = {
        AWS_ROLE_TO_ASSUME: READER,
        AWS_ROLE_ARN: READER,
        ROLE_TO_ASSUME: READER,
        AWS_ROLE_SESSION_NAME: 'Evil',
        ROLE_SESSION_NAME: 'Evil',
        AWS_WEB_IDENTITY_TOKEN_FILE: '/etc/passwd',
        AWS_REGION: 'us-west-2',
        EXPECTED_ROLE: 'any',
        AUDIENCE: 'evil',
        OIDC_AUDIENCE: 'evil',
        STS_ENDPOINT: 'http://127.0.0.1:1',
        ROLE_DURATION_SECONDS: '43200',
        ALLOWED_ACCOUNT_IDS: '444455556666',
        ON_MISMATCH: 'report',
        OUTPUT_CREDENTIALS: 'true',
        MAX_RETRIES: '1',
      }
      const result = await runMain(world, { environment })
      expect(errorsOf(result)).toEqual([])
      expect(world.sts.requests[0]?.parameters).toMatchObject({
        RoleArn: DEPLOY,
        RoleSessionName: 'GitHubActions',
        DurationSeconds: '3600',
      })
      expect(world.idTokenIssuer.requests).toEqual([{ audience: 'sts.amazonaws.com', authorized: true }])
      expect(result.exported.AWS_REGION).toBe('eu-west-1')
      expect(result.outputs['aws-secret-access-key']).toBeUndefined()
    }))

  test('the step fails without aws-region, even if AWS_REGION is set', async () => {
    const result = await runIn({}, { without: ['aws-region'], environment: { AWS_REGION: 'us-west-2' } })
    expectFailure(result, 'ERR_INPUT_INVALID')
  })

  test('a declared input can’t be replaced by a variable that earlier steps wrote', async () => {
    const result = await runIn(
      {},
      { environment: { 'INPUT_EXPECTED-ROLE': 'any', 'INPUT_ON-MISMATCH': 'report' } },
    )
    expect(result.outputs.verified).toBe('true')
  })

  test('a variable that nearly spells an input is an error', async () => {
    const lowerCase = await runIn({}, { environment: { 'INPUT_expected-role': READER } })
    expectFailure(lowerCase, 'ERR_INPUT_INVALID')
    expect(errorsOf(lowerCase)[0]).toContain('did you mean expected-role?')
    expectFailure(await runIn({}, { environment: { INPUT_EXPECTED_ROLE: READER } }), 'ERR_INPUT_INVALID')
  })

  test('the values passed on are those under `with:`', () =>
    inWorld({}, async world => {
      await runMain(world, {
        with: {
          audience: 'https://deploy.example/?a=1&b=2',
          'role-session-name': 'release_2026@v1',
          'role-duration-seconds': '900',
        },
      })
      expect(world.idTokenIssuer.requests[0]?.audience).toBe('https://deploy.example/?a=1&b=2')
      expect(world.sts.requests[0]?.parameters).toMatchObject({
        RoleSessionName: 'release_2026@v1',
        DurationSeconds: '900',
      })
    }))
})
