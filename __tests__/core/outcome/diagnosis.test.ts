import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { GateError } from '../../../src/core/base/failure.ts'
import { type FailureKind, type Operation, RemoteFailure } from '../../../src/core/network/remote-failure.ts'
import { diagnose as diagnoseTarget, formatStatement } from '../../../src/core/outcome/diagnosis.ts'
import type { StepRecord } from '../../../src/core/outcome/step-record.ts'
import type { Claims } from '../../../src/core/token/id-token.ts'
import type { Outcome } from '../../../src/core/trust-policy/condition.ts'
import type { Check, StatementResult } from '../../../src/core/trust-policy/evaluate.ts'
import type { Forecast } from '../../../src/core/trust-policy/forecast.ts'
import { anyText } from '../arbitraries.ts'
import { ACCOUNT, claimsWith, inputsWith, ROLE_ARN, SUBJECT } from '../samples.ts'

const ASSUME = 'AssumeRoleWithWebIdentity'
const CLASSIC = 'repo:octo-org/octo-repo'
const IMMUTABLE = 'repo:octo-org@65/octo-repo@74'

function refusal(
  code = 'AccessDenied',
  operation: Operation = ASSUME,
  kind: FailureKind = 'error-response',
  message = 'Not authorized',
) {
  const cause = new RemoteFailure(operation, { kind, code, status: 403, message })
  return new GateError('ERR_STS_REJECTED', 'AWS refused', 'the hint that was there', { cause })
}

const UNOFFERED = { inputs: inputsWith({}, {}), claims: claimsWith() }
const BARE = { 'role-to-assume': 'Deploy', 'role-chaining': 'true' }

/** The only target is the one that failed. */
function diagnose(failure: GateError, record: StepRecord): GateError {
  return diagnoseTarget(failure, record, record.inputs?.targets[0])
}

function recordWith(changes: StepRecord = {}): StepRecord {
  return { inputs: inputsWith(), claims: claimsWith(), ...changes }
}

/** A run's token, with the given claims. */
function runOf(
  subject: string,
  others: Readonly<Record<string, unknown>> = {},
  changes: Partial<Claims> = {},
) {
  const claims = claimsWith({ subject, ...changes })
  return { ...claims, all: { ...claims.all, ...others } }
}

function hintFor(changes: StepRecord = {}): string {
  return diagnose(refusal(), recordWith(changes)).hint
}

/** The words before the colon of each cause, in the order listed. */
function causesOf(claims: Claims, inputs = inputsWith()): string[] {
  const lines = hintFor({ claims, inputs }).split('\n')
  return lines.filter(line => line.startsWith('- ')).map(line => line.slice(2).split(':', 1)[0] ?? '')
}

describe('diagnose', () => {
  test.each([
    ['the hint that was there', 'with an explicit deny in a service control policy'],
    ['the hint that was there', 'because no session policy allows the sts:AssumeRoleWithWebIdentity action'],
    ['the hint that was there', 'Unable to determine service/operation name to be authorized'],
    ['causes', 'because no role trust policy allows the sts:AssumeRoleWithWebIdentity action'],
    ['causes', 'with an explicit deny in a resource-based policy'],
    ['causes', 'Not authorized to perform sts:AssumeRoleWithWebIdentity'],
  ])('lists %s when AWS says: %s', (what, message) => {
    const { hint } = diagnose(refusal('AccessDenied', ASSUME, 'error-response', message), recordWith())
    if (what === 'causes') expect(hint).toMatch(/^AWS returns the same error/)
    else expect(hint).toBe(what)
  })

  const EVER = ['role', 'principal', 'other conditions']

  test.each<[string, string, string[]]>([
    ['a branch', `${CLASSIC}:ref:refs/heads/main`, ['branch or environment']],
    ['a tag', `${CLASSIC}:ref:refs/tags/v1`, ['tag']],
    ['an environment', `${CLASSIC}:environment:prod`, ['environment']],
    ['a pull request', `${CLASSIC}:pull_request`, ['pull request']],
    ['a merge queue', `${CLASSIC}:ref:refs/heads/gh-readonly-queue/main/pr-7-abc`, ['merge queue']],
    ['a customized subject', 'repository_owner_id:65:workflow:Deploy', ['customized subject']],
    [
      'an immutable subject',
      `${IMMUTABLE}:ref:refs/heads/main`,
      ['immutable subject', 'branch or environment'],
    ],
    ['an immutable environment', `${IMMUTABLE}:environment:prod`, ['immutable subject', 'environment']],
    ['an immutable pull request', `${IMMUTABLE}:pull_request`, ['immutable subject', 'pull request']],
    ['an environment named as a pull request', `${CLASSIC}:environment:pull_request`, ['environment']],
  ])('names what a policy may not expect of %s, and no other form', (_, subject, causes) => {
    expect(causesOf(runOf(subject))).toEqual([...causes, ...EVER])
  })

  test('shows the immutable form that a policy may have been written for', () => {
    const ids = { repository_owner_id: '65', repository_id: '74' }
    expect(hintFor({ claims: runOf(`${CLASSIC}:pull_request`, ids) })).toContain(
      `A trust policy for ${IMMUTABLE}:pull_request doesn't match it`,
    )
    for (const known of [{}, { repository_id: '74' }, { repository_owner_id: '65' }])
      expect(causesOf(runOf(`${CLASSIC}:pull_request`, known))).not.toContain('classic subject')
    expect(causesOf(runOf(`${IMMUTABLE}:pull_request`, ids))).not.toContain('classic subject')
  })

  test('says nothing of GitHub where the token is another issuer’s', () => {
    const gitlab = runOf(
      'project_path:octo/web:ref_type:branch:ref:main',
      {},
      { issuer: 'https://gitlab.com' },
    )
    expect(causesOf(gitlab)).toEqual(['subject', 'issuer', ...EVER])
    expect(hintFor({ claims: gitlab })).toContain('oidc-provider/gitlab.com, without https://')
    expect(hintFor({ claims: gitlab })).not.toMatch(/GitHub|environment|branch|repository/)
  })

  test('shows the classic form that a policy may have been written for', () => {
    expect(hintFor({ claims: runOf(`${IMMUTABLE}:pull_request`) })).toContain(
      `${CLASSIC}:pull_request doesn't match it`,
    )
  })

  test('shows the environment, the audiences, the issuer and the role that a policy must name', () => {
    const environment = runOf(`${CLASSIC}:environment:prod`, { environment: 'prod' })
    expect(hintFor({ claims: environment })).toContain(
      'the job uses environment prod, so sub ends in environment:prod and names no branch',
    )
    const claims = runOf(SUBJECT, {}, { issuer: 'https://ghes.example', audiences: ['vault', 'x'] })
    const hint = hintFor({ claims, inputs: inputsWith({ audience: 'vault' }) })
    expect(hint).toMatch(/audience: .*vault or x\n/)
    expect(hint).toContain('condition keys must use ghes.example')
    expect(hint).toContain("role: it doesn't exist")
  })

  test('names a reusable workflow only if the job comes from another file than the run', () => {
    const workflow_ref = 'octo-org/octo-repo/.github/workflows/ci.yml@refs/heads/main'
    const job_workflow_ref = 'octo-org/shared/.github/workflows/deploy.yml@v1'
    expect(causesOf(runOf(SUBJECT, { workflow_ref, job_workflow_ref }))).toContain('reusable workflow')
    expect(causesOf(runOf(SUBJECT, { workflow_ref, job_workflow_ref: workflow_ref }))).not.toContain(
      'reusable workflow',
    )
    expect(causesOf(runOf(SUBJECT, { workflow_ref }))).not.toContain('reusable workflow')
    expect(hintFor({ claims: runOf(SUBJECT, { workflow_ref, job_workflow_ref }) })).toContain(
      job_workflow_ref,
    )
  })

  test('mentions case only if the repository name has capitals', () => {
    expect(causesOf(runOf(SUBJECT, { repository: 'Octo-Org/repo' }))).toContain('upper and lower case')
    expect(causesOf(runOf(SUBJECT, { repository: 'octo-org/repo' }))).not.toContain('upper and lower case')
  })

  test('mentions the issuer only if it is not the default', () => {
    const issuer = 'https://token.actions.githubusercontent.com/octo'
    expect(causesOf(runOf(SUBJECT, {}, { issuer }))).toContain('issuer')
    expect(hintFor({ claims: runOf(SUBJECT, {}, { issuer }) })).toContain(
      ` ${issuer.slice('https://'.length)}`,
    )
    expect(causesOf(runOf(SUBJECT))).not.toContain('issuer')
  })

  test('mentions the audience only if it is not the default', () => {
    const claims = runOf(SUBJECT, {}, { audiences: ['vault'] })
    expect(causesOf(claims, inputsWith({ audience: 'vault' }))).toContain('audience')
    expect(causesOf(runOf(SUBJECT))).not.toContain('audience')
    const china = inputsWith({
      'aws-region': 'cn-north-1',
      'role-to-assume': ROLE_ARN.replace('aws', 'aws-cn'),
    })
    expect(causesOf(runOf(SUBJECT), china)).not.toContain('audience')
  })

  test('treats claims that are not text as absent', () => {
    const odd = { repository: ['A/B'], job_workflow_ref: { A: 1 }, workflow_ref: 7, environment: null }
    expect(causesOf(runOf(SUBJECT, odd))).toEqual(['branch or environment', ...EVER])
  })

  test('says which account and region to look in, and keeps code, message and cause', () => {
    const before = refusal()
    const after = diagnose(before, recordWith())
    expect(after.hint.split('\n').at(-1)).toMatch(
      new RegExp(
        `^In CloudTrail, .*AssumeRoleWithWebIdentity .*\\(account ${ACCOUNT}, region eu-west-1\\)\\.$`,
      ),
    )
    expect([after.code, after.message, after.cause]).toEqual([before.code, before.message, before.cause])
  })

  test('says that the job’s own credentials were used because GitHub offered no token', () => {
    const before = refusal('AccessDenied', 'AssumeRole')
    const after = diagnose(before, { inputs: inputsWith({}, {}) })
    expect(after.hint).toMatch(
      /^the hint that was there\n.*no OIDC token.*existing credentials.*id-token: write/,
    )
    expect([after.code, after.message, after.cause]).toEqual([before.code, before.message, before.cause])
  })

  test.each<[string, GateError, StepRecord]>([
    ['another call, where no token was offered', refusal('AccessDenied', 'GetCallerIdentity'), UNOFFERED],
    ['no call at all, where no token was offered', new GateError('ERR_TIMEOUT', 'late', 'wait'), UNOFFERED],
    [
      'a role that was meant to be assumed so',
      refusal('AccessDenied', 'AssumeRole'),
      { inputs: inputsWith({ 'role-chaining': 'true' }, {}) },
    ],
    ['a role before the inputs were there', refusal('AccessDenied', 'AssumeRole'), {}],
    ['a bare name', refusal(), recordWith({ inputs: inputsWith(BARE) })],
    ['a failure without a call', new GateError('ERR_TIMEOUT', 'late', 'wait'), recordWith()],
    ['a refusal of another code', refusal('InvalidIdentityToken'), recordWith()],
    ['a code that only ends like it', refusal('NotAccessDenied'), recordWith()],
    ['another call', refusal('AccessDenied', 'GetCallerIdentity'), recordWith()],
    ['a refusal before the token was there', refusal(), { inputs: inputsWith() }],
    ['a refusal before the inputs were there', refusal(), { claims: claimsWith() }],
  ])('leaves %s unchanged', (_, failure, record) => {
    expect(diagnose(failure, record)).toBe(failure)
  })

  test('treats AccessDeniedException like AccessDenied', () => {
    expect(diagnose(refusal('AccessDeniedException'), recordWith()).hint).toMatch(
      /AWS returns the same error/,
    )
  })

  const FAILING: StatementResult = {
    name: 'deploy',
    effect: 'Allow',
    outcome: 'fails',
    checks: [checkOf('Principal', 'holds'), checkOf('StringEquals sub', 'fails')],
  }

  function forecastOf(decision: Forecast['prediction']['decision'], path = 'trust.json'): Forecast {
    return { path, prediction: { decision, statements: [FAILING] }, remarks: [] }
  }

  test('lists the failing checks of a denying policy first', () => {
    const lines = hintFor({ forecast: forecastOf('refused') }).split('\n')
    expect(lines[0]).toBe('The policy in trust.json refuses this token:')
    expect(lines[1]).toBe('- deploy (Allow): StringEquals sub fails: it requires a, the token has b')
    expect(lines[2]).toMatch(/^AWS returns the same error/)
  })

  test('says, for a copy that allows, that the role’s own policy differs or that something above denies it', () => {
    const lines = hintFor({ forecast: forecastOf('allowed') }).split('\n')
    expect(lines[0]).toMatch(/trust\.json allows this token.*another policy/)
    expect(lines[1]).toMatch(/^AWS returns the same error/)
  })

  const CLASSIC_RUN = runOf(`${CLASSIC}:pull_request`)
  const causeFor = (changes: StepRecord) =>
    diagnose(refusal(), recordWith({ claims: CLASSIC_RUN, ...changes })).likelyCause

  test('names the first of the causes as the likeliest', () => {
    expect(causeFor({})).toBe('pull request')
    expect(causeFor({ claims: runOf(`${IMMUTABLE}:pull_request`) })).toBe('immutable subject')
    expect(causeFor({ forecast: forecastOf('unknown') })).toBe('pull request')
    expect(causeFor({ forecast: forecastOf('allowed') })).toBe('role')
  })

  test.each([
    [['StringEquals x:sub'], 'pull request'],
    [['Principal', 'StringLike x:SUB', 'StringEquals x:aud'], 'pull request'],
    [['Principal', 'StringEquals x:aud'], 'principal'],
    [['StringEquals x:aud'], 'audience'],
    [['StringEquals x:environment'], 'other conditions'],
    [['Action'], 'other conditions'],
    [[], 'other conditions'],
  ])('names the likeliest cause by what fails in a copy of the policy: %j', (failing, cause) => {
    const checks = ['StringEquals x:sub', 'Principal'].map(what => checkOf(what, 'holds'))
    const allow = { ...FAILING, checks: [...failing.map(what => checkOf(what, 'fails')), ...checks] }
    const deny = { ...FAILING, effect: 'Deny' as const, checks: [checkOf('StringEquals x:sub', 'fails')] }
    const prediction = { decision: 'refused' as const, statements: [allow, deny] }
    expect(causeFor({ forecast: { path: 'x', prediction, remarks: [] } })).toBe(cause)
  })

  test("says when a policy can't be evaluated", () => {
    expect(hintFor({ forecast: forecastOf('unknown') })).toMatch(/^Can't tell .*trust\.json .*:\n- deploy/)
  })

  test('contains no command line, no control character and no more lines, whatever the claims', () => {
    const claim = fc.oneof(anyText, fc.jsonValue())
    const subject = fc.oneof(
      anyText,
      anyText.map(text => `${IMMUTABLE}:${text}`),
      anyText.map(text => `${CLASSIC}:environment:${text}`),
    )
    const claims = fc.record({
      issuer: anyText,
      subject,
      audiences: fc.array(anyText, { minLength: 1, maxLength: 3 }),
      all: fc.record({
        repository: claim,
        environment: claim,
        workflow_ref: claim,
        job_workflow_ref: claim,
      }),
    })
    fc.assert(
      fc.property(claims, anyText, (token, path) => {
        for (const decision of ['refused', 'allowed', 'unknown'] as const) {
          const hint = hintFor({
            inputs: inputsWith({ audience: 'vault' }),
            claims: token,
            forecast: forecastOf(decision, path),
          })
          expect(hint).not.toMatch(/^\s*::/m)
          expect(hint).not.toMatch(/[^\P{Cc}\n]|[\u2028\u2029\u202e\ufeff]/u)
          expect(hint.split('\n').every(line => /^(- [a-z]|The policy|Can't tell|AWS|In)/.test(line))).toBe(
            true,
          )
        }
      }),
    )
  })
})

function checkOf(what: string, outcome: Outcome, found = 'b'): Check {
  return { what, wanted: 'a', found, outcome }
}

describe('formatStatement', () => {
  const CHECKS = [checkOf('A', 'holds'), checkOf('B', 'fails'), checkOf('C', 'unknown')]

  test.each<[string, StatementResult['effect'], Outcome, string[]]>([
    ['of an Allow what does not hold', 'Allow', 'fails', ['B fails', 'C is unknown']],
    ["of an Allow that can't be told what does not hold", 'Allow', 'unknown', ['B fails', 'C is unknown']],
    ['of a Deny that applies all', 'Deny', 'holds', ['A applies', 'B fails', 'C is unknown']],
    ["of a Deny that can't be told what does not hold", 'Deny', 'unknown', ['B fails', 'C is unknown']],
    ['of a Deny that does not apply nothing', 'Deny', 'fails', []],
  ])('describes %s', (_, effect, outcome, verdicts) => {
    const lines = formatStatement({ name: 'statement 1', effect, outcome, checks: CHECKS })
    expect(lines).toEqual(
      verdicts.map(verdict => `- statement 1 (${effect}): ${verdict}: it requires a, the token has b`),
    )
  })

  test('says that the token lacks a value, or that it can’t be known', () => {
    const absent = [checkOf('A', 'fails', ''), checkOf('B', 'unknown', '')]
    expect(formatStatement({ name: 's', effect: 'Allow', outcome: 'fails', checks: absent })).toEqual([
      '- s (Allow): A fails: it requires a, the token has no value that IAM can read',
      "- s (Allow): B is unknown: it requires a, the action can't see this value",
    ])
    const denied = {
      name: 's',
      effect: 'Deny',
      outcome: 'holds',
      checks: [checkOf('C', 'holds', '')],
    } as const
    expect(formatStatement(denied)).toEqual([
      '- s (Deny): C applies: it requires a, the token has no value that IAM can read',
    ])
  })

  test('says that a Deny applies its conditions only if it has some', () => {
    const general = [checkOf('Principal', 'holds'), checkOf('Action', 'holds')]
    const told = (checks: readonly Check[]) =>
      formatStatement({ name: 's', effect: 'Deny', outcome: 'holds', checks }).map(line => line.split(' ')[3])
    expect(told([...general, checkOf('Null', 'holds')])).toEqual(['Null'])
    expect(told(general)).toEqual(['Principal', 'Action'])
  })

  test('keeps each check on one visible line, whatever the policy and the token contain', () => {
    fc.assert(
      fc.property(anyText, anyText, anyText, anyText, (name, what, wanted, found) => {
        const checks = [{ what, wanted, found, outcome: 'fails' as const }]
        const [line, ...others] = formatStatement({ name, effect: 'Allow', outcome: 'fails', checks })
        expect(others).toEqual([])
        expect(line).toMatch(/^- /)
        expect(line).not.toMatch(/[\p{Cc}\u2028\u2029\u202e]/u)
      }),
    )
  })
})
