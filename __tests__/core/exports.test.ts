import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import {
  blankedKeys,
  cleanedVariables,
  cleanupState,
  credentialOutputs,
  failureOutputs,
  formatInstant,
  identityOutputs,
  sessionVariables,
} from '../../src/core/exports.ts'
import { GateError } from '../../src/core/failure.ts'
import { anyText } from './arbitraries.ts'
import {
  ACCESS_KEY_ID,
  ACCOUNT,
  callerOf,
  claimsWith,
  matchOf,
  ROLE_ID,
  SECRET_KEY,
  SESSION_ARN,
  SESSION_TOKEN,
  SUBJECT,
  USER_ARN,
} from './samples.ts'

const SECRETS = [SECRET_KEY, SESSION_TOKEN, ACCESS_KEY_ID]

describe('sessionVariables', () => {
  test('are the three keys of the match and its region, twice', () => {
    expect(sessionVariables(matchOf(), 'eu-west-1', {})).toEqual({
      AWS_ACCESS_KEY_ID: ACCESS_KEY_ID,
      AWS_SECRET_ACCESS_KEY: SECRET_KEY,
      AWS_SESSION_TOKEN: SESSION_TOKEN,
      AWS_REGION: 'eu-west-1',
      AWS_DEFAULT_REGION: 'eu-west-1',
    })
  })

  test('blank an inherited expiry, which would be of other keys', () => {
    const environment = { AWS_CREDENTIAL_EXPIRATION: '2020-01-01T00:00:00Z' }
    expect(sessionVariables(matchOf(), 'eu-west-1', environment)).toHaveProperty(
      'AWS_CREDENTIAL_EXPIRATION',
      '',
    )
  })

  test('set no expiry where none was set', () => {
    for (const environment of [
      {},
      { AWS_CREDENTIAL_EXPIRATION: '' },
      { AWS_CREDENTIAL_EXPIRATION: undefined },
    ]) {
      const variables = sessionVariables(matchOf(), 'eu-west-1', environment)
      expect(variables).not.toHaveProperty('AWS_CREDENTIAL_EXPIRATION')
    }
  })
})

describe('identityOutputs', () => {
  test('say who was verified, until when, and for which subject', () => {
    expect(identityOutputs(matchOf())).toEqual({
      verified: 'true',
      'aws-account-id': ACCOUNT,
      'authenticated-arn': SESSION_ARN,
      'user-id': `${ROLE_ID}:run-7`,
      'aws-partition': 'aws',
      'role-name': 'Deploy',
      'role-id': ROLE_ID,
      'role-session-name': 'run-7',
      'aws-expiration': '2026-01-31T12:00:00Z',
      'token-subject': SUBJECT,
    })
  })

  test('name no role where a user was verified', () => {
    const outputs = identityOutputs(matchOf(USER_ARN))
    expect(outputs).toMatchObject({
      verified: 'true',
      'authenticated-arn': USER_ARN,
      'aws-account-id': ACCOUNT,
    })
    for (const name of ['role-name', 'role-id', 'role-session-name']) expect(outputs[name] ?? '').toBe('')
  })

  test('carry no credential', () => {
    const text = Object.values(identityOutputs(matchOf())).join('\n')
    for (const secret of SECRETS) expect(text).not.toContain(secret)
  })
})

test('credentialOutputs are the three keys of the match', () => {
  expect(credentialOutputs(matchOf())).toEqual({
    'aws-access-key-id': ACCESS_KEY_ID,
    'aws-secret-access-key': SECRET_KEY,
    'aws-session-token': SESSION_TOKEN,
  })
})

describe('failureOutputs', () => {
  const failure = new GateError('ERR_IDENTITY_MISMATCH', 'message', 'hint')

  test('say the code, the subject if there was a token, and who the caller really was', () => {
    const findings = { claims: claimsWith(), caller: callerOf(SESSION_ARN) }
    expect(failureOutputs(failure, findings)).toEqual({
      'failure-code': 'ERR_IDENTITY_MISMATCH',
      'token-subject': SUBJECT,
      'actual-arn': SESSION_ARN,
    })
  })

  test('say nothing that is not known', () => {
    expect(failureOutputs(failure, {})).toEqual({ 'failure-code': 'ERR_IDENTITY_MISMATCH' })
  })

  test('never hold an output of a verified identity', () => {
    const outputs = failureOutputs(failure, { claims: claimsWith(), caller: callerOf(SESSION_ARN) })
    const shared = Object.keys(identityOutputs(matchOf())).filter(name => name in outputs)
    expect(shared).toEqual(['token-subject'])
  })
})

describe('blankedKeys', () => {
  test('blank the key variables that are there, and no others', () => {
    const environment = {
      AWS_ACCESS_KEY_ID: 'a',
      AWS_SESSION_TOKEN: 'c',
      AWS_REGION: 'eu-west-1',
      PATH: '/bin',
    }
    expect(blankedKeys(environment)).toEqual({ AWS_ACCESS_KEY_ID: '', AWS_SESSION_TOKEN: '' })
    expect(blankedKeys({ AWS_SECRET_ACCESS_KEY: 'b' })).toEqual({ AWS_SECRET_ACCESS_KEY: '' })
    expect(blankedKeys({ AWS_ACCESS_KEY_ID: '', AWS_PROFILE: 'x' })).toEqual({})
  })
})

describe('the post step', () => {
  /** The environment of the job after the post step, given the one before the main step. */
  function afterwards(before: Readonly<Record<string, string>>): Record<string, string> {
    const during = { ...before, ...sessionVariables(matchOf(), 'eu-west-1', before) }
    const { exported = '', regions = '' } = cleanupState(before)
    return { ...during, ...cleanedVariables({ exported, regions }) }
  }

  test('leaves the three keys blank', () => {
    expect(afterwards({ AWS_ACCESS_KEY_ID: 'earlier' })).toMatchObject({
      AWS_ACCESS_KEY_ID: '',
      AWS_SECRET_ACCESS_KEY: '',
      AWS_SESSION_TOKEN: '',
    })
  })

  test('gives the region variables that had a value back to it', () => {
    const before = { AWS_REGION: 'us-east-1', AWS_DEFAULT_REGION: 'us-east-2' }
    expect(afterwards(before)).toMatchObject(before)
  })

  test('leaves the region variables that had none as they were exported, as a blank one breaks the CLI', () => {
    expect(afterwards({ AWS_REGION: 'us-east-1', AWS_DEFAULT_REGION: '' })).toMatchObject({
      AWS_REGION: 'us-east-1',
      AWS_DEFAULT_REGION: 'eu-west-1',
    })
    expect(afterwards({})).toMatchObject({ AWS_REGION: 'eu-west-1', AWS_DEFAULT_REGION: 'eu-west-1' })
  })

  test('keeps a region to the letter, whatever it was', () => {
    fc.assert(
      fc.property(anyText, region => {
        fc.pre(region !== '')
        expect(afterwards({ AWS_REGION: region }).AWS_REGION).toBe(region)
      }),
    )
  })

  test('touches nothing else', () => {
    expect(afterwards({ PATH: '/bin', AWS_PROFILE: 'x' })).toMatchObject({ PATH: '/bin', AWS_PROFILE: 'x' })
  })

  test('changes nothing where the main step exported nothing', () => {
    const regions = '{"AWS_REGION":"us-east-1"}'
    for (const exported of ['', 'false', 'True', 'true '])
      expect(cleanedVariables({ exported, regions })).toEqual({})
  })

  test('keeps no secret in its state', () => {
    const environment = {
      AWS_ACCESS_KEY_ID: 'AKIAX',
      AWS_SECRET_ACCESS_KEY: 'secret',
      AWS_SESSION_TOKEN: 'token',
      AWS_REGION: 'r',
    }
    const text = JSON.stringify(cleanupState(environment))
    for (const secret of ['AKIAX', 'secret', 'token']) expect(text).not.toContain(secret)
  })

  test.each([
    '',
    '{',
    'null',
    '[]',
    '7',
    '"text"',
    '{"AWS_REGION":7}',
    '{"AWS_REGION":null}',
    '{"PATH":"/evil"}',
  ])('blanks the keys and sets nothing else where its state of the regions is %j', regions => {
    expect(cleanedVariables({ exported: 'true', regions })).toEqual({
      AWS_ACCESS_KEY_ID: '',
      AWS_SECRET_ACCESS_KEY: '',
      AWS_SESSION_TOKEN: '',
    })
  })

  test('never throws, whatever its state, and never sets a variable that the main step did not', () => {
    const names = new Set(Object.keys(sessionVariables(matchOf(), 'eu-west-1', {})))
    fc.assert(
      fc.property(fc.oneof(anyText, fc.json()), regions => {
        for (const name of Object.keys(cleanedVariables({ exported: 'true', regions }))) {
          expect(names).toContain(name)
        }
      }),
    )
  })
})

test.each([
  ['2026-01-31T12:00:00.000Z', '2026-01-31T12:00:00Z'],
  ['2026-12-31T23:59:59.999Z', '2026-12-31T23:59:59Z'],
  ['2026-01-31T12:00:00+02:00', '2026-01-31T10:00:00Z'],
])('formatInstant writes %s as RFC 3339 in UTC, to the second: %s', (instant, text) => {
  expect(formatInstant(new Date(instant))).toBe(text)
})
