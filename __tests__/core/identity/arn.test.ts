import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import {
  formatArn,
  isAccountId,
  isRoleName,
  parseAssumedRoleArn,
  parseCallerArn,
  parseRoleArn,
  parseUserArn,
} from '../../../src/core/identity/arn.ts'
import { anyText, assumedRoleArn, oneEditOf, roleArn, userArn } from '../arbitraries.ts'
import { millisecondsOf } from '../thrown.ts'

const ACCOUNT = '111122223333'
const LONGEST_NAME = 'n'.repeat(64)

describe('parseRoleArn', () => {
  test.each([
    ['arn:aws:iam::111122223333:role/Deploy', 'aws', '/', 'Deploy'],
    ['arn:aws-cn:iam::111122223333:role/Deploy', 'aws-cn', '/', 'Deploy'],
    ['arn:aws-us-gov:iam::111122223333:role/Deploy', 'aws-us-gov', '/', 'Deploy'],
    ['arn:aws-iso-b:iam::111122223333:role/Deploy', 'aws-iso-b', '/', 'Deploy'],
    ['arn:aws:iam::111122223333:role/team/Deploy', 'aws', '/team/', 'Deploy'],
    ['arn:aws:iam::111122223333:role/a/b/c/Deploy', 'aws', '/a/b/c/', 'Deploy'],
    ['arn:aws:iam::111122223333:role/_+=,.@-9/Deploy', 'aws', '/_+=,.@-9/', 'Deploy'],
    ['arn:aws:iam::111122223333:role/role/role', 'aws', '/role/', 'role'],
    ['arn:aws:iam::111122223333:role/_+=,.@-9', 'aws', '/', '_+=,.@-9'],
    [`arn:aws:iam::111122223333:role/${LONGEST_NAME}`, 'aws', '/', LONGEST_NAME],
  ])('%s is a role of its partition, account, path and name', (text, partition, path, roleName) => {
    expect(parseRoleArn(text)).toEqual({ kind: 'role', partition, accountId: ACCOUNT, path, roleName })
  })

  test('an account id keeps its leading zeros', () => {
    expect(parseRoleArn('arn:aws:iam::000000000001:role/Deploy')?.accountId).toBe('000000000001')
  })
})

describe('parseUserArn', () => {
  test.each([
    ['arn:aws:iam::111122223333:user/Robot', '/', 'Robot'],
    ['arn:aws:iam::111122223333:user/ci/eu/Robot', '/ci/eu/', 'Robot'],
  ])('%s is a user of its path and name', (text, path, userName) => {
    expect(parseUserArn(text)).toEqual({ kind: 'user', partition: 'aws', accountId: ACCOUNT, path, userName })
  })
})

describe('parseCallerArn', () => {
  test('accepts any path that IAM allows for a user, since AWS wrote it', () => {
    const arn = 'arn:aws:iam::111122223333:user/a:b;c/Robot'
    expect(parseUserArn(arn)).toBeUndefined()
    expect(parseCallerArn(arn)).toMatchObject({ kind: 'user', path: '/a:b;c/', userName: 'Robot' })
  })

  test('accepts a role session, and nothing else', () => {
    expect(parseCallerArn('arn:aws:sts::111122223333:assumed-role/Deploy/run-7')?.kind).toBe('assumed-role')
    expect(parseCallerArn('arn:aws:iam::111122223333:role/Deploy')).toBeUndefined()
    expect(parseCallerArn('arn:aws:iam::111122223333:root')).toBeUndefined()
  })
})

describe('parseAssumedRoleArn', () => {
  test.each([
    ['arn:aws:sts::111122223333:assumed-role/Deploy/run-7', 'Deploy', 'run-7'],
    ['arn:aws:sts::111122223333:assumed-role/Deploy/jo', 'Deploy', 'jo'],
    ['arn:aws:sts::111122223333:assumed-role/Deploy/jo@example.com', 'Deploy', 'jo@example.com'],
    [`arn:aws:sts::111122223333:assumed-role/${LONGEST_NAME}/${LONGEST_NAME}`, LONGEST_NAME, LONGEST_NAME],
  ])('%s is a session of its role', (text, roleName, sessionName) => {
    expect(parseAssumedRoleArn(text)).toEqual({
      kind: 'assumed-role',
      partition: 'aws',
      accountId: ACCOUNT,
      roleName,
      sessionName,
    })
  })
})

/** None of these is a role, a session or a user. */
const NOT_OURS = [
  '',
  'Deploy',
  'arn:aws:iam::111122223333:root',
  'arn:aws:sts::111122223333:federated-user/jo',
  'arn:aws:iam::111122223333:group/Deploy',
  'arn:aws:iam::111122223333:role',
  'arn:aws:iam::111122223333:role/',
  'arn:aws:iam::111122223333:role/Deploy/',
  'arn:aws:iam::111122223333:role//Deploy',
  'arn:aws:iam::111122223333:role///Deploy',
  'arn:aws:iam::111122223333:role/team//Deploy',
  'arn:aws:iam::111122223333:role/a:b/Deploy',
  'arn:aws:iam::111122223333:user/a;b/Robot',
  'arn:aws:iam::111122223333:roles/Deploy',
  'arn:aws:iam::111122223333:Role/Deploy',
  'arn:aws:iam::11112222333:role/Deploy',
  'arn:aws:iam::1111222233334:role/Deploy',
  'arn:aws:iam::１１１１２２２２３３３３:role/Deploy',
  'arn:aws:iam::11112222333a:role/Deploy',
  'arn:aws:iam:::role/Deploy',
  'arn:aws:iam:eu-west-1:111122223333:role/Deploy',
  'arn:aws:sts::111122223333:role/Deploy',
  'arn:aws:iam::111122223333:assumed-role/Deploy/run-7',
  'arn:aws:sts::111122223333:assumed-role/Deploy',
  'arn:aws:sts::111122223333:assumed-role/Deploy/',
  'arn:aws:sts::111122223333:assumed-role/Deploy/r',
  'arn:aws:sts::111122223333:assumed-role/team/Deploy/run-7',
  'arn:aws:sts::111122223333:user/Robot',
  'arn:gcp:iam::111122223333:role/Deploy',
  'arn:AWS:iam::111122223333:role/Deploy',
  'ARN:aws:iam::111122223333:role/Deploy',
  'arn::iam::111122223333:role/Deploy',
  'arn:aws:s3::111122223333:role/Deploy',
  'arn:aws:iam::111122223333:role/De ploy',
  'arn:aws:iam::111122223333:role/*',
  'arn:aws:iam::111122223333:role/Depl?y',
  'arn:aws:iam::111122223333:role/te am/Deploy',
  'arn:aws:iam::111122223333:role/Déploy',
  ' arn:aws:iam::111122223333:role/Deploy',
  'arn:aws:iam::111122223333:role/Deploy ',
  'arn:aws:iam::111122223333:role/Deploy\n',
  '\narn:aws:iam::111122223333:role/Deploy',
  'arn:aws:iam::111122223333:role/Deploy\narn:aws:iam::111122223333:role/Deploy',
  'xarn:aws:iam::111122223333:role/Deploy',
  'arn:aws:sts::111122223333:assumed-role/Deploy/run-7\n',
  'xarn:aws:sts::111122223333:assumed-role/Deploy/run-7',
  'arn:aws:sts::111122223333:assumed-role/Deploy/run-7/x',
  'xarn:aws:iam::111122223333:user/Robot',
  'arn:aws:iam::111122223333:user/Robot\n',
  `arn:aws:iam::111122223333:role/${LONGEST_NAME}n`,
  `arn:aws:iam::111122223333:user/${LONGEST_NAME}n`,
  `arn:aws:sts::111122223333:assumed-role/${LONGEST_NAME}n/run-7`,
  `arn:aws:sts::111122223333:assumed-role/Deploy/${LONGEST_NAME}n`,
]

test.each(NOT_OURS)('%j is neither a role, nor a session, nor a user', text => {
  expect(parseRoleArn(text)).toBeUndefined()
  expect(parseAssumedRoleArn(text)).toBeUndefined()
  expect(parseUserArn(text)).toBeUndefined()
})

describe('two ARNs run together', () => {
  const ARNS = [
    'arn:aws:iam::111122223333:role/Deploy',
    'arn:aws:iam::444455556666:role/team/Admin',
    'arn:aws:iam::444455556666:user/Robot',
    'arn:aws:sts::444455556666:assumed-role/Admin/run-7',
  ]
  const pairs = ARNS.flatMap(one => ARNS.map(other => [one, other] as const))
  const separators = [
    '',
    ';',
    '|',
    '&',
    '+',
    '%0A',
    '\\n',
    ':',
    '/',
    '//',
    '@',
    ',',
    '=',
    '.',
    '_',
    '-',
    '~',
    '!',
  ]

  test.each(separators)('are neither a role, nor a session, nor a user, with %j between them', separator => {
    for (const [one, other] of pairs) {
      const text = `${one}${separator}${other}`
      expect([parseRoleArn(text), parseAssumedRoleArn(text), parseUserArn(text)]).toEqual(
        Array(3).fill(undefined),
      )
    }
  })

  test('are neither, whatever is between them', () => {
    const pair = fc.tuple(roleArn, anyText, fc.oneof(roleArn, userArn, assumedRoleArn))
    fc.assert(
      fc.property(pair, ([one, between, other]) => {
        const text = `${formatArn(one)}${between}${formatArn(other)}`
        expect([parseRoleArn(text), parseUserArn(text), parseAssumedRoleArn(text)]).toEqual(
          Array(3).fill(undefined),
        )
      }),
    )
  })
})

describe('ARNs of one kind are not mistaken for another', () => {
  test.each([
    ['arn:aws:iam::111122223333:role/Deploy', 'role'],
    ['arn:aws:sts::111122223333:assumed-role/Deploy/run-7', 'assumed-role'],
    ['arn:aws:iam::111122223333:user/Deploy', 'user'],
  ])('%s is only a %s', (text, kind) => {
    const kinds = [parseRoleArn(text), parseAssumedRoleArn(text), parseUserArn(text)]
    expect(kinds.flatMap(arn => arn?.kind ?? [])).toEqual([kind])
  })
})

describe('formatArn', () => {
  test('a formatted ARN parses back to the same value', () => {
    fc.assert(fc.property(roleArn, arn => expect(parseRoleArn(formatArn(arn))).toEqual(arn)))
    fc.assert(fc.property(userArn, arn => expect(parseUserArn(formatArn(arn))).toEqual(arn)))
    fc.assert(fc.property(assumedRoleArn, arn => expect(parseAssumedRoleArn(formatArn(arn))).toEqual(arn)))
  })

  test('a parsed ARN formats back to the same text, so nothing before, after or inside it is overlooked', () => {
    const almost = fc.oneof(roleArn, userArn, assumedRoleArn).chain(arn => oneEditOf(formatArn(arn)))
    fc.assert(
      fc.property(fc.oneof(almost, anyText), text => {
        for (const parse of [parseRoleArn, parseUserArn, parseAssumedRoleArn]) {
          const arn = parse(text)
          if (arn) expect(formatArn(arn)).toBe(text)
        }
      }),
      { numRuns: 2000 },
    )
  })

  test('text before or after an ARN makes it invalid', () => {
    const surrounded = fc
      .tuple(anyText, fc.oneof(roleArn, userArn, assumedRoleArn), fc.constantFrom('\n', ' ', '/', ':', '\0'))
      .map(([before, arn, after]) => [`${before}${after}${formatArn(arn)}`, `${formatArn(arn)}${after}`])
    fc.assert(
      fc.property(surrounded, texts => {
        for (const text of texts) {
          expect([parseRoleArn(text), parseUserArn(text), parseAssumedRoleArn(text)]).toEqual(
            Array(3).fill(undefined),
          )
        }
      }),
    )
  })
})

describe('isAccountId', () => {
  test.each(['111122223333', '000000000000'])('%s is an account id', text => {
    expect(isAccountId(text)).toBe(true)
  })

  test.each([
    '',
    '11112222333',
    '1111222233334',
    '1111-2222-3333',
    '11112222333x',
    ' 111122223333',
    '111122223333\n',
    '111122223333\n111122223333',
    '１１１１２２２２３３３３',
    '١١١١٢٢٢٢٣٣٣٣',
    '+11122223333',
    '1.1122223333',
    '1e1111111111',
  ])('%j is not an account id', text => {
    expect(isAccountId(text)).toBe(false)
  })
})

describe('isRoleName', () => {
  test.each(['D', 'Deploy', 'a_b+c=d,e.f@g-h', LONGEST_NAME])('%s is a role name', text => {
    expect(isRoleName(text)).toBe(true)
  })

  test.each([
    '',
    'De ploy',
    'team/Deploy',
    'Deploy*',
    'Deploy\n',
    '\nDeploy',
    'Déploy',
    'De:ploy',
    `${LONGEST_NAME}n`,
  ])('%j is not a role name', text => {
    expect(isRoleName(text)).toBe(false)
  })
})

test.each([
  ['a path without an end', `arn:aws:iam::111122223333:role/${'a/'.repeat(50_000)}!`],
  ['a path of slashes', `arn:aws:iam::111122223333:role${'/'.repeat(100_000)}!`],
  ['a partition without an end', `arn:aws${'-'.repeat(100_000)}`],
  ['a name without an end', `arn:aws:sts::111122223333:assumed-role/${'a'.repeat(100_000)}`],
])('a hundred thousand characters of %s are rejected at once', (_, text) => {
  const parse = () => [parseRoleArn(text), parseUserArn(text), parseAssumedRoleArn(text)]
  expect(parse()).toEqual([undefined, undefined, undefined])
  expect(millisecondsOf(parse)).toBeLessThan(500)
})
