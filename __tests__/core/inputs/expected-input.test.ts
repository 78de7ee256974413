import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { formatArn } from '../../../src/core/identity/arn.ts'
import type { Values } from '../../../src/core/inputs/declared-inputs.ts'
import { expectedIdentitiesOf } from '../../../src/core/inputs/expected-input.ts'
import { accountId, path, roleName } from '../arbitraries.ts'
import { type Given, problemsOf } from '../input-problems.ts'
import {
  ACCOUNT,
  inputsWith,
  KEY_INPUTS,
  NEXT_ROLE_ARN,
  OTHER_ACCOUNT,
  ROLE_ARN,
  USER_ARN,
} from '../samples.ts'

const THIRD_ACCOUNT = '000000000042'

function identitiesOf(given: Given): unknown {
  return inputsWith(given).targets[0].expected.identities
}

function role(account: string, name: string, written = `arn:aws:iam::${account}:role/${name}`): object {
  return { kind: 'role', partition: 'aws', accountId: account, roleName: name, written }
}

describe('the default of expected-role', () => {
  test.each([
    ['the role to assume', {}, [role(ACCOUNT, 'Deploy')]],
    ['the last role of a chain', { 'role-chain': NEXT_ROLE_ARN }, [role(OTHER_ACCOUNT, 'Next')]],
    [
      'the last role of a longer chain',
      { 'role-chain': `${NEXT_ROLE_ARN}\n${ROLE_ARN}s` },
      [role(ACCOUNT, 'Deploys')],
    ],
    [
      'the role that a bare name turns out to be',
      { 'role-to-assume': 'Deploy', 'role-chaining': 'true' },
      'role-assumed',
    ],
    ['the same, with keys', { 'role-to-assume': 'Deploy', ...KEY_INPUTS }, 'role-assumed'],
    [
      'the last role of a chain, behind a bare name too',
      { 'role-to-assume': 'Deploy', 'role-chaining': 'true', 'role-chain': NEXT_ROLE_ARN },
      [role(OTHER_ACCOUNT, 'Next')],
    ],
  ])('is %s, written or not', (_, given, identities) => {
    expect(identitiesOf(given)).toEqual(identities)
    expect(identitiesOf({ ...given, 'expected-role': 'role-to-assume' })).toEqual(identities)
  })

  test('is the last role, whatever the chain, and never an intermediate one', () => {
    const someRole = fc.record({
      kind: fc.constant('role' as const),
      partition: fc.constant('aws'),
      accountId,
      path,
      roleName,
    })
    // A comma in a name or path would split the list
    const plain = someRole.filter(arn => !formatArn(arn).includes(','))
    fc.assert(
      fc.property(fc.array(plain, { minLength: 1, maxLength: 4 }), roles => {
        const given = { 'role-chain': roles.map(formatArn).join('\n') }
        const last = roles.at(-1)
        const { accountId: account = '', roleName: name = '' } = last ?? {}
        expect(identitiesOf(given)).toEqual([role(account, name, last && formatArn(last))])
      }),
    )
  })
})

describe('a bare name in expected-role', () => {
  test.each([
    ['of role-to-assume', {}, ACCOUNT],
    ['of a chain that stays in it', { 'role-chain': `arn:aws:iam::${ACCOUNT}:role/Next` }, ACCOUNT],
    [
      'allowed, where the first role is a name',
      { 'role-to-assume': 'Deploy', 'role-chaining': 'true', 'allowed-account-ids': OTHER_ACCOUNT },
      OTHER_ACCOUNT,
    ],
    [
      'of the chain, where the first role is a name',
      { 'role-to-assume': 'Deploy', 'role-chaining': 'true', 'role-chain': NEXT_ROLE_ARN },
      OTHER_ACCOUNT,
    ],
    [
      'allowed, where no role is assumed',
      { 'role-to-assume': 'none', 'allowed-account-ids': ACCOUNT },
      ACCOUNT,
    ],
    [
      'allowed, where the last role of a chain is',
      { 'role-chain': NEXT_ROLE_ARN, 'allowed-account-ids': OTHER_ACCOUNT },
      OTHER_ACCOUNT,
    ],
  ])('is in the one account %s', (_, given, account) => {
    expect(identitiesOf({ ...given, 'expected-role': 'Other' })).toEqual([role(account, 'Other', 'Other')])
  })

  test.each([
    ['a chain into another one', { 'role-chain': NEXT_ROLE_ARN }, [ACCOUNT, OTHER_ACCOUNT]],
    [
      'another one allowed than that of the last role',
      { 'role-chain': NEXT_ROLE_ARN, 'allowed-account-ids': THIRD_ACCOUNT },
      [THIRD_ACCOUNT, OTHER_ACCOUNT],
    ],
    [
      'another one allowed than that of the role',
      { 'allowed-account-ids': THIRD_ACCOUNT },
      [THIRD_ACCOUNT, ACCOUNT],
    ],
  ])('is an error that names the accounts, with %s', (_, given, accounts) => {
    expect(problemsOf({ ...given, 'expected-role': 'Other' })).toEqual([
      `expected-role: "Other" could be in ${accounts.join(' or ')}: write its ARN`,
    ])
  })

  test.each([
    ['no role is assumed', { 'role-to-assume': 'none' }],
    ['the role itself is a name', { 'role-to-assume': 'Deploy', 'role-chaining': 'true' }],
    [
      'two accounts are allowed',
      {
        'role-to-assume': 'Deploy',
        'role-chaining': 'true',
        'allowed-account-ids': `${ACCOUNT},${OTHER_ACCOUNT}`,
      },
    ],
    ['accounts are only forbidden', { 'role-to-assume': 'none', 'forbidden-account-ids': ACCOUNT }],
  ])('is an error when %s, as no account is known', (_, given) => {
    expect(problemsOf({ ...given, 'expected-role': 'Other' })).toEqual([
      expect.stringMatching(/^expected-role: "Other" is not a role ARN.*single account is known/),
    ])
  })

  test('leaves ARNs next to it unchanged', () => {
    const given = { 'expected-role': `Other\n${NEXT_ROLE_ARN}\n${USER_ARN}` }
    expect(identitiesOf(given)).toEqual([
      role(ACCOUNT, 'Other', 'Other'),
      role(OTHER_ACCOUNT, 'Next'),
      { kind: 'user', partition: 'aws', accountId: ACCOUNT, path: '/ci/', userName: 'Robot' },
    ])
  })
})

/** For inputs that could all be parsed. */
function identitiesFor(values: Partial<Values>, partition: string | undefined) {
  return expectedIdentitiesOf({ ...values, unparsed: new Set() }, partition)
}

describe('nobody is expected, and no further problem is reported,', () => {
  test.each([
    ['where expected-role itself has one', {}],
    ['where role-to-assume has one', { 'expected-role': 'role-to-assume' }],
  ] as const)('%s', (_, values) => {
    expect(identitiesFor(values, 'aws')).toEqual({ identities: [], problems: [] })
  })

  test('for a bare name when aws-region has one', () => {
    const values = { 'expected-role': ['Other'], 'allowed-account-ids': [ACCOUNT] }
    expect(identitiesFor(values, undefined)).toEqual({ identities: [], problems: [] })
    expect(problemsOf({ 'aws-region': 'eu west', 'expected-role': 'Other' })).toEqual([
      expect.stringMatching(/^aws-region: /),
    ])
  })
})

test('nobody is expected for an element that is not an identity', () => {
  const { identities, problems } = identitiesFor({ 'expected-role': ['a b', USER_ARN] }, 'aws')
  expect(identities).toEqual([expect.objectContaining({ kind: 'user' })])
  expect(problems).toEqual([expect.stringMatching(/^expected-role: "a b" is not /)])
})

test('an identity of another partition than the region’s is an error that names both', () => {
  expect(problemsOf({ 'expected-role': `arn:aws-cn:iam::${ACCOUNT}:role/Deploy` })).toEqual([
    'expected-role: its partition is aws-cn, but region eu-west-1 belongs to aws: write arn:aws:…',
  ])
})

describe('expected-role: any', () => {
  const any = { 'expected-role': 'any', 'expected-role-id': 'any', 'allowed-account-ids': 'any' } as const

  test.each([
    ['a role id', { ...any, 'expected-role-id': ['AROADBQP57FF2AEXAMPLE'] }],
    ['an allowed account', { ...any, 'allowed-account-ids': [ACCOUNT] }],
  ])('compares no role when set with %s', (_, values) => {
    expect(identitiesFor(values, 'aws')).toEqual({ identities: 'any', problems: [] })
  })

  test('is an error on its own', () => {
    expect(identitiesFor(any, 'aws').problems).toEqual([
      expect.stringMatching(
        /^expected-role: is any, and no other guard is set: .*expected-role-id or allowed-account-ids/,
      ),
    ])
  })
})

describe('without a role to assume, the default', () => {
  const none = {
    'role-to-assume': 'none',
    'aws-profiles': undefined,
    'expected-role': 'role-to-assume',
    'expected-role-id': 'any',
    'allowed-account-ids': 'any',
  } as const

  test.each([
    ['a role id', { ...none, 'expected-role-id': ['AROADBQP57FF2AEXAMPLE'] }],
    ['an allowed account', { ...none, 'allowed-account-ids': [ACCOUNT] }],
  ])('compares no role when set with %s', (_, values) => {
    expect(identitiesFor(values, 'aws')).toEqual({ identities: 'any', problems: [] })
  })

  test('is an error on its own', () => {
    expect(identitiesFor(none, 'aws').problems).toEqual([
      expect.stringMatching(/^role-to-assume: is none and no guard is set, so there is nothing to verify/),
    ])
  })
})
