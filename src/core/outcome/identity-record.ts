import type { GateError } from '../base/failure.ts'
import { formatInstant } from '../base/instant.ts'
import { comparableArn, expectRole } from '../identity/expectation.ts'
import type { CallerIdentity, Session } from '../identity/session.ts'
import type { Target } from '../identity/target.ts'
import { accountIdsIn, type Match, roleIdOf } from '../identity/verdict.ts'
import { accountIdsOf, type Inputs } from '../inputs/inputs.ts'
import { UUID } from '../sts/sts-call.ts'
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

/** Takes out of a text what the record must not hold. */
export type RecordRedaction = {
  readonly secrets: (text: string) => string
  /** Puts the mark in the place of account ids, if they are masked. */
  readonly accountIds: (text: string, mark: string) => string
}

/** What an auditor keeps of the step, as one line of JSON in ASCII. */
export function formatIdentityRecord(
  record: StepRecord,
  ending: Ending,
  at: Date,
  { secrets, accountIds }: RecordRedaction,
): string {
  const known = knownAccountIds(record, ending)
  const json = JSON.stringify(identityRecord(record, ending, at), (name, value: unknown) => {
    if (typeof value !== 'string') return value
    const text = secrets(value)
    return isIdentifier(name, text) && !known.includes(text) ? text : accountIds(text, MASKED)
  })
  return json.replaceAll(/[^ -~]/g, unit => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

const MASKED = 'masked'

/** A number of GitHub's, a commit, or an id of a request or a token, which may look like an account id. */
function isIdentifier(name: string, text: string): boolean {
  if (NUMBERED.includes(name)) return /^\d{1,20}$/.test(text)
  return /^(?:[\da-f]{40}|[\da-f]{64})$/.test(text) || UUID.test(text)
}

const NUMBERED = [
  'runId',
  'runNumber',
  'runAttempt',
  'repositoryId',
  'run_id',
  'run_number',
  'run_attempt',
  'check_run_id',
  'repository_id',
  'repository_owner_id',
  'actor_id',
]

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

/** Of the inputs and of the callers. */
function knownAccountIds(record: StepRecord, ending: Ending): readonly string[] {
  const { inputs, outcomes = [] } = record
  const callers = [
    callerIn(record, ending),
    ...outcomes.map(outcome =>
      hasFailed(outcome) ? comparisonOf({}, outcome.failure)?.caller : outcome.caller,
    ),
  ]
  return [
    ...(inputs ? accountIdsOf(inputs) : []),
    ...callers.flatMap(caller => (caller ? accountIdsIn(caller) : [])),
  ]
}
