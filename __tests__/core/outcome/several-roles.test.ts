import { describe, expect, test } from '@jest/globals'
import { type FailureCode, GateError } from '../../../src/core/base/failure.ts'
import { callsAtOnce, goalsOf } from '../../../src/core/inputs/goals.ts'
import { accountIdsOf, type Inputs } from '../../../src/core/inputs/inputs.ts'
import { profileOutputs } from '../../../src/core/outcome/exports.ts'
import {
  combinedFailure,
  decisiveOf,
  hasFailed,
  isOfOneRole,
  type RoleOutcome,
} from '../../../src/core/outcome/role-outcome.ts'
import { renderFailure, renderVerified } from '../../../src/core/summary/summary.ts'
import { type Given, problemsOf } from '../input-problems.ts'
import { ACCOUNT, callerOf, inputsWith, matchOf, NEXT_ROLE_ARN, OTHER_ACCOUNT, ROLE_ARN } from '../samples.ts'

const NOW = new Date('2026-01-31T11:00:30.000Z')
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
    const profiles = several(lines).profiles.map(({ name, role }) => [name, role.accountId, role.roleName])
    expect(profiles).toEqual([
      ['deploy', ACCOUNT, 'Deploy'],
      ['read', OTHER_ACCOUNT, 'Reader'],
    ])
  })

  test('is parted at the first equals sign, as a role’s name may hold others', () => {
    const [profile] = several(`odd=arn:aws:iam::${ACCOUNT}:role/a=b,c`).profiles
    expect(profile?.role.roleName).toBe('a=b,c')
  })

  test('takes a hundred lines and no more', () => {
    const lines = (count: number) => Array.from({ length: count }, (_, i) => `p${i}=${ROLE_ARN}`).join('\n')
    expect(several(lines(100)).profiles).toHaveLength(100)
    expect(problemsOf(given(lines(101)))).toEqual([
      'aws-profiles: has 101 lines: write at most 100, and the rest in another step',
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
    ['a comma list', `a=${ROLE_ARN}, b=${OTHER_ARN}`, 'holds several profiles'],
    ['a folded list', `a=${ROLE_ARN} b=${OTHER_ARN}`, 'holds several profiles'],
    ['a comma at its end', `a=${ROLE_ARN},`, 'or a comma: write each on a line'],
    ['quotes round it', `"a=${ROLE_ARN}"`, 'write the value alone, without quotes'],
    ['nothing in it', '', 'aws-profiles: is blank, perhaps from an unset variable'],
  ])('with %s is a problem', (_, lines, problem) => {
    const problems = problemsOf(given(lines))
    expect(problems).toHaveLength(1)
    expect(problems[0]).toContain(problem)
  })

  test('tells every line that is wrong', () => {
    const [problem = ''] = problemsOf(given('a\nb=x\nc'))
    for (const text of ['"a"', '"x"', '"c"']) expect(problem).toContain(text)
  })

  test('can be restricted and made to renew, without a role of its own', () => {
    const inputs = several(TWO, {
      'inline-session-policy': '{"Statement":[]}',
      'refresh-credentials': 'true',
      'overwrite-aws-profile': 'true',
    })
    expect(inputs.warnings).toEqual([])
    expect(inputs).toMatchObject({ source: { kind: 'oidc' }, exportsEnvironment: false, roles: [] })
    for (const profile of inputs.profiles)
      expect(profile).toMatchObject({ overwrites: true, refreshes: true })
  })

  test('that can not be understood is no lack of a role', () => {
    expect(problemsOf(given('a', { 'refresh-credentials': 'true' }))).toHaveLength(1)
  })

  test('may not be longer than a chain where it starts from a session', () => {
    const changes = { 'role-chaining': 'true', 'role-duration-seconds': '7200' }
    expect(problemsOf(given(TWO, changes)).join()).toContain('role-duration-seconds: is 7200')
  })

  test('needs a token for required-claims', () => {
    const changes = { 'role-chaining': 'true', 'required-claims': 'ref=x' }
    expect(problemsOf(given(TWO, changes)).join()).toContain('required-claims: are claims of a token')
  })

  test('counts in the account ids to mask', () => {
    expect(accountIdsOf(several())).toEqual([ACCOUNT, OTHER_ACCOUNT])
  })
})

describe('refresh-credentials', () => {
  const one: Given = { 'aws-profile': 'deploy', 'refresh-credentials': 'true' }
  test.each<[string, Given]>([
    ['refresh-credentials: is about a profile', { 'aws-profile': undefined }],
    ['output-env-credentials: is true beside', { 'output-env-credentials': 'true' }],
    ['use-existing-credentials: keeps', { 'use-existing-credentials': 'true' }],
    ['http-proxy: holds a password', { 'http-proxy': 'http://user:open-sesame@proxy.test:1' }],
    ["refresh-credentials: asks for GitHub's", { 'role-chaining': 'true' }],
    ["refresh-credentials: asks for GitHub's", { 'force-skip-oidc': 'true' }],
    ["refresh-credentials: asks for GitHub's", { 'web-identity-token-file': 'token' }],
    ["refresh-credentials: asks for GitHub's", { 'role-to-assume': 'none', 'allowed-account-ids': ACCOUNT }],
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
    expect(inputsWith({ ...one, ...changes }).profile).toEqual({
      name: 'deploy',
      overwrites: false,
      refreshes: true,
    })
  })
})

describe('the goals of a step', () => {
  test('are its inputs as they are, with a single role', () => {
    const inputs = inputsWith({ 'aws-profile': 'deploy' })
    expect(goalsOf(inputs)).toEqual([inputs])
    expect(goalsOf(inputs)[0]).toBe(inputs)
  })

  test('are a role each, against its own ARN and the common guards', () => {
    const goals = goalsOf(several(TWO, { 'forbidden-account-ids': '999999999999' }))
    expect(goals.map(({ roles, profile, profiles }) => [roles.length, profile?.name, profiles])).toEqual([
      [1, 'deploy', []],
      [1, 'read', []],
    ])
    const written = `arn:aws:iam::${OTHER_ACCOUNT}:role/team/Reader`
    const identities = [
      { kind: 'role', partition: 'aws', accountId: OTHER_ACCOUNT, roleName: 'Reader', written },
    ]
    expect(goals[1]?.expected).toEqual({
      identities,
      roleIds: 'any',
      allowedAccountIds: 'any',
      forbiddenAccountIds: ['999999999999'],
    })
  })

  test.each([
    [1, inputsWith()],
    [2, several()],
    [10, several(Array.from({ length: 11 }, (_, i) => `p${i}=${ROLE_ARN}`).join('\n'))],
  ])('make at most %d calls at once', (calls, inputs) => {
    expect(callsAtOnce(inputs)).toBe(calls)
  })
})

const failure = (code: FailureCode, message = 'what happened', hint = 'what to do') =>
  new GateError(code, message, hint)

/** Two roles, of which those fail for which there is a failure. */
function outcomes(...failures: readonly (GateError | undefined)[]): readonly RoleOutcome[] {
  return goalsOf(several()).map((inputs, index) => {
    const failed = failures[index]
    const findings = { inputs, caller: callerOf(`arn:aws:sts::${ACCOUNT}:assumed-role/Deploy/run-7`) }
    return failed ? { inputs, findings, failure: failed } : { inputs, findings, match: matchOf() }
  })
}

describe('the failure of several roles', () => {
  test('is none where all were verified', () => {
    expect(combinedFailure(outcomes())).toBeUndefined()
  })

  test('names each that failed, with its profile, code and reason, and no other', () => {
    const one = combinedFailure(outcomes(undefined, failure('ERR_STS_REJECTED', 'no\n- because')))
    expect(one?.code).toBe('ERR_STS_REJECTED')
    expect(one?.message).toBe(
      `1 of 2 roles could not be verified, so that none is handed out\n- read (${OTHER_ARN}): ERR_STS_REJECTED: no\n  - because`,
    )
    expect(one?.hint).toBe('what to do')
  })

  test('tells a hint for each code, and whose it is where there are several', () => {
    const same = combinedFailure(outcomes(failure('ERR_STS_REJECTED'), failure('ERR_STS_UNAVAILABLE')))
    expect(same?.hint).toBe('deploy: what to do\nread: what to do')
    const alike = [failure('ERR_STS_REJECTED'), failure('ERR_STS_REJECTED', 'm', 'the same of another')]
    expect(combinedFailure(outcomes(...alike))?.hint).toBe('deploy, read: what to do')
  })

  test('names five profiles of a kind, and counts the others', () => {
    const lines = (count: number) => Array.from({ length: count }, (_, i) => `p${i}=${ROLE_ARN}`).join('\n')
    const hintFor = (count: number) => {
      const failed = goalsOf(several(lines(count))).map(inputs => ({
        inputs,
        findings: { inputs },
        failure: failure('ERR_STS_REJECTED'),
      }))
      return combinedFailure(failed)?.hint
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
  ])('with %s and %s has the code %s: a mismatch may be let pass only alone', (one, other, code) => {
    const failed = outcomes(failure(one), failure(other)).filter(hasFailed)
    expect(decisiveOf(failed)?.failure.code).toBe(code)
    expect(combinedFailure(failed)?.code).toBe(code)
  })
})

describe('the summary of several roles', () => {
  const rows = (markdown: string) => markdown.split('\n').filter(line => /^\| [✔✘]/.test(line))

  test('has a row for each, and says how many in how many accounts', () => {
    const inputs = several(TWO, { 'refresh-credentials': 'true' })
    const findings = { inputs, outcomes: outcomes() }
    const markdown = renderVerified(findings, [matchOf(), matchOf()], NOW, String)
    expect(markdown).toContain('## ✅ Verified: 2 roles in 2 accounts')
    expect(rows(markdown)).toHaveLength(2)
    expect(rows(markdown)[0]).toContain('59 minutes left')
    expect(markdown).toContain('a profile for each role (renews itself)')
    expect(markdown).toContain('2 side by side')
  })

  test('counts one as one', () => {
    const inputs = several(`deploy=${ROLE_ARN}`)
    const markdown = renderVerified({ inputs, outcomes: outcomes().slice(0, 1) }, [matchOf()], NOW, String)
    expect(markdown).toContain('## ✅ Verified: 1 role in 1 account')
  })

  test('marks those that failed with their code', () => {
    const failed = outcomes(undefined, failure('ERR_IDENTITY_MISMATCH'))
    const told = combinedFailure(failed)
    if (!told) throw new Error('none failed')
    const markdown = renderFailure({ inputs: several(), outcomes: failed }, told, String)
    expect(rows(markdown).map(row => row.slice(0, 3))).toEqual(['| ✘', '| ✔'])
    expect(rows(markdown)[0]).toMatch(/ERR.*IDENTITY.*MISMATCH/)
    expect(markdown).toContain('## ❌ 1 of 2 roles could not be verified, so nothing was handed out')
    expect(markdown).not.toContain('minutes left')
    expect(markdown).toContain('1 failed')
  })
})

test('verified-profiles lists all that were verified, and is absent with a single role', () => {
  const matches = [matchOf(), matchOf()]
  expect(JSON.parse(profileOutputs(matches, several())['verified-profiles'] ?? '')).toMatchObject([
    { profile: 'deploy', verified: 'true', 'role-name': 'Deploy' },
    { profile: 'read', verified: 'true' },
  ])
  expect(profileOutputs(matches, inputsWith({ 'aws-profile': 'deploy' }))).toEqual({})
})
