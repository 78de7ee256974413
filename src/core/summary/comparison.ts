import { formatArn, isRoleName } from '../identity/arn.ts'
import type { Expectation, ExpectedIdentity } from '../identity/expectation.ts'
import type { CallerIdentity } from '../identity/session.ts'
import { type About, accountIdsIn, type Difference, GUARDS, roleIdOf } from '../identity/verdict.ts'
import type { Comparison } from '../outcome/step-record.ts'
import { claimValues } from '../token/claim-values.ts'
import type { Claims } from '../token/id-token.ts'
import { failedClaims, formatRequiredClaims, type RequiredClaim } from '../token/required-claims.ts'
import { code, MARKS, type SummaryText, table } from './text.ts'

/** Every guard with what was expected, what was found, and whether that matches. */
export function renderComparison(
  text: SummaryText,
  { expected, caller, differences }: Comparison,
  required: readonly RequiredClaim[],
  claims: Claims | undefined,
): string {
  const { identities, roleIds } = expected
  const of = (...about: readonly About[]) => differences.filter(each => about.includes(each.about))
  return table(
    ['', 'Expected', 'Actual', ''],
    [
      row(
        'Identity',
        renderIdentities(text, identities),
        renderCaller(text, caller, identities),
        identities === 'any',
        of('identity', 'caller'),
      ),
      row(
        'Account',
        renderAccounts(text, expected),
        accountIdsIn(caller).map(code(text)).join(' and '),
        expected.allowedAccountIds === 'any' && expected.forbiddenAccountIds.length === 0,
        of('account'),
      ),
      row(
        'Role ID',
        roleIds === 'any' ? '' : roleIds.map(code(text)).join(' or '),
        text.code(roleIdOf(caller)),
        roleIds === 'any',
        of('role id'),
      ),
      ...renderClaims(text, required, claims),
      ...renderCrossChecks(text, caller, differences),
    ],
  )
}

/** `failed` is what doesn't match, with a note for each that has one. */
function row(
  guard: string,
  expected: string,
  actual: string,
  isOff: boolean,
  failed: readonly Difference[],
): string[] {
  const notes = failed.flatMap(({ note }) => (note === undefined ? [] : [note]))
  const mark = failed.length > 0 ? [MARKS.fails, ...notes].join(' ') : isOff ? '' : MARKS.holds
  return [guard, isOff && failed.length === 0 ? NOT_CHECKED : expected, actual, mark]
}

const NOT_CHECKED = 'not checked'

function renderIdentities(text: SummaryText, identities: Expectation['identities']): string {
  if (identities === 'any') return 'a role session or an IAM user'
  if (identities === 'role-assumed') return 'the role assumed'
  return [...new Set(identities.map(each => renderIdentity(text, each)))].join(' or ')
}

/** Each ARN is shown once. */
function renderCaller(
  text: SummaryText,
  { arn }: CallerIdentity,
  identities: Expectation['identities'],
): string {
  const shown = typeof identities === 'string' ? [] : identities.map(each => renderIdentity(text, each))
  return shown.includes(text.code(arn)) ? 'the same' : text.code(arn)
}

/** As its author wrote it. A name alone comes with the account that it is in. */
function renderIdentity(text: SummaryText, identity: ExpectedIdentity): string {
  if (identity.kind === 'user') return text.code(formatArn(identity))
  const { written, accountId } = identity
  return isRoleName(written) ? `${text.code(written)} in account ${text.code(accountId)}` : text.code(written)
}

function renderAccounts(text: SummaryText, { allowedAccountIds, forbiddenAccountIds }: Expectation): string {
  const allowed = allowedAccountIds === 'any' ? 'any' : allowedAccountIds.map(code(text)).join(' or ')
  const forbidden = forbiddenAccountIds.map(code(text)).join(' or ')
  return forbidden === '' ? allowed : `${allowed}, except ${forbidden}`
}

/** The claims that are required, where nothing else is known of the run. */
export function renderRequiredClaims(
  text: SummaryText,
  required: readonly RequiredClaim[],
  claims: Claims,
): string {
  return table(['', 'Expected', 'Actual', ''], renderClaims(text, required, claims))
}

/** A row for each claim that is required; one that says so where none is. */
function renderClaims(
  text: SummaryText,
  required: readonly RequiredClaim[],
  claims: Claims | undefined,
): string[][] {
  if (required.length === 0) return [['Claims', NOT_CHECKED, '', '']]
  return required.map(each => {
    const actual = claims ? claimValues(claims.all, each.claim).map(code(text)).join(', ') : ''
    const isMet = claims !== undefined && failedClaims([each], claims).length === 0
    const expected = formatRequiredClaims([each]).map(code(text)).join(' or ')
    return ['Claim', expected, actual, isMet ? MARKS.holds : MARKS.fails]
  })
}

/** A row for each part of AWS's responses that contradicts another, whatever the guards say. */
function renderCrossChecks(
  text: SummaryText,
  caller: CallerIdentity,
  differences: readonly Difference[],
): string[][] {
  const actualOf = ({ actual }: Difference) =>
    actual === caller.arn ? 'the actual identity above' : text.code(actual)
  return differences
    .filter(({ about }) => !GUARDS.includes(about))
    .map(each => [each.about, text.code(each.expected), actualOf(each), MARKS.fails])
}
