import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import type { Surroundings } from '../../../src/core/base/environment.ts'
import { quote } from '../../../src/core/base/text.ts'
import type { SourceKind } from '../../../src/core/inputs/source-choice.ts'
import { anyText } from '../arbitraries.ts'
import { type Given, problemsOf } from '../input-problems.ts'
import {
  ACCOUNT,
  inputsWith,
  KEY_INPUTS,
  NEXT_ROLE_ARN,
  OFFER,
  OTHER_ACCOUNT,
  ROLE_ARN,
  ROLE_ID,
  SECRET_KEY,
  SESSION_TOKEN,
  surroundings,
} from '../samples.ts'
import { thrownBy } from '../thrown.ts'

type Environment = Surroundings['environment']

const FILE = { 'web-identity-token-file': 'token.jwt' }
const CHAIN = { 'role-chain': NEXT_ROLE_ARN }
const CHAINING = { 'role-chaining': 'true' }
const SKIP = { 'force-skip-oidc': 'true' }
const NO_ROLE = { 'role-to-assume': 'none' }
const VERIFY_ONLY = { ...NO_ROLE, 'allowed-account-ids': ACCOUNT }
const CLAIMS = { 'required-claims': 'ref=refs/heads/main' }
const POLICY = { 'inline-session-policy': '{"Statement":[]}' }

/** Problems when the runner offers a token and the environment also contains this. */
function problemsIn(environment: Environment, given: Given): string[] {
  return problemsOf(given, surroundings({ environment: { ...OFFER, ...environment } }))
}

function warningsOf(given: Given, environment: Environment = {}): readonly string[] {
  return inputsWith(given, { ...OFFER, ...environment }).warnings
}

/** The name that a problem starts with: an input, or `the environment`. */
function nameOf(problem: string): string {
  return problem.split(':', 1)[0] ?? ''
}

describe('the source', () => {
  test.each<[string, Given, Environment, SourceKind, boolean]>([
    ['access keys, where they are given', KEY_INPUTS, OFFER, 'access-keys', false],
    ['access keys, before role-chaining', { ...KEY_INPUTS, ...CHAINING }, OFFER, 'access-keys', false],
    ['access keys, without a role too', { ...KEY_INPUTS, ...VERIFY_ONLY }, OFFER, 'access-keys', false],
    ['the token file, where it is given', FILE, OFFER, 'token-file', false],
    ['the token file, before role-chaining', { ...FILE, ...CHAINING }, OFFER, 'token-file', false],
    ['the token file, with force-skip-oidc too', { ...FILE, ...SKIP }, OFFER, 'token-file', false],
    ["the job's, with role-chaining", CHAINING, OFFER, 'existing', false],
    ["the job's, with force-skip-oidc", SKIP, OFFER, 'existing', false],
    ["the job's, without a role", VERIFY_ONLY, OFFER, 'existing', false],
    ["GitHub's token, where one is offered for a role", {}, OFFER, 'oidc', false],
    ["the job's, where no token is offered", {}, {}, 'existing', true],
    [
      "the job's, where half an offer is",
      {},
      { ...OFFER, ACTIONS_ID_TOKEN_REQUEST_TOKEN: '' },
      'existing',
      true,
    ],
    ["the job's, where the other half is", {}, { ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'x' }, 'existing', true],
  ])('is %s', (_, given, environment, kind, isMissed) => {
    const { source, isOidcUnavailable } = inputsWith(given, environment)
    expect(source.kind).toBe(kind)
    expect(source.reason).not.toBe('')
    expect(isOidcUnavailable).toBe(isMissed)
  })

  test('is never chosen by key variables in the environment, which an earlier step can write', () => {
    const variables = {
      AWS_ACCESS_KEY_ID: 'AKIAX',
      AWS_SECRET_ACCESS_KEY: 'x',
      AWS_WEB_IDENTITY_TOKEN_FILE: '/x',
    }
    expect(inputsWith({}, { ...OFFER, ...variables }).source.kind).toBe('oidc')
  })
})

describe('a bare role name', () => {
  test.each([
    ["GitHub's", {}],
    ['that of a file', FILE],
  ])('is an error with a token, %s, as it doesn’t say which account', (_, given) => {
    expect(problemsOf({ 'role-to-assume': 'Deploy', ...given })).toEqual([
      expect.stringMatching(/^role-to-assume: "Deploy" .*account.*role\/Deploy/),
    ])
  })

  test.each([
    ['access keys', KEY_INPUTS, OFFER],
    ['role-chaining', CHAINING, OFFER],
    ['force-skip-oidc', SKIP, OFFER],
    ['no token on offer', {}, {}],
  ])('is accepted with %s, since those credentials reveal the account', (_, given, environment) => {
    const [{ roles, expected }] = inputsWith({ 'role-to-assume': 'Deploy', ...given }, environment).targets
    expect(roles).toEqual([{ kind: 'role-name', roleName: 'Deploy' }])
    expect(expected.identities).toBe('role-assumed')
  })

  test('is an error in a chain, even where the first role may be one', () => {
    const given = { 'role-to-assume': 'Deploy', ...CHAINING, 'role-chain': 'Next' }
    expect(problemsOf(given)).toEqual([expect.stringMatching(/^role-chain: "Next" is not a role ARN/)])
  })
})

describe('role-duration-seconds', () => {
  test.each([
    ['role-chain from a token', CHAIN, 'role-chain'],
    ['role-chain from keys', { ...KEY_INPUTS, ...CHAIN }, 'role-chain'],
    ['role-chain from a token file', { ...FILE, ...CHAIN }, 'role-chain'],
    ["role-chaining from the job's credentials", CHAINING, 'role-chaining'],
    ['both', { ...CHAINING, ...CHAIN }, 'role-chain'],
  ])('may not exceed an hour with %s', (_, given, name) => {
    const problem = expect.stringMatching(new RegExp(`^role-duration-seconds: is 3601.*\\(${name}\\).*3600`))
    expect(problemsOf({ ...given, 'role-duration-seconds': '3601' })).toEqual([problem])
    expect(inputsWith({ ...given, 'role-duration-seconds': '3600' }).durationSeconds).toBe(3600)
  })

  test.each([
    ["GitHub's token", {}],
    ['a token file', FILE],
    ['access keys', KEY_INPUTS],
    ['access keys, which win over role-chaining', { ...KEY_INPUTS, ...CHAINING }],
    ['a token file, which wins over role-chaining', { ...FILE, ...CHAINING }],
    ['no role to assume', { ...VERIFY_ONLY, ...CHAINING }],
  ])('may be twelve hours with %s', (_, given) => {
    expect(inputsWith({ ...given, 'role-duration-seconds': '43200' }).durationSeconds).toBe(43_200)
  })

  test('is compared with the hour to the second', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 900, max: 43_200 }),
        fc.constantFrom(CHAIN, CHAINING),
        (seconds, given) => {
          const error = thrownBy(() => inputsWith({ ...given, 'role-duration-seconds': String(seconds) }))
          expect(error === undefined).toBe(seconds <= 3600)
        },
      ),
    )
  })
})

describe('role-chain', () => {
  test('without a first role is an error', () => {
    const problem = expect.stringMatching(/^role-chain: .*role-to-assume.*none/)
    expect(problemsOf({ ...VERIFY_ONLY, ...CHAIN })).toEqual([problem])
    expect(problemsOf({ ...NO_ROLE, ...CHAIN })).toEqual([problem])
  })

  test('reports each invalid element', () => {
    const [problem, ...others] = problemsOf({ 'role-chain': `a/b\n${NEXT_ROLE_ARN}\nNext` })
    expect(others).toEqual([])
    expect(problem).toMatch(/^role-chain: "a\/b" .*; "Next" /)
  })

  test.each(['None', `none\n${NEXT_ROLE_ARN}`, ',', `${NEXT_ROLE_ARN},`, `${NEXT_ROLE_ARN}/*`])(
    'can’t be %j',
    text => {
      expect(problemsOf({ 'role-chain': text })).toEqual([expect.stringMatching(/^role-chain: /)])
    },
  )
})

describe('partitions', () => {
  const CHINESE = `arn:aws-cn:iam::${ACCOUNT}:role/Deploy`
  const POLICY_ARN = `arn:aws-cn:iam::${ACCOUNT}:policy/Deploy`

  test.each([
    ['role-to-assume', { 'role-to-assume': CHINESE, 'expected-role': ROLE_ARN }],
    ['role-chain', { 'role-chain': CHINESE, 'expected-role': ROLE_ARN }],
    ['managed-session-policies', { 'managed-session-policies': POLICY_ARN }],
  ])('%s of another partition than the region’s is an error', (name, given) => {
    expect(problemsOf(given)).toEqual([expect.stringMatching(new RegExp(`^${name}: .*aws-cn.*arn:aws:`))])
  })

  test('every role of a chain is compared with the region', () => {
    const given = { 'role-chain': [CHINESE, NEXT_ROLE_ARN, CHINESE, NEXT_ROLE_ARN].join('\n') }
    expect(problemsOf(given).map(nameOf)).toEqual(['role-chain', 'role-chain'])
  })

  test('the region’s own is accepted everywhere', () => {
    const given = {
      'aws-region': 'cn-north-1',
      'role-to-assume': CHINESE,
      'role-chain': CHINESE,
      'managed-session-policies': POLICY_ARN,
    }
    expect(inputsWith(given).audience).toBe('sts.amazonaws.com.cn')
  })

  test('that are unknown because the region is invalid blame nothing else', () => {
    const given = { 'aws-region': 'EU', 'role-chain': CHINESE, 'managed-session-policies': POLICY_ARN }
    expect(problemsOf(given).map(nameOf)).toEqual(['aws-region'])
  })
})

describe('allowed and forbidden accounts', () => {
  const THIRD = '777788889999'

  test('are an error that names exactly the accounts in both', () => {
    const given = {
      'allowed-account-ids': `${ACCOUNT},${OTHER_ACCOUNT},${THIRD}`,
      'forbidden-account-ids': `${THIRD},${OTHER_ACCOUNT},000000000001`,
    }
    expect(problemsOf(given)).toEqual([
      `allowed-account-ids: ${OTHER_ACCOUNT}, ${THIRD} are also in forbidden-account-ids: remove each from one`,
    ])
  })

  test('may be used together', () => {
    const given = { 'allowed-account-ids': ACCOUNT, 'forbidden-account-ids': OTHER_ACCOUNT }
    expect(inputsWith(given).targets[0].expected).toMatchObject({
      allowedAccountIds: [ACCOUNT],
      forbiddenAccountIds: [OTHER_ACCOUNT],
    })
  })
})

describe('session policies', () => {
  const arns = (count: number) =>
    Array.from({ length: count }, (_, at) => `arn:aws:iam::aws:policy/P${at}`).join('\n')

  test('are limited to ten', () => {
    expect(inputsWith({ 'managed-session-policies': arns(10) }).managedPolicies).toHaveLength(10)
    expect(problemsOf({ 'managed-session-policies': arns(11) })).toEqual([
      expect.stringMatching(/^managed-session-policies: has 11 policies.*10/),
    ])
  })

  test.each([
    ['inline-session-policy', POLICY],
    ['managed-session-policies', { 'managed-session-policies': arns(1) }],
  ])('%s without a role is an error', (name, given) => {
    for (const source of [{}, KEY_INPUTS, CHAINING]) {
      const problem = expect.stringMatching(new RegExp(`^${name}: .*role-to-assume is none`))
      expect(problemsOf({ ...VERIFY_ONLY, ...source, ...given })).toEqual([problem])
    }
  })

  test('are limited to 2048 characters together', () => {
    const managed = arns(10).replaceAll('\n', '').length
    const inline = (length: number) => `{"Statement":[],"Id":"${'x'.repeat(length - 24)}"}`
    const taken = { 'managed-session-policies': arns(10), 'inline-session-policy': inline(2048 - managed) }
    expect(inputsWith(taken).inlinePolicy).toHaveLength(2048 - managed)
    expect(problemsOf({ ...taken, 'inline-session-policy': inline(2049 - managed) })).toEqual([
      expect.stringMatching(/^inline-session-policy, managed-session-policies: .*2049.*2048/),
    ])
  })
})

describe('access keys', () => {
  const { 'aws-access-key-id': id, 'aws-secret-access-key': secret } = KEY_INPUTS

  test.each([
    ['an id alone lacks its secret', { 'aws-access-key-id': id }, ['aws-secret-access-key']],
    ['a secret alone lacks its id', { 'aws-secret-access-key': secret }, ['aws-access-key-id']],
    [
      'a blank secret is none, as an unset one leaves it',
      { 'aws-access-key-id': id, 'aws-secret-access-key': ' ' },
      ['aws-secret-access-key'],
    ],
    ['a session token stands not alone', { 'aws-session-token': SESSION_TOKEN }, ['aws-session-token']],
    [
      'an id with a token lacks its secret',
      { 'aws-access-key-id': id, 'aws-session-token': SESSION_TOKEN },
      ['aws-secret-access-key'],
    ],
    [
      'a secret with a token lacks its id',
      { 'aws-secret-access-key': secret, 'aws-session-token': SESSION_TOKEN },
      ['aws-access-key-id'],
    ],
    [
      'a secret that can not be understood is not missing',
      { 'aws-access-key-id': id, 'aws-secret-access-key': 'a b' },
      ['aws-secret-access-key'],
    ],
    [
      'an id that can not be understood is not missing',
      { 'aws-access-key-id': 'a b', 'aws-secret-access-key': secret },
      ['aws-access-key-id'],
    ],
    [
      'an invalid token is reported once',
      { ...KEY_INPUTS, 'aws-session-token': 'a\nb' },
      ['aws-session-token'],
    ],
  ])('%s', (_, given, names) => {
    const problems = problemsOf(given)
    expect(problems.map(nameOf)).toEqual(names)
    for (const text of [id, secret, SESSION_TOKEN, 'a b']) expect(problems.join()).not.toContain(text)
  })

  test('with a token file are an error, as only one of them can be the source', () => {
    expect(problemsOf({ ...KEY_INPUTS, ...FILE })).toEqual([
      expect.stringMatching(/^web-identity-token-file: .*aws-access-key-id/),
    ])
  })

  test('appear in no problem, whatever else is wrong', () => {
    const keys = {
      'aws-access-key-id': 'AKIA SECRET1',
      'aws-secret-access-key': 'SECRET2\tx',
      'aws-session-token': 'SECRET3\n.',
    }
    const text = problemsOf({ ...keys, 'job-summary': 'x' }).join('\n')
    expect(text).not.toMatch(/SECRET\d/)
    for (const name of Object.keys(keys)) expect(text).toContain(`${name}: `)
  })
})

describe('required-claims', () => {
  test.each([
    ['access keys', { ...CLAIMS, ...KEY_INPUTS }, OFFER],
    ['role-chaining', { ...CLAIMS, ...CHAINING }, OFFER],
    ['force-skip-oidc', { ...CLAIMS, ...SKIP }, OFFER],
    ['no role', { ...CLAIMS, ...VERIFY_ONLY }, OFFER],
    ['role-chaining and no offer', { ...CLAIMS, ...CHAINING }, {}],
    ['no role and no offer', { ...CLAIMS, ...VERIFY_ONLY }, {}],
  ])('are an error with %s, as there is no token to check', (_, given, environment) => {
    expect(problemsOf(given, surroundings({ environment }))).toEqual([
      expect.stringMatching(/^required-claims: /),
    ])
  })

  test.each([
    ["are taken with GitHub's token", CLAIMS, OFFER],
    ['are taken with a token file', { ...CLAIMS, ...FILE }, OFFER],
    ['are taken where only the offer is missing, which is the failure to tell', CLAIMS, {}],
  ])('%s', (_, given, environment) => {
    const { requiredClaims } = inputsWith(given, environment)
    expect(requiredClaims).toHaveLength(1)
  })
})

describe('FIPS and dual-stack hosts', () => {
  const ENDPOINT = { 'sts-endpoint': 'https://sts.example' }

  test.each([
    ['use-fips-endpoint', 'usesFips', 'AWS_USE_FIPS_ENDPOINT'],
    ['use-dualstack-endpoint', 'usesDualstack', 'AWS_USE_DUALSTACK_ENDPOINT'],
  ] as const)(
    '%s: the input takes precedence over the variable, and the variable over false',
    (name, value, variable) => {
      const chosen = (input: string | undefined, text: string | undefined) =>
        inputsWith({ [name]: input }, { ...OFFER, [variable]: text })[value]
      for (const text of ['true', 'TRUE', 'True']) expect(chosen(undefined, text)).toBe(true)
      for (const text of ['false', 'FALSE', '', undefined]) expect(chosen(undefined, text)).toBe(false)
      expect(chosen('', 'true')).toBe(true)
      expect(chosen('false', 'true')).toBe(false)
      expect(chosen('true', 'false')).toBe(true)
      expect(chosen('true', 'garbage')).toBe(true)
      expect(chosen('false', 'garbage')).toBe(false)
    },
  )

  test.each([
    ['use-fips-endpoint', 'AWS_USE_FIPS_ENDPOINT'],
    ['use-dualstack-endpoint', 'AWS_USE_DUALSTACK_ENDPOINT'],
  ])('%s: a variable that is neither true nor false is an error that names it', (name, variable) => {
    for (const text of ['1', 'yes', 'ture', ' true', 'true\n', 'truefalse', '0']) {
      const [problem, ...others] = problemsIn({ [variable]: text }, {})
      expect(others).toEqual([])
      expect(problem).toBe(
        `the environment: ${variable} is ${quote(text)}, which is neither true nor false: correct it, or set ${name}`,
      )
    }
  })

  test.each([['use-fips-endpoint'], ['use-dualstack-endpoint']])(
    '%s with sts-endpoint is an error, as they name different hosts',
    name => {
      expect(problemsOf({ ...ENDPOINT, [name]: 'true' })).toEqual([
        expect.stringMatching(new RegExp(`^${name}: .*sts-endpoint`)),
      ])
    },
  )

  test.each(['true', 'false', 'garbage', ''])('the variables, %j, have no effect with sts-endpoint', text => {
    const variables = { AWS_USE_FIPS_ENDPOINT: text, AWS_USE_DUALSTACK_ENDPOINT: text }
    const { usesFips, usesDualstack } = inputsWith(ENDPOINT, { ...OFFER, ...variables })
    expect([usesFips, usesDualstack]).toEqual([false, false])
  })

  test('may both be chosen', () => {
    const given = { 'use-fips-endpoint': 'true', 'use-dualstack-endpoint': 'true' }
    expect(inputsWith(given)).toMatchObject({ usesFips: true, usesDualstack: true })
  })
})

describe('sts-fallback-regions', () => {
  const fallbacks = (text: string) => ({ 'sts-fallback-regions': text })

  test('are used in the order they are written', () => {
    const { fallbackRegions } = inputsWith(fallbacks('eu-north-1, eu-central-1\nus-east-1'))
    expect(fallbackRegions).toEqual(['eu-north-1', 'eu-central-1', 'us-east-1'])
    expect(inputsWith().fallbackRegions).toEqual([])
  })

  test('in another partition are an error each, as calls never leave the partition', () => {
    expect(problemsOf(fallbacks('cn-north-1,eu-central-1,cn-northwest-1'))).toEqual([
      expect.stringMatching(/^sts-fallback-regions: cn-north-1 belongs to aws-cn, not to aws: /),
      expect.stringMatching(/^sts-fallback-regions: cn-northwest-1 belongs to aws-cn, not to aws: /),
    ])
  })

  test('in no known partition, as the region is invalid, blame only the region', () => {
    const given = { 'aws-region': 'EU', ...fallbacks('cn-north-1,eu-central-1') }
    expect(problemsOf(given).map(nameOf)).toEqual(['aws-region'])
  })

  test.each([
    'eu-west-1',
    'eu-north-1,eu-west-1',
    'eu-north-1,eu-north-1',
    'eu-north-1,us-east-1,eu-north-1',
  ])('can’t repeat a region or aws-region itself: %s', text => {
    expect(problemsOf(fallbacks(text))).toEqual([
      expect.stringMatching(/^sts-fallback-regions: .*a region twice, or repeats aws-region: /),
    ])
  })

  test('with sts-endpoint are an error, as no regional endpoint is called', () => {
    const given = { 'sts-endpoint': 'https://sts.example', ...fallbacks('eu-north-1') }
    expect(problemsOf(given)).toEqual([
      expect.stringMatching(/^sts-fallback-regions: not used with sts-endpoint/),
    ])
    expect(inputsWith({ 'sts-endpoint': 'https://sts.example' }).fallbackRegions).toEqual([])
  })
})

describe('retry-access-denied-seconds', () => {
  const denied = (seconds: number, limit: number) => ({
    'retry-access-denied-seconds': String(seconds),
    'action-timeout-s': String(limit),
  })

  test('with disable-retry is an error, unless it is 0', () => {
    const given = { 'disable-retry': 'true', 'retry-access-denied-seconds': '1' }
    expect(problemsOf(given)).toEqual([
      expect.stringMatching(/^retry-access-denied-seconds: .*disable-retry is true/),
    ])
    expect(inputsWith({ ...given, 'retry-access-denied-seconds': '0' }).accessDeniedSeconds).toBe(0)
  })

  test('must be less than the step’s timeout, if there is one', () => {
    expect(problemsOf(denied(60, 60))).toEqual([
      expect.stringMatching(
        /^retry-access-denied-seconds: is 60, but the step times out after 60 s: .*action-timeout-s/,
      ),
    ])
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 900 }), fc.integer({ min: 0, max: 1000 }), (seconds, limit) => {
        const error = thrownBy(() => inputsWith(denied(seconds, limit)))
        expect(error === undefined).toBe(seconds === 0 || limit === 0 || seconds < limit)
      }),
    )
    expect(inputsWith(denied(59, 60)).accessDeniedSeconds).toBe(59)
    expect(inputsWith(denied(900, 0)).accessDeniedSeconds).toBe(900)
  })
})

describe('AWS_SECURITY_TOKEN', () => {
  const TOKEN = { AWS_SECURITY_TOKEN: SESSION_TOKEN }

  test.each([
    ['keys go to the environment', {}],
    ['keys go there beside a profile', { 'aws-profile': 'dev', 'output-env-credentials': 'true' }],
    ['credentials are only verified', VERIFY_ONLY],
    ['credentials are only verified, by any path', { ...VERIFY_ONLY, 'output-env-credentials': 'false' }],
  ])('is an error that does not show it when %s, as botocore would use it', (_, given) => {
    const problems = problemsIn(TOKEN, given)
    expect(problems).toEqual([expect.stringMatching(/^the environment: AWS_SECURITY_TOKEN is set/)])
    expect(problems.join()).not.toContain(SESSION_TOKEN)
  })

  test.each<[string, Environment, Given]>([
    ['it is blank', { AWS_SECURITY_TOKEN: '' }, {}],
    ['no keys go to the environment', TOKEN, { 'output-env-credentials': 'false' }],
    ['keys go to a profile', TOKEN, { 'aws-profile': 'dev' }],
  ])('is not an error when %s', (_, environment, given) => {
    expect(inputsWith(given, { ...OFFER, ...environment }).region).toBe('eu-west-1')
  })
})

describe('AWS_REGION', () => {
  const ELSEWHERE = { AWS_REGION: 'us-east-1' }

  test.each([undefined, '', ' \n'])(
    'is mentioned when aws-region is missing or blank, as it is not used instead: %j',
    region => {
      const problems = problemsIn(ELSEWHERE, { 'aws-region': region })
      expect(problems.map(nameOf)).toEqual(['aws-region', 'the environment'])
      expect(problemsOf({ 'aws-region': region }).map(nameOf)).toEqual(['aws-region'])
    },
  )

  test('is not mentioned when aws-region is set, even to an invalid one', () => {
    expect(inputsWith({}, { ...OFFER, ...ELSEWHERE }).region).toBe('eu-west-1')
    expect(problemsIn(ELSEWHERE, { 'aws-region': 'EU' }).map(nameOf)).toEqual(['aws-region'])
  })
})

describe('AWS_PROFILE that names another profile', () => {
  const DEV = { AWS_PROFILE: 'dev' }

  test.each([
    ['a role', {}],
    ['access keys', { ...VERIFY_ONLY, ...KEY_INPUTS }],
    ['a role by role-chaining', CHAINING],
    [
      'a profile of another name, with keys for the environment too',
      { 'aws-profile': 'prod', 'output-env-credentials': 'true' },
    ],
    ['a profile name that differs in case', { 'aws-profile': 'Dev', 'output-env-credentials': 'true' }],
  ])('is an error when the keys of %s are exported to the environment', (_, given) => {
    expect(problemsIn(DEV, given)).toEqual([
      expect.stringMatching(/^output-env-credentials: AWS_PROFILE is "dev"/),
    ])
  })

  test.each([
    ['output-env-credentials is false', { 'output-env-credentials': 'false' }],
    ['aws-profile is set, and so no keys go there', { 'aws-profile': 'prod' }],
    ['it is the very profile of aws-profile', { 'aws-profile': 'dev', 'output-env-credentials': 'true' }],
    ['credentials are only verified', VERIFY_ONLY],
    ['credentials are only verified, by an id', { ...NO_ROLE, 'expected-role-id': ROLE_ID }],
  ])('is not an error when %s', (_, given) => {
    expect(inputsWith(given, { ...OFFER, ...DEV }).region).toBe('eu-west-1')
  })
})

describe('AWS_PROFILE in verify only', () => {
  const DEV = { AWS_PROFILE: 'dev' }
  const KEY = { AWS_ACCESS_KEY_ID: 'AKIAX' }
  const TOKEN = { AWS_WEB_IDENTITY_TOKEN_FILE: '/run/token' }

  test.each([
    ['keys', KEY, ['AWS_ACCESS_KEY_ID']],
    ['a token file', TOKEN, ['AWS_WEB_IDENTITY_TOKEN_FILE']],
    ['both', { ...KEY, ...TOKEN }, ['AWS_ACCESS_KEY_ID', 'AWS_WEB_IDENTITY_TOKEN_FILE']],
  ])('is an error with %s, as tools disagree which they use', (_, rivals, names) => {
    const [problem, ...others] = problemsIn({ ...DEV, ...rivals }, VERIFY_ONLY)
    expect(others).toEqual([])
    expect(problem).toMatch(/^the environment: AWS_PROFILE/)
    for (const name of names) expect(problem).toContain(name)
    expect(problem).not.toContain('AKIAX')
  })

  test.each<[string, Environment, Given]>([
    ['it stands alone', DEV, VERIFY_ONLY],
    ['it is blank', { ...KEY, ...TOKEN, AWS_PROFILE: '' }, VERIFY_ONLY],
    ['it is absent', { ...KEY, ...TOKEN }, VERIFY_ONLY],
    ['its rivals are blank', { ...DEV, AWS_ACCESS_KEY_ID: '', AWS_WEB_IDENTITY_TOKEN_FILE: '' }, VERIFY_ONLY],
    ['a role is assumed by a token', { ...DEV, ...KEY }, { 'output-env-credentials': 'false' }],
  ])('is not an error when %s', (_, environment, given) => {
    expect(inputsWith(given, { ...OFFER, ...environment }).region).toBe('eu-west-1')
  })
})

describe('verify only', () => {
  test.each([
    ['nothing', {}],
    ['forbidden accounts alone', { 'forbidden-account-ids': OTHER_ACCOUNT }],
    ['guards that are any', { 'expected-role-id': 'any', 'allowed-account-ids': 'any' }],
    ['the default, written out', { 'expected-role': 'role-to-assume' }],
    ['access keys', KEY_INPUTS],
    ['role-chaining', CHAINING],
  ])('is an error with %s, as there is nothing to verify', (_, given) => {
    expect(problemsOf({ ...NO_ROLE, ...given })).toEqual([
      expect.stringMatching(/^role-to-assume: is none and no guard is set, so there is nothing to verify/),
    ])
  })

  test.each([
    ['allowed-account-ids', { 'allowed-account-ids': ACCOUNT }, 'any'],
    ['expected-role-id', { 'expected-role-id': ROLE_ID }, 'any'],
    ['any and allowed-account-ids', { 'expected-role': 'any', 'allowed-account-ids': ACCOUNT }, 'any'],
    [
      'a role',
      { 'expected-role': ROLE_ARN },
      [{ kind: 'role', partition: 'aws', accountId: ACCOUNT, roleName: 'Deploy', written: ROLE_ARN }],
    ],
    [
      'a bare role name in the one allowed account',
      { 'expected-role': 'Deploy', 'allowed-account-ids': ACCOUNT },
      [{ kind: 'role', partition: 'aws', accountId: ACCOUNT, roleName: 'Deploy', written: 'Deploy' }],
    ],
  ])('has something to verify with %s', (_, given, identities) => {
    const inputs = inputsWith({ ...NO_ROLE, ...given })
    expect(inputs.targets[0].roles).toEqual([])
    expect(inputs.source.kind).toBe('existing')
    expect(inputs.targets[0].expected.identities).toEqual(identities)
  })

  test('has nothing to verify with only the keyword any', () => {
    expect(problemsOf({ ...NO_ROLE, 'expected-role': 'any' })).toEqual([
      expect.stringMatching(/^expected-role: is any/),
    ])
  })

  test('can’t use a token file, since a token is useless without a role', () => {
    expect(problemsOf({ ...VERIFY_ONLY, ...FILE })).toEqual([
      expect.stringMatching(/^web-identity-token-file: .*without a role/),
    ])
  })
})

describe('a profile name', () => {
  test.each([
    '[dev]',
    'a]b',
    'a b',
    "a'b",
    'a"b',
    'a#b',
    'a;b',
    'a=b',
    'a\nb',
    '../x/y',
    'DEFAULT',
    '__proto__',
    'constructor',
    'é',
    'n'.repeat(65),
  ])('can’t be %j, as tools read it differently', name => {
    expect(problemsOf({ 'aws-profile': name })).toEqual([expect.stringMatching(/^aws-profile: /)])
  })
})

describe('NODE_DEBUG', () => {
  test('is an error if set, as Node would print tokens', () => {
    expect(problemsIn({ NODE_DEBUG: 'http' }, {})).toEqual([
      expect.stringMatching(/^the environment: NODE_DEBUG is "http"/),
    ])
    expect(inputsWith({}, { ...OFFER, NODE_DEBUG: '' }).region).toBe('eu-west-1')
  })
})

describe('the contradictions', () => {
  type Choice = {
    readonly keys: boolean
    readonly file: boolean
    readonly chaining: boolean
    readonly skip: boolean
    readonly role: 'arn' | 'name' | 'none'
    readonly offer: boolean
    readonly chain: boolean
    readonly long: boolean
    readonly claims: boolean
    readonly policy: boolean
    readonly account: boolean
    readonly fips: boolean
    readonly endpoint: boolean
    readonly profile: boolean
    readonly exports: boolean
  }

  const someChoice: fc.Arbitrary<Choice> = fc.record({
    keys: fc.boolean(),
    file: fc.boolean(),
    chaining: fc.boolean(),
    skip: fc.boolean(),
    role: fc.constantFrom('arn', 'name', 'none'),
    offer: fc.boolean(),
    chain: fc.boolean(),
    long: fc.boolean(),
    claims: fc.boolean(),
    policy: fc.boolean(),
    account: fc.boolean(),
    fips: fc.boolean(),
    endpoint: fc.boolean(),
    profile: fc.boolean(),
    exports: fc.boolean(),
  })

  function givenFor(choice: Choice): Given {
    return {
      ...(choice.keys ? KEY_INPUTS : {}),
      ...(choice.file ? FILE : {}),
      ...(choice.chaining ? CHAINING : {}),
      ...(choice.skip ? SKIP : {}),
      'role-to-assume': { arn: ROLE_ARN, name: 'Deploy', none: 'none' }[choice.role],
      ...(choice.chain ? CHAIN : {}),
      ...(choice.long ? { 'role-duration-seconds': '7200' } : {}),
      ...(choice.claims ? CLAIMS : {}),
      ...(choice.policy ? POLICY : {}),
      ...(choice.account ? { 'allowed-account-ids': ACCOUNT } : {}),
      ...(choice.fips ? { 'use-fips-endpoint': 'true' } : {}),
      ...(choice.endpoint ? { 'sts-endpoint': 'https://sts.example' } : {}),
      'output-env-credentials': String(choice.exports),
    }
  }

  function sourceFor({ keys, file, chaining, skip, role, offer }: Choice): SourceKind {
    if (keys) return 'access-keys'
    if (file) return 'token-file'
    return chaining || skip || role === 'none' || !offer ? 'existing' : 'oidc'
  }

  /** The contract, one line per contradiction: the input to blame. */
  function blamedFor(choice: Choice): string[] {
    const { keys, file, chaining, skip, role, chain, account, profile } = choice
    const source = sourceFor(choice)
    const hasToken = source === 'oidc' || source === 'token-file'
    const isOfferMissing = !hasToken && !keys && !chaining && !skip && role !== 'none'
    const isChaining = chain || (chaining && source === 'existing')
    const blamed: readonly (readonly [boolean, string])[] = [
      [keys && file, 'web-identity-token-file'],
      [file && role === 'none', 'web-identity-token-file'],
      [role === 'name' && hasToken, 'role-to-assume'],
      [role === 'none' && !account && !chain, 'role-to-assume'],
      [role === 'none' && chain, 'role-chain'],
      [choice.long && role !== 'none' && isChaining, 'role-duration-seconds'],
      [choice.claims && !hasToken && !isOfferMissing, 'required-claims'],
      [choice.policy && role === 'none', 'inline-session-policy'],
      [choice.fips && choice.endpoint, 'use-fips-endpoint'],
      [profile && choice.exports && (keys || role !== 'none'), 'output-env-credentials'],
    ]
    return blamed.flatMap(([isBlamed, name]) => (isBlamed ? [name] : []))
  }

  test('are all reported in one error without false positives, in any combination', () => {
    let taken = 0
    fc.assert(
      fc.property(someChoice, choice => {
        const environment = {
          ...(choice.offer ? OFFER : {}),
          ...(choice.profile ? { AWS_PROFILE: 'dev' } : {}),
        }
        const blamed = blamedFor(choice)
        if (blamed.length === 0) {
          taken += 1
          expect(inputsWith(givenFor(choice), environment).source.kind).toBe(sourceFor(choice))
          return
        }
        const problems = problemsOf(givenFor(choice), surroundings({ environment }))
        expect(problems.map(nameOf).sort()).toEqual(blamed.sort())
      }),
      { numRuns: 5000 },
    )
    expect(taken).toBeGreaterThan(50)
  })

  test('are reported along with invalid values', () => {
    const problems = problemsIn(
      { AWS_PROFILE: 'dev', AWS_USE_DUALSTACK_ENDPOINT: 'x', NODE_DEBUG: 'tls' },
      {
        ...CHAINING,
        ...CLAIMS,
        'role-duration-seconds': '3601',
        'role-chain': `arn:aws-cn:iam::${ACCOUNT}:role/Next`,
        'use-fips-endpoint': 'maybe',
        'aws-session-token': SESSION_TOKEN,
        'role-external-id': 'a b',
      },
    )
    expect(problems.map(nameOf).sort()).toEqual([
      'aws-session-token',
      'output-env-credentials',
      'required-claims',
      'role-chain',
      'role-duration-seconds',
      'role-external-id',
      'the environment',
      'the environment',
      'use-fips-endpoint',
    ])
    expect(problems.join()).not.toContain(SESSION_TOKEN)
  })
})

test('no environment variable can add a line of its own to the problems', () => {
  const names = ['AWS_PROFILE', 'AWS_USE_FIPS_ENDPOINT', 'AWS_USE_DUALSTACK_ENDPOINT', 'NODE_DEBUG'] as const
  const environments = fc.dictionary(fc.constantFrom(...names), anyText)
  fc.assert(
    fc.property(environments, environment => {
      const problems = problemsIn(environment, { 'job-summary': 'x' })
      expect(problems.length).toBeLessThanOrEqual(1 + names.length)
      for (const problem of problems) expect(problem).toMatch(/^(the environment|[a-z-]+): /)
      expect(problems.join('')).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u)
    }),
    { numRuns: 300 },
  )
})

describe('what only AssumeRole accepts', () => {
  const EXTERNAL_ID = { 'role-external-id': 'octo' }
  const SOURCE_IDENTITY = { 'source-identity': 'octocat' }
  const TAGS = { 'custom-tags': '{"Team": "octo"}' }
  const TRANSITIVE = { 'transitive-tag-keys': 'GitHub' }

  test.each([
    ['an external id', EXTERNAL_ID, /^role-external-id: ignored/],
    ['a source identity', SOURCE_IDENTITY, /^source-identity: ignored/],
    ['tags', TAGS, /^custom-tags: ignored/],
    ['transitive keys', TRANSITIVE, /^transitive-tag-keys: ignored/],
    [
      'all of them, reported together',
      { ...EXTERNAL_ID, ...SOURCE_IDENTITY, ...TAGS, ...TRANSITIVE },
      /^role-external-id, source-identity, custom-tags, transitive-tag-keys: ignored/,
    ],
  ])('%s: a warning with a token and without a role, and none when it is used', (_, given, warning) => {
    for (const unused of [{}, FILE, VERIFY_ONLY, { ...VERIFY_ONLY, ...KEY_INPUTS }]) {
      expect(warningsOf({ ...given, ...unused })).toEqual([expect.stringMatching(warning)])
    }
    for (const used of [KEY_INPUTS, CHAINING, SKIP, CHAIN, { ...FILE, ...CHAIN }]) {
      expect(warningsOf({ ...given, ...used })).toEqual([])
    }
  })

  test.each([
    ['tags', TAGS, ['custom-tags']],
    ['transitive keys', TRANSITIVE, ['transitive-tag-keys']],
    ['both', { ...TAGS, ...TRANSITIVE }, ['custom-tags, transitive-tag-keys']],
    ['no external id', EXTERNAL_ID, []],
    ['no source identity', SOURCE_IDENTITY, []],
  ])('%s: a warning with role-skip-session-tagging', (_, given, names) => {
    const warnings = warningsOf({ ...KEY_INPUTS, ...given, 'role-skip-session-tagging': 'true' })
    expect(warnings).toEqual(
      names.map(name => expect.stringMatching(new RegExp(`^${name}: ignored.*role-skip-session-tagging`))),
    )
  })

  test.each([
    ['keys of tags that are sent', 'GitHub, Team, Repository', []],
    ['a key of no tag', 'Team, Nope', ['"Nope"']],
    ['a key in another case', 'team', ['"team"']],
    ['several', 'Nope\nTeam\nNeither', ['"Nope", "Neither"']],
    ['a key with a blank variable', 'HeadRef', ['"HeadRef"']],
  ])('transitive-tag-keys: of %s, those that match no tag are named', (_, keys, unknown) => {
    const run = { GITHUB_REPOSITORY: 'octo/repo', GITHUB_HEAD_REF: '' }
    const warnings = warningsOf({ ...KEY_INPUTS, ...TAGS, 'transitive-tag-keys': keys }, run)
    expect(warnings).toEqual(
      unknown.map(names => expect.stringMatching(new RegExp(`^transitive-tag-keys: ${names}: ignored`))),
    )
  })
})

describe('an input without effect', () => {
  const EXPORT = { 'output-env-credentials': 'true' }

  test.each([
    ['overwrite-aws-profile without a profile', { 'overwrite-aws-profile': 'true' }, 'overwrite-aws-profile'],
    ['output-env-credentials in verify only', { ...VERIFY_ONLY, ...EXPORT }, 'output-env-credentials'],
    ['trust-policy with keys', { 'trust-policy': 'x.json', ...KEY_INPUTS }, 'trust-policy'],
    ['trust-policy with role-chaining', { 'trust-policy': 'x.json', ...CHAINING }, 'trust-policy'],
    ['trust-policy without a role', { 'trust-policy': 'x.json', ...VERIFY_ONLY }, 'trust-policy'],
    ['role-chaining with keys', { ...KEY_INPUTS, ...CHAINING }, 'role-chaining'],
    ['role-chaining with a token file', { ...FILE, ...CHAINING }, 'role-chaining'],
  ])('is a warning: %s', (_, given, name) => {
    expect(warningsOf(given)).toEqual([expect.stringMatching(new RegExp(`^${name}: `))])
  })

  test.each([
    ['overwrite-aws-profile with a profile', { 'overwrite-aws-profile': 'true', 'aws-profile': 'dev' }],
    ['overwrite-aws-profile that is false', { 'overwrite-aws-profile': 'false' }],
    ['output-env-credentials with a role', EXPORT],
    ['output-env-credentials with access keys', { ...VERIFY_ONLY, ...KEY_INPUTS, ...EXPORT }],
    ['output-env-credentials that is false', { ...VERIFY_ONLY, 'output-env-credentials': 'false' }],
    ["trust-policy with GitHub's token", { 'trust-policy': 'x.json' }],
    ['trust-policy with a token file', { 'trust-policy': 'x.json', ...FILE }],
    ['role-chaining alone', CHAINING],
  ])('is not reported when it is used: %s', (_, given) => {
    expect(warningsOf(given)).toEqual([])
  })

  test('is reported without a secret', () => {
    const given = { ...KEY_INPUTS, ...CHAINING, 'aws-session-token': SESSION_TOKEN, 'trust-policy': 'x' }
    const text = warningsOf(given).join()
    for (const secret of [SECRET_KEY, SESSION_TOKEN]) expect(text).not.toContain(secret)
  })
})

describe('keys of an earlier step next to a profile', () => {
  const KEY = { AWS_ACCESS_KEY_ID: 'AKIAX', AWS_SECRET_ACCESS_KEY: 'x' }
  const PROFILE = { 'aws-profile': 'dev' }

  test('are a warning, as tools may use them instead of the profile', () => {
    expect(warningsOf(PROFILE, KEY)).toEqual([
      expect.stringMatching(/^aws-profile: .*keys from an earlier step.*AWS_PROFILE/),
    ])
  })

  test.each<[string, Given, Environment]>([
    ['there are none', PROFILE, { AWS_ACCESS_KEY_ID: '' }],
    ['the new keys replace them', { ...PROFILE, 'output-env-credentials': 'true' }, KEY],
    ['there is no profile', { 'output-env-credentials': 'false' }, KEY],
  ])('are no warning when %s', (_, given, environment) => {
    expect(warningsOf(given, environment)).toEqual([])
  })
})

const inputsNamedIn = (problems: string[]) => problems.map(problem => problem.split(':', 1)[0]).sort()

describe('an invalid value causes no second, misleading problem', () => {
  const GARBAGE = { 'aws-access-key-id': 'a b', 'aws-secret-access-key': 'c d' }

  test('a session token next to two invalid keys is not told that it needs keys', () => {
    expect(inputsNamedIn(problemsOf({ ...GARBAGE, 'aws-session-token': SESSION_TOKEN }))).toEqual([
      'aws-access-key-id',
      'aws-secret-access-key',
    ])
  })

  test('a bare role name next to two such keys is not blamed on a token', () => {
    expect(inputsNamedIn(problemsOf({ ...GARBAGE, 'role-to-assume': 'Deploy' }))).toEqual([
      'aws-access-key-id',
      'aws-secret-access-key',
    ])
  })

  test.each<[string, Given, string]>([
    ['claims with keys', { ...KEY_INPUTS, 'required-claims': 'ref' }, 'required-claims'],
    ['a chain with a long duration', { 'role-chain': 'x', 'role-duration-seconds': '7200' }, 'role-chain'],
    ['a chain without a first role', { ...VERIFY_ONLY, 'role-chain': 'x' }, 'role-chain'],
    ['a duration of a chain', { ...CHAIN, 'role-duration-seconds': 'x' }, 'role-duration-seconds'],
    ['a policy without a role', { ...VERIFY_ONLY, 'inline-session-policy': '{' }, 'inline-session-policy'],
    [
      'policies without a role',
      { ...VERIFY_ONLY, 'managed-session-policies': 'x' },
      'managed-session-policies',
    ],
    [
      'regions with an endpoint',
      { 'sts-endpoint': 'https://sts.example', 'sts-fallback-regions': 'EU' },
      'sts-fallback-regions',
    ],
    [
      'a limit with denials to wait for',
      { 'action-timeout-s': 'x', 'retry-access-denied-seconds': '60' },
      'action-timeout-s',
    ],
    [
      'denials to wait for without retries',
      { 'disable-retry': 'true', 'retry-access-denied-seconds': 'x' },
      'retry-access-denied-seconds',
    ],
    [
      'forbidden accounts with allowed ones',
      { 'allowed-account-ids': ACCOUNT, 'forbidden-account-ids': '1' },
      'forbidden-account-ids',
    ],
    [
      'allowed accounts with forbidden ones',
      { 'allowed-account-ids': '1', 'forbidden-account-ids': ACCOUNT },
      'allowed-account-ids',
    ],
    ['a chain from a session', { 'role-chaining': 'x', 'role-to-assume': 'Deploy' }, 'role-chaining'],
    ['no token', { 'force-skip-oidc': 'x', 'role-to-assume': 'Deploy' }, 'force-skip-oidc'],
  ])('%s', (_, given, name) => {
    expect(inputsNamedIn(problemsOf(given))).toEqual([name])
  })

  const DEV = surroundings({ environment: { ...OFFER, AWS_PROFILE: 'dev' } })

  test('an invalid aws-profile does not send keys to the environment', () => {
    expect(inputsNamedIn(problemsOf({ 'aws-profile': '[deploy]' }, DEV))).toEqual(['aws-profile'])
  })

  test('nor does an invalid output-env-credentials', () => {
    expect(problemsOf({ 'output-env-credentials': 'flase' }, DEV)).toHaveLength(1)
  })
})

test('both kinds of policy without a role are reported in one error', () => {
  const problems = problemsOf({
    'role-to-assume': 'none',
    'allowed-account-ids': ACCOUNT,
    'inline-session-policy': '{"Statement":[]}',
    'managed-session-policies': 'arn:aws:iam::aws:policy/ReadOnlyAccess',
  })
  expect(problems).toEqual([expect.stringMatching(/^inline-session-policy, managed-session-policies: /)])
})

test('the ARN suggested for a bare name is in the region’s partition', () => {
  const [problem] = problemsOf({ 'aws-region': 'cn-north-1', 'role-to-assume': 'Deploy' })
  expect(problem).toContain('(arn:aws-cn:iam::ACCOUNT:role/Deploy)')
  const [, unknown] = problemsOf({ 'aws-region': 'EU', 'role-to-assume': 'Deploy' })
  expect(unknown).toContain('(arn:aws:iam::ACCOUNT:role/Deploy)')
})

test('credentials that may be kept are not chosen by AWS_PROFILE when key variables are set, as tools disagree', () => {
  const environment = { ...OFFER, AWS_PROFILE: 'dev', AWS_ACCESS_KEY_ID: 'AKIAX', AWS_SECRET_ACCESS_KEY: 'x' }
  const given = { 'use-existing-credentials': 'true', 'output-env-credentials': 'false' }
  expect(problemsOf(given, surroundings({ environment }))).toEqual([expect.stringMatching(/AWS_PROFILE/)])
})

test.each(['AWS_CREDENTIAL_FILE', 'BOTO_CONFIG'])(
  '%s, which only botocore reads, is an error in verify only, unless keys take precedence',
  name => {
    const environment = { ...OFFER, [name]: '/etc/keys' }
    expect(problemsIn(environment, VERIFY_ONLY)).toEqual([
      expect.stringContaining(`only botocore reads ${name}`),
    ])
    expect(inputsWith({}, environment).targets[0].roles).toHaveLength(1)
    expect(inputsWith(VERIFY_ONLY, { ...environment, AWS_ACCESS_KEY_ID: 'AKIAX' }).targets[0].roles).toEqual(
      [],
    )
  },
)

test.each([
  ['$HOME/.aws/config', true],
  ['/a/$b/config', true],
  ['%USERPROFILE%\\config', true],
  ['%ProgramFiles(x86)%\\config', true],
  ['~me/config', true],
  ['~/.aws/config', false],
  ['~\\.aws\\config', true],
  ['/a~b/100%/config', false],
  ['config', false],
])('the path %s of a shared file is one that tools resolve differently: %s', (path, isOdd) => {
  const environment = { ...OFFER, AWS_CONFIG_FILE: path }
  expect(inputsWith({}, environment).targets[0].profile).toBeUndefined()
  if (isOdd)
    for (const given of [{ 'aws-profile': 'dev' }, VERIFY_ONLY, { 'use-existing-credentials': 'true' }])
      expect(problemsIn(environment, given)).toEqual([expect.stringContaining('AWS_CONFIG_FILE')])
  else expect(inputsWith({ 'aws-profile': 'dev' }, environment).targets[0].profile?.name).toBe('dev')
})

test('a profile that only botocore looks at is an error in verify only, unless keys take precedence in all tools', () => {
  const environment = { ...OFFER, AWS_DEFAULT_PROFILE: 'dev' }
  expect(problemsIn(environment, VERIFY_ONLY)).toEqual([expect.stringMatching(/AWS_DEFAULT_PROFILE/)])
  expect(problemsIn({ ...environment, AWS_PROFILE: 'prod' }, VERIFY_ONLY)).toHaveLength(1)
  for (const harmless of [{ AWS_PROFILE: 'dev' }, { AWS_ACCESS_KEY_ID: 'AKIAX' }])
    expect(inputsWith(VERIFY_ONLY, { ...environment, ...harmless }).targets[0].roles).toEqual([])
})
