import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import type { FailureCode } from '../../../src/core/base/failure.ts'
import type { Inputs } from '../../../src/core/inputs/inputs.ts'
import type { Comparison, StepRecord } from '../../../src/core/outcome/step-record.ts'
import { drawFlow } from '../../../src/core/summary/picture.ts'
import { SummaryText } from '../../../src/core/summary/text.ts'
import { anyText } from '../arbitraries.ts'
import type { Given } from '../input-problems.ts'
import {
  ACCOUNT,
  callerOf,
  claimsWith,
  expecting,
  inputsWith,
  KEY_INPUTS,
  matchFor,
  NEXT_ROLE_ARN,
  OFFER,
  OTHER_ACCOUNT,
  RUN,
  SESSION_ARN,
  sessionOf,
} from '../samples.ts'

function draw(outcome: FailureCode | 'verified', arn = SESSION_ARN): string {
  const record = { run: RUN, inputs: inputsWith(), claims: claimsWith() }
  return drawFlow(new SummaryText(String), record, outcome, comparisonWith(arn))
}

function comparisonWith(arn: string): Comparison {
  return { expected: expecting(), caller: callerOf(arn), differences: [] }
}

/** Existing credentials that matched, so no role was assumed. */
function drawReused(inputs: Inputs, arn: string): string {
  const record: StepRecord = { outcomes: [matchFor(inputs, arn, sessionOf('existing'))] }
  return drawFlow(new SummaryText(String), { ...record, inputs }, 'verified', comparisonWith(arn))
}

/** The three links from the repository to the account: token, role, identity. */
function linksOf(picture: string): (string | undefined)[] {
  const links = picture.split('\n').filter(line => /(?:-->|--x|\.->)/.test(line))
  return links.map(line => /(-->|--x|\.->)/.exec(line)?.[1])
}

const [PASSED, BROKEN, NOT_TRIED] = ['-->', '--x', '.->']

describe('drawFlow', () => {
  test.each<[FailureCode | 'verified', readonly (string | undefined)[]]>([
    ['verified', [PASSED, PASSED, PASSED]],
    ['ERR_OIDC_NOT_PERMITTED', [BROKEN, NOT_TRIED, NOT_TRIED]],
    ['ERR_OIDC_REQUEST_FAILED', [BROKEN, NOT_TRIED, NOT_TRIED]],
    ['ERR_CLAIM_MISMATCH', [BROKEN, NOT_TRIED, NOT_TRIED]],
    ['ERR_CREDENTIALS_UNAVAILABLE', [BROKEN, NOT_TRIED, NOT_TRIED]],
    ['ERR_STS_REJECTED', [PASSED, BROKEN, NOT_TRIED]],
    ['ERR_STS_UNAVAILABLE', [PASSED, BROKEN, NOT_TRIED]],
    ['ERR_STS_BAD_RESPONSE', [PASSED, BROKEN, NOT_TRIED]],
    ['ERR_IDENTITY_MISMATCH', [PASSED, PASSED, BROKEN]],
  ])('shows for %s how far the chain got', (outcome, links) => {
    expect(linksOf(draw(outcome))).toEqual(links)
  })

  test.each<[FailureCode | 'verified', string, string]>([
    ['verified', 'account', '#1a7f37'],
    ['ERR_CLAIM_MISMATCH', 'source', '#cf222e'],
    ['ERR_OIDC_NOT_PERMITTED', 'source', '#cf222e'],
    ['ERR_STS_REJECTED', 'role', '#cf222e'],
    ['ERR_STS_UNAVAILABLE', 'role', '#cf222e'],
    ['ERR_IDENTITY_MISMATCH', 'account', '#cf222e'],
  ])('colors for %s only the %s: where the chain ended', (outcome, node, color) => {
    const styles = draw(outcome).match(/^ {2}style .*$/gm)
    expect(styles).toEqual([expect.stringMatching(new RegExp(`^  style ${node} .*color:${color}$`))])
  })

  test('colors the account if there is no role that could be denied', () => {
    const picture = drawGiven(
      { 'role-to-assume': 'none', 'allowed-account-ids': ACCOUNT },
      undefined,
      'ERR_STS_UNAVAILABLE',
    )
    expect(picture).toMatch(/style account .*color:#cf222e/)
  })

  test.each<[FailureCode]>([['ERR_INPUT_INVALID'], ['ERR_UNEXPECTED']])(
    'draws nothing for %s, which happens before any link',
    outcome => {
      expect(draw(outcome)).toBe('')
    },
  )

  test.each<[FailureCode]>([
    ['ERR_OIDC_REQUEST_FAILED'],
    ['ERR_STS_REJECTED'],
    ['ERR_STS_UNAVAILABLE'],
    ['ERR_STS_BAD_RESPONSE'],
    ['ERR_IDENTITY_MISMATCH'],
  ])('never draws all three links as passed for %s', outcome => {
    expect(linksOf(draw(outcome))).toContain(BROKEN)
  })

  test('is a Mermaid block with the repository, the issuer, the role and the account', () => {
    const picture = draw('verified')
    expect(picture).toMatch(/^```mermaid\nflowchart LR\n[^`]*\n```$/)
    for (const part of [
      'octo-org/octo-repo',
      'refs/heads/main',
      'token.actions.githubusercontent.com',
      'Deploy',
      ACCOUNT,
    ]) {
      expect(picture).toContain(part)
    }
  })

  test('is drawn exactly', () => {
    const lines = (outcome: FailureCode | 'verified') => draw(outcome).split('\n').slice(2, -1)
    expect(lines('verified')).toEqual([
      '  repository["octo-org/octo-repo<br>refs/heads/main"]',
      '  source["OIDC issuer<br>https#58;//token.actions.githubusercontent.com"]',
      '  role["role<br>Deploy"]',
      `  account["account<br>${ACCOUNT}"]`,
      '  repository -- "✔ token" --> source',
      '  source -- "✔ assume" --> role',
      '  role -- "✔ verified" --> account',
      '  style account fill:#dafbe1,stroke:#1a7f37,color:#1a7f37',
    ])
    expect(lines('ERR_STS_REJECTED').slice(4)).toEqual([
      '  repository -- "✔ token" --> source',
      '  source -- "✘ assume" --x role',
      '  role -. "verify" .-> account',
      '  style role fill:#ffebe9,stroke:#cf222e,color:#cf222e',
    ])
    expect(lines('ERR_IDENTITY_MISMATCH').slice(3)).toEqual([
      `  account["actual caller<br>Deploy<br>${ACCOUNT}"]`,
      '  repository -- "✔ token" --> source',
      '  source -- "✔ assume" --> role',
      '  role -- "✘ verify" --x account',
      '  style account fill:#ffebe9,stroke:#cf222e,color:#cf222e',
    ])
  })

  const VERIFY_ONLY = { 'role-to-assume': 'none', 'allowed-account-ids': ACCOUNT }

  /** The picture for a run with these values. */
  function drawGiven(
    given: Given,
    arn?: string,
    outcome: FailureCode | 'verified' = 'verified',
    environment: Readonly<Record<string, string>> = OFFER,
  ): string {
    const record = { run: RUN, inputs: inputsWith(given, environment) }
    return drawFlow(new SummaryText(String), record, outcome, arn ? comparisonWith(arn) : undefined)
  }

  test.each<[string, Given, Readonly<Record<string, string>>, RegExp, RegExp]>([
    ["GitHub's token", {}, OFFER, /OIDC issuer/, /✔ token/],
    ['a token file', { 'web-identity-token-file': 'x' }, OFFER, /token file/, /✔ token/],
    ['access keys', KEY_INPUTS, OFFER, /access keys/, /✔ keys/],
    ['role-chaining', { 'role-chaining': 'true' }, OFFER, /existing credentials/, /✔ keys/],
    ['no offer', {}, {}, /existing credentials/, /✔ keys/],
  ])('shows where the credentials come from, with %s', (_, given, environment, source, gives) => {
    const picture = drawGiven(given, SESSION_ARN, 'verified', environment)
    expect(picture).toMatch(source)
    expect(picture).toMatch(gives)
    expect(picture).toContain('Deploy')
    expect(linksOf(picture)).toEqual([PASSED, PASSED, PASSED])
  })

  test('shows the roles of a chain, in order', () => {
    const picture = drawGiven({ 'role-chain': `${NEXT_ROLE_ARN}\narn:aws:iam::${ACCOUNT}:role/Last` })
    expect(picture).toMatch(/Deploy<br>Next<br>Last/)
    expect(linksOf(picture)).toEqual([PASSED, PASSED, PASSED])
  })

  test('shows the account of a chain’s last role, and the real one for a bare name', () => {
    expect(drawGiven({ 'role-chain': NEXT_ROLE_ARN })).toMatch(new RegExp(`account<br>${OTHER_ACCOUNT}`))
    const bare = { 'role-to-assume': 'Deploy', 'role-chaining': 'true' }
    expect(drawGiven(bare, SESSION_ARN)).toMatch(new RegExp(`account<br>${ACCOUNT}`))
    expect(drawGiven(bare, undefined, 'ERR_CREDENTIALS_UNAVAILABLE')).not.toContain('undefined')
  })

  test.each<[string, Given, FailureCode | 'verified', readonly (string | undefined)[]]>([
    ['that passed', VERIFY_ONLY, 'verified', [PASSED, PASSED]],
    ['of keys that passed', { ...VERIFY_ONLY, ...KEY_INPUTS }, 'verified', [PASSED, PASSED]],
    ['of another caller', VERIFY_ONLY, 'ERR_IDENTITY_MISMATCH', [PASSED, BROKEN]],
    ['of no credentials', VERIFY_ONLY, 'ERR_CREDENTIALS_UNAVAILABLE', [BROKEN, NOT_TRIED]],
  ])('has no role and no link to one in verify only, %s', (_, given, outcome, links) => {
    const picture = drawGiven(given, SESSION_ARN, outcome)
    expect(linksOf(picture)).toEqual(links)
    expect(picture).not.toMatch(/ role\[|"[✔✘ ]*assume"/)
    expect(picture).toContain(ACCOUNT)
  })

  test('shows existing credentials that were kept, without a role that was not assumed', () => {
    const picture = drawReused(inputsWith({ 'use-existing-credentials': 'true' }), SESSION_ARN)
    expect(picture).toMatch(/existing credentials/)
    expect(picture).not.toMatch(/OIDC|Deploy|assume/)
    expect(linksOf(picture)).toEqual([PASSED, PASSED])
  })

  test.each<[FailureCode]>([['ERR_PROFILE_WRITE'], ['ERR_TIMEOUT']])(
    'never shows a complete chain for %s, when no link is to blame',
    outcome => {
      expect(draw(outcome)).toBe('')
    },
  )

  test('names the actual caller instead of the account on a mismatch', () => {
    const picture = draw('ERR_IDENTITY_MISMATCH', 'arn:aws:sts::444455556666:assumed-role/Admin/x1')
    expect(picture).toContain(OTHER_ACCOUNT)
    expect(picture).toContain('Admin')
  })

  test('draws what is known when little is', () => {
    const picture = drawFlow(
      new SummaryText(String),
      { inputs: inputsWith() },
      'ERR_OIDC_NOT_PERMITTED',
      undefined,
    )
    expect(picture).toContain('Deploy')
    expect(picture).toContain('repository["this job"]')
    expect(picture).toContain('source["OIDC issuer<br>GitHub"]')
    expect(picture).not.toContain('undefined')
  })

  test('names the actual account when the role gives none', () => {
    const bare = { 'role-to-assume': 'Deploy', 'role-chaining': 'true' }
    expect(drawGiven(bare)).toContain('account["account"]')
    expect(drawGiven(VERIFY_ONLY, SESSION_ARN)).toContain(`["account<br>${ACCOUNT}"]`)
  })

  test('keeps hostile text inert in labels: no line, quote, bracket or arrow is added', () => {
    const render = (text: string, outcome: FailureCode | 'verified') =>
      drawFlow(
        new SummaryText(String),
        {
          run: { ...RUN, repository: text, ref: text },
          inputs: inputsWith(),
          claims: claimsWith({ issuer: text }),
        },
        outcome,
        { ...comparisonWith(''), caller: { arn: text, accountId: text, userId: text } },
      )
    const bones = (picture: string) =>
      picture.replaceAll(/#\d+;/g, '').replaceAll(/[^\n"'`[\](){}<>|;#&@%]/g, '')
    fc.assert(
      fc.property(
        anyText.filter(Boolean),
        fc.constantFrom<FailureCode | 'verified'>('verified', 'ERR_IDENTITY_MISMATCH'),
        (text, outcome) => {
          expect(bones(render(text, outcome))).toBe(bones(render('x', outcome)))
        },
      ),
      { numRuns: 300 },
    )
  })
})

test('the picture of kept credentials shows the verified account, not that of a role never assumed', () => {
  const inputs = inputsWith({
    'use-existing-credentials': 'true',
    'expected-role': 'any',
    'allowed-account-ids': OTHER_ACCOUNT,
  })
  const picture = drawReused(inputs, `arn:aws:sts::${OTHER_ACCOUNT}:assumed-role/Admin/run-7`)
  expect(picture).toContain(OTHER_ACCOUNT)
  expect(picture).not.toContain(ACCOUNT)
})

test('the picture of a token file that could not be read does not say that GitHub made its token', () => {
  const inputs = inputsWith({ 'web-identity-token-file': 'x' })
  const picture = drawFlow(new SummaryText(String), { inputs }, 'ERR_CREDENTIALS_UNAVAILABLE', undefined)
  expect(picture).not.toContain('GitHub')
})

test('the picture of ERR_OIDC_NOT_PERMITTED shows the token that GitHub did not offer', () => {
  const record = { inputs: inputsWith({}, {}) }
  const picture = drawFlow(new SummaryText(String), record, 'ERR_OIDC_NOT_PERMITTED', undefined)
  expect(picture).toContain('✘ token')
})
