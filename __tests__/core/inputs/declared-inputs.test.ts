import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { parse as parseYaml } from 'yaml'
import {
  DECLARED_INPUTS,
  INPUT_NAMES,
  type InputName,
  parseEach,
  rawName,
} from '../../../src/core/inputs/declared-inputs.ts'
import { anyText } from '../arbitraries.ts'
import { ACCOUNT, OTHER_ACCOUNT, ROLE_ID } from '../samples.ts'

/** The defaults of the contract's tables, for action.yml; blank where there is none. */
const DEFAULTS: Readonly<Record<string, string>> = {
  'aws-region': '',
  'role-to-assume': 'none',
  audience: '',
  'role-session-name': 'GitHubActions',
  'role-duration-seconds': '3600',
  'role-chaining': 'false',
  'role-chain': 'none',
  'inline-session-policy': 'none',
  'managed-session-policies': 'none',
  'force-skip-oidc': 'false',
  'use-existing-credentials': 'false',
  'unset-current-credentials': 'false',
  'role-skip-session-tagging': 'false',
  'expected-role': 'role-to-assume',
  'expected-role-id': 'any',
  'allowed-account-ids': 'any',
  'forbidden-account-ids': 'none',
  'required-claims': 'none',
  'on-mismatch': 'fail',
  'output-credentials': 'false',
  'overwrite-aws-profile': 'false',
  'refresh-credentials': 'false',
  'aws-profiles': 'none',
  'mask-aws-account-id': 'false',
  'job-summary': 'true',
  'sts-endpoint': '',
  'retry-max-attempts': '12',
  'disable-retry': 'false',
  'retry-access-denied-seconds': '0',
  'action-timeout-s': '120',
  'special-characters-workaround': 'false',
}

/** A blank one would switch a guard or a restriction off, so it's an error. */
const GUARDS = [
  'role-to-assume',
  'role-chain',
  'inline-session-policy',
  'managed-session-policies',
  'expected-role',
  'expected-role-id',
  'allowed-account-ids',
  'forbidden-account-ids',
  'required-claims',
  'aws-profiles',
]

function isDeclared(name: string): name is InputName {
  return INPUT_NAMES.some(declared => declared === name)
}

function parseOne(name: InputName, text: string): { value: unknown; problems: readonly string[] } {
  const { values, problems } = parseEach({ 'AWS-REGION': 'eu-west-1', [rawName(name)]: text })
  return { value: values[name], problems }
}

const action: { inputs: Record<string, { default?: unknown; required?: boolean }> } = parseYaml(
  readFileSync(join(__dirname, '../../../action.yml'), 'utf8'),
)

describe('action.yml', () => {
  test('declares exactly the inputs that the parser knows', () => {
    expect(Object.keys(action.inputs).sort()).toEqual([...INPUT_NAMES].sort())
  })

  test.each(INPUT_NAMES)('gives %s the default that the parser uses when it is absent', name => {
    expect(action.inputs[name]?.default ?? '').toBe(DECLARED_INPUTS[name].byDefault)
  })
})

test.each(Object.entries(DEFAULTS).filter(([name]) => isDeclared(name)))(
  "%s has the contract's default: %j",
  (name, byDefault) => {
    if (isDeclared(name)) expect(DECLARED_INPUTS[name].byDefault).toBe(byDefault)
  },
)

test.each(INPUT_NAMES)('%s has the INPUT_… name that the runner uses, in capitals', name => {
  expect(rawName(name)).toMatch(/^[A-Z0-9-]+$/)
  expect(rawName(name).toLowerCase()).toBe(name)
})

describe('an absent input', () => {
  test('takes its default, and every default parses', () => {
    const { values, problems } = parseEach({ 'AWS-REGION': 'eu-west-1' })
    expect(problems).toEqual([])
    expect(values).toMatchObject({
      'aws-region': 'eu-west-1',
      'role-to-assume': 'none',
      'role-session-name': 'GitHubActions',
      'role-duration-seconds': 3600,
      'expected-role': 'role-to-assume',
      'expected-role-id': 'any',
      'allowed-account-ids': 'any',
      'forbidden-account-ids': 'none',
      'on-mismatch': 'fail',
      'output-credentials': false,
      'mask-aws-account-id': false,
      'job-summary': true,
      'retry-max-attempts': 12,
      'disable-retry': false,
      'action-timeout-s': 120,
    })
    expect(values.audience).toBeUndefined()
    expect(values['sts-endpoint']).toBeUndefined()
  })

  test('is an error for aws-region, which has none', () => {
    expect(parseEach({}).problems).toEqual([expect.stringMatching(/^aws-region: .*required/)])
  })
})

describe('a blank input', () => {
  const blanks = ['', ' ', '\n', '\t \r\n']

  test.each(GUARDS.filter(isDeclared))(
    'is an error for %s, since an unset variable must not switch it off',
    name => {
      for (const blank of blanks) {
        const { value, problems } = parseOne(name, blank)
        expect(value).toBeUndefined()
        expect(problems).toEqual([
          expect.stringMatching(new RegExp(`^${name}: is blank.*unset variable.*"${DEFAULTS[name]}"`)),
        ])
      }
    },
  )

  test('is an error for aws-region', () => {
    for (const blank of blanks) {
      expect(parseEach({ 'AWS-REGION': blank }).problems).toEqual([
        expect.stringMatching(/^aws-region: .*blank/),
      ])
    }
  })

  test.each(INPUT_NAMES.filter(name => name !== 'aws-region' && !GUARDS.includes(name)))(
    'takes the default of %s',
    name => {
      const absent = parseEach({ 'AWS-REGION': 'eu-west-1' }).values[name]
      for (const blank of blanks) expect(parseOne(name, blank)).toEqual({ value: absent, problems: [] })
    },
  )
})

describe('a given input', () => {
  test.each<[InputName, string, unknown]>([
    ['aws-region', ' eu-west-1\n', 'eu-west-1'],
    ['role-to-assume', 'none', 'none'],
    ['audience', ' vault:x/y ', 'vault:x/y'],
    ['role-duration-seconds', '900', 900],
    ['role-duration-seconds', '43200', 43_200],
    ['expected-role', 'role-to-assume', 'role-to-assume'],
    ['expected-role', 'any', 'any'],
    ['expected-role', 'Deploy, Admin\nOther', ['Deploy', 'Admin', 'Other']],
    ['expected-role-id', 'any', 'any'],
    ['expected-role-id', ROLE_ID, [ROLE_ID]],
    ['allowed-account-ids', 'any', 'any'],
    ['allowed-account-ids', `${ACCOUNT},${OTHER_ACCOUNT}`, [ACCOUNT, OTHER_ACCOUNT]],
    ['allowed-account-ids', `${ACCOUNT}\r\n${OTHER_ACCOUNT}\r\n`, [ACCOUNT, OTHER_ACCOUNT]],
    ['allowed-account-ids', '000000000001', ['000000000001']],
    ['forbidden-account-ids', 'none', 'none'],
    ['forbidden-account-ids', ACCOUNT, [ACCOUNT]],
    ['on-mismatch', 'report', 'report'],
    ['output-credentials', 'True', true],
    ['job-summary', 'FALSE', false],
    ['retry-max-attempts', '0', 0],
    ['retry-max-attempts', '1', 1],
    ['retry-max-attempts', '50', 50],
    ['action-timeout-s', '0', 0],
    ['action-timeout-s', '900', 900],
    ['action-timeout-s', '86400', 86_400],
    ['retry-access-denied-seconds', '0', 0],
    ['retry-access-denied-seconds', '900', 900],
    ['sts-fallback-regions', 'eu-north-1, us-east-1', ['eu-north-1', 'us-east-1']],
    ['web-identity-token-file', ' a/b ', 'a/b'],
    ['trust-policy', ' a/b ', 'a/b'],
    ['ca-bundle', ' a/b ', 'a/b'],
    ['transitive-tag-keys', 'Team, Cost\nActor', ['Team', 'Cost', 'Actor']],
    ['use-fips-endpoint', 'False', false],
    ['use-dualstack-endpoint', 'TRUE', true],
    ['output-env-credentials', 'false', false],
  ])('%s: %j is accepted', (name, text, value) => {
    expect(parseOne(name, text)).toEqual({ value, problems: [] })
  })

  test.each<[InputName, string, RegExp]>([
    ['aws-region', 'EU-WEST-1', /not a region/],
    ['role-to-assume', 'None', /lower case/],
    ['role-to-assume', 'a role', /not a role ARN/],
    ['role-to-assume', 'arn:aws:iam::1111222233334:role/x', /12 digits/],
    ['role-session-name', 'a', /2 to 64/],
    ['role-duration-seconds', '899', /900 to 43200/],
    ['role-duration-seconds', '43201', /900 to 43200/],
    ['role-duration-seconds', 'abc', /900 to 43200/],
    ['role-duration-seconds', '1h', /900 to 43200/],
    ['expected-role', 'any,Deploy', /"any".*alone/],
    ['expected-role', 'role-to-assume\nDeploy', /"role-to-assume".*alone/],
    ['expected-role', 'any,role-to-assume', /alone/],
    ['expected-role', 'Deploy,,Admin', /empty element/],
    ['expected-role-id', 'any,AROADBQP57FF2AEXAMPLE', /"any".*alone/],
    ['expected-role-id', 'Deploy', /AROA/],
    ['expected-role-id', 'none', /AROA/],
    ['allowed-account-ids', '11112222333', /12 digits/],
    ['allowed-account-ids', '1111222233334', /12 digits/],
    ['allowed-account-ids', `${ACCOUNT},`, /empty element/],
    ['allowed-account-ids', `${ACCOUNT},any`, /"any".*alone/],
    ['allowed-account-ids', 'none', /12 digits/],
    ['allowed-account-ids', '*', /12 digits/],
    ['allowed-account-ids', 'Any', /"any".*lower case/],
    ['allowed-account-ids', `${ACCOUNT} ${OTHER_ACCOUNT}`, /12 digits/],
    ['allowed-account-ids', `${ACCOUNT};${OTHER_ACCOUNT}`, /12 digits/],
    ['forbidden-account-ids', 'any', /12 digits/],
    ['forbidden-account-ids', `none,${ACCOUNT}`, /"none".*alone/],
    ['forbidden-account-ids', `,${ACCOUNT}`, /empty element/],
    ['on-mismatch', 'warn', /fail, report/],
    ['on-mismatch', 'Report', /fail, report/],
    ['on-mismatch', 'true', /fail, report/],
    ['output-env-credentials', 'yes', /true or false/],
    ['output-credentials', 'ture', /true or false/],
    ['mask-aws-account-id', '1', /true or false/],
    ['job-summary', 'off', /true or false/],
    ['disable-retry', 'fALSE', /true or false/],
    ['sts-endpoint', 'sts.example', /https:\/\/HOST/],
    ['sts-endpoint', 'none', /https:\/\/HOST/],
    ['retry-max-attempts', '51', /50/],
    ['retry-max-attempts', '-1', /50/],
    ['retry-max-attempts', '1.5', /50/],
    ['action-timeout-s', '-1', /seconds/],
    ['action-timeout-s', '2m', /seconds/],
    ['action-timeout-s', '86401', /number of seconds from 0 to 86400/],
    ['retry-access-denied-seconds', '901', /number of seconds from 0 to 900/],
    ['retry-max-attempts', 'many', /number of attempts from 0 to 50/],
    ['role-duration-seconds', '1', /number of seconds from 900 to 43200/],
    ['sts-fallback-regions', 'eu-north-1,EU,US', /"EU" is not a region.*; "US" is not a region/],
    ['sts-fallback-regions', 'eu-north-1,', /empty element/],
    ['transitive-tag-keys', 'Team,', /empty element/],
    ['allowed-account-ids', `1,${ACCOUNT},2`, /"1" is not.*; "2" is not/],
    ['role-external-id', 'a', /2 to 1224/],
    ['source-identity', 'a b', /2 to 64/],
    ['translate-env-variables', 'true', /under `with:`/],
    ['translate-env-variables', 'yes', /true/],
    ['aws-access-key-id', 'a b', /characters that keys never have/],
    ['aws-secret-access-key', 'a b', /characters that keys never have/],
    ['aws-session-token', 'a b', /characters that keys never have/],
    ['inline-session-policy', '{}', /no Statement/],
    ['managed-session-policies', 'a', /not a managed policy/],
    ['custom-tags', '[]', /no object/],
    ['aws-profile', 'a b', /not a profile name/],
    ['http-proxy', 'ftp://proxy.example', /http/],
    ['no-proxy', 'a/b', /write hosts, domains/],
    ['use-fips-endpoint', 'yes', /true or false/],
    ['use-dualstack-endpoint', 'yes', /true or false/],
  ])('%s: %j is an error that names the input and what to write', (name, text, problem) => {
    const { value, problems } = parseOne(name, text)
    expect(value).toBeUndefined()
    expect(problems).toEqual([expect.stringMatching(problem)])
    expect(problems[0]).toMatch(new RegExp(`^${name}: `))
  })
})

describe('parseEach', () => {
  test('finds every problem, and still parses the other inputs', () => {
    const { values, problems } = parseEach({
      'AWS-REGION': 'eu-west-1',
      'ROLE-TO-ASSUME': '',
      'ALLOWED-ACCOUNT-IDS': '1',
      'DISABLE-RETRY': 'maybe',
      'JOB-SUMMARY': 'false',
    })
    const names = problems.map(problem => problem.split(':', 1)[0])
    expect(names.sort()).toEqual(['allowed-account-ids', 'disable-retry', 'role-to-assume'])
    expect(values).toMatchObject({ 'aws-region': 'eu-west-1', 'job-summary': false })
    for (const name of names) expect(values).not.toHaveProperty([name ?? ''])
  })

  test('does not report a bug as an input problem', () => {
    const raw: Record<string, never> = JSON.parse('{ "AWS-REGION": 7 }')
    expect(() => parseEach(raw)).toThrow(TypeError)
  })

  test('never throws, and gives each input either a value or one inert problem, whatever the texts', () => {
    const given = fc.dictionary(fc.constantFrom(...INPUT_NAMES.map(rawName)), anyText)
    fc.assert(
      fc.property(given, raw => {
        const { values, problems } = parseEach(raw)
        const { unparsed, ...parsed } = values
        expect(Object.keys(parsed).length + problems.length).toBe(INPUT_NAMES.length)
        expect(new Set([...Object.keys(parsed), ...unparsed])).toEqual(new Set(INPUT_NAMES))
        for (const problem of problems) expect(problem).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u)
      }),
      { numRuns: 300 },
    )
  })

  test('switches a guard off only for its keyword', () => {
    const text = fc.oneof(
      anyText,
      fc.constantFrom(
        'Any',
        'ANY',
        '"any"',
        "'any'",
        '*',
        'all',
        'none',
        'None',
        'null',
        'false',
        'any,',
        'any any',
      ),
    )
    fc.assert(
      fc.property(fc.constantFrom(...GUARDS.filter(isDeclared)), text, (name, given) => {
        const { value } = parseOne(name, given)
        if (typeof value === 'string') expect(given.trim()).toBe(value)
      }),
      { numRuns: 500 },
    )
  })
})
