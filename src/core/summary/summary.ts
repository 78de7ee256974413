import type { FailureCode, GateError } from '../base/failure.ts'
import type { RoleArn } from '../identity/arn.ts'
import type { Session } from '../identity/session.ts'
import type { ProfileSettings } from '../identity/target.ts'
import type { Match } from '../identity/verdict.ts'
import type { Inputs } from '../inputs/inputs.ts'
import { type Operation, RemoteFailure } from '../network/remote-failure.ts'
import { whoMustAct } from '../outcome/responsible.ts'
import { accountsOf } from '../outcome/several-roles.ts'
import {
  type Comparison,
  comparisonOf,
  issuingCallOf,
  requestIdOf,
  type StepRecord,
  type VerifiedRecord,
} from '../outcome/step-record.ts'
import type { Claims } from '../token/id-token.ts'
import { renderComparison, renderRequiredClaims } from './comparison.ts'
import { headingOf, roleIn, withRun } from './heading.ts'
import { cloudTrailUrl, commitUrl, helpUrl, trustPolicyUrl } from './links.ts'
import { drawFlow } from './picture.ts'
import { renderFailedRoles, renderRoles } from './roles.ts'
import { renderSuggestion } from './suggestion.ts'
import { details, formatMinute, joinSections, MARKS, type Redact, SummaryText, table } from './text.ts'

/** The job summary of a step that passed: the verdict first. */
export function renderVerified(
  record: VerifiedRecord,
  matches: readonly [Match, ...Match[]],
  redact: Redact,
): string {
  const { targets, isForSeveralRoles, requiredClaims } = record.inputs
  const [match] = matches
  const { identity } = match
  const comparison = { expected: match.target.expected, caller: match.caller, differences: [] }
  const text = new SummaryText(redact)
  const who = isForSeveralRoles
    ? `${count(targets.length, 'role')} in ${count(accountsOf(targets).size, 'account')}`
    : `${text.code(identity.kind === 'user' ? identity.userName : identity.roleName)} in account ${text.code(identity.accountId)}`
  return page([
    `## ✅ ${withRun(text, `Verified: ${who}`, record.run)}`,
    isForSeveralRoles
      ? renderRoles(text, matches, true)
      : renderComparison(text, comparison, requiredClaims, record.claims),
    renderSession(text, record.inputs, matches),
    renderLinks(text, record, isForSeveralRoles || identity.kind === 'user' ? undefined : identity),
    drawFlow(text, record, 'verified', comparison),
    renderForecast(text, record),
    record.claims ? renderClaims(text, record.claims) : '',
  ])
}

/** The job summary of a step that failed, or reported a mismatch. */
export function renderFailure(
  record: StepRecord,
  failure: GateError,
  isReported: boolean,
  redact: Redact,
): string {
  const text = new SummaryText(redact)
  const { inputs, claims } = record
  const several = inputs?.isForSeveralRoles ? record.outcomes : undefined
  const comparison = several ? undefined : comparisonOf(record, failure)
  const target = inputs && !inputs.isForSeveralRoles ? inputs.targets[0] : undefined
  const role = roleIn(inputs, failure)
  const isClaimMismatch = failure.code === 'ERR_CLAIM_MISMATCH'
  const comparisonTable = renderTable(text, record, failure, comparison)
  const isShownInTable =
    comparisonTable !== '' && (isClaimMismatch || failure.code === 'ERR_IDENTITY_MISMATCH')
  return page([
    headingOf(text, record, failure, isReported),
    several ? '' : `${text.code(failure.code)} · **Who must act:** ${text.plain(whoMustAct(failure, role))}`,
    several ? renderRoles(text, several, false) : '',
    comparisonTable,
    several || isShownInTable ? '' : `**What happened:** ${text.lines(failure.message)}`,
    several ? renderFailedRoles(text, record) : `**What to do:** ${text.lines(failure.hint)}`,
    isShownInTable ? renderRequestId(text, requestIdOf(failure, record)) : '',
    target ? renderSuggestion(text, record, failure, target) : '',
    renderLinks(text, record, isClaimMismatch ? undefined : role, failure),
    inputs
      ? drawFlow(text, { ...record, inputs }, stageOf(failure, inputs), comparisonOf(record, failure))
      : '',
    renderForecast(text, record),
    claims ? renderClaims(text, claims) : '',
  ])
}

/** What was expected beside what was found: of a token that was not sent to AWS, its claims. */
function renderTable(
  text: SummaryText,
  { inputs, claims }: StepRecord,
  { code }: GateError,
  comparison: Comparison | undefined,
): string {
  const required = inputs?.requiredClaims ?? []
  if (comparison) return renderComparison(text, comparison, required, claims)
  return code === 'ERR_CLAIM_MISMATCH' && claims && required.length > 0
    ? renderRequiredClaims(text, required, claims)
    : ''
}

function page(sections: readonly string[]): string {
  return `${joinSections(sections)}\n`
}

function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? '' : 's'}`
}

/** If GetCallerIdentity failed for a session that was just issued, the role was assumed. */
function stageOf({ code, cause }: GateError, { targets, isForSeveralRoles }: Inputs): FailureCode {
  if (!(cause instanceof RemoteFailure)) return code
  const isUnproved = cause.operation === 'GetCallerIdentity'
  const isLast = isForSeveralRoles || targets[0].roles.length === 0 || cause.isOfNewSession
  return isUnproved && isLast ? 'ERR_IDENTITY_MISMATCH' : code
}

function renderSession(text: SummaryText, inputs: Inputs, matches: readonly [Match, ...Match[]]): string {
  const [{ identity, session, requestId }] = matches
  const answeredBy = answeringRegions(inputs, matches)
  return [
    identity.kind === 'assumed-role' ? `**Session** ${text.code(identity.sessionName)}` : '',
    `**Region** ${text.code(inputs.region)}`,
    answeredBy === inputs.region ? '' : `**Answered by** ${text.code(answeredBy)}`,
    inputs.isForSeveralRoles ? '' : renderExpiry(session.credentials.expiration),
    `**Exported to** ${destinations(text, inputs, session)}`,
    inputs.isForSeveralRoles ? '' : renderRequestId(text, requestId),
  ]
    .filter(Boolean)
    .join(' · ')
}

function renderExpiry(expiration: Date | undefined): string {
  return expiration ? `**Expires** ${formatMinute(expiration)}` : ''
}

function renderRequestId(text: SummaryText, requestId: string | undefined): string {
  return requestId === undefined ? '' : `**Request ID** ${text.code(requestId)}`
}

function answeringRegions({ region }: Inputs, matches: readonly Match[]): string {
  return [...new Set(matches.map(({ caller }) => caller.answeredBy ?? region))].join(', ')
}

function destinations(text: SummaryText, inputs: Inputs, { origin }: Session): string {
  const [{ profile }] = inputs.targets
  const places = [
    inputs.exportsEnvironment && origin.kind !== 'existing' ? 'the environment' : '',
    profile && !inputs.isForSeveralRoles ? `the profile ${text.code(profile.name)}${renewing(profile)}` : '',
    profile && inputs.isForSeveralRoles ? `a profile for each role${renewing(profile)}` : '',
    inputs.outputsCredentials ? "the step's outputs" : '',
  ]
  return places.filter(Boolean).join(', ') || 'nothing (verify only)'
}

function renewing({ refreshes }: ProfileSettings): string {
  return refreshes ? ' (renews itself)' : ''
}

/** Where to look further. */
function renderLinks(
  text: SummaryText,
  record: StepRecord,
  role: Pick<RoleArn, 'partition' | 'roleName' | 'accountId'> | undefined,
  failure?: GateError,
): string {
  const { run } = record
  const links: readonly (readonly [string, string | undefined])[] = [
    ...(failure && run ? [[`Help for ${failure.code}`, helpUrl(failure, run)] as const] : []),
    ...(role
      ? [[`Trust policy in the IAM console of account ${role.accountId}`, trustPolicyUrl(role)] as const]
      : []),
    ...cloudTrailLinks(record, role?.partition, failure),
    ...(run ? [[`Commit ${run.sha.slice(0, 7)}`, commitUrl(run)] as const] : []),
  ]
  return links
    .filter(([, url]) => url !== undefined)
    .map(([label, url]) => text.link(label, url))
    .join(' · ')
}

/** To the events of the call that failed, or that the session is from. */
function cloudTrailLinks(
  record: StepRecord,
  partitionOfRole: string | undefined,
  failure: GateError | undefined,
): readonly (readonly [string, string | undefined])[] {
  const { inputs, calls = [] } = record
  const { cause } = failure ?? {}
  if (cause instanceof RemoteFailure && cause.operation === 'GetIdToken') return []
  const operation = cause instanceof RemoteFailure ? cause.operation : issuedBy(record)
  const roles = inputs?.targets.flatMap(each => each.roles) ?? []
  const partition = partitionOfRole ?? roles.find(each => each.kind === 'role')?.partition
  const region = calls.at(-1)?.region
  if (!operation || !partition || !region) return []
  return [[`${operation} in CloudTrail`, cloudTrailUrl(partition, region, operation)]]
}

function issuedBy(record: StepRecord): Operation | undefined {
  if (!record.inputs?.isForSeveralRoles) return issuingCallOf(record)?.operation
  return record.calls?.findLast(({ operation }) => operation !== 'GetCallerIdentity')?.operation
}

/** What a copy of the policy says of the token, condition by condition. */
function renderForecast(text: SummaryText, { forecast }: StepRecord): string {
  if (!forecast) return ''
  const { path, prediction, remarks } = forecast
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
  return joinSections([
    head,
    table(['Statement', 'Check', 'Wanted', 'Found', ''], rows),
    text.lines(remarks.map(line => `- ${line}`).join('\n')),
  ])
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
  return details("The token's claims", table(['Claim', 'Value'], rows))
}

function formatClaim(value: unknown): string {
  if (typeof value === 'string') return value
  try {
    return JSON.stringify(value)
  } catch {
    return '(nested too deep to be shown)'
  }
}
