import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { GateError } from '../../../src/core/base/failure.ts'
import { redactText } from '../../../src/core/base/redaction.ts'
import { Mismatch } from '../../../src/core/identity/verdict.ts'
import { type Ending, formatIdentityRecord } from '../../../src/core/outcome/identity-record.ts'
import type { StepRecord } from '../../../src/core/outcome/step-record.ts'
import { schemaProblems } from '../../identity-record-schema.ts'
import { anyText } from '../arbitraries.ts'
import {
  ACCOUNT,
  callerOf,
  claimsWith,
  expecting,
  inputsWith,
  KEY_INPUTS,
  matchFor,
  NEXT_ROLE_ARN,
  REQUEST_ID,
  RUN,
  SESSION_ARN,
  sessionOf,
  sessionWith,
  USER_ARN,
} from '../samples.ts'

const NOW = new Date('2026-01-31T11:00:30.000Z')
const PLAIN = { secrets: String, accountIds: String }
const CALL = {
  operation: 'AssumeRoleWithWebIdentity',
  requestId: REQUEST_ID,
  region: 'eu-west-1',
  host: 'sts.eu-west-1.amazonaws.com',
} as const

function recordOf(record: StepRecord, ending: Ending) {
  const line = formatIdentityRecord(record, ending, NOW, PLAIN)
  expect(line).toMatch(/^[ -~]+$/)
  const parsed = JSON.parse(line)
  expect(schemaProblems(parsed)).toEqual([])
  return parsed
}

function failing(cause?: unknown): Ending {
  return { failure: new GateError('ERR_IDENTITY_MISMATCH', 'message', 'hint', { cause }) }
}

describe('formatIdentityRecord', () => {
  test('is valid by its schema before anything is known', () => {
    expect(recordOf({}, failing())).toMatchObject({ expected: null, actual: null, token: null, sts: null })
  })

  test('names a user without a session', () => {
    const inputs = inputsWith({ ...KEY_INPUTS, 'role-to-assume': 'none', 'expected-role': USER_ARN })
    const match = matchFor(inputs, USER_ARN, sessionOf('given', { expiration: undefined }))
    expect(recordOf({ run: RUN, inputs }, { matches: [match] })).toMatchObject({
      expected: { identities: [USER_ARN] },
      actual: { arn: USER_ARN, accountId: ACCOUNT, partition: 'aws' },
      session: { name: null, roleId: null, expiration: null, source: 'access-keys' },
    })
  })

  test('names the role that will be assumed where a chain has several', () => {
    const inputs = inputsWith({ 'role-chain': NEXT_ROLE_ARN })
    expect(recordOf({ inputs }, failing()).expected.identities).toEqual([
      expect.stringContaining('assumed-role/Next'),
    ])
  })

  test('keeps of the claims those that identify the run, as texts', () => {
    const claims = claimsWith()
    const all = { ...claims.all, run_id: '7', environment: 'production', secret: 'x', ref: { toJSON: 1 } }
    const { token } = recordOf({ claims: { ...claims, all } }, failing())
    expect(token.claims).toEqual({ run_id: '7', environment: 'production' })
  })

  test('redacts every text in it, whatever it is', () => {
    const inputs = inputsWith()
    const record = { run: RUN, inputs, claims: claimsWith(), calls: [CALL] }
    const redacted = JSON.parse(
      formatIdentityRecord(record, { matches: [matchFor(inputs)] }, NOW, {
        secrets: () => '***',
        accountIds: String,
      }),
    )
    const texts: string[] = []
    JSON.stringify(redacted, (_, value) => {
      if (typeof value === 'string') texts.push(value)
      return value
    })
    expect(texts.length).toBeGreaterThan(20)
    expect(new Set(texts)).toEqual(new Set(['***']))
  })

  test('masks account ids in every text but the numbers of GitHub and the ids of requests', () => {
    const inputs = inputsWith()
    const claims = claimsWith()
    const all = { ...claims.all, run_id: '168765432100', environment: '999988887777', jti: REQUEST_ID }
    const caller = callerOf(SESSION_ARN, { arn: 'hello 999988887777', userId: '999988887777:x' })
    const ending = failing(new Mismatch(expecting(), sessionWith(), caller, []))
    const record = { run: { ...RUN, ref: 'refs/heads/x-999988887777' }, inputs, claims: { ...claims, all } }
    const masking = {
      secrets: String,
      accountIds: (text: string, mark: string) =>
        redactText(text, { secretForms: [], accountIds: true }, mark),
    }
    const line = formatIdentityRecord({ ...record, calls: [CALL] }, ending, NOW, masking)
    expect(line).not.toMatch(/999988887777|111122223333/)
    expect(JSON.parse(line)).toMatchObject({
      actual: { arn: 'hello masked', accountId: 'masked', userId: 'masked:x' },
      token: { claims: { run_id: '168765432100', environment: 'masked', jti: REQUEST_ID } },
      sts: { requests: [{ requestId: REQUEST_ID }] },
      run: { runId: RUN.runId, sha: RUN.sha, ref: 'refs/heads/x-masked' },
    })
  })

  test('is one valid line whatever GitHub and AWS said', () => {
    fc.assert(
      fc.property(anyText, fc.boolean(), (text, masks) => {
        const inputs = inputsWith({ 'mask-aws-account-id': String(masks) })
        const caller = callerOf(SESSION_ARN, { arn: text, userId: text })
        const mismatch = new Mismatch(expecting(), sessionWith(), caller, [])
        const claims = claimsWith({ subject: text, issuer: text, audiences: [text] })
        const run = { ...RUN, repository: text, actor: text, action: { repository: text, ref: text } }
        const record = recordOf({ run, inputs, claims, calls: [CALL] }, failing(mismatch))
        expect(record.token.subject.length).toBeLessThanOrEqual(text.length)
      }),
      { numRuns: 300 },
    )
  })
})
