import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { GateError } from '../../../src/core/base/failure.ts'
import type { AssumedRole, CallerIdentity, Session } from '../../../src/core/identity/session.ts'
import { accountIdsIn, assertMatch, Mismatch, verifyIdentity } from '../../../src/core/identity/verdict.ts'
import { type Operation, RemoteFailure } from '../../../src/core/network/remote-failure.ts'
import type { Comparison, StepRecord } from '../../../src/core/outcome/step-record.ts'
import { renderFailure, renderVerified } from '../../../src/core/summary/summary.ts'
import type { Claims } from '../../../src/core/token/id-token.ts'
import type { Forecast } from '../../../src/core/trust-policy/forecast.ts'
import { anyText } from '../arbitraries.ts'
import {
  ACCESS_KEY_ID,
  ACCOUNT,
  callerOf,
  claimsWith,
  expecting,
  inputsWith,
  KEY_INPUTS,
  matchFor,
  matchOf,
  NEXT_ROLE_ARN,
  OTHER_ACCOUNT,
  ROLE_ARN,
  ROLE_ID,
  RUN,
  SECRET_KEY,
  SESSION_ARN,
  SESSION_TOKEN,
  SUBJECT,
  sessionOf,
  sessionWith,
  targetWith,
  USER_ARN,
} from '../samples.ts'

type Known = StepRecord & Partial<Comparison>

/** The text as a reader sees it: entities decoded, tags removed. */
function read(markdown: string): string {
  return markdown
    .replaceAll(/<[^>]*>/g, '')
    .replaceAll(/&#(\d+);/g, (_, code) => String.fromCodePoint(Number(code)))
}

function verified(given: Readonly<Record<string, string>> = {}, arn = SESSION_ARN): string {
  const inputs = inputsWith(given)
  return renderVerified({ run: RUN, claims: claimsWith(), inputs }, [matchFor(inputs, arn)], String)
}

function failed(
  { expected = expecting(), caller, differences = [], ...record }: Known,
  code: GateError['code'] = 'ERR_IDENTITY_MISMATCH',
  message = 'what happened',
): string {
  const cause = caller && new Mismatch(expected, sessionWith(), caller, differences)
  return renderFailure(record, new GateError(code, message, 'who must do what', { cause }), false, String)
}

function rowOf(markdown: string, name: string): string {
  return read(markdown.split('\n').find(line => line.startsWith(`| ${name} |`)) ?? '')
}

function markOf(markdown: string, guard: string): string {
  return rowOf(markdown, guard).split('|').at(-2)?.trim().split(' ')[0] ?? ''
}

describe('the summary of a verified identity', () => {
  test('starts with the verdict and who was verified', () => {
    const [first = ''] = read(verified()).split('\n')
    expect(first).toMatch(/^## .*Verified/)
    expect(first).not.toMatch(/not verified/i)
    expect(first).toContain('Deploy')
    expect(first).toContain(ACCOUNT)
  })

  test('shows expected next to actual', () => {
    const markdown = verified({
      'expected-role-id': ROLE_ID,
      'allowed-account-ids': ACCOUNT,
      'forbidden-account-ids': OTHER_ACCOUNT,
    })
    expect(rowOf(markdown, 'Identity')).toMatch(/:role\/Deploy \|.*assumed-role\/Deploy\/run-7/)
    expect(rowOf(markdown, 'Account')).toMatch(
      new RegExp(`${ACCOUNT}, except ${OTHER_ACCOUNT} \\| ${ACCOUNT}`),
    )
    expect(rowOf(markdown, 'Role ID')).toMatch(new RegExp(`${ROLE_ID} \\| ${ROLE_ID}`))
  })

  test('marks the guards that hold, and none without a condition', () => {
    const markdown = verified({ 'forbidden-account-ids': OTHER_ACCOUNT })
    expect(['Identity', 'Account', 'Role ID'].map(guard => markOf(markdown, guard))).toEqual(['✔', '✔', ''])
  })

  test('says what was not compared', () => {
    expect(rowOf(verified(), 'Account')).toMatch(/\| not checked \|/)
    expect(rowOf(verified(), 'Role ID')).toMatch(/\| not checked \|/)
  })

  test('gives region, session and expiry', () => {
    const text = read(verified())
    for (const part of ['eu-west-1', 'run-7', '2026-01-31 12:00 UTC']) expect(text).toContain(part)
  })

  test.each([
    ['the environment', {}, /environment/, /outputs/],
    [
      'the outputs',
      { 'output-env-credentials': 'false', 'output-credentials': 'true' },
      /outputs/,
      /environment/,
    ],
    ['no one', { 'output-env-credentials': 'false' }, /nothing \(verify only\)/, /environment|outputs/],
  ])('says that the credentials were exported to %s', (_, given, present, absent) => {
    const line = verified(given)
      .split('\n')
      .find(each => each.includes('Exported to'))
    expect(line).toMatch(present)
    expect(line?.split('Exported to')[1]).not.toMatch(absent)
  })

  /** For credentials that AWS did not issue to this step, and a run without a token. */
  function verifiedWithout(given: Readonly<Record<string, string>>, session: Session): string {
    const inputs = inputsWith(given)
    const match = matchFor(inputs, SESSION_ARN, session)
    return renderVerified({ run: RUN, outcomes: [match], inputs }, [match], String)
  }

  function handedTo(markdown: string): string {
    const line = markdown.split('\n').find(each => each.includes('Exported to')) ?? ''
    return read(line.split('Exported to')[1] ?? '')
  }

  const VERIFY_ONLY = { 'role-to-assume': 'none', 'allowed-account-ids': ACCOUNT }

  test.each([
    ['a profile, and not to the environment', { 'aws-profile': 'deploy' }, /^\W*the profile deploy$/],
    [
      'a profile and the environment',
      { 'aws-profile': 'deploy', 'output-env-credentials': 'true' },
      /^\W*the environment, the profile deploy$/,
    ],
    [
      'all three places',
      { 'aws-profile': 'deploy', 'output-env-credentials': 'true', 'output-credentials': 'true' },
      /^\W*the environment, the profile deploy, the step's outputs$/,
    ],
  ])('says that the credentials were exported to %s', (_, given, words) => {
    expect(handedTo(verified(given))).toMatch(words)
  })

  test.each([
    ['verified only', VERIFY_ONLY],
    ['kept', { 'use-existing-credentials': 'true' }],
  ])('says that existing credentials, %s, were exported nowhere', (_, given) => {
    const markdown = verifiedWithout(given, sessionOf('existing'))
    expect(handedTo(markdown)).toMatch(/nothing \(verify only\)/)
    expect(handedTo(markdown)).not.toMatch(/environment/)
  })

  test('gives no expiry for credentials without one, and shows no claims without a token', () => {
    const session = sessionOf('given', { sessionToken: undefined, expiration: undefined })
    const markdown = verifiedWithout({ ...KEY_INPUTS, ...VERIFY_ONLY }, session)
    expect(markdown).not.toMatch(/Expires|left|claims|undefined|Invalid/)
    expect(handedTo(markdown)).toMatch(/the environment/)
  })

  test('says, for a bare role name, that the role assumed was expected', () => {
    const markdown = verified({ 'role-to-assume': 'Deploy', 'role-chaining': 'true' })
    expect(rowOf(markdown, 'Identity')).toMatch(/\| the role assumed \|.*assumed-role\/Deploy\/run-7/)
  })

  test('says that a chain’s last role was expected', () => {
    const arn = `arn:aws:sts::${OTHER_ACCOUNT}:assumed-role/Next/run-7`
    const markdown = verified({ 'role-chain': NEXT_ROLE_ARN }, arn)
    expect(rowOf(markdown, 'Identity')).toMatch(/444455556666:role\/Next \|/)
    expect(read(markdown).split('\n')[0]).toMatch(/Next.*444455556666/)
  })

  test('shows the claims of the token', () => {
    const text = read(verified())
    expect(text).toContain(`| sub | ${SUBJECT} |`)
    expect(text).toContain('token.actions.githubusercontent.com')
  })

  test('works for a user too', () => {
    expect(read(verified({}, USER_ARN)).split('\n')[0]).toContain('Robot')
  })

  test('contains no credential', () => {
    const text = read(verified())
    for (const secret of [SECRET_KEY, SESSION_TOKEN, ACCESS_KEY_ID]) expect(text).not.toContain(secret)
  })
})

describe('the summary of a failure', () => {
  const findings = () => ({
    run: RUN,
    inputs: inputsWith(),
    claims: claimsWith(),
    caller: callerOf(SESSION_ARN),
  })

  test.each<[GateError['code']]>([
    ['ERR_INPUT_INVALID'],
    ['ERR_OIDC_NOT_PERMITTED'],
    ['ERR_OIDC_REQUEST_FAILED'],
    ['ERR_CLAIM_MISMATCH'],
    ['ERR_CREDENTIALS_UNAVAILABLE'],
    ['ERR_STS_REJECTED'],
    ['ERR_STS_UNAVAILABLE'],
    ['ERR_STS_BAD_RESPONSE'],
    ['ERR_IDENTITY_MISMATCH'],
    ['ERR_PROFILE_WRITE'],
    ['ERR_TIMEOUT'],
    ['ERR_UNEXPECTED'],
  ])('%s starts with nothing verified, then its code, what happened and what to do', code => {
    const text = read(failed(findings(), code))
    expect(text.split('\n')[0]).toMatch(/^## .*Not verified.*: (?!undefined)/)
    // The table shows what happened in a mismatch.
    const what = /MISMATCH/.test(code) ? 'Actual' : 'what happened'
    for (const part of [code, 'Who must act: ', what, 'who must do what'])
      expect(text.replaceAll('**', '')).toContain(part)
    // A bug may come after the export has started.
    expect(/nothing exported/.test(text)).toBe(code !== 'ERR_UNEXPECTED')
    expect(text).not.toMatch(/undefined/)
  })

  const admin = `arn:aws:iam::${ACCOUNT}:role/Admin`
  test.each<[string, Record<string, string>, string, string]>([
    [
      'the expected role beside the one assumed',
      { 'expected-role': admin },
      SESSION_ARN,
      `expected Admin, got Deploy in account ${ACCOUNT}`,
    ],
    [
      'no role of the same name, but the account',
      {},
      SESSION_ARN.replace(ACCOUNT, OTHER_ACCOUNT),
      `unexpected identity in account ${OTHER_ACCOUNT}`,
    ],
    ['a user', {}, USER_ARN, `expected Deploy, got Robot in account ${ACCOUNT}`],
    [
      'no role of which another session is expected',
      { 'expected-role': SESSION_ARN.replace('run-7', 'run-8') },
      SESSION_ARN,
      `unexpected identity in account ${ACCOUNT}`,
    ],
    [
      'no list of expected roles',
      { 'expected-role': `${admin}\n${ROLE_ARN}2` },
      SESSION_ARN,
      `unexpected identity in account ${ACCOUNT}`,
    ],
  ])('names in its heading %s', (_, given, arn, heading) => {
    const inputs = inputsWith(given)
    const verdict = verifyIdentity(inputs.targets[0], sessionWith(), callerOf(arn))
    const cause = verdict as Mismatch
    const markdown = failed({ run: RUN, inputs, ...cause })
    expect(read(markdown).split('\n')[0]).toContain(`nothing exported: ${heading} · `)
  })

  test('shows the actual caller next to the expected one', () => {
    const arn = 'arn:aws:sts::444455556666:assumed-role/Admin/x1'
    const markdown = failed({
      ...findings(),
      caller: callerOf(arn),
      expected: inputsWith().targets[0].expected,
    })
    expect(rowOf(markdown, 'Identity')).toMatch(/:role\/Deploy \|.*444455556666:assumed-role\/Admin\/x1/)
    expect(rowOf(markdown, 'Account')).toContain(OTHER_ACCOUNT)
  })

  test.each<[string, Partial<CallerIdentity>, AssumedRole, string[], string[]]>([
    ['another account', { arn: SESSION_ARN.replace(ACCOUNT, OTHER_ACCOUNT) }, {}, ['✘', '✘', '✘'], []],
    ['another role of the account', { arn: SESSION_ARN.replace('Deploy', 'Admin') }, {}, ['✘', '✔', '✘'], []],
    ['nobody that is looked for', { arn: `arn:aws:iam::${ACCOUNT}:root` }, {}, ['✘', '✔', '✘'], []],
    [
      'an answer with two accounts',
      { accountId: OTHER_ACCOUNT, userId: `${ROLE_ID}:run-7` },
      {},
      ['✔', '✘', '✔'],
      ['Account vs. caller ARN'],
    ],
    [
      'an answer with two sessions',
      { userId: `${ROLE_ID}:other` },
      {},
      ['✔', '✔', '✔'],
      ['UserId vs. caller ARN'],
    ],
    [
      'another session than STS gave',
      { userId: `${ROLE_ID}:run-7` },
      { arn: `${SESSION_ARN}8` },
      ['✔', '✔', '✔'],
      ['AssumedRoleUser vs. caller ARN'],
    ],
    [
      'what STS said of another token',
      { userId: `${ROLE_ID}:run-7` },
      { subject: 'x', audience: 'y', provider: 'z' },
      ['✔', '✔', '✔'],
      ['SubjectFromWebIdentityToken', 'Audience of the token', 'Provider of the token'],
    ],
  ])(
    'marks each guard separately, and adds a row for each cross-check that fails: %s',
    (_, changes, told, marks, checks) => {
      const { arn = SESSION_ARN, ...others } = changes
      const [target] = inputsWith({ 'allowed-account-ids': ACCOUNT, 'expected-role-id': ROLE_ID }).targets
      const { expected } = target
      const caller = callerOf(arn, { userId: 'AROAOTHER:run-7', ...others })
      const verdict = verifyIdentity(target, sessionWith(told), caller)
      const differences = verdict.kind === 'mismatch' ? verdict.differences : []
      const markdown = failed({ ...findings(), caller, expected, differences })
      expect(['Identity', 'Account', 'Role ID'].map(guard => markOf(markdown, guard))).toEqual(marks)
      const [, , comparison = ''] = markdown.split('\n\n')
      const [, , ...names] = comparison.split('\n').map(line => read(line).split(' | ')[0])
      expect(names).toEqual(['Identity', 'Account', 'Role ID', 'Claims', ...checks].map(name => `| ${name}`))
      for (const check of checks) expect(markOf(markdown, check)).toBe('✘')
      for (const accountId of accountIdsIn(caller))
        expect(rowOf(markdown, 'Account').split('|')[3]).toContain(accountId)
    },
  )

  test('shows the role as written, though its path is not compared', () => {
    const given = { 'role-to-assume': `arn:aws:iam::${ACCOUNT}:role/team/ci/Deploy` }
    const [target] = inputsWith(given).targets
    const { expected } = target
    const caller = callerOf(SESSION_ARN.replace('Deploy', 'Admin'))
    const verdict = verifyIdentity(target, sessionWith(), caller)
    const differences = verdict.kind === 'mismatch' ? verdict.differences : []
    const row = rowOf(failed({ ...findings(), caller, expected, differences }), 'Identity')
    expect(row).toBe(`| Identity | ${given['role-to-assume']} | ${caller.arn} | ✘ |`)
  })

  test('draws no verified identity for ERR_PROFILE_WRITE, which comes after the verdict', () => {
    const { inputs } = findings()
    const text = failed({ run: RUN, inputs, outcomes: [matchFor(inputs)] }, 'ERR_PROFILE_WRITE')
    expect(markOf(text, 'Identity')).toBe('✔')
    expect(text).not.toMatch(/✔ verified|✅/)
    expect(text.split('\n')[0]).toMatch(/profile/)
  })

  test('says that a session was assumed even if its identity call failed', () => {
    const shape = { kind: 'error-response', code: 'ExpiredToken', status: 403, message: '' } as const
    const render = (operation: Operation, origin: 'assumed' | 'given') => {
      const isOfNewSession = origin === 'assumed'
      const cause = new RemoteFailure(operation, { ...shape, isOfNewSession })
      return renderFailure(findings(), new GateError('ERR_STS_REJECTED', 'm', 'h', { cause }), false, String)
    }
    expect(render('GetCallerIdentity', 'assumed')).toMatch(/✔ assume[\s\S]*✘ verify/)
    expect(render('GetCallerIdentity', 'given')).toMatch(/✘ assume/)
    expect(render('AssumeRole', 'given')).toMatch(/✘ assume/)
  })

  test('suggests a trust policy only for a token', () => {
    const shape = { kind: 'error-response', code: 'AccessDenied', status: 403, message: '' } as const
    const render = (operation: Operation) => {
      const cause = new RemoteFailure(operation, shape)
      return renderFailure(findings(), new GateError('ERR_STS_REJECTED', 'm', 'h', { cause }), false, String)
    }
    expect(render('AssumeRoleWithWebIdentity')).toMatch(/sts:AssumeRoleWithWebIdentity/)
    expect(render('AssumeRole')).not.toMatch(/```json/)
  })

  test.each([
    ['a service control policy', false],
    ['the role trust policy', true],
  ])('suggests a trust policy when AWS blames %s: %s', (policy, isSuggested) => {
    const message = `Not authorized, with an explicit deny in ${policy}`
    const shape = { kind: 'error-response', code: 'AccessDenied', status: 403, message } as const
    const cause = new RemoteFailure('AssumeRoleWithWebIdentity', shape)
    const markdown = renderFailure(
      findings(),
      new GateError('ERR_STS_REJECTED', 'm', 'h', { cause }),
      false,
      String,
    )
    expect(markdown.includes('```json')).toBe(isSuggested)
  })

  test('shows what is known when little is', () => {
    expect(read(failed({}, 'ERR_INPUT_INVALID'))).toContain('what happened')
    expect(read(failed({ claims: claimsWith() }))).toContain(SUBJECT)
    expect(read(failed({ inputs: inputsWith() }, 'ERR_STS_UNAVAILABLE'))).toContain('what happened')
  })

  test('keeps the lines of a message: dashes as a list, indented ones as written', () => {
    const lines = failed({}, 'ERR_INPUT_INVALID', 'first\n- one\n- two\n  indented').split('\n')
    expect(lines).toContain('- one')
    expect(lines).toContain('- two')
    expect(lines).toContain('<pre>  indented</pre>')
  })
})

describe('what a copy of the trust policy says about the token', () => {
  const CHECKS = [
    { what: 'Principal', wanted: 'p', found: 'p', outcome: 'holds' },
    { what: 'StringEquals sub', wanted: 'a', found: 'b', outcome: 'fails' },
    { what: 'IpAddress x', wanted: 'c', found: '', outcome: 'unknown' },
  ] as const

  function forecastOf(decision: Forecast['prediction']['decision'], remarks: string[] = []): Forecast {
    const statements = [{ name: 'Main', effect: 'Allow', outcome: 'fails', checks: CHECKS }] as const
    return { path: 'iam/trust.json', prediction: { decision, statements }, remarks }
  }

  const TABLE = [
    '| Statement | Check | Wanted | Found |  |',
    '| --- | --- | --- | --- | --- |',
    '| Main (Allow) | Principal | p | p | ✔ |',
    '| Main (Allow) | StringEquals sub | a | b | ✘ |',
    '| Main (Allow) | IpAddress x | c |  | ? |',
  ].join('\n')

  test.each([
    ['refused', 'refused'],
    ['allowed', 'allowed'],
    ['unknown', "can't tell"],
  ] as const)('is in both summaries, check by check: %s', (decision, words) => {
    const record = { inputs: inputsWith(), forecast: forecastOf(decision) }
    const section = `\n\n**iam/trust.json** predicts: ${words}\n\n${TABLE}\n`
    expect(read(failed(record))).toContain(section)
    expect(read(renderVerified(record, [matchOf()], String))).toContain(section)
  })

  test('is followed by the remarks on the policy', () => {
    const text = read(failed({ forecast: forecastOf('allowed', ['It is wide.', 'It is long.']) }))
    expect(text).toContain(`${TABLE}\n\n- It is wide.\n- It is long.\n`)
  })

  test('is absent without a copy', () => {
    expect(failed({ inputs: inputsWith() })).not.toContain('predicts')
  })
})

describe('the suggested trust policy', () => {
  const REFUSAL = { kind: 'error-response', code: 'AccessDenied', status: 403, message: '' } as const

  const KNOWN = { inputs: inputsWith(), claims: claimsWith() }

  function refused(changes: StepRecord = {}, code?: GateError['code']): string {
    return refusedOf({ ...KNOWN, ...changes }, code)
  }

  function refusedOf(record: StepRecord, code: GateError['code'] = 'ERR_STS_REJECTED'): string {
    const cause = new RemoteFailure('AssumeRoleWithWebIdentity', REFUSAL)
    return renderFailure(record, new GateError(code, 'm', 'h', { cause }), false, String)
  }

  test('says what it is for', () => {
    expect(refused()).toContain(
      '**A trust policy for exactly this subject, audience and issuer.** If this job is meant to have the role, add the statement to its trust policy.\n\n```json\n{\n',
    )
  })

  test('says that the account id is missing when masked', () => {
    const inputs = inputsWith({ 'mask-aws-account-id': 'true' })
    expect(refused({ inputs })).toContain('to its trust policy. Fill in the account ID.')
  })

  test('warns when it lets in every pull request', () => {
    const claims = claimsWith({ subject: 'repo:octo-org/octo-repo:pull_request' })
    expect(refused({ claims })).toMatch(/\n\n⚠️ .*pull request .*\n\n```json\n/)
    expect(refused()).not.toContain('⚠️')
  })

  test.each<[string, string]>([
    ['another failure', refused({}, 'ERR_STS_UNAVAILABLE')],
    ['a token that is not known', refusedOf({ inputs: KNOWN.inputs })],
    ['inputs that are not known', refusedOf({ claims: KNOWN.claims })],
    [
      'a role by its name',
      refused({ inputs: inputsWith({ 'role-to-assume': 'Deploy', 'role-chaining': 'true' }) }),
    ],
  ])('is absent for %s', (_, markdown) => {
    expect(markdown).not.toContain('A trust policy')
  })
})

/** All markup in a text: tags, lines, cells, fences and headings, without the words. */
function skeletonOf(markdown: string): string {
  return markdown
    .replaceAll(/\[([^\]]*)\]\(https:\/\/[\w.:/?#=&%@-]+\)/g, '$1')
    .replaceAll(/&#\d+;|#\d+;/g, '')
    .replaceAll(/<(?!\/?[a-z]+>)/g, '‹')
    .replaceAll(/[^<>|`\n#*[\]"]/g, '')
}

describe('hostile text', () => {
  const NAMES = [
    'sub',
    'aud',
    'iss',
    'repository',
    'ref',
    'environment',
    'event_name',
    'actor',
    'job_workflow_ref',
    'workflow_ref',
    'runner_environment',
    'sha',
    'run_id',
  ]

  function claimsOf(text: string): Claims {
    return claimsWith({
      issuer: text,
      subject: text,
      audiences: [text],
      all: Object.fromEntries(NAMES.map(name => [name, text])),
    })
  }

  const visible = anyText.filter(text => text.length > 0)

  test('in claims, caller or run adds no markup to the summary of a failure', () => {
    const render = (text: string, code: GateError['code']) =>
      failed(
        {
          run: { ...RUN, repository: text, ref: text },
          inputs: inputsWith(),
          claims: claimsOf(text),
          caller: { arn: text, accountId: text, userId: text.replaceAll(':', ';') },
        },
        code,
      )
    const codes = fc.constantFrom<GateError['code']>(
      'ERR_IDENTITY_MISMATCH',
      'ERR_STS_REJECTED',
      'ERR_TIMEOUT',
    )
    fc.assert(
      fc.property(visible, codes, (text, code) => {
        expect(skeletonOf(render(text, code))).toBe(skeletonOf(render('x', code)))
      }),
      { numRuns: 300 },
    )
  })

  test('in claims or the run adds no markup to the summary of a verified identity', () => {
    const render = (text: string) => {
      const caller = callerOf(SESSION_ARN)
      const session = sessionWith({}, claimsOf(text))
      const match = assertMatch(verifyIdentity(targetWith(), session, caller))
      const run = { ...RUN, repository: text, ref: text }
      const record = { run, claims: claimsOf(text), inputs: inputsWith() }
      return renderVerified(record, [match], String)
    }
    fc.assert(
      fc.property(visible, text => {
        expect(skeletonOf(render(text))).toBe(skeletonOf(render('x')))
      }),
      { numRuns: 300 },
    )
  })

  test('in a message or a hint adds no markup except its own lines', () => {
    fc.assert(
      fc.property(anyText, text => {
        const word = text.replaceAll('\n', ' ')
        const render = (words: string) =>
          renderFailure(
            {},
            new GateError('ERR_STS_REJECTED', `a ${words}\n- b ${words}`, `c ${words}`),
            false,
            String,
          )
        expect(skeletonOf(render(word))).toBe(skeletonOf(render('x')))
      }),
      { numRuns: 300 },
    )
  })

  test('in a claim that is a list or an object is shown as JSON', () => {
    const claims = claimsWith({ all: { aud: ['a<b', 'c'], environment: { d: 1 } } })
    const text = read(failed({ claims }))
    expect(text).toContain('| aud | ["a<b","c"] |')
    expect(text).toContain('| environment | {"d":1} |')
  })

  test('in a claim of any type is shown as text', () => {
    fc.assert(
      fc.property(fc.jsonValue(), value => {
        const claims = claimsWith({ all: { sub: 'x', environment: value } })
        const row = failed({ claims })
          .split('\n')
          .find(line => line.startsWith('| environment |'))
        expect(row).toMatch(/^\| environment \| <code>[^<>|\n]*<\/code> \|$/)
      }),
    )
  })
})
