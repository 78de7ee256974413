import { describe, expect, test } from '@jest/globals'
import type { RunningWorld } from '../../../sandbox/world.ts'
import {
  ANOTHER_ROLE,
  DEPLOY,
  DEPLOY_SESSION,
  earlierSession,
  errorsOf,
  expectFailure,
  inWorld,
  PRODUCTION,
  READER,
  recordOf,
  requestIdFor,
  robotKeys,
  runIn,
  runMain,
} from '../scenario.ts'

/** AWS's ids of all requests, in order. */
function requestIdsOf({ sts }: RunningWorld): string[] {
  return sts.requests.map(({ requestId }) => requestId)
}

/** The accounts of the default world. */
const ACCOUNTS = /111122223333|444455556666/

describe('sts-request-id', () => {
  test('is the id of the call that issued the session, in output and log', () =>
    inWorld({}, async world => {
      const result = await runMain(world)
      const [issued] = requestIdsOf(world)
      expect(result.outputs['sts-request-id']).toBe(issued)
      expect(result.log).toContain(`request ID ${issued}`)
      expect(result.summary).toContain(issued)
    }))

  test('is the id of the last role’s call after a chain', () =>
    inWorld({}, async world => {
      const result = await runMain(world, { with: { 'role-chain': PRODUCTION } })
      expect(result.outputs['sts-request-id']).toBe(requestIdFor(world, 'role/production'))
    }))

  test('is the id of the call that succeeded after retries', () => {
    const effect = { kind: 'error', status: 503, code: 'ServiceUnavailable', message: 'busy' } as const
    return inWorld({ faults: [{ on: 'AssumeRoleWithWebIdentity', times: 2, effect }] }, async world => {
      const result = await runMain(world)
      expect(result.outputs['sts-request-id']).toBe(requestIdsOf(world)[2])
    })
  })

  test('is the id of GetCallerIdentity when verifying only', () =>
    inWorld({}, async world => {
      const result = await runMain(world, {
        without: ['role-to-assume'],
        with: { 'expected-role': DEPLOY },
        environment: earlierSession(world),
        noToken: true,
      })
      expect(result.outputs.verified).toBe('true')
      expect(requestIdsOf(world)).toEqual([result.outputs['sts-request-id']])
    }))

  test('is the id of the refused call on a refusal, in output, error and summary', () =>
    inWorld({}, async world => {
      const result = await runMain(world, { with: { 'role-to-assume': `${DEPLOY}ed` } })
      expectFailure(result, 'ERR_STS_REJECTED')
      const [refused] = requestIdsOf(world)
      expect(result.outputs['sts-request-id']).toBe(refused)
      expect(errorsOf(result)[0]).toContain(`- request ID: ${refused}`)
      expect(result.summary).toContain(refused)
    }))

  test('is the id of the refused call further down a chain', () =>
    inWorld({}, async world => {
      const result = await runMain(world, { with: { 'role-chain': READER } })
      expectFailure(result, 'ERR_STS_REJECTED')
      expect(result.outputs['sts-request-id']).toBe(requestIdFor(world, 'role/reader'))
    }))

  test('is the id of the call that issued the session on a mismatch, in output, error and summary', () =>
    inWorld(
      { faults: [{ on: 'GetCallerIdentity', effect: { kind: 'alter', fields: ANOTHER_ROLE } }] },
      async world => {
        const result = await runMain(world)
        expectFailure(result, 'ERR_IDENTITY_MISMATCH')
        const [issued] = requestIdsOf(world)
        expect(result.outputs['sts-request-id']).toBe(issued)
        expect(errorsOf(result)[0]).toContain(`- request ID: ${issued}`)
        expect(result.summary).toContain(issued)
      },
    ))

  test('is the id of the call that issued the session if the step runs out of time afterwards', () =>
    inWorld({ faults: [{ on: 'GetCallerIdentity', effect: { kind: 'hang' } }] }, async world => {
      const result = await runMain(world, { with: { 'action-timeout-s': '1' } })
      expectFailure(result, 'ERR_TIMEOUT')
      expect(result.outputs['sts-request-id']).toBe(requestIdsOf(world)[0])
    }))

  test('is absent where STS did not respond, or its id has another form', async () => {
    const silent = await runIn(
      { faults: [{ on: 'AssumeRoleWithWebIdentity', effect: { kind: 'reset' } }] },
      { with: { 'disable-retry': 'true' } },
    )
    expect(silent.outputs).not.toHaveProperty('sts-request-id')
    const headers = { 'x-amzn-requestid': '<b>x</b> ::error::' }
    const effect = { kind: 'error', status: 403, code: 'AccessDenied', message: 'no', headers } as const
    const hostile = await runIn({ faults: [{ on: 'AssumeRoleWithWebIdentity', effect }] })
    expectFailure(hostile, 'ERR_STS_REJECTED')
    expect(hostile.outputs).not.toHaveProperty('sts-request-id')
    expect(recordOf(hostile.outputs).sts).toBeNull()
  })

  test.each([
    ['in a chain', { 'role-chain': READER }],
    ['of one of several roles', { 'aws-profiles': `a=${READER}\nb=${DEPLOY}`, 'role-to-assume': 'none' }],
  ])('is absent where the refused call %s has none, and is not another call’s', async (_, given) => {
    const headers = { 'x-amzn-requestid': 'x' }
    const effect = { kind: 'error', status: 403, code: 'AccessDenied', message: 'no', headers } as const
    const on = 'role-chain' in given ? 'AssumeRole' : 'AssumeRoleWithWebIdentity'
    const { outputs } = await runIn({ faults: [{ on, times: 1, effect }] }, { with: given })
    expect(outputs['failure-code']).toBe('ERR_STS_REJECTED')
    expect(outputs).not.toHaveProperty('sts-request-id')
  })

  test('is absent where GitHub gave no token, though existing credentials were asked about before', () => {
    const effect = { kind: 'error', status: 403, code: 'x', message: 'no' } as const
    return inWorld({ faults: [{ on: 'id-token', effect }] }, async world => {
      const result = await runMain(world, {
        with: { 'use-existing-credentials': 'true' },
        environment: earlierSession(world, 'reader', '444455556666'),
      })
      expectFailure(result, 'ERR_OIDC_REQUEST_FAILED')
      expect(result.outputs).not.toHaveProperty('sts-request-id')
      expect(result.summary).not.toContain('CloudTrail')
    })
  })

  test('is in each role’s row of verified-profiles, of the summary and of the record', () =>
    inWorld({}, async world => {
      const result = await runMain(world, {
        without: ['role-to-assume'],
        with: { 'aws-profiles': `deploy=${DEPLOY}\nread=${READER}` },
      })
      const ids = ['role/deploy', 'role/reader'].map(role => requestIdFor(world, role))
      const rows: { 'sts-request-id': string }[] = JSON.parse(result.outputs['verified-profiles'] ?? '[]')
      expect(rows.map(row => row['sts-request-id'])).toEqual(ids)
      expect(result.outputs['sts-request-id']).toBe(ids[0])
      expect(recordOf(result.outputs).profiles).toMatchObject(ids.map(requestId => ({ requestId })))
      for (const id of ids) expect(result.summary).toContain(id)
    }))

  test('is in the line of each role that AWS refused', () =>
    inWorld({}, async world => {
      const result = await runMain(world, {
        without: ['role-to-assume'],
        with: { 'aws-profiles': `deploy=${DEPLOY}\nnone=${DEPLOY}ed` },
      })
      expectFailure(result, 'ERR_STS_REJECTED')
      const refused = requestIdFor(world, 'role/deployed')
      expect(result.outputs['sts-request-id']).toBe(refused)
      expect(errorsOf(result)[0]).toContain(`request ID: ${refused}`)
      expect(recordOf(result.outputs).profiles[1]).toMatchObject({ verified: false, requestId: refused })
    }))
})

describe('identity-record', () => {
  test('holds who deployed as what, joined to run and CloudTrail', () =>
    inWorld({}, async world => {
      const result = await runMain(world, {
        with: {
          'expected-role-id': 'AROA3XFRBF535PLBIFPI4',
          'required-claims': 'event_name=push\nref~refs/heads/*',
          'allowed-account-ids': '111122223333',
        },
      })
      const { outputs } = result
      expect(outputs['identity-record']).not.toContain('\n')
      expect(recordOf(outputs)).toEqual({
        schema: 1,
        verified: true,
        failureCode: null,
        expected: {
          identities: ['arn:aws:sts::111122223333:assumed-role/deploy'],
          roleIds: ['AROA3XFRBF535PLBIFPI4'],
          allowedAccountIds: ['111122223333'],
          forbiddenAccountIds: [],
          requiredClaims: ['event_name=push', 'ref~refs/heads/*'],
        },
        actual: {
          arn: DEPLOY_SESSION,
          accountId: '111122223333',
          userId: 'AROA3XFRBF535PLBIFPI4:GitHubActions',
          partition: 'aws',
        },
        session: {
          name: 'GitHubActions',
          roleId: 'AROA3XFRBF535PLBIFPI4',
          expiration: outputs['aws-expiration'],
          source: 'oidc',
        },
        token: {
          issuer: 'https://token.actions.githubusercontent.com',
          audience: ['sts.amazonaws.com'],
          subject: outputs['token-subject'],
          claims: expect.objectContaining({
            repository: 'octo-org/payments',
            run_id: '8675309',
            event_name: 'push',
          }),
        },
        sts: {
          host: new URL(world.sts.url).host,
          region: 'eu-west-1',
          requests: world.sts.requests.map(({ operation, requestId }) => ({ operation, requestId })),
        },
        run: {
          repository: 'octo-org/payments',
          repositoryId: '74',
          runId: '8675309',
          runNumber: '42',
          runAttempt: '1',
          workflowRef: 'octo-org/payments/.github/workflows/deploy.yml@refs/heads/main',
          ref: 'refs/heads/main',
          sha: '6dcb09b5b57875f334f61aebed695e2e4193db5e',
          actor: 'octocat',
        },
        action: { repository: expect.any(String), ref: expect.any(String) },
        at: expect.stringMatching(/^20\d\d-.*Z$/),
      })
    }))

  test('has the actual caller and no session on a mismatch, reported or not', async () => {
    for (const onMismatch of ['fail', 'report']) {
      const result = await runIn(
        { faults: [{ on: 'GetCallerIdentity', effect: { kind: 'alter', fields: ANOTHER_ROLE } }] },
        { with: { 'on-mismatch': onMismatch } },
      )
      expect(recordOf(result.outputs)).toMatchObject({
        verified: false,
        failureCode: 'ERR_IDENTITY_MISMATCH',
        expected: { identities: ['arn:aws:sts::111122223333:assumed-role/deploy'] },
        actual: { arn: ANOTHER_ROLE.Arn },
        session: null,
      })
    }
  })

  test('tells of invalid inputs that nothing was expected or called', async () => {
    const { outputs } = await runIn({}, { with: { 'allowed-account-ids': '1' } })
    expect(recordOf(outputs)).toMatchObject({
      failureCode: 'ERR_INPUT_INVALID',
      expected: null,
      token: null,
      sts: null,
      run: { repository: 'octo-org/payments' },
    })
  })

  test('names the source of the first credentials', () =>
    inWorld({}, async world => {
      const byKeys = await runMain(world, {
        with: { ...robotKeys(world), 'role-to-assume': 'arn:aws:iam::111122223333:role/deployer' },
      })
      expect(recordOf(byKeys.outputs).session.source).toBe('access-keys')
      const kept = await runMain(world, {
        with: { 'use-existing-credentials': 'true' },
        environment: earlierSession(world),
      })
      expect(recordOf(kept.outputs).session).toMatchObject({ source: 'existing', name: 'earlier' })
    }))

  test('holds no long password of a proxy, whoever sends it back', async () => {
    const fields = { Arn: 'arn:aws:sts::111122223333:assumed-role/deploy/longpassword99' }
    const { outputs } = await runIn(
      { faults: [{ on: 'GetCallerIdentity', effect: { kind: 'alter', fields } }] },
      { environment: { HTTP_PROXY: 'http://u:longpassword99@127.0.0.1:9', no_proxy: '127.0.0.1' } },
    )
    expect(outputs['failure-code']).toBe('ERR_IDENTITY_MISMATCH')
    expect(JSON.stringify(outputs)).not.toContain('longpassword99')
  })

  test('is ASCII in one line, whatever a claim holds', async () => {
    const { outputs } = await runIn({ claims: { environment: 'a\u2028b\u202ec\u0085d' } })
    expect(outputs['identity-record']).toMatch(/^[ -~]+$/)
    expect(recordOf(outputs).token.claims.environment).toBe('a\u2028b\u202ec\u0085d')
  })

  test('and the summary show no account id of any kind with mask-aws-account-id, links included', async () => {
    const faults = [
      {
        on: 'GetCallerIdentity',
        effect: { kind: 'alter', fields: { UserId: '999988887777:s-888877776666' } },
      },
    ] as const
    const { outputs, summary } = await runIn(
      { faults, claims: { environment: 'prod-999988887777', job_workflow_ref: 'o/r/5555-4444-3333.yml' } },
      {
        with: {
          'mask-aws-account-id': 'true',
          'role-session-name': 's-888877776666',
          'required-claims': 'environment=prod-999988887777',
        },
        runnerVariables: {
          GITHUB_REPOSITORY: 'octo-org/infra-111122223333',
          GITHUB_REF: 'refs/heads/x-444455556666',
          GITHUB_ACTION_REPOSITORY: 'o/a-111122223333',
        },
      },
    )
    expect(outputs.verified).toBe('true')
    const shown = `${outputs['identity-record']}${summary}`.replaceAll(outputs['sts-request-id'] ?? '', '')
    expect(shown.replaceAll(/[\da-f-]{36}|[\da-f]{40}/g, '')).not.toMatch(/(?<!\d)\d{4}-?\d{4}-?\d{4}(?!\d)/)
  })

  test('masks an account id also where the inputs are invalid', async () => {
    const { outputs } = await runIn(
      {},
      {
        with: { 'mask-aws-account-id': 'true', 'allowed-account-ids': '1' },
        runnerVariables: { GITHUB_REF: 'refs/heads/a-111122223333' },
      },
    )
    expect(recordOf(outputs).run.ref).toBe('refs/heads/a-masked')
  })

  test('says masked for every account id with mask-aws-account-id, and for nothing else', () =>
    inWorld({}, async world => {
      const masked = { 'mask-aws-account-id': 'true' }
      const result = await runMain(world, {
        with: { ...masked, 'allowed-account-ids': '111122223333,444455556666' },
        job: { ...world.job, runId: '16876543210' },
      })
      const text = result.outputs['identity-record'] ?? ''
      expect(text).not.toMatch(ACCOUNTS)
      expect(recordOf(result.outputs)).toMatchObject({
        expected: {
          identities: ['arn:aws:sts::masked:assumed-role/deploy'],
          allowedAccountIds: ['masked', 'masked'],
        },
        actual: { arn: 'arn:aws:sts::masked:assumed-role/deploy/GitHubActions', accountId: 'masked' },
        run: { runId: '16876543210' },
      })
      const mismatch = await runMain(world, { with: { ...masked, 'expected-role': READER } })
      expectFailure(mismatch, 'ERR_IDENTITY_MISMATCH')
      expect(mismatch.outputs['identity-record']).not.toMatch(ACCOUNTS)
      const several = await runMain(world, {
        without: ['role-to-assume'],
        with: { ...masked, 'aws-profiles': `deploy=${DEPLOY}\nread=${READER}` },
      })
      expect(recordOf(several.outputs).profiles).toHaveLength(2)
      expect(several.outputs['identity-record']).not.toMatch(ACCOUNTS)
    }))
})
