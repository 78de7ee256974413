import type { GateError } from '../base/failure.ts'
import type { LikelyCause } from '../base/likely-cause.ts'
import { escapeControls } from '../base/text.ts'
import type { Target } from '../identity/target.ts'
import { RemoteFailure } from '../network/remote-failure.ts'
import type { Claims } from '../token/id-token.ts'
import { withoutScheme } from '../token/issuer.ts'
import { classicForm, immutableForm, isImmutableSubject } from '../token/subject.ts'
import type { Outcome } from '../trust-policy/condition.ts'
import type { Check, Prediction, StatementResult } from '../trust-policy/evaluate.ts'
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
  const isOfRole = accepted > 0 || forecast?.prediction.decision === 'allowed'
  const causes = isOfRole ? [...ofRole, ...ofToken] : [...ofToken, ...ofRole]
  const hint = [
    ...(forecast ? explainForecast(forecast) : []),
    `AWS returns the same error for all of these. ${accepted > 0 ? `${accepted} other ${accepted === 1 ? 'role' : 'roles'} accepted the same token, so most` : 'Most'} likely first:`,
    ...causes.map(([name, text]) => `- ${name}: ${escapeControls(text)}`),
    `In CloudTrail, look for AssumeRoleWithWebIdentity events with this subject (account ${role.accountId}, region ${inputs.region}).`,
  ]
  const likelyCause = (forecast && causeInPolicy(forecast.prediction)) ?? causes[0]?.[0]
  return failure.reworded({ hint: hint.join('\n'), likelyCause })
}

/** What can be behind a refusal, by its heading in the page of help. */
type Cause = readonly [LikelyCause, string]

/** The author may not know that the job's own credentials stood in. */
function withOfferMissing(failure: GateError): GateError {
  const note =
    "The runner offers no OIDC token, so the job's existing credentials were used. To use GitHub's token, add `id-token: write` to the job's permissions."
  return failure.reworded({ hint: `${failure.hint}\n${note}` })
}

function explainForecast({ path, prediction: { decision, statements } }: Forecast): string[] {
  const file = escapeControls(path)
  if (decision === 'allowed')
    return [
      `The policy in ${file} allows this token, so the role has another policy or doesn't exist, or an organization policy (SCP) denies it.`,
    ]
  const head =
    decision === 'refused'
      ? `The policy in ${file} refuses this token:`
      : `Can't tell whether the policy in ${file} allows this token:`
  return [head, ...statements.flatMap(formatStatement)]
}

/** By the checks that fail. If one is of the subject, the token tells more. */
function causeInPolicy({ decision, statements }: Prediction): LikelyCause | undefined {
  const failing = statements
    .filter(({ effect }) => effect === 'Allow')
    .flatMap(({ checks }) => checks.filter(({ outcome }) => outcome === 'fails'))
  const fails = (check: RegExp) => failing.some(({ what }) => check.test(what))
  if (decision !== 'refused' || fails(/:sub$/i)) return undefined
  if (fails(/^Principal$/)) return 'principal'
  return fails(/:aud$/i) ? 'audience' : 'other conditions'
}

/** What decided in a statement: the checks that fail or can't be told; of a Deny that applies, all of them. */
export function formatStatement({ name, effect, outcome, checks }: StatementResult): string[] {
  const isDenying = effect === 'Deny' && outcome === 'holds'
  if (effect === 'Deny' && outcome === 'fails') return []
  const isCondition = ({ what }: Check) => what !== 'Principal' && what !== 'Action'
  const conditions = checks.filter(isCondition)
  const denying = conditions.length > 0 ? conditions : checks
  return (isDenying ? denying : checks.filter(({ outcome: each }) => each !== 'holds')).map(
    check => `- ${escapeControls(`${name} (${effect}): ${formatCheck(check)}`)}`,
  )
}

/** A value that is not there: missing from the token, of a claim that IAM does not know, or not the token's at all. */
function absent(outcome: Outcome): string {
  return outcome === 'unknown'
    ? "the action can't see this value"
    : 'the token has no value that IAM can read'
}

function formatCheck({ what, wanted, found, outcome }: Check): string {
  const verdict = { holds: 'applies', fails: 'fails', unknown: 'is unknown' }[outcome]
  return `${what} ${verdict}: it requires ${wanted}, ${found === '' ? absent(outcome) : `the token has ${found}`}`
}

/** What in this token's subject a policy written for another run would not expect. */
function subjectCauses(claims: Claims): Cause[] {
  const { issuer, subject, all } = claims
  // Of GitHub Enterprise Server too, whose issuer has a host of its own.
  if (!isGithubIssuer(issuer) && !subject.startsWith('repo:'))
    return [['subject', "the policy's condition on sub must match the sub above"]]
  const text = (name: string) => (typeof all[name] === 'string' ? String(all[name]) : '')
  const repository = text('repository')
  const workflow = text('job_workflow_ref')
  const causes: Cause[] = [contextCause(subject, text('environment'))]
  if (isImmutableSubject(subject))
    causes.unshift([
      'immutable subject',
      `this token's sub includes the IDs of owner and repository. A trust policy for ${classicForm(subject)} doesn't match it; use the sub above`,
    ])
  const immutable = immutableForm(claims)
  if (immutable !== undefined)
    causes.push([
      'classic subject',
      `this token's sub has no IDs. A trust policy for ${immutable} doesn't match it`,
    ])
  if (workflow !== '' && workflow !== text('workflow_ref'))
    causes.push(['reusable workflow', `a policy that tests job_workflow_ref must name ${workflow}`])
  if (/[A-Z]/.test(repository))
    causes.push([
      'upper and lower case',
      `policies are case-sensitive, and the token spells the repository ${repository}`,
    ])
  return causes
}

/** What follows the repository in the subject. */
function contextCause(subject: string, environment: string): Cause {
  if (subject.includes(':environment:'))
    return [
      'environment',
      `the job uses environment ${environment}, so sub ends in ${subject.slice(subject.lastIndexOf(':environment:') + 1)} and names no branch`,
    ]
  if (subject.endsWith(':pull_request'))
    return [
      'pull request',
      "sub ends in pull_request, whatever the branch; a policy for a branch doesn't match it",
    ]
  if (/refs\/heads\/gh-readonly-queue\//.test(subject))
    return ['merge queue', 'sub names a branch of the queue (gh-readonly-queue/…), not the target branch']
  if (/:ref:refs\/tags\//.test(subject))
    return [
      'tag',
      "the run is for a tag, so sub contains refs/tags/…; a policy for a branch doesn't match it",
    ]
  if (/:ref:/.test(subject))
    return [
      'branch or environment',
      "sub ends in the branch; a policy for another branch, or for an environment that this job doesn't name, doesn't match it",
    ]
  return [
    'customized subject',
    'sub has an unusual form; the organization or repository may have customized it',
  ]
}

const USUAL_AUDIENCES = ['sts.amazonaws.com', 'sts.amazonaws.com.cn']
const USUAL_ISSUER = 'https://token.actions.githubusercontent.com'

function tokenCauses({ issuer, audiences }: Claims, audience: string): Cause[] {
  const causes: Cause[] = []
  if (issuer !== USUAL_ISSUER) {
    causes.push(['issuer', `the provider and condition keys must use ${issuer.replace(/^https:\/\//, '')}`])
  }
  if (!USUAL_AUDIENCES.includes(audience)) {
    causes.push(['audience', `the policy's condition on aud must be ${audiences.join(' or ')}`])
  }
  return causes
}

function roleCauses({ issuer }: Claims): Cause[] {
  return [
    ['role', "it doesn't exist, is in another account, or differs in case or path"],
    [
      'principal',
      `Federated must end in oidc-provider/${withoutScheme(issuer)}, without https://, and be in the role's account`,
    ],
    [
      'other conditions',
      "the policy tests a claim that this token lacks or IAM doesn't know, or an organization policy denies it",
    ],
  ]
}
