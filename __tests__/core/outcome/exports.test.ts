import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { GateError } from '../../../src/core/base/failure.ts'
import { Mismatch } from '../../../src/core/identity/verdict.ts'
import {
  blankedKeys,
  cleanedVariables,
  cleanupState,
  completedState,
  credentialOutputs,
  failureOutputs,
  identityOutputs,
  sessionVariables,
  tokenOutputs,
  type Variables,
} from '../../../src/core/outcome/exports.ts'
import { anyText } from '../arbitraries.ts'
import {
  ACCESS_KEY_ID,
  ACCOUNT,
  callerOf,
  claimsWith,
  expecting,
  inputsWith,
  KEY_INPUTS,
  matchFor,
  matchOf,
  ROLE_ARN,
  ROLE_ID,
  SECRET_KEY,
  SESSION_ARN,
  SESSION_TOKEN,
  SUBJECT,
  sessionOf,
  sessionWith,
  USER_ARN,
} from '../samples.ts'

const INPUTS = inputsWith()
const SECRETS = [SECRET_KEY, SESSION_TOKEN, ACCESS_KEY_ID]
const hash = (text: string) => `hash of ${text.length} characters ending in ${text.slice(-1)}`

describe('sessionVariables', () => {
  test('are the three keys of the match and its region, under two names', () => {
    expect(sessionVariables(matchOf(), INPUTS, {})).toEqual({
      AWS_ACCESS_KEY_ID: ACCESS_KEY_ID,
      AWS_SECRET_ACCESS_KEY: SECRET_KEY,
      AWS_SESSION_TOKEN: SESSION_TOKEN,
      AWS_REGION: 'eu-west-1',
      AWS_DEFAULT_REGION: 'eu-west-1',
    })
  })

  test('blank an inherited expiry, which would belong to other keys', () => {
    const environment = { AWS_CREDENTIAL_EXPIRATION: '2020-01-01T00:00:00Z' }
    expect(sessionVariables(matchOf(), INPUTS, environment)).toHaveProperty('AWS_CREDENTIAL_EXPIRATION', '')
  })

  test('set no expiry if none was set', () => {
    for (const environment of [
      {},
      { AWS_CREDENTIAL_EXPIRATION: '' },
      { AWS_CREDENTIAL_EXPIRATION: undefined },
    ]) {
      const variables = sessionVariables(matchOf(), INPUTS, environment)
      expect(variables).not.toHaveProperty('AWS_CREDENTIAL_EXPIRATION')
    }
  })
})

describe('sessionVariables of existing credentials', () => {
  const kept = matchOf(SESSION_ARN, sessionOf('existing'))

  test('are none, whatever the inputs and the environment, as this step owns none of them', () => {
    const some = fc.record(
      {
        'output-env-credentials': fc.constantFrom('true', 'false'),
        'aws-profile': fc.constant('deploy'),
        'output-credentials': fc.constantFrom('true', 'false'),
        'use-existing-credentials': fc.constantFrom('true', 'false'),
        'role-chaining': fc.constantFrom('true', 'false'),
      },
      { requiredKeys: [] },
    )
    const environments = fc.record(
      {
        AWS_SESSION_TOKEN: anyText,
        AWS_CREDENTIAL_EXPIRATION: anyText,
        AWS_REGION: anyText,
        AWS_PROFILE: fc.constant('deploy'),
      },
      { requiredKeys: [] },
    )
    fc.assert(
      fc.property(some, environments, (given, environment) => {
        const variables = sessionVariables(kept, inputsWith(given), environment)
        expect(variables).toEqual({})
        expect(cleanupState(variables, environment, hash)).toEqual({})
      }),
    )
  })
})

describe('sessionVariables of a user’s access key', () => {
  const given = matchOf(USER_ARN, sessionOf('given', { sessionToken: undefined, expiration: undefined }))
  const inputs = inputsWith({ ...KEY_INPUTS, 'role-to-assume': 'none', 'allowed-account-ids': ACCOUNT })

  test.each([
    ['absent', {}],
    ['blank', { AWS_SESSION_TOKEN: '' }],
  ])('include no session token when the environment’s is %s', (_, environment) => {
    expect(sessionVariables(given, inputs, environment)).toEqual({
      AWS_ACCESS_KEY_ID: ACCESS_KEY_ID,
      AWS_SECRET_ACCESS_KEY: SECRET_KEY,
      AWS_REGION: 'eu-west-1',
      AWS_DEFAULT_REGION: 'eu-west-1',
    })
  })

  test('blank an inherited session token, which would belong to other keys', () => {
    const variables = sessionVariables(given, inputs, { AWS_SESSION_TOKEN: 'of another key' })
    expect(variables).toHaveProperty('AWS_SESSION_TOKEN', '')
  })

  test('include its session token if it has one', () => {
    const temporary = matchOf(SESSION_ARN, sessionOf('given'))
    expect(sessionVariables(temporary, inputs, {})).toHaveProperty('AWS_SESSION_TOKEN', SESSION_TOKEN)
  })
})

describe('sessionVariables and the profile', () => {
  test.each([
    ['names it beside keys, as some SDKs would use another', { 'output-env-credentials': 'true' }, 'deploy'],
    ['sets nothing where no keys go there', {}, undefined],
  ])('the environment %s', (_, given, profile) => {
    const inputs = inputsWith({ 'aws-profile': 'deploy', ...given })
    const variables = sessionVariables(matchFor(inputs), inputs, {})
    expect(variables.AWS_PROFILE).toBe(profile)
    expect(Object.keys(variables)).toHaveLength(profile ? 6 : 0)
  })

  test('is not set for several roles, as one variable can name only one', () => {
    const inputs = inputsWith({ 'role-to-assume': undefined, 'aws-profiles': `deploy=${ROLE_ARN}` })
    const variables = sessionVariables(matchFor(inputs), { ...inputs, exportsEnvironment: true }, {})
    expect(variables).toHaveProperty('AWS_ACCESS_KEY_ID')
    expect(variables).not.toHaveProperty('AWS_PROFILE')
  })

  test('the environment names none if there is none', () => {
    expect(sessionVariables(matchOf(), INPUTS, { AWS_PROFILE: 'x' })).not.toHaveProperty('AWS_PROFILE')
  })
})

test('sessionVariables are none when no keys go to the environment, whatever it contains', () => {
  const inputs = inputsWith({ 'output-env-credentials': 'false' })
  const environment = { AWS_SESSION_TOKEN: 'x', AWS_CREDENTIAL_EXPIRATION: 'x', AWS_REGION: 'x' }
  for (const match of [matchOf(), matchOf(USER_ARN, sessionOf('given'))])
    expect(sessionVariables(match, inputs, environment)).toEqual({})
})

describe('identityOutputs', () => {
  test('say who was verified, and until when', () => {
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
    })
  })

  test('name no role when a user was verified', () => {
    const outputs = identityOutputs(matchOf(USER_ARN))
    expect(outputs).toMatchObject({
      verified: 'true',
      'authenticated-arn': USER_ARN,
      'aws-account-id': ACCOUNT,
    })
    for (const name of ['role-name', 'role-id', 'role-session-name']) expect(outputs[name] ?? '').toBe('')
  })

  test('name no expiry when the credentials have none', () => {
    for (const kind of ['given', 'existing'] as const) {
      const outputs = identityOutputs(matchOf(SESSION_ARN, sessionOf(kind, { expiration: undefined })))
      expect(outputs).not.toHaveProperty('aws-expiration')
      expect(outputs).toMatchObject({
        verified: 'true',
        'authenticated-arn': SESSION_ARN,
        'role-name': 'Deploy',
      })
    }
  })

  test('are the same for existing credentials', () => {
    const kept = identityOutputs(matchOf(SESSION_ARN, sessionOf('existing')))
    expect(kept).toEqual(identityOutputs(matchOf()))
  })

  test('contain no credential', () => {
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

test('credentialOutputs of a user’s access key hold no session token', () => {
  const match = matchOf(USER_ARN, sessionOf('given', { sessionToken: undefined }))
  expect(credentialOutputs(match)).toEqual({
    'aws-access-key-id': ACCESS_KEY_ID,
    'aws-secret-access-key': SECRET_KEY,
  })
})

describe('tokenOutputs', () => {
  test('say the subject of the token', () => {
    expect(tokenOutputs({ claims: claimsWith() })).toEqual({ 'token-subject': SUBJECT })
  })

  test('are empty without a token', () => {
    expect(tokenOutputs({})).toEqual({})
  })
})

describe('failureOutputs', () => {
  const cause = new Mismatch(expecting(), sessionWith(), callerOf(SESSION_ARN), [])
  const failure = new GateError('ERR_IDENTITY_MISMATCH', 'message', 'hint', { cause })

  test('give the code, the subject if there was a token, and the actual caller', () => {
    expect(failureOutputs(failure, { claims: claimsWith() })).toEqual({
      'failure-code': 'ERR_IDENTITY_MISMATCH',
      'token-subject': SUBJECT,
      'actual-arn': SESSION_ARN,
    })
  })

  test('leave out what is not known', () => {
    const late = new GateError('ERR_TIMEOUT', 'message', 'hint')
    expect(failureOutputs(late, {})).toEqual({ 'failure-code': 'ERR_TIMEOUT' })
  })

  test('name the caller when something else failed after the match', () => {
    const late = new GateError('ERR_TIMEOUT', 'message', 'hint')
    expect(failureOutputs(late, { outcomes: [matchOf()] })).toMatchObject({ 'actual-arn': SESSION_ARN })
  })

  test('never include an output of a verified identity', () => {
    const outputs = failureOutputs(failure, { claims: claimsWith() })
    expect(Object.keys(identityOutputs(matchOf())).filter(name => name in outputs)).toEqual([])
  })
})

describe('blankedKeys', () => {
  test('blank exactly the key variables that are set', () => {
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

/** What the main step saves by the end of its export. */
function savedState(variables: Variables, before: Variables): Variables {
  return { ...cleanupState(variables, before, hash), ...completedState(variables) }
}

/** The job's environment after the post step, given the one before it. */
function afterPost(environment: Variables, state: Variables): Record<string, string> {
  return { ...environment, ...cleanedVariables(state, environment, hash) }
}

describe('the post step', () => {
  /** The job's environment after the post step, given the one before the main step. */
  function afterwards(before: Readonly<Record<string, string>>): Record<string, string> {
    const variables = sessionVariables(matchOf(), INPUTS, before)
    return afterPost({ ...before, ...variables }, savedState(variables, before))
  }

  test('leaves the three keys blank', () => {
    expect(afterwards({ AWS_ACCESS_KEY_ID: 'earlier' })).toMatchObject({
      AWS_ACCESS_KEY_ID: '',
      AWS_SECRET_ACCESS_KEY: '',
      AWS_SESSION_TOKEN: '',
    })
  })

  test('restores the region variables that had a value', () => {
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

  test('restores a region to the letter, whatever it was', () => {
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

  /** The same, with an input profile in the environment too. */
  function afterwardsWithProfile(before: Readonly<Record<string, string>>): Variables {
    const inputs = inputsWith({ 'aws-profile': 'deploy', 'output-env-credentials': 'true' }, before)
    const variables = sessionVariables(matchFor(inputs), inputs, before)
    return afterPost({ ...before, ...variables }, savedState(variables, before))
  }

  test('restores AWS_PROFILE if it was set, and leaves it if not, as a blank one breaks the CLI', () => {
    expect(afterwardsWithProfile({ AWS_PROFILE: 'deploy' }).AWS_PROFILE).toBe('deploy')
    expect(afterwardsWithProfile({ AWS_PROFILE: '' }).AWS_PROFILE).toBe('deploy')
    expect(afterwardsWithProfile({}).AWS_PROFILE).toBe('deploy')
    const state = { exported: 'true', earlier: '{"AWS_PROFILE":"other"}' }
    expect(cleanedVariables(state, {}, hash)).toHaveProperty('AWS_PROFILE', 'other')
  })

  test('does not touch an AWS_PROFILE that the main step did not set', () => {
    const before = { AWS_PROFILE: 'x', AWS_REGION: 'us-east-1' }
    const { earlier = '' } = savedState(sessionVariables(matchOf(), INPUTS, before), before)
    expect(JSON.parse(earlier)).toEqual({ AWS_REGION: 'us-east-1' })
  })

  test('blanks no region and no profile, whatever was there before', () => {
    const texts = fc.constantFrom('', 'x', ' ')
    const environments = fc.record(
      { AWS_REGION: texts, AWS_DEFAULT_REGION: texts, AWS_PROFILE: fc.constantFrom('', 'deploy') },
      { requiredKeys: [] },
    )
    fc.assert(
      fc.property(environments, before => {
        const after = afterwardsWithProfile(before)
        for (const name of ['AWS_REGION', 'AWS_DEFAULT_REGION', 'AWS_PROFILE'])
          expect(after[name]).not.toBe('')
      }),
    )
  })

  test('blanks a user’s access key too', () => {
    const before = { AWS_SESSION_TOKEN: 'of another key' }
    const match = matchOf(USER_ARN, sessionOf('given', { sessionToken: undefined }))
    const variables = sessionVariables(match, INPUTS, before)
    expect(afterPost({ ...before, ...variables }, savedState(variables, before))).toMatchObject({
      AWS_ACCESS_KEY_ID: '',
      AWS_SECRET_ACCESS_KEY: '',
      AWS_SESSION_TOKEN: '',
    })
  })

  test('changes nothing if the main step exported nothing', () => {
    expect(savedState({}, { AWS_REGION: 'us-east-1' })).toEqual({})
    const earlier = '{"AWS_REGION":"us-east-1"}'
    for (const exported of ['', 'false', 'True', 'true '])
      expect(cleanedVariables({ exported, earlier }, { AWS_ACCESS_KEY_ID: 'AKIAEARLIER' }, hash)).toEqual({})
  })

  test('keeps no secret in its state', () => {
    const environment = {
      AWS_ACCESS_KEY_ID: 'AKIAX',
      AWS_SECRET_ACCESS_KEY: 'secret',
      AWS_SESSION_TOKEN: 'token',
      AWS_REGION: 'r',
    }
    const text = JSON.stringify(savedState(sessionVariables(matchOf(), INPUTS, environment), environment))
    for (const secret of ['AKIAX', 'secret', 'token', ...SECRETS]) expect(text).not.toContain(secret)
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
  ])('blanks the keys and sets nothing else when its state of earlier values is %j', earlier => {
    expect(cleanedVariables({ exported: 'true', earlier }, {}, hash)).toEqual({
      AWS_ACCESS_KEY_ID: '',
      AWS_SECRET_ACCESS_KEY: '',
      AWS_SESSION_TOKEN: '',
    })
  })

  test('never throws, whatever its state, and never sets a variable that the main step did not', () => {
    const inputs = inputsWith({ 'aws-profile': 'deploy', 'output-env-credentials': 'true' })
    const names = new Set(Object.keys(sessionVariables(matchFor(inputs), inputs, {})))
    fc.assert(
      fc.property(fc.oneof(anyText, fc.json()), earlier => {
        for (const name of Object.keys(cleanedVariables({ exported: 'true', earlier }, {}, hash))) {
          expect(names).toContain(name)
        }
      }),
    )
  })
})

describe('the post step after an export that was not completed', () => {
  const inputs = inputsWith({ 'aws-profile': 'deploy', 'output-env-credentials': 'true' })
  const earlier = fc.record(
    {
      AWS_ACCESS_KEY_ID: fc.constantFrom('', 'AKIAEARLIER'),
      AWS_SECRET_ACCESS_KEY: fc.constant('secret of an earlier step'),
      AWS_REGION: fc.constantFrom('', 'us-east-1'),
      AWS_DEFAULT_REGION: fc.constant('us-east-2'),
      AWS_PROFILE: fc.constant('earlier'),
    },
    { requiredKeys: [] },
  )

  /** The job's environment if only the first `count` variables were written, before the post step and after it. */
  function whenCut(before: Variables, count: number) {
    const variables = sessionVariables(matchFor(inputs), inputs, before)
    const through = Object.fromEntries(Object.entries(variables).slice(0, count))
    const environment: Variables = { ...before, ...through }
    return { environment, after: afterPost(environment, cleanupState(variables, before, hash)) }
  }

  test('leaves everything from earlier steps if no variable was written', () => {
    fc.assert(
      fc.property(earlier, before => {
        const { environment, after } = whenCut(before, 0)
        expect(after).toEqual(environment)
      }),
    )
  })

  test('blanks the keys and restores the rest if any variable was written', () => {
    fc.assert(
      fc.property(earlier, fc.integer({ min: 1, max: 6 }), (before, count) => {
        const { after } = whenCut(before, count)
        for (const name of ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN'])
          expect(after[name]).toBe('')
        for (const name of ['AWS_REGION', 'AWS_DEFAULT_REGION', 'AWS_PROFILE'] as const)
          if (before[name]) expect(after[name]).toBe(before[name])
      }),
    )
  })

  test('leaves the keys of a later step', () => {
    const variables = sessionVariables(matchOf(), INPUTS, {})
    const environment = { ...variables, AWS_ACCESS_KEY_ID: 'ASIALATER', AWS_SECRET_ACCESS_KEY: 'later' }
    expect(afterPost(environment, cleanupState(variables, {}, hash))).toEqual(environment)
  })

  test('blanks nothing if the hash is missing or belongs to no key', () => {
    for (const keyIdHash of [undefined, '', hash('')])
      expect(cleanedVariables({ keyIdHash, earlier: '{"AWS_REGION":"x"}' }, {}, hash)).toEqual({})
  })
})

test('a truncated outputs file does not say verified', () => {
  expect(Object.keys(identityOutputs(matchOf())).at(-1)).toBe('verified')
  expect(Object.keys(identityOutputs(matchOf(USER_ARN))).at(-1)).toBe('verified')
})
