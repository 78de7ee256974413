import type { FailureCode, GateError } from '../base/failure.ts'
import { formatArn } from '../identity/arn.ts'
import { type Expectation, formatExpectedIdentity } from '../identity/expectation.ts'
import type { CallerIdentity, Session } from '../identity/session.ts'
import type { ProfileSettings } from '../identity/target.ts'
import { type About, accountIdsIn, type Difference, type Match, roleIdOf } from '../identity/verdict.ts'
import type { Inputs } from '../inputs/inputs.ts'
import { RemoteFailure } from '../network/remote-failure.ts'
import { HEADLINES } from '../outcome/headlines.ts'
import { tellsReason } from '../outcome/refusals.ts'
import { accountsOf, formatCount } from '../outcome/several-roles.ts'
import {
  type Comparison,
  comparisonOf,
  hasFailed,
  requestIdIn,
  type StepRecord,
  type TargetOutcome,
  type VerifiedRecord,
} from '../outcome/step-record.ts'
import type { Claims } from '../token/id-token.ts'
import { cautionOf, suggestTrustPolicy } from '../trust-policy/suggestion.ts'
import { drawFlow } from './picture.ts'
import { type Redact, SummaryText } from './text.ts'

/** The job summary of a step that passed: the verdict first. `now` is the time of writing. */
export function renderVerified(
  record: VerifiedRecord,
  matches: readonly [Match, ...Match[]],
  now: Date,
  redact: Redact,
): string {
  const { targets, isForSeveralRoles } = record.inputs
  const [match] = matches
  const comparison = { expected: match.target.expected, caller: match.caller, differences: [] }
  const text = new SummaryText(redact)
  const who = match.identity.kind === 'user' ? match.identity.userName : match.identity.roleName
  return joinSections([
    isForSeveralRoles
      ? `## ✅ Verified: ${count(targets.length, 'role')} in ${count(accountsOf(targets).size, 'account')}`
      : `## ✅ Verified: ${text.code(who)} in account ${text.code(match.identity.accountId)}`,
    isForSeveralRoles ? renderRoles(text, matches, now) : renderComparison(text, comparison),
    renderSession(text, record.inputs, matches, now),
    drawFlow(text, record, 'verified', comparison),
    renderForecast(text, record),
    record.claims ? renderClaims(text, record.claims) : '',
  ])
}

function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? '' : 's'}`
}

/** A row for each of several roles, failures first. The life of a session counts from `now`, if it was exported. */
function renderRoles(text: SummaryText, outcomes: readonly TargetOutcome[], now?: Date): string {
  const failed = outcomes.filter(hasFailed)
  const passed = outcomes.filter(outcome => !hasFailed(outcome))
  const rows = [...failed, ...passed].map(outcome => {
    const { roles, profile } = outcome.target
    const [role] = roles
    const caller = callerIn(outcome)
    return [
      hasFailed(outcome) ? `✘ ${text.code(outcome.failure.code)}` : '✔',
      text.code(profile?.name ?? ''),
      text.code(role?.kind === 'role' ? formatArn(role) : ''),
      caller ? text.code(caller.arn) : '',
      outcome.kind === 'match' && now ? renderLife(outcome.session.credentials.expiration, now) : '',
      text.code(requestIdOf(outcome) ?? ''),
    ]
  })
  return table(['', 'Profile', 'Role', 'Caller', 'Expires', 'Request ID'], rows)
}

function requestIdOf(outcome: TargetOutcome): string | undefined {
  return hasFailed(outcome) ? requestIdIn(outcome.failure) : outcome.requestId
}

function callerIn(outcome: TargetOutcome): CallerIdentity | undefined {
  return hasFailed(outcome) ? comparisonOf({}, outcome.failure)?.caller : outcome.caller
}

/** The job summary of a step that failed, or reported a mismatch. */
export function renderFailure(record: StepRecord, failure: GateError, redact: Redact): string {
  const text = new SummaryText(redact)
  const { inputs, claims } = record
  const several = inputs?.isForSeveralRoles ? record.outcomes : undefined
  const comparison = comparisonOf(record, failure)
  return joinSections([
    `## ❌ ${headlineOf(failure, several)}`,
    several ? renderRoles(text, several) : '',
    comparison && !several ? renderComparison(text, comparison) : '',
    `**${text.code(failure.code)}**: ${text.lines(failure.message)}`,
    `**What to do:** ${text.lines(failure.hint)}`,
    inputs ? drawFlow(text, { ...record, inputs }, stageOf(failure, inputs), comparison) : '',
    renderForecast(text, record),
    renderSuggestion(text, record, failure),
    claims ? renderClaims(text, claims) : '',
  ])
}

function headlineOf({ code }: GateError, outcomes: readonly TargetOutcome[] = []): string {
  if (outcomes.some(hasFailed)) return `${formatCount(outcomes)}, so nothing was exported`
  // Where that may be after the export was begun, the error says what is known of it.
  const consequence = code === 'ERR_UNEXPECTED' ? '' : ', so nothing was exported'
  return `Not verified: ${HEADLINES[code]}${consequence}`
}

/** A session that GetCallerIdentity could not be asked about was assumed all the same, if it is a role's. */
function stageOf({ code, cause }: GateError, { targets, isForSeveralRoles }: Inputs): FailureCode {
  if (!(cause instanceof RemoteFailure)) return code
  const isUnproved = cause.operation === 'GetCallerIdentity'
  const isLast = isForSeveralRoles || targets[0].roles.length === 0 || cause.isOfNewSession
  return isUnproved && isLast ? 'ERR_IDENTITY_MISMATCH' : code
}

/** The guards, each with a mark where it asks for anything. */
function renderComparison(text: SummaryText, { expected, caller, differences }: Comparison): string {
  const markOf = (guard: keyof typeof ROWS, wanted: string) => {
    if (differences.some(({ about }) => ROWS[guard].includes(about))) return MARKS.fails
    return wanted === ANY ? '' : MARKS.holds
  }
  const row = (guard: keyof typeof ROWS, wanted: string, ...actual: readonly string[]) => [
    guard,
    wanted,
    actual.map(value => text.code(value)).join(' and '),
    markOf(guard, wanted),
  ]
  const { identities, roleIds } = expected
  return table(
    ['', 'Expected', 'Actual', ''],
    [
      row(
        'Identity',
        identities === 'any' ? 'any role or user' : alternatives(text, identities, formatExpectedIdentity),
        caller.arn,
      ),
      row('Account', renderAccounts(text, expected), ...accountIdsIn(caller)),
      row('Role id', alternatives(text, roleIds, String), roleIdOf(caller)),
      ...renderCrossChecks(text, differences),
    ],
  )
}

/** What each guard's row tells of. */
const ROWS: Readonly<Record<'Identity' | 'Account' | 'Role id', readonly About[]>> = {
  Identity: ['identity', 'caller'],
  Account: ['account'],
  'Role id': ['role id'],
}

/** A row for each part of AWS's answers that does not agree with another, whatever the guards say. */
function renderCrossChecks(text: SummaryText, differences: readonly Difference[]): string[][] {
  const guards: readonly About[] = Object.values(ROWS).flat()
  return differences
    .filter(({ about }) => !guards.includes(about))
    .map(({ about, expected, actual }) => [about, text.code(expected), text.code(actual), MARKS.fails])
}

const ANY = 'any'

function renderAccounts(text: SummaryText, { allowedAccountIds, forbiddenAccountIds }: Expectation): string {
  const allowed = alternatives(text, allowedAccountIds, String)
  return forbiddenAccountIds.length === 0
    ? allowed
    : `${allowed}, but not ${alternatives(text, forbiddenAccountIds, String)}`
}

function alternatives<Value>(
  text: SummaryText,
  values: readonly Value[] | 'any' | 'role-assumed',
  format: (value: Value) => string,
): string {
  if (values === 'role-assumed') return 'the role assumed'
  return values === 'any' ? ANY : values.map(value => text.code(format(value))).join(' or ')
}

function renderSession(
  text: SummaryText,
  inputs: Inputs,
  matches: readonly [Match, ...Match[]],
  now: Date,
): string {
  const [{ identity, session }] = matches
  const answeredBy = answeringRegions(inputs, matches)
  return [
    identity.kind === 'assumed-role' ? `**Session** ${text.code(identity.sessionName)}` : '',
    `**Region** ${text.code(inputs.region)}`,
    answeredBy === inputs.region ? '' : `**Answered by** ${text.code(answeredBy)}`,
    inputs.isForSeveralRoles ? '' : renderExpiry(session.credentials.expiration, now),
    `**Exported to** ${destinations(text, inputs, session)}`,
    inputs.isForSeveralRoles || !matches[0].requestId
      ? ''
      : `**Request ID** ${text.code(matches[0].requestId)}`,
  ]
    .filter(Boolean)
    .join(' · ')
}

function renderExpiry(expiration: Date | undefined, now: Date): string {
  return expiration ? `**Expires** ${renderLife(expiration, now)}` : ''
}

function answeringRegions({ region }: Inputs, matches: readonly Match[]): string {
  return [...new Set(matches.map(({ caller }) => caller.answeredBy ?? region))].join(', ')
}

function renderLife(expiration: Date | undefined, now: Date): string {
  if (!expiration) return ''
  const minutes = Math.floor((expiration.getTime() - now.getTime()) / 60_000)
  const clock = expiration.toISOString().slice(0, 16).replace('T', ' ')
  return `${clock} UTC, ${minutes} minutes left`
}

function destinations(text: SummaryText, inputs: Inputs, { origin }: Session): string {
  const [{ profile }] = inputs.targets
  const places = [
    inputs.exportsEnvironment && origin.kind !== 'existing' ? 'the environment' : '',
    profile && !inputs.isForSeveralRoles ? `the profile ${text.code(profile.name)}${renewing(profile)}` : '',
    profile && inputs.isForSeveralRoles ? `a profile for each role${renewing(profile)}` : '',
    inputs.outputsCredentials ? "the step's outputs" : '',
  ]
  return places.filter(Boolean).join(', ') || 'nowhere: verified only'
}

function renewing({ refreshes }: ProfileSettings): string {
  return refreshes ? ' (renews itself)' : ''
}

/** What a copy of the policy says of the token, condition by condition. */
function renderForecast(text: SummaryText, { forecast }: StepRecord): string {
  if (!forecast) return ''
  const { path, prediction, weaknesses } = forecast
  const rows = prediction.statements.flatMap(({ name, effect, checks }) =>
    checks.map(({ what, wanted, found, outcome }) => [
      text.code(`${name} (${effect})`),
      text.code(what),
      text.code(wanted),
      text.code(found),
      MARKS[outcome],
    ]),
  )
  const head = `**${text.code(path)}** predicts: ${prediction.decision === 'unknown' ? "can't tell" : prediction.decision}`
  return [
    head,
    table(['Statement', 'Check', 'Wanted', 'Found', ''], rows),
    text.lines(weaknesses.map(line => `- ${line}`).join('\n')),
  ]
    .filter(Boolean)
    .join('\n\n')
}

const MARKS = { holds: '✔', fails: '✘', unknown: '?' } as const

/** For a refused token: the policy that would let it in. */
function renderSuggestion(
  text: SummaryText,
  { inputs, claims }: StepRecord,
  { code, cause }: GateError,
): string {
  const isRefused = cause instanceof RemoteFailure && cause.operation === 'AssumeRoleWithWebIdentity'
  const role = inputs?.isForSeveralRoles ? undefined : inputs?.targets[0].roles[0]
  if (code !== 'ERR_STS_REJECTED' || !isRefused || !inputs || !claims || role?.kind !== 'role') return ''
  if (tellsReason(cause)) return '' // another trust policy would not help
  const suggestion = text.json(suggestTrustPolicy(role, claims))
  const caution = cautionOf(claims)
  return [
    `**A trust policy for exactly this subject, audience and issuer**, should the role be meant for it${inputs.masksAccountIds ? ' (put the account id in its place)' : ''}:`,
    caution ? `⚠️ ${text.lines(caution)}` : '',
    suggestion,
  ]
    .filter(Boolean)
    .join('\n\n')
}

/** The claims that people and policies ask about, in the order of asking. */
const CLAIMS_THAT_MATTER = [
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

function renderClaims(text: SummaryText, { all }: Claims): string {
  const present = CLAIMS_THAT_MATTER.filter(name => all[name] !== undefined)
  const rows = present.map(name => [name.replaceAll('_', '&#95;'), text.code(formatClaim(all[name]))])
  return `<details><summary>The token's claims</summary>\n\n${table(['Claim', 'Value'], rows)}\n\n</details>`
}

function formatClaim(value: unknown): string {
  if (typeof value === 'string') return value
  try {
    return JSON.stringify(value)
  } catch {
    return '(nested too deep to be shown)'
  }
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n')
}

function joinSections(sections: readonly string[]): string {
  return `${sections.filter(Boolean).join('\n\n')}\n`
}
