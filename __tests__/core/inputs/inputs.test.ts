import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { GateError } from '../../../src/core/base/failure.ts'
import { INPUT_NAMES, rawName } from '../../../src/core/inputs/declared-inputs.ts'
import {
  accountIdsOf,
  type Inputs,
  parseInputs,
  wantsAccountIdsMasked,
  wantsCurrentUnset,
  wantsSummary,
} from '../../../src/core/inputs/inputs.ts'
import { anyText } from '../arbitraries.ts'
import { failureOf, problemsOf } from '../input-problems.ts'
import {
  ACCOUNT,
  inputsWith,
  KEY_INPUTS,
  NEXT_ROLE_ARN,
  OTHER_ACCOUNT,
  ROLE_ARN,
  ROLE_ID,
  rawInputs,
  SECRET_KEY,
  SESSION_ARN,
  SESSION_TOKEN,
  surroundings,
  USER_ARN,
} from '../samples.ts'
import { thrownBy } from '../thrown.ts'

const DEPLOY = {
  kind: 'role',
  partition: 'aws',
  accountId: ACCOUNT,
  roleName: 'Deploy',
  written: `arn:aws:iam::${ACCOUNT}:role/Deploy`,
}

describe('the minimum, a region and a role,', () => {
  test('uses the defaults of the contract', () => {
    expect(inputsWith()).toMatchObject({
      region: 'eu-west-1',
      targets: [
        {
          roles: [{ partition: 'aws', accountId: ACCOUNT, path: '/', roleName: 'Deploy' }],
          expected: {
            identities: [DEPLOY],
            roleIds: 'any',
            allowedAccountIds: 'any',
            forbiddenAccountIds: [],
          },
          profile: undefined,
        },
      ],
      isForSeveralRoles: false,
      audience: 'sts.amazonaws.com',
      sessionName: 'GitHubActions',
      durationSeconds: 3600,
      onMismatch: 'fail',
      exportsEnvironment: true,
      outputsCredentials: false,
      masksAccountIds: false,
      writesSummary: true,
      stsEndpoint: undefined,
      maxAttempts: 12,
      timeoutSeconds: 120,
      notices: [],
      warnings: [],
    })
  })

  test('requests nothing that was not written', () => {
    expect(inputsWith()).toMatchObject({
      source: { kind: 'oidc' },
      externalId: undefined,
      sourceIdentity: undefined,
      inlinePolicy: undefined,
      managedPolicies: [],
      tagging: { customTags: [], transitiveTagKeys: [] },
      accessKeys: undefined,
      tokenFile: undefined,
      reusesExisting: false,
      requiredClaims: [],
      trustPolicyPath: undefined,
      usesFips: false,
      usesDualstack: false,
      httpProxy: undefined,
      noProxy: undefined,
      plainKeyAttempts: undefined,
    })
  })

  test('is reported as missing when it is', () => {
    expect(problemsOf({ 'aws-region': undefined })).toEqual([expect.stringMatching(/^aws-region: /)])
    expect(problemsOf({ 'role-to-assume': undefined })).toEqual([expect.stringMatching(/role-to-assume/)])
    expect(problemsOf({ 'role-to-assume': '' })).toEqual([expect.stringMatching(/^role-to-assume: is blank/)])
  })
})

test('every input sets the value it is meant for', () => {
  const inputs = inputsWith({
    'aws-region': 'us-east-1',
    'role-to-assume': 'arn:aws:iam::111122223333:role/team/Deploy',
    audience: 'vault',
    'role-session-name': 'run-7',
    'role-duration-seconds': '43200',
    'expected-role': `${USER_ARN}\n${SESSION_ARN}`,
    'expected-role-id': ROLE_ID,
    'allowed-account-ids': ACCOUNT,
    'forbidden-account-ids': OTHER_ACCOUNT,
    'on-mismatch': 'report',
    'output-env-credentials': 'false',
    'output-credentials': 'true',
    'mask-aws-account-id': 'true',
    'job-summary': 'false',
    'sts-endpoint': 'https://sts.example',
    'retry-max-attempts': '50',
    'action-timeout-s': '900',
  })
  expect(inputs).toMatchObject({
    region: 'us-east-1',
    targets: [
      {
        roles: [{ path: '/team/' }],
        expected: {
          identities: [
            { kind: 'user', userName: 'Robot' },
            { ...DEPLOY, sessionName: 'run-7', written: SESSION_ARN },
          ],
          roleIds: [ROLE_ID],
          allowedAccountIds: [ACCOUNT],
          forbiddenAccountIds: [OTHER_ACCOUNT],
        },
      },
    ],
    audience: 'vault',
    sessionName: 'run-7',
    durationSeconds: 43_200,
    onMismatch: 'report',
    exportsEnvironment: false,
    outputsCredentials: true,
    masksAccountIds: true,
    writesSummary: false,
    maxAttempts: 50,
    timeoutSeconds: 900,
  })
  expect(inputs.stsEndpoint?.href).toBe('https://sts.example/')
})

describe('an input with its own value', () => {
  const POLICY = `arn:aws:iam::${ACCOUNT}:policy/Deploy`

  test.each<[string, string, Partial<Inputs>]>([
    ['web-identity-token-file', ' run/token.jwt ', { tokenFile: 'run/token.jwt' }],
    ['use-existing-credentials', 'true', { reusesExisting: true }],
    [
      'inline-session-policy',
      '{ "Version": "2012-10-17",\n "Statement": [ ] }',
      { inlinePolicy: '{"Version":"2012-10-17","Statement":[]}' },
    ],
    ['managed-session-policies', `${POLICY}\n${POLICY}s`, { managedPolicies: [POLICY, `${POLICY}s`] }],
    ['role-skip-session-tagging', 'true', { tagging: undefined }],
    ['trust-policy', 'iam/trust.json', { trustPolicyPath: 'iam/trust.json' }],
    ['use-fips-endpoint', 'true', { usesFips: true, usesDualstack: false }],
    ['use-dualstack-endpoint', 'true', { usesFips: false, usesDualstack: true }],
    ['ca-bundle', 'certs/ca.pem', { caBundle: 'certs/ca.pem' }],
    ['no-proxy', '*', { noProxy: [{ kind: 'all' }] }],
    ['special-characters-workaround', 'true', { plainKeyAttempts: 12 }],
  ])('%s reaches it', (name, text, value) => {
    expect(inputsWith({ [name]: text })).toMatchObject(value)
  })

  test('aws-profile reaches it', () => {
    const profile = { name: 'deploy', overwrites: false, refreshes: false }
    expect(inputsWith({ 'aws-profile': 'deploy' }).targets[0].profile).toEqual(profile)
  })

  test('http-proxy reaches it', () => {
    const { httpProxy } = inputsWith({ 'http-proxy': 'http://proxy.example:3128' })
    expect(httpProxy?.href).toBe('http://proxy.example:3128/')
  })

  test('role-chain appends its roles to the first, in order', () => {
    const chain = `${NEXT_ROLE_ARN}\n\narn:aws:iam::${ACCOUNT}:role/team/Last\n`
    expect(inputsWith({ 'role-chain': chain }).targets[0].roles).toEqual([
      { kind: 'role', partition: 'aws', accountId: ACCOUNT, path: '/', roleName: 'Deploy' },
      { kind: 'role', partition: 'aws', accountId: OTHER_ACCOUNT, path: '/', roleName: 'Next' },
      { kind: 'role', partition: 'aws', accountId: ACCOUNT, path: '/team/', roleName: 'Last' },
    ])
  })

  test('role-to-assume may be none, and then there is no role', () => {
    const given = { 'role-to-assume': 'none', 'expected-role': ROLE_ARN }
    expect(inputsWith(given).targets[0].roles).toEqual([])
  })

  test('a bare role name stays a name, as its account is known only later', () => {
    const given = { 'role-to-assume': 'Deploy', 'role-chaining': 'true' }
    expect(inputsWith(given).targets[0].roles).toEqual([{ kind: 'role-name', roleName: 'Deploy' }])
  })

  test.each([
    ['without a session token', {}, undefined],
    ['with a session token', { 'aws-session-token': SESSION_TOKEN }, SESSION_TOKEN],
  ])('the access keys belong together, %s', (_, given, sessionToken) => {
    const accessKeys = { accessKeyId: KEY_INPUTS['aws-access-key-id'], secretAccessKey: SECRET_KEY }
    expect(inputsWith({ ...KEY_INPUTS, ...given }).accessKeys).toEqual({ ...accessKeys, sessionToken })
  })

  test('external id and tags apply to the role assumed with keys', () => {
    const inputs = inputsWith({
      ...KEY_INPUTS,
      'role-external-id': 'octo/42',
      'custom-tags': '{"Team": "octo"}',
      'transitive-tag-keys': 'Team',
    })
    expect(inputs.externalId).toBe('octo/42')
    expect(inputs.tagging).toEqual({
      customTags: [{ key: 'Team', value: 'octo', droppable: false }],
      transitiveTagKeys: ['Team'],
    })
  })

  test('overwrite-aws-profile applies to the profile', () => {
    const given = { 'aws-profile': 'deploy', 'overwrite-aws-profile': 'true' }
    expect(inputsWith(given).targets[0].profile).toEqual({
      name: 'deploy',
      overwrites: true,
      refreshes: false,
    })
  })

  test.each([
    ['5', 5],
    ['0', 1],
    ['50', 50],
  ])(
    'special-characters-workaround requests as many sessions as retry-max-attempts, %s, allow: %d',
    (text, most) => {
      const given = { 'special-characters-workaround': 'true', 'retry-max-attempts': text }
      expect(inputsWith(given).plainKeyAttempts).toBe(most)
    },
  )
})

describe('output-env-credentials', () => {
  test.each([
    ['true where nothing was said', {}, true],
    ['true where it is blank', { 'output-env-credentials': ' ' }, true],
    ['false with a profile', { 'aws-profile': 'deploy' }, false],
    [
      'false with a profile, where it is blank',
      { 'aws-profile': 'deploy', 'output-env-credentials': '' },
      false,
    ],
    [
      'true with a profile, if it says so',
      { 'aws-profile': 'deploy', 'output-env-credentials': 'true' },
      true,
    ],
    ['false with a profile, if it says so', { 'aws-profile': 'd', 'output-env-credentials': 'false' }, false],
    ['false without a profile, if it says so', { 'output-env-credentials': 'false' }, false],
  ])('is %s', (_, given, exports) => {
    expect(inputsWith(given).exportsEnvironment).toBe(exports)
  })
})

describe('audience', () => {
  test.each([
    ['left out', undefined],
    ['blank', ' '],
  ])("is the partition's own when it is %s", (_, audience) => {
    expect(inputsWith({ audience }).audience).toBe('sts.amazonaws.com')
    const china = { 'aws-region': 'cn-north-1', 'role-to-assume': 'arn:aws-cn:iam::111122223333:role/Deploy' }
    expect(inputsWith({ ...china, audience }).audience).toBe('sts.amazonaws.com.cn')
  })

  test('may be any text', () => {
    expect(inputsWith({ audience: 'https://vault.example/x?y=z ä' }).audience).toBe(
      'https://vault.example/x?y=z ä',
    )
  })
})

describe('retry-max-attempts', () => {
  test.each([
    ['1', 1],
    ['0', 1],
    ['50', 50],
  ])('of %s are %d', (text, attempts) => {
    expect(inputsWith({ 'retry-max-attempts': text }).maxAttempts).toBe(attempts)
  })

  test('are 1 if disable-retry is true', () => {
    expect(inputsWith({ 'disable-retry': 'true', 'retry-max-attempts': '50' }).maxAttempts).toBe(1)
  })
})

describe('expected-role', () => {
  test.each([
    ['absent', undefined],
    ['the keyword', 'role-to-assume'],
  ])('is the role to assume when it is %s, as written', (_, expected) => {
    const given = {
      'role-to-assume': 'arn:aws:iam::111122223333:role/team/Deploy',
      'expected-role': expected,
    }
    const written = 'arn:aws:iam::111122223333:role/team/Deploy'
    expect(inputsWith(given).targets[0].expected.identities).toEqual([{ ...DEPLOY, written }])
  })

  test('replaces the role to assume when given', () => {
    const given = { 'expected-role': 'arn:aws:iam::111122223333:role/Other' }
    const written = 'arn:aws:iam::111122223333:role/Other'
    expect(inputsWith(given).targets[0].expected.identities).toEqual([
      { ...DEPLOY, roleName: 'Other', written },
    ])
  })

  test.each([
    ['a bare name in the account of the role', { 'expected-role': 'Other' }, ACCOUNT],
    [
      'a bare name in the one allowed account, which is the same',
      { 'expected-role': 'Other', 'allowed-account-ids': ACCOUNT },
      ACCOUNT,
    ],
  ])('accepts %s', (_, given, accountId) => {
    expect(inputsWith(given).targets[0].expected.identities).toEqual([
      { ...DEPLOY, accountId, roleName: 'Other', written: 'Other' },
    ])
  })

  test("accepts a bare name in the region's partition", () => {
    const given = {
      'aws-region': 'cn-north-1',
      'role-to-assume': 'arn:aws-cn:iam::111122223333:role/Deploy',
      'expected-role': 'Other',
    }
    expect(inputsWith(given).targets[0].expected.identities).toEqual([
      { ...DEPLOY, partition: 'aws-cn', roleName: 'Other', written: 'Other' },
    ])
  })

  test('rejects a bare name when two accounts are known', () => {
    const given = { 'expected-role': 'Other', 'allowed-account-ids': OTHER_ACCOUNT }
    expect(problemsOf(given)).toEqual([
      expect.stringMatching(
        /^expected-role: "Other" could be in 444455556666 or 111122223333: write its ARN/,
      ),
    ])
  })

  test('rejects a bare name when no account is known', () => {
    for (const allowed of [undefined, `${ACCOUNT},${OTHER_ACCOUNT}`]) {
      const given = { 'role-to-assume': 'none', 'expected-role': 'Other', 'allowed-account-ids': allowed }
      expect(problemsOf(given)).toContainEqual(expect.stringMatching(/^expected-role: "Other"/))
    }
  })

  test('blames only the region when a bare name depends on it', () => {
    expect(problemsOf({ 'aws-region': 'EU', 'expected-role': 'Other' })).toEqual([
      expect.stringMatching(/^aws-region: /),
    ])
  })

  test.each([
    ['arn:aws:iam::111122223333:root', /not a role ARN/],
    ['arn:aws:iam::111122223333:role/*', /not a role ARN/],
    ['arn:aws:iam::1111222233334:role/Deploy', /12 digits/],
    ['team/Deploy', /not a role ARN/],
    ['De ploy', /white space/],
    ['Deploy*', /not a role ARN/],
  ])('rejects patterns and garbage: %s', (text, problem) => {
    expect(problemsOf({ 'expected-role': text })).toEqual([expect.stringMatching(problem)])
  })

  test('reports each invalid element', () => {
    const problems = problemsOf({ 'expected-role': 'a/b,Deploy,c/d' })
    expect(problems).toEqual([expect.stringMatching(/"a\/b"/), expect.stringMatching(/"c\/d"/)])
  })
})

describe('expected-role: any', () => {
  test.each([
    ['expected-role-id', { 'expected-role-id': ROLE_ID }],
    ['allowed-account-ids', { 'allowed-account-ids': ACCOUNT }],
  ])('compares no role when %s says what must be true', (_, guard) => {
    expect(inputsWith({ 'expected-role': 'any', ...guard }).targets[0].expected.identities).toBe('any')
  })

  test.each([
    ['nothing else does', {}],
    ['only forbidden accounts do', { 'forbidden-account-ids': OTHER_ACCOUNT }],
    ['the others are any too', { 'expected-role-id': 'any', 'allowed-account-ids': 'any' }],
  ])('is an error when %s', (_, guards) => {
    expect(problemsOf({ 'expected-role': 'any', ...guards })).toEqual([
      expect.stringMatching(/^expected-role: is any/),
    ])
  })
})

describe('partitions', () => {
  test.each([
    [
      'role-to-assume',
      { 'role-to-assume': 'arn:aws-cn:iam::111122223333:role/Deploy', 'expected-role': ROLE_ARN },
    ],
    ['expected-role', { 'expected-role': 'arn:aws-cn:iam::111122223333:role/Deploy' }],
    ['expected-role', { 'expected-role': 'arn:aws-cn:sts::111122223333:assumed-role/Deploy/run-7' }],
    ['expected-role', { 'expected-role': 'arn:aws-cn:iam::111122223333:user/Robot' }],
  ])('%s of another partition than the region is an error', (name, given) => {
    expect(problemsOf(given)).toEqual([
      expect.stringMatching(new RegExp(`^${name}: .*aws-cn.*eu-west-1.*aws`)),
    ])
  })

  test('a role in the region’s own partition is not an error', () => {
    const given = { 'aws-region': 'cn-north-1', 'role-to-assume': 'arn:aws-cn:iam::111122223333:role/Deploy' }
    expect(inputsWith(given)).toMatchObject({ targets: [{ roles: [{ partition: 'aws-cn' }] }] })
  })

  test('the partition is looked up for the given region', () => {
    const asked: string[] = []
    const world = surroundings({
      partitionOf: region => {
        asked.push(region)
        return 'aws'
      },
    })
    parseInputs(rawInputs({ 'aws-region': ' us-east-1 ' }), world)
    expect(new Set(asked)).toEqual(new Set(['us-east-1']))
  })

  test('the partition is not looked up for an invalid region', () => {
    const world = surroundings({
      partitionOf: () => {
        throw new Error('asked')
      },
    })
    expect(failureOf({ 'aws-region': 'evil.example/' }, world).code).toBe('ERR_INPUT_INVALID')
  })
})

describe('AWS_PROFILE', () => {
  const profile = surroundings({ environment: { AWS_PROFILE: 'dev' } })

  test('is an error when keys are exported, as some SDKs would use it', () => {
    const problem = expect.stringMatching(/^output-env-credentials: AWS_PROFILE is "dev"/)
    expect(problemsOf({}, profile)).toEqual([problem])
    expect(problemsOf({ 'output-env-credentials': 'true' }, profile)).toEqual([problem])
  })

  test('is not an error when no key is exported to the environment', () => {
    const given = rawInputs({ 'output-env-credentials': 'false', 'output-credentials': 'true' })
    expect(parseInputs(given, profile).exportsEnvironment).toBe(false)
  })

  test('is not an error when blank', () => {
    expect(
      parseInputs(rawInputs(), surroundings({ environment: { AWS_PROFILE: '' } })).exportsEnvironment,
    ).toBe(true)
  })

  test('is shown inert', () => {
    const [problem] = problemsOf({}, surroundings({ environment: { AWS_PROFILE: 'a\n::error::b\u202e' } }))
    expect(problem).toContain('a\\u{a}::error::b\\u{202e}')
  })
})

describe('allowed and forbidden accounts', () => {
  test('that hold the same one contradict each other', () => {
    const given = {
      'allowed-account-ids': `${ACCOUNT},${OTHER_ACCOUNT}`,
      'forbidden-account-ids': OTHER_ACCOUNT,
    }
    expect(problemsOf(given)).toEqual([
      expect.stringMatching(new RegExp(`^allowed-account-ids: ${OTHER_ACCOUNT} is .*forbidden`)),
    ])
  })
})

describe('an undeclared name', () => {
  test.each([
    ['EXPECTED-ROL', 'expected-role'],
    ['EXPECTED-ROLES', 'expected-role'],
    ['EXPECTED_ROLE', 'expected-role'],
    ['EXPCETED-ROLE', 'expected-role'],
    ['EXPECTEDROLE', 'expected-role'],
    ['EXPECTED-ROLE-IDS', 'expected-role-id'],
    ['ALLOWED-ACCOUNT-ID', 'allowed-account-ids'],
    ['ALLOWED_ACCOUNT_IDS', 'allowed-account-ids'],
    ['ALOWED-ACCOUNT-IDS', 'allowed-account-ids'],
    ['FORBIDEN-ACCOUNTS-IDS', 'forbidden-account-ids'],
    ['ROLE-TO-ASUME', 'role-to-assume'],
    ['AWS_REGION', 'aws-region'],
    ['AUDIENCES', 'audience'],
    ['aws-region', 'aws-region'],
    ['Expected-Role', 'expected-role'],
    ['expected_rol', 'expected-role'],
    ['ON_MISMATCH', 'on-mismatch'],
    ['REQUIRED-CLAIM', 'required-claims'],
    ['REQUIRED_CLAIMS', 'required-claims'],
    ['TRUST_POLICY', 'trust-policy'],
    ['ROLE_CHAIN', 'role-chain'],
    ['ROLE-CHAINS', 'role-chain'],
    ['AWS_PROFILE', 'aws-profile'],
    ['AWS-SESSION-TOKENS', 'aws-session-token'],
    ['FORCE-SKIP-OICD', 'force-skip-oidc'],
    ['INLINE-SESION-POLICY', 'inline-session-policy'],
  ])('%s is an error that suggests what was meant: %s', (name, meant) => {
    const error = thrownBy(() => parseInputs({ ...rawInputs(), [name]: 'x' }, surroundings()))
    if (!(error instanceof GateError)) throw error
    expect(error.code).toBe('ERR_INPUT_INVALID')
    expect(error.message).toContain(`"${name.toLowerCase()}" is not an input`)
    expect(error.message).toMatch(new RegExp(`did you mean ${meant}\\?`))
  })

  test('is an error within two edits of any input, even if blank', () => {
    const letter = fc.constantFrom(...'ABCDEFGHIJKLMNOPQRSTUVWXYZ-_0')
    const edit = fc.tuple(fc.constantFrom('put', 'take', 'change'), fc.nat(), letter)
    const apply = (name: string, [how, where, other]: [string, number, string]) => {
      const at = where % name.length
      return name.slice(0, at) + (how === 'take' ? '' : other) + name.slice(how === 'put' ? at : at + 1)
    }
    const declared = INPUT_NAMES.map(rawName)
    fc.assert(
      fc.property(
        fc.constantFrom(...declared),
        fc.array(edit, { minLength: 1, maxLength: 2 }),
        fc.constantFrom('', 'x'),
        (name, edits, value) => {
          const misspelled = edits.reduce(apply, name)
          fc.pre(!declared.includes(misspelled))
          const error = thrownBy(() => parseInputs({ ...rawInputs(), [misspelled]: value }, surroundings()))
          expect(error).toBeInstanceOf(GateError)
          expect(error).toHaveProperty(
            'message',
            expect.stringContaining(`"${misspelled.toLowerCase()}" is not an input`),
          )
        },
      ),
      { numRuns: 500 },
    )
  })

  test.each([
    'EXPECTED-ROLE-ARN',
    'ALLOWED-ACCOUNTS',
    'EXPECTED_ACCOUNT_IDS',
    'required-job-claims',
    'FORBIDDEN-ACCOUNTS',
    'FORBID-ACCOUNT-IDS',
    'DISALLOWED-ACCOUNT-IDS',
    'EXPECT-ROLES',
    'ALLOW-ACCOUNTS',
    'ALLOWEDACCOUNTS',
    'DENY-ROLES',
    'DENIED_ROLE_ARNS',
    'ROLES-ALLOWED',
    'REQUIRE-CLAIMS',
    'ACCOUNT-IDS-FORBIDDEN',
    'MUST-EXPECT-THE-CLAIM',
  ])('%j, which sounds like a guard, is an error', name => {
    expect(problemsOf({ [name]: 'x' })).toEqual([expect.stringMatching(/is not an input/)])
  })

  test.each([
    'X',
    '',
    'FOO',
    'EXPECTED',
    'REGION',
    'EXPECTATION-X',
    'AUDIENCE-XYZ',
    'AWS-REGION-OLD',
    'ALLOW-UNSET-VARIABLES',
    'REQUIREMENTS',
    'ROLE-DESCRIPTION',
    'SOMETHING-ELSE-ENTIRELY',
  ])('%j, farther from every input and not sounding like a guard, is not an error', name => {
    expect(parseInputs({ ...rawInputs(), [name]: 'x' }, surroundings()).region).toBe('eu-west-1')
  })

  test('is shown inert', () => {
    const error = thrownBy(() => parseInputs({ ...rawInputs(), 'AUDIENCE\n\u202e': 'x' }, surroundings()))
    expect(error).toHaveProperty(
      'message',
      expect.stringContaining('"audience\\u{a}\\u{202e}" is not an input'),
    )
  })
})

describe('all problems of all inputs', () => {
  test('are reported in one error, one per line, each with the name of its input', () => {
    const problems = problemsOf(
      {
        'aws-region': 'eu-west-1',
        'role-to-assume': 'arn:aws-cn:iam::111122223333:role/Deploy',
        'role-duration-seconds': 'abc',
        'role-session-name': 'x',
        'expected-role': 'a/b',
        'expected-role-id': 'AIDA',
        'allowed-account-ids': '1,2',
        'forbidden-account-ids': '',
        'on-mismatch': 'ignore',
        'output-credentials': 'maybe',
        'mask-aws-account-id': 'maybe',
        'job-summary': 'maybe',
        'sts-endpoint': 'x',
        'retry-max-attempts': '99',
        'disable-retry': 'maybe',
        'action-timeout-s': '-1',
        'alowed-account-ids': ACCOUNT,
      },
      surroundings({ environment: { AWS_PROFILE: 'dev' } }),
    )
    const names = problems.map(problem => /^"?([a-z-]+)/.exec(problem)?.[1])
    expect([...new Set(names)].sort()).toEqual([
      'action-timeout-s',
      'allowed-account-ids',
      'alowed-account-ids',
      'disable-retry',
      'expected-role',
      'expected-role-id',
      'forbidden-account-ids',
      'job-summary',
      'mask-aws-account-id',
      'on-mismatch',
      'output-credentials',
      'output-env-credentials',
      'retry-max-attempts',
      'role-duration-seconds',
      'role-session-name',
      'role-to-assume',
      'sts-endpoint',
    ])
  })

  test('have a line each, and the error says that nothing was sent', () => {
    const { message } = failureOf({ 'job-summary': 'x', 'disable-retry': 'x' })
    expect(message.split('\n').filter(line => line.startsWith('- '))).toHaveLength(2)
    expect(failureOf({ 'job-summary': 'x' }).hint).toMatch(/with:.*Nothing was sent to GitHub or AWS/is)
  })

  test('escape hostile values, and contain no line that a value could have written', () => {
    const names = fc.constantFrom(...INPUT_NAMES, 'x', 'audiences', 'aws_region')
    const given = fc.dictionary(names, anyText)
    let failures = 0
    fc.assert(
      fc.property(given, anyText, (values, profile) => {
        const error = thrownBy(() =>
          parseInputs(rawInputs(values), surroundings({ environment: { AWS_PROFILE: profile } })),
        )
        if (error === undefined) return
        if (!(error instanceof GateError)) throw error
        failures += 1
        expect(error.code).toBe('ERR_INPUT_INVALID')
        const [, ...problems] = error.message.split('\n')
        for (const problem of problems) expect(problem).toMatch(/^- (?:[a-z-]+: |"[a-z_-]+" is not an input)/)
        expect(problems.join('')).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u)
      }),
      { numRuns: 500 },
    )
    expect(failures).toBeGreaterThan(100)
  })

  test('contain no password from an endpoint', () => {
    for (const scheme of ['https', 'http', 'ftp']) {
      const { message, hint } = failureOf({ 'sts-endpoint': `${scheme}://user:hunter2@sts.example` })
      expect(`${message}${hint}`).not.toContain('hunter2')
    }
  })
})

test('parsed guards are exactly those that were written, whatever the texts', () => {
  const list = fc.oneof(
    anyText,
    fc
      .array(fc.constantFrom(ACCOUNT, OTHER_ACCOUNT, 'any', 'none', '1', ''), { maxLength: 3 })
      .map(ids => ids.join(',')),
  )
  fc.assert(
    fc.property(list, list, (allowed, forbidden) => {
      const error = thrownBy(() => {
        const [{ expected }] = inputsWith({
          'allowed-account-ids': allowed,
          'forbidden-account-ids': forbidden,
        }).targets
        const elements = (text: string) =>
          text
            .split(/[,\n]/)
            .map(element => element.trim())
            .filter(Boolean)
        expect(expected.allowedAccountIds).toEqual(allowed.trim() === 'any' ? 'any' : elements(allowed))
        expect(expected.forbiddenAccountIds).toEqual(forbidden.trim() === 'none' ? [] : elements(forbidden))
        expect(expected.identities).toEqual([DEPLOY])
      })
      if (error !== undefined && !(error instanceof GateError)) throw error
    }),
    { numRuns: 500 },
  )
})

describe('notices and warnings', () => {
  test('a changed session name is reported with both names', () => {
    const { sessionName, notices } = inputsWith({ 'role-session-name': 'deploy to prod' })
    expect(sessionName).toBe('deploy-to-prod')
    expect(notices).toEqual([expect.stringMatching(/^role-session-name: "deploy to prod".*"deploy-to-prod"/)])
  })

  test('a truncated session name is reported with both names', () => {
    const { notices } = inputsWith({ 'role-session-name': 'n'.repeat(70) })
    expect(notices).toEqual([expect.stringMatching(/"n{70}".*"n{64}"/)])
  })

  test('a session name that was used unchanged, or left out, is not reported', () => {
    for (const name of ['run-7', ' run-7 ', '', undefined]) {
      expect(inputsWith({ 'role-session-name': name }).notices).toEqual([])
    }
  })

  test('a session name is shown inert', () => {
    const [notice] = inputsWith({ 'role-session-name': 'a\n::error::b' }).notices
    expect(notice).toContain('"a\\u{a}::error::b"')
    expect(notice).not.toContain('\n')
  })

  test('plain http to another host is a warning', () => {
    const { warnings, stsEndpoint } = inputsWith({ 'sts-endpoint': 'http://sts.example:8080' })
    expect(stsEndpoint?.href).toBe('http://sts.example:8080/')
    expect(warnings).toEqual([
      expect.stringMatching(/^sts-endpoint: "http:\/\/sts\.example:8080" is plain http/),
    ])
  })

  test.each([
    'https://sts.example',
    'http://127.0.0.1:4566',
    'http://localhost:4566',
    'http://[::1]:4566',
    undefined,
  ])('there is no warning for %s', endpoint => {
    expect(inputsWith({ 'sts-endpoint': endpoint }).warnings).toEqual([])
  })
})

describe('wantsAccountIdsMasked', () => {
  test.each([
    ['true', true],
    ['TRUE', true],
    [' true ', true],
    ['false', false],
    ['False', false],
    ['', false],
    ['ture', true],
    ['yes', true],
    ['fALSE', true],
  ])('for %j is %s: invalid values count as true', (text, wanted) => {
    expect(wantsAccountIdsMasked({ 'MASK-AWS-ACCOUNT-ID': text })).toBe(wanted)
  })

  test('is false by default', () => {
    expect(wantsAccountIdsMasked({})).toBe(false)
  })
})

describe('wantsSummary', () => {
  test.each([
    ['true', true],
    ['false', false],
    ['False', false],
    ['FALSE', false],
    [' false ', false],
    ['', true],
    ['no', true],
    ['fALSE', true],
    ['false.', true],
  ])('for %j is %s: invalid values count as true', (text, wanted) => {
    expect(wantsSummary({ 'JOB-SUMMARY': text })).toBe(wanted)
  })

  test('is true by default', () => {
    expect(wantsSummary({})).toBe(true)
  })
})

describe('wantsCurrentUnset', () => {
  test.each([
    ['true', true],
    ['TRUE', true],
    [' true ', true],
    ['false', false],
    ['False', false],
    ['', false],
    [' ', false],
  ])('for %j is %s', (text, wanted) => {
    expect(wantsCurrentUnset({ 'UNSET-CURRENT-CREDENTIALS': text })).toBe(wanted)
  })

  test('is false by default', () => {
    expect(wantsCurrentUnset({})).toBe(false)
  })

  test('works whatever is wrong with the other inputs', () => {
    const raw = { 'UNSET-CURRENT-CREDENTIALS': 'true', 'AWS-REGION': '', X: 'y' }
    expect(wantsCurrentUnset(raw)).toBe(true)
  })

  test('never throws, and anything but a boolean is an input error', () => {
    fc.assert(
      fc.property(anyText, text => {
        expect(wantsCurrentUnset({ 'UNSET-CURRENT-CREDENTIALS': text })).toBe(
          /^(true|True|TRUE)$/.test(text.trim()),
        )
      }),
    )
    expect(problemsOf({ 'unset-current-credentials': 'yes' })).toEqual([
      expect.stringMatching(/^unset-current-credentials: "yes"/),
    ])
  })
})

describe('accountIdsOf', () => {
  test('names the accounts of all roles of a chain', () => {
    const inputs = inputsWith({ 'role-chain': `${NEXT_ROLE_ARN},arn:aws:iam::000000000009:role/Last` })
    expect(new Set(accountIdsOf(inputs))).toEqual(new Set([ACCOUNT, OTHER_ACCOUNT, '000000000009']))
  })

  test('names no account for a bare role name, unless a guard names it', () => {
    const bare = { 'role-to-assume': 'Deploy', 'role-chaining': 'true' }
    expect(accountIdsOf(inputsWith(bare))).toEqual([])
    const guarded = inputsWith({ ...bare, 'allowed-account-ids': ACCOUNT, 'expected-role': 'Deploy' })
    expect(new Set(accountIdsOf(guarded))).toEqual(new Set([ACCOUNT]))
  })

  test('names no account when only role ids are expected', () => {
    const given = { 'role-to-assume': 'none', 'expected-role-id': ROLE_ID }
    expect(accountIdsOf(inputsWith(given))).toEqual([])
  })
})

test('accountIdsOf names every account that the inputs name', () => {
  const inputs = inputsWith({
    'expected-role': 'arn:aws:iam::000000000001:role/a, arn:aws:iam::000000000002:user/b',
    'allowed-account-ids': '000000000003, 000000000004',
    'forbidden-account-ids': '000000000005',
  })
  const named = [ACCOUNT, ...[1, 2, 3, 4, 5].map(last => `00000000000${last}`)]
  expect(new Set(accountIdsOf(inputs))).toEqual(new Set(named))
  expect(new Set(accountIdsOf(inputsWith()))).toEqual(new Set([ACCOUNT]))
  const any = inputsWith({ 'expected-role': 'any', 'allowed-account-ids': OTHER_ACCOUNT })
  expect(new Set(accountIdsOf(any))).toEqual(new Set([ACCOUNT, OTHER_ACCOUNT]))
})
