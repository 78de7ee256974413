import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { formatArn } from '../../../src/core/identity/arn.ts'
import {
  comparableArn,
  type ExpectedIdentity,
  expectRole,
  formatWithComparable,
  parseExpectedIdentity,
} from '../../../src/core/identity/expectation.ts'
import { anyText, assumedRoleArn, roleArn, roleName, userArn } from '../arbitraries.ts'
import { ACCOUNT } from '../samples.ts'

const HOME = { partition: 'aws-cn', accountId: '000000000042' }
const DEPLOY = { kind: 'role', partition: 'aws', accountId: ACCOUNT, roleName: 'Deploy' }

describe('parseExpectedIdentity', () => {
  test.each([
    ['a role ARN', 'arn:aws:iam::111122223333:role/Deploy', DEPLOY],
    ['a role ARN, whatever its path', 'arn:aws:iam::111122223333:role/team/ci/Deploy', DEPLOY],
    ['an assumed-role ARN without a session', 'arn:aws:sts::111122223333:assumed-role/Deploy', DEPLOY],
    [
      'an assumed-role ARN with its session',
      'arn:aws:sts::111122223333:assumed-role/Deploy/run-7',
      { ...DEPLOY, sessionName: 'run-7' },
    ],
    [
      'a user ARN, with its path',
      'arn:aws:iam::111122223333:user/ci/Robot',
      { kind: 'user', partition: 'aws', accountId: ACCOUNT, path: '/ci/', userName: 'Robot' },
    ],
    [
      'a bare role name, in the account that is known',
      'Deploy',
      { kind: 'role', ...HOME, roleName: 'Deploy' },
    ],
  ])('understands %s', (_, text, identity) => {
    const written = identity.kind === 'role' ? { written: text } : {}
    expect(parseExpectedIdentity(text, HOME)).toEqual({ ...identity, ...written })
  })

  test('rejects a bare role name when no account is known', () => {
    expect(parseExpectedIdentity('Deploy', undefined)).toBeUndefined()
  })

  test.each([
    'arn:aws:iam::111122223333:root',
    'arn:aws:iam::111122223333:role/*',
    'arn:aws:iam::111122223333:role/Dep*',
    'arn:aws:iam::*:role/Deploy',
    'arn:aws:sts::111122223333:assumed-role/Deploy/*',
    'arn:aws:sts::111122223333:assumed-role/Deploy/',
    'arn:aws:sts::111122223333:assumed-role/Deploy/a/b',
    'arn:aws:sts::111122223333:federated-user/Deploy',
    'arn:aws:iam::11112222333:role/Deploy',
    'arn:aws:iam::1111222233334:role/Deploy',
    'arn:aws:iam::111122223333:role/Deploy\n',
    'team/Deploy',
    'Deploy*',
    'De ploy',
    '',
  ])('rejects patterns, partial ARNs and garbage: %j', text => {
    expect(parseExpectedIdentity(text, HOME)).toBeUndefined()
  })

  test('never throws, whatever the text', () => {
    fc.assert(
      fc.property(anyText, text => {
        const identity = parseExpectedIdentity(text, HOME)
        if (identity?.kind === 'role') expect(text).toContain(identity.roleName)
      }),
    )
  })
})

describe('expectRole', () => {
  test('takes the role from an ARN, whatever its path or session', () => {
    fc.assert(
      fc.property(fc.oneof(roleArn, assumedRoleArn), arn => {
        const { partition, accountId, roleName: name } = arn
        const role = { kind: 'role', partition, accountId, roleName: name }
        expect(expectRole(arn)).toEqual({ ...role, written: formatArn(arn) })
        expect(expectRole(arn, 'as it stands')).toEqual({ ...role, written: 'as it stands' })
      }),
    )
  })
})

describe('an expected identity in messages', () => {
  const SESSIONS = 'arn:aws:sts::111122223333:assumed-role/Deploy'

  test.each([
    ['arn:aws:iam::111122223333:role/team/ci/Deploy', ` (${SESSIONS})`],
    ['arn:aws:iam::111122223333:role/Deploy', ` (${SESSIONS})`],
    [SESSIONS, ''],
    [`${SESSIONS}/run-7`, ''],
    ['arn:aws:iam::111122223333:user/ci/Robot', ''],
  ])('is %s as written, followed by what a caller is compared with: %j', (text, beside) => {
    const identity = parse(text)
    expect(formatWithComparable(identity)).toBe(`${text}${beside}`)
  })

  test('is a bare name with the account it is looked up in', () => {
    const words = 'Deploy (arn:aws-cn:sts::000000000042:assumed-role/Deploy)'
    expect(formatWithComparable(parse('Deploy'))).toBe(words)
  })

  function parse(text: string): ExpectedIdentity {
    const identity = parseExpectedIdentity(text, HOME)
    if (!identity) throw new Error(`no identity: ${text}`)
    return identity
  }
})

describe('comparableArn', () => {
  test('is parsed by expected-role as the same identity', () => {
    const identity = fc.oneof(
      userArn,
      roleArn.map(arn => expectRole(arn)),
      assumedRoleArn.map(arn => ({ ...expectRole(arn), sessionName: arn.sessionName })),
      roleName.map(name => ({ kind: 'role' as const, ...HOME, roleName: name, written: name })),
    )
    fc.assert(
      fc.property(identity, expected => {
        const comparable = comparableArn(expected)
        const written = expected.kind === 'role' ? { written: comparable } : {}
        expect(parseExpectedIdentity(comparable, undefined)).toEqual({ ...expected, ...written })
      }),
    )
  })

  test('writes a session as its own ARN, without a path', () => {
    fc.assert(
      fc.property(assumedRoleArn, roleArn, (arn, role) => {
        const expected = { ...expectRole(arn), sessionName: arn.sessionName }
        expect(comparableArn(expected)).toBe(formatArn(arn))
        expect(comparableArn(expectRole({ ...role, path: '/other/' }))).toBe(comparableArn(expectRole(role)))
      }),
    )
  })
})
