import type { GateError } from '../base/failure.ts'
import { escapeControls } from '../base/text.ts'
import type { Target } from '../identity/target.ts'
import { RemoteFailure } from '../network/remote-failure.ts'
import type { Claims } from '../token/id-token.ts'
import { withoutScheme } from '../token/issuer.ts'
import { classicForm, immutableForm, isImmutableSubject } from '../token/subject.ts'
import type { Check, StatementResult } from '../trust-policy/evaluate.ts'
import type { Forecast } from '../trust-policy/forecast.ts'
import { isGithubIssuer } from '../trust-policy/issuers.ts'
import { tellsReason } from './refusals.ts'
import type { StepRecord } from './step-record.ts'

/**
 * A refusal with what is likeliest behind it. AWS says the same of a role that is missing and of a policy that refuses,
 * so only what the token, the message or a copy of the policy shows stands first; the rest is told as a group.
 */
export function diagnose(failure: GateError, record: StepRecord, target: Target | undefined): GateError {
  const { inputs, claims, forecast, outcomes = [] } = record
  const { cause } = failure
  if (cause instanceof RemoteFailure && cause.operation === 'AssumeRole' && inputs?.isOidcUnavailable)
    return withOfferMissing(failure)
  const role = target?.roles[0]
  if (!(cause instanceof RemoteFailure) || !inputs || !claims || role?.kind !== 'role') return failure
  if (cause.operation !== 'AssumeRoleWithWebIdentity' || !/^AccessDenied/.test(cause.code)) return failure
  if (tellsReason(cause)) return failure
  const ofToken = [...subjectCauses(claims), ...tokenCauses(claims, inputs.audience)]
  const ofRole = roleCauses(claims)
  const accepted = outcomes.filter(({ kind }) => kind === 'match').length
  const causes = accepted > 0 ? [...ofRole, ...ofToken] : [...ofToken, ...ofRole]
  const hint = [
    ...(forecast ? explainForecast(forecast) : []),
    accepted > 0
      ? `AWS returns the same error for all of these. ${accepted} other ${accepted === 1 ? 'role' : 'roles'} accepted the same token, so most likely first:`
      : 'AWS returns the same error for all of these. Most likely first:',
    ...causes.map(cause => `- ${cause}`),
    `In CloudTrail, look for AssumeRoleWithWebIdentity events with this subject (account ${role.accountId}, region ${inputs.region}).`,
  ]
  return failure.reworded({ hint: hint.join('\n') })
}

/** The author may not know that the job's own credentials stood in. */
function withOfferMissing(failure: GateError): GateError {
  const note =
    "The runner offers no OIDC token, so the job's existing credentials were used. To use GitHub's token, add `id-token: write` to the job's permissions."
  return failure.reworded({ hint: `${failure.hint}\n${note}` })
}

function explainForecast({ path, prediction }: Forecast): string[] {
  const file = escapeControls(path)
  switch (prediction.decision) {
    case 'refused':
      return [`The policy in ${file} refuses this token:`, ...prediction.statements.flatMap(formatStatement)]
    case 'allowed':
      return [
        `The policy in ${file} allows this token, so the role has another policy or doesn't exist, or an organisation policy (SCP) denies it.`,
      ]
    case 'unknown':
      return [
        `Can't tell whether the policy in ${file} allows this token:`,
        ...prediction.statements.flatMap(formatStatement),
      ]
  }
}

/** What decided in a statement: the checks that fail or can't be told; of a Deny that applies, all of them. */
export function formatStatement({ name, effect, outcome, checks }: StatementResult): string[] {
  const isDenying = effect === 'Deny' && outcome === 'holds'
  if (effect === 'Deny' && outcome === 'fails') return []
  const isCondition = ({ what }: Check) => what !== 'Principal' && what !== 'Action'
  const conditions = checks.filter(isCondition)
  const denying = conditions.length > 0 ? conditions : checks
  return (isDenying ? denying : checks.filter(({ outcome: each }) => each !== 'holds')).map(
    check => `- ${escapeControls(name)} (${effect}): ${formatCheck(check)}`,
  )
}

/** A value that is not there: missing from the token, of a claim that IAM does not know, or not the token's at all. */
const ABSENT = {
  holds: 'the token has no value that IAM can read',
  fails: 'the token has no value that IAM can read',
  unknown: "the action can't see this value",
}

function formatCheck({ what, wanted, found, outcome }: Check): string {
  const verdict = { holds: 'applies', fails: 'fails', unknown: 'is unknown' }[outcome]
  return `${escapeControls(what)} ${verdict}: it requires ${escapeControls(wanted)}, ${found === '' ? ABSENT[outcome] : `the token has ${escapeControls(found)}`}`
}

/** What in this token's subject a policy written for another run would not expect. */
function subjectCauses(claims: Claims): string[] {
  const { issuer, subject, all } = claims
  // Of GitHub Enterprise Server too, whose issuer has a host of its own.
  if (!isGithubIssuer(issuer) && !subject.startsWith('repo:'))
    return ["subject: the policy's condition on sub must match the sub above"]
  const causes: string[] = []
  const text = (name: string) => (typeof all[name] === 'string' ? escapeControls(String(all[name])) : '')
  if (isImmutableSubject(subject)) {
    causes.push(
      `immutable subject: this token's sub includes the IDs of owner and repository. A trust policy for ${escapeControls(classicForm(subject))} doesn't match it; use the sub above`,
    )
  }
  if (subject.includes(':environment:')) {
    causes.push(
      `environment: the job uses environment ${text('environment')}, so sub ends in ${escapeControls(subject.slice(subject.lastIndexOf(':environment:') + 1))} and names no branch`,
    )
  } else if (subject.endsWith(':pull_request')) {
    causes.push(
      "pull request: sub ends in pull_request, whatever the branch; a policy for a branch doesn't match it",
    )
  } else if (/refs\/heads\/gh-readonly-queue\//.test(subject)) {
    causes.push('merge queue: sub names a branch of the queue (gh-readonly-queue/…), not the target branch')
  } else if (/:ref:refs\/tags\//.test(subject)) {
    causes.push(
      "tag: the run is for a tag, so sub contains refs/tags/…; a policy for a branch doesn't match it",
    )
  } else if (/:ref:/.test(subject)) {
    causes.push(
      "branch or environment: sub ends in the branch; a policy for another branch, or for an environment that this job doesn't name, doesn't match it",
    )
  } else {
    causes.push(
      'customised subject: sub has an unusual form; the organisation or repository may have customised it',
    )
  }
  const immutable = immutableForm(claims)
  if (immutable !== undefined)
    causes.push(
      `classic subject: this token's sub has no IDs. A trust policy for ${escapeControls(immutable)} doesn't match it`,
    )
  const isReused = text('job_workflow_ref') !== '' && text('job_workflow_ref') !== text('workflow_ref')
  if (isReused)
    causes.push(
      `reusable workflow: a policy that tests job_workflow_ref must name ${text('job_workflow_ref')}`,
    )
  if (/[A-Z]/.test(text('repository'))) {
    causes.push(
      `upper and lower case: policies are case-sensitive, and the token's name for the repository is ${text('repository')}`,
    )
  }
  return causes
}

const USUAL_AUDIENCES = ['sts.amazonaws.com', 'sts.amazonaws.com.cn']
const USUAL_ISSUER = 'https://token.actions.githubusercontent.com'

function tokenCauses({ issuer, audiences }: Claims, audience: string): string[] {
  const causes: string[] = []
  if (issuer !== USUAL_ISSUER) {
    causes.push(
      `issuer: the provider and condition keys must use ${escapeControls(issuer.replace(/^https:\/\//, ''))}`,
    )
  }
  if (!USUAL_AUDIENCES.includes(audience)) {
    causes.push(
      `audience: the policy's condition on aud must be ${audiences.map(value => escapeControls(value)).join(' or ')}`,
    )
  }
  return causes
}

function roleCauses({ issuer }: Claims): string[] {
  return [
    "role: it doesn't exist, is in another account, or its case or path differs",
    `principal: Federated must end in oidc-provider/${escapeControls(withoutScheme(issuer))}, without https://, and be of the role's account`,
    "other conditions: the policy tests a claim that this token lacks or IAM doesn't know, or an organisation policy denies it",
  ]
}
