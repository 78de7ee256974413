import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { GateError } from '../../../src/core/base/failure.ts'
import { formatArn, type RoleArn } from '../../../src/core/identity/arn.ts'
import { ANYONE, type Expectation, ROLE_ASSUMED } from '../../../src/core/identity/expectation.ts'
import type { AssumedRole, CallerIdentity, Session } from '../../../src/core/identity/session.ts'
import {
  assertGenuine,
  assertMatch,
  type Difference,
  Match,
  roleIdOf,
  type Verdict,
  verifyIdentity,
} from '../../../src/core/identity/verdict.ts'
import { accountId, anyText, assumedRoleArn, oneEditOf, path, swapCase, userArn } from '../arbitraries.ts'
import {
  ACCESS_KEY_ID,
  ACCOUNT,
  AUDIENCE,
  callerOf,
  claimsWith,
  expecting,
  ISSUER,
  identityOf,
  matchOf,
  OTHER_ACCOUNT,
  ROLE_ARN,
  ROLE_ID,
  roleOf,
  SECRET_KEY,
  SESSION_ARN,
  SESSION_TOKEN,
  SUBJECT,
  sessionOf,
  sessionWith,
  targetWith,
  USER_ARN,
} from '../samples.ts'
import { thrownBy } from '../thrown.ts'

function verifyExpected(expected: Expectation, session: Session, caller: CallerIdentity): Verdict {
  return verifyIdentity(targetWith({ expected }), session, caller)
}

function verify(
  parts: Partial<Expectation>,
  caller: CallerIdentity = callerOf(SESSION_ARN),
  session: Session = sessionWith(),
): Verdict {
  return verifyExpected(expecting(parts), session, caller)
}

function expectingRoles(...texts: readonly string[]): Partial<Expectation> {
  return { identities: texts.map(identityOf) }
}

function differencesOf(verdict: Verdict): readonly Difference[] {
  return verdict.kind === 'match' ? [] : verdict.differences
}

function notesOf(verdict: Verdict): string {
  return differencesOf(verdict)
    .map(({ note }) => note ?? '')
    .join()
}

/** The verdict is a mismatch with one difference, between these two. */
function expectOneDifference(verdict: Verdict, expected: string, actual: string): void {
  expect(verdict.kind).toBe('mismatch')
  expect(differencesOf(verdict)).toEqual([
    expect.objectContaining({ expected: expect.stringContaining(expected), actual }),
  ])
}

describe('a match', () => {
  test('holds the session and caller that were compared, and the identity from the ARN', () => {
    const session = sessionWith()
    const caller = callerOf(SESSION_ARN)
    const verdict = verify(expectingRoles(ROLE_ARN), caller, session)
    if (verdict.kind !== 'match') throw new Error('no match')
    expect(verdict.session).toBe(session)
    expect(verdict.caller).toBe(caller)
    expect(formatArn(verdict.identity)).toBe(SESSION_ARN)
  })

  test('yields no session when forged to bypass the check', () => {
    const forged: Match = Object.create(Match.prototype)
    expect(() => forged.session).toThrow(TypeError)
    expect(() => forged.caller).toThrow(TypeError)
    expect(() => forged.identity).toThrow(TypeError)
  })
})

describe('expected-role', () => {
  test.each([
    ['a role ARN', ROLE_ARN, SESSION_ARN],
    [
      'a role ARN with a path, which no session includes',
      `arn:aws:iam::${ACCOUNT}:role/team/ci/Deploy`,
      SESSION_ARN,
    ],
    ['an assumed-role ARN without a session', `arn:aws:sts::${ACCOUNT}:assumed-role/Deploy`, SESSION_ARN],
    ['an assumed-role ARN with this session', SESSION_ARN, SESSION_ARN],
    ['a user ARN', USER_ARN, USER_ARN],
    [
      'a role of China’s partition',
      `arn:aws-cn:iam::${ACCOUNT}:role/Deploy`,
      `arn:aws-cn:sts::${ACCOUNT}:assumed-role/Deploy/x1`,
    ],
  ])('is met, as %s, by the caller it names', (_, expected, caller) => {
    expect(verify(expectingRoles(expected), callerOf(caller)).kind).toBe('match')
  })

  test('is met by any of several identities, in any position', () => {
    const others = [`arn:aws:iam::${OTHER_ACCOUNT}:role/Deploy`, USER_ARN]
    for (const at of [0, 1, 2]) {
      expect(verify(expectingRoles(...others.toSpliced(at, 0, ROLE_ARN))).kind).toBe('match')
    }
    expect(verify(expectingRoles(...others)).kind).toBe('mismatch')
  })

  test.each([
    ['another role', 'arn:aws:sts::111122223333:assumed-role/Admin/run-7'],
    ['a role with a longer name', 'arn:aws:sts::111122223333:assumed-role/DeployAll/run-7'],
    ['a role with a shorter name', 'arn:aws:sts::111122223333:assumed-role/Deplo/run-7'],
    ['a role with another prefix', 'arn:aws:sts::111122223333:assumed-role/XDeploy/run-7'],
    ['a role in another case', 'arn:aws:sts::111122223333:assumed-role/deploy/run-7'],
    ['a role of the same name in another account', 'arn:aws:sts::444455556666:assumed-role/Deploy/run-7'],
    [
      'a role of the same name in another partition',
      'arn:aws-cn:sts::111122223333:assumed-role/Deploy/run-7',
    ],
    ['a user of the same name', 'arn:aws:iam::111122223333:user/Deploy'],
    ['a session that is named like the role', 'arn:aws:sts::111122223333:assumed-role/Other/Deploy'],
  ])('a role is not met by %s', (_, arn) => {
    expectOneDifference(verify(expectingRoles(ROLE_ARN), callerOf(arn)), 'assumed-role/Deploy', arn)
  })

  test.each([
    ['another session', 'arn:aws:sts::111122223333:assumed-role/Deploy/run-8'],
    ['a session with a longer name', 'arn:aws:sts::111122223333:assumed-role/Deploy/run-77'],
    ['a session with a shorter name', 'arn:aws:sts::111122223333:assumed-role/Deploy/run-'],
    ['a session in another case', 'arn:aws:sts::111122223333:assumed-role/Deploy/RUN-7'],
    ['that session of another role', 'arn:aws:sts::111122223333:assumed-role/Admin/run-7'],
    ['that session in another account', 'arn:aws:sts::444455556666:assumed-role/Deploy/run-7'],
    ['that session in another partition', 'arn:aws-cn:sts::111122223333:assumed-role/Deploy/run-7'],
  ])('a session is not met by %s', (_, arn) => {
    expectOneDifference(verify(expectingRoles(SESSION_ARN), callerOf(arn)), SESSION_ARN, arn)
  })

  test.each([
    ['another user', 'arn:aws:iam::111122223333:user/ci/Robot2'],
    ['a user in another case', 'arn:aws:iam::111122223333:user/ci/robot'],
    ['a user in another path', 'arn:aws:iam::111122223333:user/cd/Robot'],
    ['a user without a path', 'arn:aws:iam::111122223333:user/Robot'],
    ['a user in another account', 'arn:aws:iam::444455556666:user/ci/Robot'],
    ['a user in another partition', 'arn:aws-cn:iam::111122223333:user/ci/Robot'],
    ['a role of the same name', 'arn:aws:sts::111122223333:assumed-role/Robot/run-7'],
  ])('a user is not met by %s', (_, arn) => {
    expectOneDifference(verify(expectingRoles(USER_ARN), callerOf(arn)), USER_ARN, arn)
  })

  test('a role is not met by a user, whatever the role’s name', () => {
    for (const name of ['undefined', 'null', 'user', 'Robot']) {
      const expected = expectingRoles(`arn:aws:iam::${ACCOUNT}:role/${name}`)
      expect(verify(expected, callerOf(USER_ARN)).kind).toBe('mismatch')
    }
  })

  test('pattern characters are literal', () => {
    const expected = expectingRoles('arn:aws:iam::111122223333:role/De.+y')
    expect(verify(expected, callerOf('arn:aws:sts::111122223333:assumed-role/De.+y/run-7')).kind).toBe(
      'match',
    )
    expect(verify(expected, callerOf(SESSION_ARN)).kind).toBe('mismatch')
  })

  test('an empty list is met by nobody', () => {
    expect(verify({ identities: [] }).kind).toBe('mismatch')
  })
})

describe('a caller that is neither a role session nor an IAM user', () => {
  test.each([
    ['the root user', 'arn:aws:iam::111122223333:root'],
    ['a federated user', 'arn:aws:sts::111122223333:federated-user/Deploy'],
    ['a role itself', ROLE_ARN],
    ['an account', 'arn:aws:iam::111122223333'],
    ['garbage', 'garbage'],
    ['nothing', ''],
    ['an ARN with a line end', `${SESSION_ARN}\n`],
    ['an ARN within other text', `x ${SESSION_ARN}`],
    ['two ARNs', `${SESSION_ARN}\n${SESSION_ARN}`],
    ['a session with a part more', `${SESSION_ARN}/x`],
  ])('(%s) is a mismatch, even if every guard would let it pass', (_, arn) => {
    const caller = callerOf(arn, { accountId: ACCOUNT, userId: ROLE_ID })
    for (const parts of [
      {},
      { allowedAccountIds: [ACCOUNT] },
      { roleIds: [ROLE_ID] },
      expectingRoles(ROLE_ARN),
    ]) {
      const verdict = verify(parts, caller)
      expect(verdict.kind).toBe('mismatch')
      expect(differencesOf(verdict)).toContainEqual(expect.objectContaining({ actual: arn }))
    }
  })
})

describe('assertGenuine', () => {
  test('accepts a match from verifyIdentity', () => {
    expect(() => assertGenuine(matchOf())).not.toThrow()
  })

  test.each([
    ['a copy with another session', () => Object.assign({}, matchOf(), { session: sessionWith() })],
    ['an object of its class', () => Object.create(Match.prototype, { session: { value: sessionWith() } })],
    ['a literal', () => ({ kind: 'match', session: sessionWith() })],
  ])('rejects %s', (_, forge) => {
    expect(() => assertGenuine(forge() as Match)).toThrow('this match was not made by verifyIdentity')
  })
})

describe("the caller's UserId", () => {
  test.each([
    ['another session', SESSION_ARN, `${ROLE_ID}:run-8`],
    ['no session', SESSION_ARN, ROLE_ID],
    ['more behind the session', SESSION_ARN, `${ROLE_ID}:run-7:x`],
    ['a secret for an id', SESSION_ARN, 'wJalrXUtnFEMI/K7MDENG:run-7'],
    ['a line end in it', SESSION_ARN, `${ROLE_ID}\n:run-7`],
    ['no id', SESSION_ARN, ':run-7'],
    ['a session of a user', USER_ARN, 'AIDACKCEVSQ6C2EXAMPLE:run-7'],
    ['a colon behind a user', USER_ARN, 'AIDACKCEVSQ6C2EXAMPLE:'],
  ])('may not contain %s', (_, arn, userId) => {
    const verdict = verify({ allowedAccountIds: [ACCOUNT] }, callerOf(arn, { userId }))
    expect(verdict.kind).toBe('mismatch')
    expect(differencesOf(verdict)).toContainEqual(expect.objectContaining({ actual: userId }))
  })
})

describe('expected-role-id', () => {
  const withUserId = (userId: string) => callerOf(SESSION_ARN, { userId })

  test('is met by the id before the colon, alone or as one of several', () => {
    for (const roleIds of [[ROLE_ID], ['AROAOTHER0000EXAMPLE1', ROLE_ID]]) {
      expect(verify({ roleIds }, withUserId(`${ROLE_ID}:run-7`)).kind).toBe('match')
    }
  })

  test.each([
    ['the id of the recreated role', 'AROADBQP57FF2BEXAMPLE'],
    ['a longer id', `${ROLE_ID}X`],
    ['an id that stops short', ROLE_ID.slice(0, -1)],
    ['an id in another case', ROLE_ID.toLowerCase()],
    ['an id with a blank', ` ${ROLE_ID}`],
    ['no id', ''],
  ])('is not met by %s', (_, id) => {
    const verdict = verify({ roleIds: [ROLE_ID] }, withUserId(`${id}:run-7`))
    expect(verdict.kind).toBe('mismatch')
    expect(differencesOf(verdict)).toContainEqual(
      expect.objectContaining({ about: 'role id', expected: ROLE_ID, actual: id }),
    )
  })

  test('is not met by a session named like the id', () => {
    const caller = callerOf(`arn:aws:sts::111122223333:assumed-role/Deploy/${ROLE_ID}`, {
      userId: `AROAOTHER0000EXAMPLE1:${ROLE_ID}`,
    })
    expectOneDifference(verify({ roleIds: [ROLE_ID] }, caller), ROLE_ID, 'AROAOTHER0000EXAMPLE1')
  })

  test('is not met by a user', () => {
    const caller = callerOf(USER_ARN, { userId: 'AIDACKCEVSQ6C2EXAMPLE' })
    expectOneDifference(verify({ roleIds: [ROLE_ID] }, caller), ROLE_ID, 'AIDACKCEVSQ6C2EXAMPLE')
  })

  test('explains that the role was recreated', () => {
    expect(notesOf(verify({ roleIds: [ROLE_ID] }, withUserId('AROAOTHER0000EXAMPLE1:x')))).toMatch(
      /made again/,
    )
  })

  test.each([
    [`${ROLE_ID}:run-7`, ROLE_ID],
    [`${ROLE_ID}:a:b`, ROLE_ID],
    ['AIDACKCEVSQ6C2EXAMPLE', 'AIDACKCEVSQ6C2EXAMPLE'],
    [':run-7', ''],
    ['', ''],
  ])('in the user id %j, the role id is %j', (userId, roleId) => {
    expect(roleIdOf(withUserId(userId))).toBe(roleId)
  })
})

describe('allowed-account-ids', () => {
  test('is met by any of the accounts', () => {
    expect(verify({ allowedAccountIds: [ACCOUNT] }).kind).toBe('match')
    expect(verify({ allowedAccountIds: [OTHER_ACCOUNT, ACCOUNT] }).kind).toBe('match')
  })

  test('is not met by another account', () => {
    expectOneDifference(verify({ allowedAccountIds: [OTHER_ACCOUNT] }), OTHER_ACCOUNT, ACCOUNT)
  })

  test('is met by nobody when it allows no account', () => {
    expect(verify({ allowedAccountIds: [] }).kind).toBe('mismatch')
  })

  test('compares whole ids', () => {
    expect(verify({ allowedAccountIds: [`${ACCOUNT}0`, ACCOUNT.slice(0, 11), ''] }).kind).toBe('mismatch')
  })

  test('holds for users too', () => {
    expect(verify({ allowedAccountIds: [ACCOUNT] }, callerOf(USER_ARN)).kind).toBe('match')
    expect(verify({ allowedAccountIds: [OTHER_ACCOUNT] }, callerOf(USER_ARN)).kind).toBe('mismatch')
  })
})

describe('forbidden-account-ids', () => {
  test('lets every other account pass', () => {
    expect(verify({ forbiddenAccountIds: [OTHER_ACCOUNT] }).kind).toBe('match')
  })

  test.each([[[ACCOUNT]], [[OTHER_ACCOUNT, ACCOUNT]], [[ACCOUNT, OTHER_ACCOUNT]]])(
    'blocks the account in %j',
    ids => {
      expectOneDifference(verify({ forbiddenAccountIds: ids }), ACCOUNT, ACCOUNT)
    },
  )

  test('blocks an account that is also allowed', () => {
    const parts = { allowedAccountIds: [ACCOUNT], forbiddenAccountIds: [ACCOUNT] }
    expect(verify(parts).kind).toBe('mismatch')
  })

  test('blocks the expected role', () => {
    expect(verify({ ...expectingRoles(ROLE_ARN), forbiddenAccountIds: [ACCOUNT] }).kind).toBe('mismatch')
  })
})

describe("GetCallerIdentity's Account", () => {
  test.each([
    ['another account', OTHER_ACCOUNT],
    ['nothing', ''],
    ['the account and more', `${ACCOUNT}0`],
    ['a part of the account', ACCOUNT.slice(0, 11)],
  ])('is a mismatch if it is %s than in the Arn', (_, account) => {
    const caller = callerOf(SESSION_ARN, { accountId: account })
    expectOneDifference(verify({}, caller), ACCOUNT, account)
    expectOneDifference(verify(expectingRoles(ROLE_ARN), caller), ACCOUNT, account)
  })

  test('does not turn another account in the Arn into an allowed one', () => {
    const caller = callerOf(SESSION_ARN, { accountId: OTHER_ACCOUNT })
    expect(differencesOf(verify({ allowedAccountIds: [OTHER_ACCOUNT] }, caller))).toHaveLength(2)
    expect(verify({ forbiddenAccountIds: [ACCOUNT] }, caller).kind).toBe('mismatch')
  })

  test('must match a user’s Arn too', () => {
    const caller = callerOf(USER_ARN, { accountId: OTHER_ACCOUNT })
    expectOneDifference(verify({}, caller), ACCOUNT, OTHER_ACCOUNT)
  })
})

describe('the cross-checks', () => {
  const check = (assumedRole: AssumedRole, claims = claimsWith()) =>
    verify({}, callerOf(SESSION_ARN), sessionWith(assumedRole, claims))

  test('ignore fields that STS did not return', () => {
    expect(check({}).kind).toBe('match')
  })

  test('pass if everything agrees', () => {
    const agreeing = { arn: SESSION_ARN, subject: SUBJECT, audience: AUDIENCE, provider: ISSUER }
    expect(check(agreeing).kind).toBe('match')
  })

  test.each([
    ['another session', 'arn:aws:sts::111122223333:assumed-role/Deploy/run-8'],
    ['another role', 'arn:aws:sts::111122223333:assumed-role/Admin/run-7'],
    ['another account', 'arn:aws:sts::444455556666:assumed-role/Deploy/run-7'],
    ['another case', 'arn:aws:sts::111122223333:assumed-role/deploy/run-7'],
    ['more text', `${SESSION_ARN}x`],
    ['less text', SESSION_ARN.slice(0, -1)],
    ['no text', ''],
  ])('AssumedRoleUser.Arn must be the Arn of the caller, not %s', (_, arn) => {
    const verdict = check({ arn })
    expect(verdict.kind).toBe('mismatch')
    expect(differencesOf(verdict)).toEqual([expect.objectContaining({ expected: arn, actual: SESSION_ARN })])
  })

  test.each([
    ['another repository', 'repo:octo-org/other:ref:refs/heads/main'],
    ['another case', SUBJECT.toUpperCase()],
    ['more text', `${SUBJECT}/x`],
    ['less text', SUBJECT.slice(0, -1)],
    ['no text', ''],
  ])("SubjectFromWebIdentityToken must be the token's sub, not %s", (_, subject) => {
    expectOneDifference(check({ subject }), SUBJECT, subject)
  })

  test.each([
    ['the only one', [AUDIENCE]],
    ['the first of several', [AUDIENCE, 'vault']],
    ['the last of several', ['vault', 'https://github.com/octo-org', AUDIENCE]],
  ])("Audience may be %s of the token's aud", (_, audiences) => {
    expect(check({ audience: AUDIENCE }, claimsWith({ audiences })).kind).toBe('match')
  })

  test.each([
    ['another audience', 'vault'],
    ['an audience in another case', AUDIENCE.toUpperCase()],
    ['more text', `${AUDIENCE}.cn`],
    ['less text', 'sts.amazonaws.co'],
    ['no text', ''],
    ['two of them in one', `${AUDIENCE},https://github.com/octo-org`],
  ])("Audience must be one of the token's aud, not %s", (_, audience) => {
    const audiences = [AUDIENCE, 'https://github.com/octo-org']
    expectOneDifference(check({ audience }, claimsWith({ audiences })), AUDIENCE, audience)
  })

  const GITHUB = 'token.actions.githubusercontent.com'

  test.each([
    ['the ARN of the provider', ISSUER, `arn:aws:iam::${ACCOUNT}:oidc-provider/${GITHUB}`],
    ["the ARN in China's partition", ISSUER, `arn:aws-cn:iam::${ACCOUNT}:oidc-provider/${GITHUB}`],
    ['the ARN with a final slash', ISSUER, `arn:aws:iam::${ACCOUNT}:oidc-provider/${GITHUB}/`],
    ['the issuer', ISSUER, ISSUER],
    ['the issuer with a final slash', ISSUER, `${ISSUER}/`],
    ['the bare host', ISSUER, GITHUB],
    ['the bare host with a final slash', ISSUER, `${GITHUB}/`],
    ['the issuer without the final slash of iss', `${ISSUER}/`, ISSUER],
    [
      'the ARN with an enterprise slug',
      `${ISSUER}/octo`,
      `arn:aws:iam::${ACCOUNT}:oidc-provider/${GITHUB}/octo`,
    ],
    ['the issuer with an enterprise slug', `${ISSUER}/octo`, `${ISSUER}/octo`],
    [
      'the ARN with the path of GHES',
      'https://ghes.example/_services/token',
      `arn:aws:iam::${ACCOUNT}:oidc-provider/ghes.example/_services/token`,
    ],
    ['the issuer of GHES, bare', 'https://ghes.example/_services/token', 'ghes.example/_services/token'],
    [
      'the ARN of a subdomain of ghe.com',
      'https://token.actions.octo.ghe.com',
      `arn:aws:iam::${ACCOUNT}:oidc-provider/token.actions.octo.ghe.com`,
    ],
  ])("Provider may be, of the token's iss, %s", (_, issuer, provider) => {
    expect(check({ provider }, claimsWith({ issuer })).kind).toBe('match')
  })

  test.each([
    ['another provider', ISSUER, `arn:aws:iam::${ACCOUNT}:oidc-provider/accounts.google.com`],
    ['the enterprise of a classic issuer', ISSUER, `arn:aws:iam::${ACCOUNT}:oidc-provider/${GITHUB}/octo`],
    [
      'the classic issuer of an enterprise',
      `${ISSUER}/octo`,
      `arn:aws:iam::${ACCOUNT}:oidc-provider/${GITHUB}`,
    ],
    ['another enterprise', `${ISSUER}/octo`, `${ISSUER}/octopus`],
    ['another path on GHES', 'https://ghes.example/_services/token', 'ghes.example/_services'],
    ['another case', ISSUER, GITHUB.toUpperCase()],
    ['a host that ends alike', ISSUER, `x${GITHUB}`],
    ['a host that begins alike', ISSUER, `${GITHUB}.evil.example`],
    ['the issuer in the path of another host', ISSUER, `https://evil.example/${GITHUB}`],
    ['plain http', ISSUER, `http://${GITHUB}`],
    ['the scheme twice', ISSUER, `https://https://${GITHUB}`],
    ['the scheme elsewhere', ISSUER, `${GITHUB}https://`],
    ['two slashes at the end', ISSUER, `${ISSUER}//`],
    ['an ARN of another kind', ISSUER, `arn:aws:iam::${ACCOUNT}:saml-provider/${GITHUB}`],
    ['no text', ISSUER, ''],
  ])("Provider must be the token's iss, not %s", (_, issuer, provider) => {
    const expected = issuer.replace('https://', '')
    expectOneDifference(check({ provider }, claimsWith({ issuer })), expected, provider)
  })

  test('apply whatever the guards say', () => {
    const guards = {
      ...expectingRoles(ROLE_ARN),
      roleIds: [ROLE_ID],
      allowedAccountIds: [ACCOUNT],
      forbiddenAccountIds: [OTHER_ACCOUNT],
    }
    const wrong: AssumedRole[] = [
      { arn: `${SESSION_ARN}x` },
      { subject: `${SUBJECT}x` },
      { audience: `${AUDIENCE}x` },
      { provider: `${ISSUER}x` },
    ]
    expect(verify(guards).kind).toBe('match')
    for (const assumedRole of wrong) {
      expect(differencesOf(verify(guards, callerOf(SESSION_ARN), sessionWith(assumedRole)))).toHaveLength(1)
    }
  })

  test('apply to a user returned instead of the session', () => {
    expect(verify({}, callerOf(USER_ARN), sessionWith({ arn: SESSION_ARN })).kind).toBe('mismatch')
  })
})

describe('the hint for a near miss', () => {
  test.each([
    ['the case of a role name', ROLE_ARN, 'arn:aws:sts::111122223333:assumed-role/DEPLOY/run-7'],
    [
      'the case of a role name, one of several',
      [ROLE_ARN, USER_ARN].join(),
      'arn:aws:sts::111122223333:assumed-role/deploy/x1',
    ],
    ['the case of a session', SESSION_ARN, 'arn:aws:sts::111122223333:assumed-role/Deploy/RUN-7'],
    ['the case of a user name', USER_ARN, 'arn:aws:iam::111122223333:user/ci/robot'],
    ["the case of a user's path", USER_ARN, 'arn:aws:iam::111122223333:user/CI/Robot'],
  ])('names a difference in case only: %s', (_, expected, arn) => {
    const verdict = verify(expectingRoles(...expected.split(',')), callerOf(arn))
    expect(verdict.kind).toBe('mismatch')
    expect(notesOf(verdict)).toMatch(/case/)
  })

  test.each([
    ['the name', ROLE_ARN, 'arn:aws:sts::111122223333:assumed-role/Admin/run-7'],
    ['the account', ROLE_ARN, 'arn:aws:sts::444455556666:assumed-role/deploy/run-7'],
    ['the partition', ROLE_ARN, 'arn:aws-cn:sts::111122223333:assumed-role/deploy/run-7'],
    ['the session', SESSION_ARN, 'arn:aws:sts::111122223333:assumed-role/deploy/run-8'],
    ['the kind', ROLE_ARN, 'arn:aws:iam::111122223333:user/deploy'],
  ])('does not mention case when %s differs too', (_, expected, arn) => {
    const verdict = verify(expectingRoles(expected), callerOf(arn))
    expect(verdict.kind).toBe('mismatch')
    expect(notesOf(verdict)).not.toMatch(/case/)
  })

  test('names the other account of a role with the same name', () => {
    const verdict = verify(
      expectingRoles(ROLE_ARN),
      callerOf('arn:aws:sts::444455556666:assumed-role/Deploy/run-7'),
    )
    expect(notesOf(verdict)).toMatch(/another account/)
  })

  test.each([
    ['another role of the account', 'arn:aws:sts::111122223333:assumed-role/Admin/run-7'],
    ['another role of another account', 'arn:aws:sts::444455556666:assumed-role/Admin/run-7'],
    [
      'a role of the same name in another partition',
      'arn:aws-cn:sts::111122223333:assumed-role/Deploy/run-7',
    ],
  ])('is absent when nothing is close: %s', (_, arn) => {
    expect(notesOf(verify(expectingRoles(ROLE_ARN), callerOf(arn)))).toBe('')
  })

  test('names another session', () => {
    const verdict = verify(
      expectingRoles(SESSION_ARN),
      callerOf('arn:aws:sts::111122223333:assumed-role/Deploy/x1'),
    )
    expect(notesOf(verdict)).toMatch(/another session/)
  })

  test('names another session even if the same name is expected in another account', () => {
    const expected = expectingRoles(SESSION_ARN, `arn:aws:iam::${OTHER_ACCOUNT}:role/Deploy`)
    const arn = 'arn:aws:sts::111122223333:assumed-role/Deploy/x1'
    expect(notesOf(verify(expected, callerOf(arn)))).toBe('another session of the same role')
  })

  test('says that a user is not a role session', () => {
    expect(notesOf(verify(expectingRoles(ROLE_ARN), callerOf(USER_ARN)))).toMatch(/not a role session/)
  })

  test('does not say so when no role is expected', () => {
    const other = 'arn:aws:iam::111122223333:user/ci/Other'
    expect(notesOf(verify(expectingRoles(other), callerOf(USER_ARN)))).toBe('')
  })
})

describe('equality', () => {
  const textOf = assumedRoleArn.map(formatArn)

  test('every role session meets its own role and its own ARN, and nothing short of equality', () => {
    fc.assert(
      fc.property(assumedRoleArn, arn => {
        const { partition, accountId: account, roleName } = arn
        const caller = callerOf(formatArn(arn))
        expect(verify(expectingRoles(formatArn(arn)), caller).kind).toBe('match')
        expect(verify(expectingRoles(`arn:${partition}:iam::${account}:role/${roleName}`), caller).kind).toBe(
          'match',
        )
        expect(
          verify(expectingRoles(`arn:${partition}:iam::${account}:role/p/${roleName}`), caller).kind,
        ).toBe('match')
      }),
    )
  })

  test('one changed character anywhere in the ARN of the caller is a mismatch', () => {
    const pair = fc.oneof(assumedRoleArn, userArn).chain(arn => {
      const text = formatArn(arn)
      return fc.tuple(fc.constant(text), oneEditOf(text))
    })
    fc.assert(
      fc.property(pair, ([expected, edited]) => {
        expect(verify(expectingRoles(expected), callerOf(edited)).kind).toBe('mismatch')
      }),
      { numRuns: 1000 },
    )
  })

  test('one changed character in the partition, account or name of the expected role is a mismatch', () => {
    const pair = assumedRoleArn.chain(arn => {
      const { partition, accountId: account, roleName } = arn
      const changed = fc.oneof(
        oneEditOf(roleName).map(other => ({ ...arn, roleName: other })),
        oneEditOf(account).map(other => ({ ...arn, accountId: other })),
        oneEditOf(partition).map(other => ({ ...arn, partition: other })),
      )
      return fc.tuple(fc.constant(formatArn(arn)), changed)
    })
    fc.assert(
      fc.property(pair, ([caller, { partition, accountId: account, roleName }]) => {
        const written = ROLE_ARN // not compared
        const expected = { kind: 'role' as const, partition, accountId: account, roleName, written }
        expect(verify({ identities: [expected] }, callerOf(caller)).kind).toBe('mismatch')
      }),
      { numRuns: 1000 },
    )
  })

  test('one changed character in the expected session is a mismatch', () => {
    const pair = assumedRoleArn.chain(arn => fc.tuple(fc.constant(arn), oneEditOf(arn.sessionName)))
    fc.assert(
      fc.property(pair, ([{ partition, accountId: account, roleName, sessionName }, edited]) => {
        const caller = callerOf(`arn:${partition}:sts::${account}:assumed-role/${roleName}/${sessionName}`)
        const role = { kind: 'role' as const, partition, accountId: account, roleName, written: ROLE_ARN }
        expect(verify({ identities: [{ ...role, sessionName }] }, caller).kind).toBe('match')
        expect(verify({ identities: [{ ...role, sessionName: edited }] }, caller).kind).toBe('mismatch')
      }),
      { numRuns: 1000 },
    )
  })

  test('a letter in the other case is a mismatch', () => {
    fc.assert(
      fc.property(textOf, fc.nat(), (text, at) => {
        const index = at % text.length
        const swapped = text.slice(0, index) + swapCase(text[index] ?? '') + text.slice(index + 1)
        fc.pre(swapped !== text)
        expect(verify(expectingRoles(text), callerOf(swapped)).kind).toBe('mismatch')
      }),
    )
  })

  test('one changed character in an account id is a mismatch for allowed accounts, and not for forbidden ones', () => {
    const pair = accountId.chain(id => fc.tuple(fc.constant(id), oneEditOf(id)))
    fc.assert(
      fc.property(pair, ([id, edited]) => {
        const caller = callerOf(`arn:aws:sts::${id}:assumed-role/Deploy/run-7`)
        expect(verify({ allowedAccountIds: [id] }, caller).kind).toBe('match')
        expect(verify({ allowedAccountIds: [edited] }, caller).kind).toBe('mismatch')
        expect(verify({ forbiddenAccountIds: [edited] }, caller).kind).toBe('match')
        expect(verify({ forbiddenAccountIds: [id] }, caller).kind).toBe('mismatch')
      }),
    )
  })

  test('one changed character in a role id is a mismatch', () => {
    fc.assert(
      fc.property(oneEditOf(ROLE_ID), edited => {
        fc.pre(!edited.includes(':'))
        const caller = callerOf(SESSION_ARN, { userId: `${edited}:run-7` })
        expect(verify({ roleIds: [ROLE_ID] }, caller).kind).toBe('mismatch')
        expect(verify({ roleIds: [edited] }).kind).toBe('mismatch')
      }),
    )
  })

  test('one changed character in what STS returned is a mismatch', () => {
    const edited = fc.oneof(
      oneEditOf(SESSION_ARN).map(arn => ({ arn })),
      oneEditOf(SUBJECT).map(subject => ({ subject })),
      oneEditOf(AUDIENCE).map(audience => ({ audience })),
      oneEditOf('token.actions.githubusercontent.com')
        .filter(provider => provider !== 'token.actions.githubusercontent.com/')
        .map(provider => ({ provider })),
    )
    fc.assert(
      fc.property(edited, assumedRole => {
        expect(verify({}, callerOf(SESSION_ARN), sessionWith(assumedRole)).kind).toBe('mismatch')
      }),
      { numRuns: 1000 },
    )
  })
})

describe('guards together', () => {
  const identities = [
    'any',
    [ROLE_ARN],
    [SESSION_ARN],
    [USER_ARN],
    [USER_ARN, ROLE_ARN],
    ['arn:aws:iam::111122223333:role/deploy'],
  ]
  const someIdentities = fc
    .constantFrom<string | string[]>(...identities)
    .map(texts => (typeof texts === 'string' ? ('any' as const) : texts.map(identityOf)))
  const someAccounts = fc.subarray([ACCOUNT, OTHER_ACCOUNT])
  const someExpectation: fc.Arbitrary<Expectation> = fc.record({
    identities: someIdentities,
    roleIds: fc.constantFrom<'any' | string[]>(
      'any',
      [ROLE_ID],
      ['AROAOTHER0000EXAMPLE1', ROLE_ID],
      ['AROAOTHER0000EXAMPLE1'],
    ),
    allowedAccountIds: fc.oneof(fc.constant('any' as const), someAccounts),
    forbiddenAccountIds: someAccounts,
  })
  const someAssumedRole: fc.Arbitrary<AssumedRole> = fc.record(
    {
      arn: fc.constantFrom(SESSION_ARN, SESSION_ARN, `${SESSION_ARN}x`),
      subject: fc.constantFrom(SUBJECT, SUBJECT, `${SUBJECT}x`),
      audience: fc.constantFrom(AUDIENCE, AUDIENCE, 'vault'),
      provider: fc.constantFrom(ISSUER, ISSUER, 'accounts.google.com'),
    },
    { requiredKeys: [] },
  )
  const someCaller = fc
    .tuple(
      fc.constantFrom(
        SESSION_ARN,
        SESSION_ARN,
        USER_ARN,
        'arn:aws:sts::444455556666:assumed-role/Deploy/run-7',
        'arn:aws:iam::111122223333:root',
      ),
      fc.constantFrom(ROLE_ID, ROLE_ID, 'AROAOTHER0000EXAMPLE1'),
      fc.constantFrom(undefined, undefined, OTHER_ACCOUNT),
    )
    .map(([arn, id, account]) =>
      callerOf(arn, { userId: `${id}:run-7`, ...(account ? { accountId: account } : {}) }),
    )

  /** Each guard and each cross-check on its own, plus the Account and the form of the Arn, which always apply. */
  function singly(expected: Expectation, assumedRole: AssumedRole, caller: CallerIdentity): Verdict[] {
    const { identities, roleIds, allowedAccountIds, forbiddenAccountIds } = expected
    const guards = [{ identities }, { roleIds }, { allowedAccountIds }, { forbiddenAccountIds }]
    const checks = Object.entries(assumedRole).map(([name, value]) => ({ [name]: value }))
    return [
      ...guards.map(parts => verify(parts, caller)),
      ...checks.map(check => verify({}, caller, sessionWith(check))),
    ]
  }

  test('match if, and only if, each of them matches on its own', () => {
    let matches = 0
    fc.assert(
      fc.property(someExpectation, someAssumedRole, someCaller, (expected, assumedRole, caller) => {
        const together = verifyExpected(expected, sessionWith(assumedRole), caller)
        const alone = singly(expected, assumedRole, caller)
        expect(together.kind === 'match').toBe(alone.every(({ kind }) => kind === 'match'))
        matches += together.kind === 'match' ? 1 : 0
      }),
      { numRuns: 3000 },
    )
    expect(matches).toBeGreaterThan(0)
  })

  test('report every difference that each reports on its own', () => {
    fc.assert(
      fc.property(someExpectation, someAssumedRole, someCaller, (expected, assumedRole, caller) => {
        const together = differencesOf(verifyExpected(expected, sessionWith(assumedRole), caller))
        for (const difference of singly(expected, assumedRole, caller).flatMap(differencesOf)) {
          expect(together).toContainEqual(difference)
        }
      }),
      { numRuns: 1000 },
    )
  })

  test('never turn a mismatch into a match when one is added', () => {
    fc.assert(
      fc.property(
        someExpectation,
        someExpectation,
        someAssumedRole,
        someCaller,
        (one, other, assumedRole, caller) => {
          const before = verifyExpected(one, sessionWith(), caller)
          fc.pre(before.kind === 'mismatch')
          const more: Expectation = {
            identities: one.identities === 'any' ? other.identities : one.identities,
            roleIds: one.roleIds === 'any' ? other.roleIds : one.roleIds,
            allowedAccountIds:
              one.allowedAccountIds === 'any' ? other.allowedAccountIds : one.allowedAccountIds,
            forbiddenAccountIds: [...one.forbiddenAccountIds, ...other.forbiddenAccountIds],
          }
          expect(verifyExpected(more, sessionWith(assumedRole), caller).kind).toBe('mismatch')
        },
      ),
      { numRuns: 1000 },
    )
  })
})

describe('the role assumed', () => {
  const assumed = (role: RoleArn) => ({ ...sessionWith(), origin: { kind: 'assumed' as const, role } })
  const DEPLOY = roleOf(ROLE_ARN)

  test('is met by a session of the requested role', () => {
    expect(verifyExpected(ROLE_ASSUMED, assumed(DEPLOY), callerOf(SESSION_ARN)).kind).toBe('match')
  })

  test('is met whatever the role’s path, which no session includes', () => {
    fc.assert(
      fc.property(assumedRoleArn, path, (arn, somePath) => {
        const { partition, accountId: account, roleName } = arn
        const session = assumed({ kind: 'role', partition, accountId: account, path: somePath, roleName })
        expect(verifyExpected(ROLE_ASSUMED, session, callerOf(formatArn(arn))).kind).toBe('match')
      }),
    )
  })

  test.each([
    ['another role', 'arn:aws:sts::111122223333:assumed-role/Admin/run-7'],
    ['a role in another case', 'arn:aws:sts::111122223333:assumed-role/deploy/run-7'],
    ['a role with a longer name', 'arn:aws:sts::111122223333:assumed-role/DeployAll/run-7'],
    ['the role of another account', 'arn:aws:sts::444455556666:assumed-role/Deploy/run-7'],
    ['the role of another partition', 'arn:aws-cn:sts::111122223333:assumed-role/Deploy/run-7'],
    ['a user of the same name', 'arn:aws:iam::111122223333:user/Deploy'],
    ['the root user', 'arn:aws:iam::111122223333:root'],
  ])('is not met by %s', (_, arn) => {
    const verdict = verifyExpected(ROLE_ASSUMED, assumed(DEPLOY), callerOf(arn))
    expect(differencesOf(verdict)).toContainEqual(expect.objectContaining({ actual: arn }))
  })

  test('is not met by a caller with an ARN one character away from the role’s', () => {
    const pair = assumedRoleArn.chain(arn => {
      const { partition, accountId: account, roleName } = arn
      const text = `arn:${partition}:sts::${account}:assumed-role/${roleName}`
      return fc.tuple(fc.constant(arn), oneEditOf(text))
    })
    fc.assert(
      fc.property(pair, ([{ partition, accountId: account, roleName, sessionName }, edited]) => {
        const session = assumed({ kind: 'role', partition, accountId: account, path: '/', roleName })
        const verdict = verifyExpected(ROLE_ASSUMED, session, callerOf(`${edited}/${sessionName}`))
        expect(verdict.kind).toBe('mismatch')
      }),
      { numRuns: 1000 },
    )
  })

  test.each(['given', 'existing'] as const)(
    'is met by nobody when no role was assumed, as with credentials that are %s',
    kind => {
      for (const arn of [SESSION_ARN, USER_ARN]) {
        const verdict = verifyExpected(ROLE_ASSUMED, sessionOf(kind), callerOf(arn))
        expectOneDifference(verdict, 'no role was assumed', arn)
      }
      fc.assert(
        fc.property(fc.oneof(assumedRoleArn, userArn), arn => {
          const verdict = verifyExpected(ROLE_ASSUMED, sessionOf(kind), callerOf(formatArn(arn)))
          expect(verdict.kind).toBe('mismatch')
        }),
      )
    },
  )

  test('is all that an intermediate session is checked for', () => {
    const { identities, ...others } = ROLE_ASSUMED
    expect(identities).toBe('role-assumed')
    expect(others).toEqual({ roleIds: 'any', allowedAccountIds: 'any', forbiddenAccountIds: [] })
  })
})

describe('anyone', () => {
  test('must still be a role session or a user', () => {
    for (const kind of ['given', 'existing'] as const) {
      for (const arn of [SESSION_ARN, USER_ARN])
        expect(verifyExpected(ANYONE, sessionOf(kind), callerOf(arn)).kind).toBe('match')
      for (const arn of ['', 'arn:aws:iam::111122223333:root'])
        expect(verifyExpected(ANYONE, sessionOf(kind), callerOf(arn)).kind).toBe('mismatch')
    }
  })

  test('must be consistent', () => {
    const contradicting = [{ accountId: OTHER_ACCOUNT }, { userId: `${ROLE_ID}:run-8` }, { userId: '' }]
    for (const changes of contradicting) {
      const verdict = verifyExpected(ANYONE, sessionOf('existing'), callerOf(SESSION_ARN, changes))
      expect(verdict.kind).toBe('mismatch')
    }
  })
})

describe('the cross-checks of a session without a token', () => {
  const check = (assumedRole: AssumedRole) =>
    verify({}, callerOf(SESSION_ARN), { ...sessionWith(assumedRole), claims: undefined })

  test('compare AssumedRoleUser.Arn with the caller', () => {
    expect(check({ arn: SESSION_ARN }).kind).toBe('match')
    expectOneDifference(check({ arn: `${SESSION_ARN}x` }), `${SESSION_ARN}x`, SESSION_ARN)
    expectOneDifference(check({ arn: '' }), '', SESSION_ARN)
  })

  test('compare nothing when STS returned nothing', () => {
    expect(check({}).kind).toBe('match')
  })

  test('one changed character in AssumedRoleUser.Arn is a mismatch', () => {
    fc.assert(fc.property(oneEditOf(SESSION_ARN), arn => expect(check({ arn }).kind).toBe('mismatch')))
  })
})

describe('assertMatch', () => {
  test('returns the match itself', () => {
    const verdict = verify(expectingRoles(ROLE_ARN))
    expect(assertMatch(verdict)).toBe(verdict)
  })

  test('fails with the actual caller and every difference', () => {
    const arn = 'arn:aws:sts::444455556666:assumed-role/Admin/x1'
    const caller = callerOf(arn, { accountId: '777788889999', userId: 'AROAOTHER0000EXAMPLE1:x2' })
    const parts = {
      ...expectingRoles(ROLE_ARN, 'arn:aws:iam::444455556666:role/admin'),
      roleIds: [ROLE_ID, 'AROAOTHER0000EXAMPLE2'],
      allowedAccountIds: [ACCOUNT, '999900001111'],
      forbiddenAccountIds: ['999900002222', OTHER_ACCOUNT],
    }
    const claims = claimsWith({ audiences: [AUDIENCE, 'vault'] })
    const told = { arn: SESSION_ARN, subject: 'sub-x', audience: 'aud-x', provider: 'iss-x' }
    const verdict = verifyExpected(expecting(parts), sessionWith(told, claims), caller)
    const error = thrownBy(() => assertMatch(verdict))
    if (!(error instanceof GateError)) throw error
    expect(error.code).toBe('ERR_IDENTITY_MISMATCH')
    expect(error.message.split('\n')).toEqual([
      `the credentials belong to ${arn}`,
      `- identity: expected ${ROLE_ARN} (arn:aws:sts::111122223333:assumed-role/Deploy) or arn:aws:iam::444455556666:role/admin (arn:aws:sts::444455556666:assumed-role/admin), got ${arn} (they differ in case alone: write it as AWS does)`,
      `- role id: expected ${ROLE_ID} or AROAOTHER0000EXAMPLE2, got AROAOTHER0000EXAMPLE1 (a role that was deleted and made again has another id)`,
      `- account: expected 111122223333 or 999900001111, got 444455556666`,
      `- account: expected none of 999900002222, 444455556666, got 444455556666`,
      `- account: expected 111122223333 or 999900001111, got 777788889999`,
      `- UserId vs. caller ARN: expected ID:x1, got AROAOTHER0000EXAMPLE1:x2`,
      `- Account vs. caller ARN: expected 444455556666, got 777788889999`,
      `- AssumedRoleUser vs. caller ARN: expected ${SESSION_ARN}, got ${arn}`,
      `- SubjectFromWebIdentityToken: expected ${SUBJECT}, got sub-x`,
      `- Audience of the token: expected ${AUDIENCE} or vault, got aud-x`,
      `- Provider of the token: expected token.actions.githubusercontent.com, got iss-x`,
    ])
  })

  test('reports a caller that matches no expected identity, and every other guard', () => {
    const arn = 'arn:aws:iam::111122223333:root'
    const guards = { allowedAccountIds: [OTHER_ACCOUNT], roleIds: [ROLE_ID] }
    const caller = callerOf(arn, { userId: ACCOUNT })
    const error = thrownBy(() => assertMatch(verify({ ...expectingRoles(ROLE_ARN), ...guards }, caller)))
    if (!(error instanceof GateError)) throw error
    expect(error.message.split('\n')).toEqual([
      `the credentials belong to ${arn}`,
      `- caller: expected a role session or an IAM user, got ${arn}`,
      `- role id: expected ${ROLE_ID}, got ${ACCOUNT}`,
      `- account: expected ${OTHER_ACCOUNT}, got ${ACCOUNT}`,
    ])
  })

  test.each([
    ['an allowed account', { allowedAccountIds: [ACCOUNT] }],
    ['no forbidden account', { forbiddenAccountIds: [OTHER_ACCOUNT] }],
  ])('compares both accounts in AWS’s response with %s', (_, guards) => {
    const caller = callerOf(SESSION_ARN, { accountId: OTHER_ACCOUNT })
    const about = differencesOf(verify({ ...expectingRoles(ROLE_ARN), ...guards }, caller))
    expect(about.map(difference => difference.about)).toEqual(['account', 'Account vs. caller ARN'])
  })

  test('says that nothing was exported, and carries no credential', () => {
    const error = thrownBy(() => assertMatch(verify(expectingRoles(USER_ARN))))
    if (!(error instanceof GateError)) throw error
    expect(error.hint).toMatch(/no credentials were exported/i)
    for (const secret of [SECRET_KEY, SESSION_TOKEN, ACCESS_KEY_ID]) {
      expect(`${error.message}${error.hint}`).not.toContain(secret)
    }
  })

  test('makes everything in the response inert, whoever sent it', () => {
    const someCaller = fc.record({ arn: anyText, accountId: anyText, userId: anyText })
    const someAssumedRole = fc.record({
      arn: anyText,
      subject: anyText,
      audience: anyText,
      provider: anyText,
    })
    const arns = fc.oneof(
      someCaller,
      anyText.map(text => callerOf(SESSION_ARN, { accountId: text, userId: text })),
    )
    fc.assert(
      fc.property(arns, someAssumedRole, anyText, (caller, assumedRole, text) => {
        const claims = claimsWith({ subject: text, issuer: text, audiences: [text] })
        const verdict = verifyExpected(
          expecting({ roleIds: [ROLE_ID] }),
          sessionWith(assumedRole, claims),
          caller,
        )
        if (verdict.kind === 'match') return
        const error = thrownBy(() => assertMatch(verdict))
        if (!(error instanceof GateError)) throw error
        const [, ...rest] = error.message.split('\n')
        expect(rest).toHaveLength(verdict.differences.length)
        expect(error.message.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u)
      }),
      { numRuns: 500 },
    )
  })
})
