import { describe, expect, test } from '@jest/globals'
import { type FailureCode, GateError } from '../../../src/core/base/failure.ts'
import { accountIdsOf, type Inputs } from '../../../src/core/inputs/inputs.ts'
import { profileOutputs } from '../../../src/core/outcome/exports.ts'
import { combinedFailure, decisiveOf, isOfOneRole } from '../../../src/core/outcome/several-roles.ts'
import { hasFailed, type StepRecord } from '../../../src/core/outcome/step-record.ts'
import { renderFailure, renderVerified } from '../../../src/core/summary/summary.ts'
import { type Given, problemsOf } from '../input-problems.ts'
import {
  ACCOUNT,
  expecting,
  inputsWith,
  matchOf,
  NEXT_ROLE_ARN,
  OTHER_ACCOUNT,
  ROLE_ARN,
  SESSION_ARN,
  sessionWith,
} from '../samples.ts'

const OTHER_ARN = `arn:aws:iam::${OTHER_ACCOUNT}:role/team/Reader`
const TWO = `deploy=${ROLE_ARN}\nread=${OTHER_ARN}`

const given = (lines: string, changes: Given = {}): Given => ({
  'role-to-assume': undefined,
  'aws-profiles': lines,
  ...changes,
})
const several = (lines = TWO, changes: Given = {}): Inputs => inputsWith(given(lines, changes))

describe('aws-profiles', () => {
  test.each([
    ['a line each', TWO],
    ['with blanks around everything', `  deploy  =  ${ROLE_ARN}  \n\n\t read=${OTHER_ARN}\n`],
    ['with line ends of Windows', `deploy=${ROLE_ARN}\r\nread=${OTHER_ARN}\r\n`],
  ])('names profiles and their roles, %s', (_, lines) => {
    const { targets, isForSeveralRoles } = several(lines)
    expect(isForSeveralRoles).toBe(true)
    expect(targets).toMatchObject([
      { profile: { name: 'deploy' }, roles: [{ accountId: ACCOUNT, roleName: 'Deploy' }] },
      { profile: { name: 'read' }, roles: [{ accountId: OTHER_ACCOUNT, roleName: 'Reader' }] },
    ])
  })

  test('is split at the first equals sign, since a role’s name may contain others', () => {
    const [{ roles }] = several(`odd=arn:aws:iam::${ACCOUNT}:role/a=b,c`).targets
    expect(roles[0]?.roleName).toBe('a=b,c')
  })

  test('accepts a hundred lines and no more', () => {
    const lines = (count: number) => Array.from({ length: count }, (_, i) => `p${i}=${ROLE_ARN}`).join('\n')
    expect(several(lines(100)).targets).toHaveLength(100)
    expect(problemsOf(given(lines(101)))).toEqual([
      'aws-profiles: has 101 lines: write at most 100 and put the rest in another step',
    ])
  })

  test.each([
    ['no equals sign', 'deploy', 'aws-profiles: "deploy" is not PROFILE=ROLE'],
    ['no role', 'deploy=', 'aws-profiles: in "deploy=", "" is not a role ARN'],
    ['no name', `=${ROLE_ARN}`, `in "=${ROLE_ARN}", "" is not a profile name`],
    ['a name with a blank', `a b=${ROLE_ARN}`, '"a b" is not a profile name'],
    ['a bare role name', 'deploy=Deploy', 'aws-profiles: in "deploy=Deploy", "Deploy" is not a role ARN'],
    [
      'a name twice',
      `a=${ROLE_ARN}\nb=${ROLE_ARN}\na=${OTHER_ARN}`,
      'aws-profiles: names "a" more than once',
    ],
    ['a comma list', `a=${ROLE_ARN}, b=${OTHER_ARN}`, 'contains several profiles'],
    ['a folded list', `a=${ROLE_ARN} b=${OTHER_ARN}`, 'contains several profiles'],
    ['a comma at its end', `a=${ROLE_ARN},`, 'or a comma: write each profile on its own line'],
    ['quotes round it', `"a=${ROLE_ARN}"`, 'write the value alone, without quotes'],
    ['nothing in it', '', 'aws-profiles: is blank, perhaps from an unset variable'],
  ])('with %s is a problem', (_, lines, problem) => {
    const problems = problemsOf(given(lines))
    expect(problems).toHaveLength(1)
    expect(problems[0]).toContain(problem)
  })

  test('reports every invalid line', () => {
    const [problem = ''] = problemsOf(given('a\nb=x\nc'))
    for (const text of ['"a"', '"x"', '"c"']) expect(problem).toContain(text)
  })

  test('can be restricted and renewed, without role-to-assume', () => {
    const inputs = several(TWO, {
      'inline-session-policy': '{"Statement":[]}',
      'refresh-credentials': 'true',
      'overwrite-aws-profile': 'true',
    })
    expect(inputs.warnings).toEqual([])
    expect(inputs).toMatchObject({ source: { kind: 'oidc' }, exportsEnvironment: false })
    for (const { profile } of inputs.targets)
      expect(profile).toMatchObject({ overwrites: true, refreshes: true })
  })

  test('that is invalid does not count as a missing role', () => {
    expect(problemsOf(given('a', { 'refresh-credentials': 'true' }))).toHaveLength(1)
  })

  test('may not last longer than a chain when it starts from a session', () => {
    const changes = { 'role-chaining': 'true', 'role-duration-seconds': '7200' }
    expect(problemsOf(given(TWO, changes)).join()).toContain('role-duration-seconds: is 7200')
  })

  test('needs a token for required-claims', () => {
    const changes = { 'role-chaining': 'true', 'required-claims': 'ref=x' }
    expect(problemsOf(given(TWO, changes)).join()).toMatch(/required-claims: .*token/)
  })

  test('adds its account ids to those to mask', () => {
    expect(new Set(accountIdsOf(several()))).toEqual(new Set([ACCOUNT, OTHER_ACCOUNT]))
  })
})

describe('refresh-credentials', () => {
  const one: Given = { 'aws-profile': 'deploy', 'refresh-credentials': 'true' }
  test.each<[string, Given]>([
    ['refresh-credentials: needs aws-profile or aws-profiles', { 'aws-profile': undefined }],
    ['output-env-credentials: is true with refresh-credentials', { 'output-env-credentials': 'true' }],
    ['use-existing-credentials: keeps', { 'use-existing-credentials': 'true' }],
    ['http-proxy: contains a password', { 'http-proxy': 'http://user:open-sesame@proxy.test:1' }],
    ["refresh-credentials: needs GitHub's OIDC token", { 'role-chaining': 'true' }],
    ["refresh-credentials: needs GitHub's OIDC token", { 'force-skip-oidc': 'true' }],
    ["refresh-credentials: needs GitHub's OIDC token", { 'web-identity-token-file': 'token' }],
    [
      "refresh-credentials: needs GitHub's OIDC token",
      { 'role-to-assume': 'none', 'allowed-account-ids': ACCOUNT },
    ],
  ])('%s: %j', (problem, changes) => {
    const problems = problemsOf({ ...one, ...changes })
    expect(problems).toHaveLength(1)
    expect(problems[0]).toContain(problem)
  })

  test.each<[string, Given]>([
    ['a proxy with a user alone', { 'http-proxy': 'http://user@proxy.test:1' }],
    ['output-env-credentials: false', { 'output-env-credentials': 'false' }],
    ['a chain', { 'role-chain': NEXT_ROLE_ARN }],
  ])('goes with %s', (_, changes) => {
    expect(inputsWith({ ...one, ...changes }).targets[0].profile).toEqual({
      name: 'deploy',
      overwrites: false,
      refreshes: true,
    })
  })
})

describe('the targets of a step', () => {
  test('are a single one without aws-profiles', () => {
    const { targets, isForSeveralRoles } = inputsWith({ 'aws-profile': 'deploy' })
    expect(targets).toHaveLength(1)
    expect(isForSeveralRoles).toBe(false)
  })

  test('are one per role, with its own ARN and the common guards', () => {
    const { targets } = several(TWO, { 'forbidden-account-ids': '999999999999' })
    expect(targets.map(({ roles, profile }) => [roles.length, profile?.name])).toEqual([
      [1, 'deploy'],
      [1, 'read'],
    ])
    const written = `arn:aws:iam::${OTHER_ACCOUNT}:role/team/Reader`
    const identities = [
      { kind: 'role', partition: 'aws', accountId: OTHER_ACCOUNT, roleName: 'Reader', written },
    ]
    expect(targets[1]?.expected).toEqual({
      identities,
      roleIds: 'any',
      allowedAccountIds: 'any',
      forbiddenAccountIds: ['999999999999'],
    })
  })
})

const failure = (code: FailureCode, message = 'what happened', hint = 'what to do') =>
  new GateError(code, message, hint)

/** The targets from these lines; one fails if there is a failure for it. */
function recordOf(failures: readonly (GateError | undefined)[] = [], lines = TWO): StepRecord {
  const inputs = several(lines)
  const outcomes = inputs.targets.map((target, index) => {
    const failed = failures[index]
    const match = matchOf(SESSION_ARN, sessionWith(), { ...target, expected: expecting() })
    return failed ? ({ kind: 'failed', target, failure: failed } as const) : match
  })
  return { inputs, outcomes }
}

describe('the failure of several roles', () => {
  test('is absent if all were verified', () => {
    expect(combinedFailure(recordOf())).toBeUndefined()
  })

  test('names only those that failed, with profile, code and reason', () => {
    const one = combinedFailure(recordOf([undefined, failure('ERR_STS_REJECTED', 'no\n- because')]))
    expect(one?.code).toBe('ERR_STS_REJECTED')
    expect(one?.message).toBe(
      `1 of 2 roles could not be verified, so nothing was exported\n- read (${OTHER_ARN}): ERR_STS_REJECTED: no\n  - because`,
    )
    expect(one?.hint).toBe('what to do')
  })

  test('gives one hint per code, and says which role it is for if there are several', () => {
    const same = combinedFailure(recordOf([failure('ERR_STS_REJECTED'), failure('ERR_STS_UNAVAILABLE')]))
    expect(same?.hint).toBe('deploy: what to do\nread: what to do')
    const alike = [failure('ERR_STS_REJECTED'), failure('ERR_STS_REJECTED', 'm', 'the same of another')]
    expect(combinedFailure(recordOf(alike))?.hint).toBe('deploy, read: what to do')
  })

  test('leads to the cause of the one that decides', () => {
    const [mismatch, refused] = [
      new GateError('ERR_IDENTITY_MISMATCH', 'm', 'h', { likelyCause: 'contradicting responses' }),
      new GateError('ERR_STS_REJECTED', 'm', 'h', { likelyCause: 'region disabled' }),
    ]
    expect(combinedFailure(recordOf([mismatch, refused]))?.likelyCause).toBe('region disabled')
    expect(combinedFailure(recordOf([mismatch]))?.likelyCause).toBe('contradicting responses')
  })

  test('names five profiles per code, and counts the others', () => {
    const lines = (count: number) => Array.from({ length: count }, (_, i) => `p${i}=${ROLE_ARN}`).join('\n')
    const hintFor = (count: number) => {
      const failures = Array.from({ length: count }, () => failure('ERR_STS_REJECTED'))
      return combinedFailure(recordOf(failures, lines(count)))?.hint
    }
    expect(hintFor(5)).toBe('p0, p1, p2, p3, p4: what to do')
    expect(hintFor(7)).toBe('p0, p1, p2, p3, p4 and 2 more: what to do')
  })

  test.each<[FailureCode, boolean]>([
    ['ERR_STS_REJECTED', true],
    ['ERR_STS_UNAVAILABLE', true],
    ['ERR_STS_BAD_RESPONSE', true],
    ['ERR_IDENTITY_MISMATCH', true],
    ['ERR_TIMEOUT', true],
    ['ERR_OIDC_REQUEST_FAILED', false],
    ['ERR_CLAIM_MISMATCH', false],
    ['ERR_UNEXPECTED', false],
  ])('with %s waits for the others: %s', (code, waits) => {
    expect(isOfOneRole(failure(code))).toBe(waits)
  })

  test.each<[FailureCode, FailureCode, FailureCode]>([
    ['ERR_IDENTITY_MISMATCH', 'ERR_STS_REJECTED', 'ERR_STS_REJECTED'],
    ['ERR_STS_UNAVAILABLE', 'ERR_IDENTITY_MISMATCH', 'ERR_STS_UNAVAILABLE'],
    ['ERR_IDENTITY_MISMATCH', 'ERR_IDENTITY_MISMATCH', 'ERR_IDENTITY_MISMATCH'],
    ['ERR_STS_REJECTED', 'ERR_STS_UNAVAILABLE', 'ERR_STS_REJECTED'],
  ])('with %s and %s has the code %s: only mismatches alone can be reported', (one, other, code) => {
    const record = recordOf([failure(one), failure(other)])
    expect(decisiveOf((record.outcomes ?? []).filter(hasFailed))?.failure.code).toBe(code)
    expect(combinedFailure(record)?.code).toBe(code)
  })
})

describe('the summary of several roles', () => {
  const rows = (markdown: string) => markdown.split('\n').filter(line => /^\| [✔✘]/.test(line))

  const verified = (lines?: string, changes?: Given): string => {
    const inputs = several(lines, changes)
    const [first, ...others] = inputs.targets.map(target =>
      matchOf(SESSION_ARN, sessionWith(), { ...target, expected: expecting() }),
    )
    if (!first) throw new Error('there is a target')
    return renderVerified({ inputs }, [first, ...others], String)
  }

  test('has a row for each, and says how many in how many accounts', () => {
    const markdown = verified(TWO, { 'refresh-credentials': 'true' })
    expect(markdown).toContain('## ✅ Verified: 2 roles in 2 accounts')
    expect(rows(markdown)).toHaveLength(2)
    expect(rows(markdown)[0]).toContain('2026-01-31 12:00 UTC')
    expect(markdown).toContain('a profile for each role (renews itself)')
    expect(markdown).toContain('roles<br>2')
  })

  test('counts one as one', () => {
    expect(verified(`deploy=${ROLE_ARN}`)).toContain('## ✅ Verified: 1 role in 1 account')
  })

  test('marks failed roles with their code', () => {
    const record = recordOf([undefined, failure('ERR_IDENTITY_MISMATCH')])
    const told = combinedFailure(record)
    if (!told) throw new Error('none failed')
    const markdown = renderFailure(record, told, false, String)
    expect(rows(markdown).map(row => row.slice(0, 3))).toEqual(['| ✘', '| ✔'])
    expect(rows(markdown)[0]).toMatch(/ERR.*IDENTITY.*MISMATCH/)
    expect(markdown).toMatch(/^## ❌ Not verified, nothing exported: 1 of 2 roles/)
    expect(markdown).not.toContain('minutes left')
    expect(markdown).toContain('1 failed')
  })
})

test('verified-profiles lists all that were verified, each with its profile', () => {
  const matches = several().targets.map(target =>
    matchOf(SESSION_ARN, sessionWith(), { ...target, expected: expecting() }),
  )
  expect(JSON.parse(profileOutputs(matches)['verified-profiles'] ?? '')).toMatchObject([
    { profile: 'deploy', verified: 'true', 'role-name': 'Deploy' },
    { profile: 'read', verified: 'true' },
  ])
})
