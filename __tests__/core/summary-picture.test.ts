import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import type { FailureCode } from '../../src/core/failure.ts'
import { drawFlow } from '../../src/core/summary-picture.ts'
import { SummaryText } from '../../src/core/summary-text.ts'
import { anyText } from './arbitraries.ts'
import { ACCOUNT, callerOf, claimsWith, inputsWith, OTHER_ACCOUNT, SESSION_ARN } from './samples.ts'

const RUN = { repository: 'octo-org/octo-repo', ref: 'refs/heads/main', eventName: 'push', fork: false }

function draw(outcome: FailureCode | 'verified', arn = SESSION_ARN): string {
  return drawFlow(
    new SummaryText(String),
    { run: RUN, inputs: inputsWith(), claims: claimsWith(), caller: callerOf(arn) },
    outcome,
  )
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
    ['ERR_STS_REJECTED', [PASSED, BROKEN, NOT_TRIED]],
    ['ERR_IDENTITY_MISMATCH', [PASSED, PASSED, BROKEN]],
  ])('shows for %s how far the chain came', (outcome, links) => {
    expect(linksOf(draw(outcome))).toEqual(links)
  })

  test.each<[FailureCode]>([['ERR_INPUT_INVALID'], ['ERR_UNEXPECTED']])(
    'draws nothing for %s, which comes before any link',
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

  test('is a block of Mermaid with the repository, the issuer, the role and the account', () => {
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

  test('names in the place of the account who answered, on a mismatch', () => {
    const picture = draw('ERR_IDENTITY_MISMATCH', 'arn:aws:sts::444455556666:assumed-role/Admin/x1')
    expect(picture).toContain(OTHER_ACCOUNT)
    expect(picture).toContain('Admin')
  })

  test('draws what is known, where little is', () => {
    const picture = drawFlow(new SummaryText(String), { inputs: inputsWith() }, 'ERR_OIDC_NOT_PERMITTED')
    expect(picture).toContain('Deploy')
    expect(picture).not.toContain('undefined')
  })

  test('holds hostile text as inert labels: no line, quote, bracket or arrow is added', () => {
    const render = (text: string, outcome: FailureCode | 'verified') =>
      drawFlow(
        new SummaryText(String),
        {
          run: { ...RUN, repository: text, ref: text },
          inputs: inputsWith(),
          claims: claimsWith({ issuer: text }),
          caller: { arn: text, accountId: text, userId: text },
        },
        outcome,
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
