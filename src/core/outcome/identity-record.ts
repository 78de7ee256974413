import type { GateError } from '../base/failure.ts'
import { formatInstant } from '../base/instant.ts'
import { comparableArn, expectRole } from '../identity/expectation.ts'
import type { CallerIdentity, Session } from '../identity/session.ts'
import type { Target } from '../identity/target.ts'
import { accountIdsIn, type Match, roleIdOf } from '../identity/verdict.ts'
import { accountIdsOf, type Inputs } from '../inputs/inputs.ts'
import type { Claims } from '../token/id-token.ts'
import { formatRequiredClaims } from '../token/required-claims.ts'
import { comparisonOf, hasFailed, requestIdIn, type StepRecord, type TargetOutcome } from './step-record.ts'

/** Raised when a field is removed or changes its meaning. Described by docs/identity-record.schema.json. */
const SCHEMA = 1

/** How the step ended. */
export type Ending = { readonly matches: readonly [Match, ...Match[]] } | { readonly failure: GateError }

/** The claims that identify a run. */
const RUN_CLAIMS = [
  'repository',
  'repository_id',
  'repository_owner',
  'repository_owner_id',
  'ref',
  'sha',
  'environment',
  'event_name',
  'actor',
  'actor_id',
  'workflow_ref',
  'workflow_sha',
  'job_workflow_ref',
  'job_workflow_sha',
  'run_id',
  'run_number',
  'run_attempt',
  'check_run_id',
  'runner_environment',
  'jti',
] as const

/**
 * What an auditor keeps of the step, as one line of JSON. `redact` takes secrets out of a text. Account ids read
 * `masked` where the inputs say so.
 */
export function formatIdentityRecord(
  record: StepRecord,
  ending: Ending,
  at: Date,
  redact: (text: string) => string,
): string {
  const masksIn = accountMask(record, ending)
  return JSON.stringify(identityRecord(record, ending, at), (_, value: unknown) =>
    typeof value === 'string' ? masksIn(redact(value)) : value,
  )
}

function identityRecord(record: StepRecord, ending: Ending, at: Date): object {
  const { inputs, claims, run, calls = [] } = record
  const first = inputs?.targets[0]
  const match = 'matches' in ending ? ending.matches[0] : undefined
  const last = calls.at(-1)
  return {
    schema: SCHEMA,
    verified: match !== undefined,
    failureCode: 'failure' in ending ? ending.failure.code : null,
    expected: inputs && first ? expectedOf(first, inputs) : null,
    actual: actualOf(callerIn(record, ending)),
    session: inputs && match ? sessionOf(match, inputs) : null,
    token: claims ? tokenOf(claims) : null,
    sts: last
      ? {
          host: last.host,
          region: last.region,
          requests: calls.map(({ operation, requestId }) => ({ operation, requestId })),
        }
      : null,
    run: runOf(run),
    action: run?.action ?? { repository: '', ref: '' },
    at: formatInstant(at),
    ...(inputs?.isForSeveralRoles
      ? { profiles: (record.outcomes ?? []).map(outcome => profileOf(outcome, inputs, match !== undefined)) }
      : {}),
  }
}

function runOf(run: StepRecord['run']): object {
  return Object.fromEntries(RUN_FIELDS.map(name => [name, run?.[name] ?? '']))
}

const RUN_FIELDS = [
  'repository',
  'repositoryId',
  'runId',
  'runNumber',
  'runAttempt',
  'workflowRef',
  'ref',
  'sha',
  'actor',
] as const

/** One of several roles. Of a step that failed, no role has a session. */
function profileOf(outcome: TargetOutcome, inputs: Inputs, passed: boolean): object {
  const { target } = outcome
  const failure = hasFailed(outcome) ? outcome.failure : undefined
  const caller = hasFailed(outcome) ? comparisonOf({}, outcome.failure)?.caller : outcome.caller
  return {
    profile: target.profile?.name ?? null,
    verified: failure === undefined,
    failureCode: failure?.code ?? null,
    requestId: (hasFailed(outcome) ? requestIdIn(outcome.failure) : outcome.requestId) ?? null,
    expected: expectedOf(target, inputs),
    actual: actualOf(caller),
    session: passed && !hasFailed(outcome) ? sessionOf(outcome, inputs) : null,
  }
}

function callerIn(record: StepRecord, ending: Ending): CallerIdentity | undefined {
  return 'matches' in ending ? ending.matches[0].caller : comparisonOf(record, ending.failure)?.caller
}

/** Every guard, as it was understood. */
function expectedOf(target: Target, { requiredClaims }: Inputs): object {
  const { roleIds, allowedAccountIds, forbiddenAccountIds } = target.expected
  return {
    identities: identitiesOf(target),
    roleIds,
    allowedAccountIds,
    forbiddenAccountIds,
    requiredClaims: formatRequiredClaims(requiredClaims),
  }
}

/** As the caller's ARN is compared with them. A role of which only the name is known stands as its name. */
function identitiesOf({ roles, expected }: Target): readonly string[] | 'any' {
  const { identities } = expected
  if (identities === 'any') return 'any'
  if (identities !== 'role-assumed') return identities.map(comparableArn)
  return roles.slice(-1).map(role => (role.kind === 'role' ? comparableArn(expectRole(role)) : role.roleName))
}

function actualOf(caller: CallerIdentity | undefined): object | null {
  if (!caller) return null
  const { arn, accountId, userId } = caller
  return { arn, accountId, userId, partition: arn.split(':')[1] ?? '' }
}

function sessionOf({ session, identity, caller }: Match, { source }: Inputs): object {
  const { expiration } = session.credentials
  const isRole = identity.kind === 'assumed-role'
  return {
    name: isRole ? identity.sessionName : null,
    roleId: isRole ? roleIdOf(caller) : null,
    expiration: expiration ? formatInstant(expiration) : null,
    source: sourceOf(session, source.kind),
  }
}

function sourceOf({ origin }: Session, kind: Inputs['source']['kind']): Inputs['source']['kind'] {
  return origin.kind === 'existing' ? 'existing' : kind
}

function tokenOf({ issuer, audiences, subject, all }: Claims): object {
  const present = RUN_CLAIMS.filter(name => Object.hasOwn(all, name) && typeof all[name] === 'string')
  return {
    issuer,
    audience: audiences,
    subject,
    claims: Object.fromEntries(present.map(name => [name, all[name]])),
  }
}

/** Puts `masked` in the place of every account id that the step knows, and of those in ARNs. */
function accountMask(record: StepRecord, ending: Ending): (text: string) => string {
  const { inputs, outcomes = [] } = record
  if (!inputs?.masksAccountIds) return text => text
  const callers = [
    callerIn(record, ending),
    ...outcomes.map(outcome =>
      hasFailed(outcome) ? comparisonOf({}, outcome.failure)?.caller : outcome.caller,
    ),
  ]
  const known = [...accountIdsOf(inputs), ...callers.flatMap(caller => (caller ? accountIdsIn(caller) : []))]
  const accountIds = known.filter(accountId => /^\d{12}$/.test(accountId))
  return text =>
    accountIds
      .reduce((masked, accountId) => masked.replaceAll(accountId, MASKED), text)
      .replaceAll(/(?<=:)\d{12}(?=:|$)/g, MASKED)
}

const MASKED = 'masked'
