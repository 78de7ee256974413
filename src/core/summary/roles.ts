import type { GateError } from '../base/failure.ts'
import { formatArn } from '../identity/arn.ts'
import { type Match, Mismatch } from '../identity/verdict.ts'
import { diagnose } from '../outcome/diagnosis.ts'
import { whoMustAct } from '../outcome/responsible.ts'
import {
  comparisonOf,
  type FailedTarget,
  hasFailed,
  requestIdIn,
  type StepRecord,
  type TargetOutcome,
} from '../outcome/step-record.ts'
import { helpUrl, trustPolicyUrl } from './links.ts'
import { renderSuggestion } from './suggestion.ts'
import { details, formatMinute, joinSections, MARKS, type SummaryText, table } from './text.ts'

/** A row for each of several roles, failures first. A session that was not exported has no expiry. */
export function renderRoles(
  text: SummaryText,
  outcomes: readonly TargetOutcome[],
  areExported: boolean,
): string {
  const failed = outcomes.filter(hasFailed)
  const passed = outcomes.filter(outcome => !hasFailed(outcome))
  const rows = [...failed, ...passed].map(outcome => [
    hasFailed(outcome) ? `${MARKS.fails} ${text.code(outcome.failure.code)}` : MARKS.holds,
    text.code(nameOf(outcome)),
    roleOf(text, outcome),
    [callerOf(text, outcome), requestIdOf(text, outcome)].filter(Boolean).join('<br>'),
    areExported ? expiryOf(outcome) : '',
  ])
  return table(['', 'Profile', 'Role', 'Caller and request ID', 'Expires'], rows)
}

/** Why each role that failed did, what to do and who must do it, folded. */
export function renderFailedRoles(text: SummaryText, record: StepRecord): string {
  const failed = (record.outcomes ?? []).filter(hasFailed)
  return joinSections(failed.map(each => renderFailedRole(text, each, record)))
}

function renderFailedRole(text: SummaryText, { target, failure }: FailedTarget, record: StepRecord): string {
  const [role] = target.roles
  const explained = diagnose(failure, record, target)
  const help = record.run && helpUrl(explained, record.run)
  return details(
    `${text.code(target.profile?.name ?? '')}: ${text.plain(reasonOf(failure))}`,
    joinSections([
      `**Who must act:** ${text.plain(whoMustAct(failure, role?.kind === 'role' ? role : undefined))}`,
      `**What to do:** ${text.lines(explained.hint)}`,
      help ? text.link(`Help for ${failure.code}`, help) : '',
      renderSuggestion(text, record, failure, target),
    ]),
  )
}

/** In a line, without what the table shows. */
function reasonOf({ message, cause }: GateError): string {
  if (cause instanceof Mismatch) {
    const guards = new Set(cause.differences.map(({ about }) => about))
    return `unexpected ${[...guards].join(', ')}`
  }
  return message.split('\n')[0] ?? ''
}

function nameOf({ target }: TargetOutcome): string {
  return target.profile?.name ?? ''
}

/** Its ARN, which leads to its trust policy. */
function roleOf(text: SummaryText, { target }: TargetOutcome): string {
  const [role] = target.roles
  return role?.kind === 'role' ? text.link(formatArn(role), trustPolicyUrl(role)) : ''
}

function requestIdOf(text: SummaryText, outcome: TargetOutcome): string {
  const requestId = hasFailed(outcome) ? requestIdIn(outcome.failure) : outcome.requestId
  return requestId === undefined ? '' : text.code(requestId)
}

function expiryOf(outcome: TargetOutcome): string {
  const expiration = hasFailed(outcome) ? undefined : outcome.session.credentials.expiration
  return expiration ? formatMinute(expiration) : ''
}

function callerOf(text: SummaryText, outcome: TargetOutcome | Match): string {
  const caller = hasFailed(outcome) ? comparisonOf({}, outcome.failure)?.caller : outcome.caller
  return caller ? text.code(caller.arn) : ''
}
