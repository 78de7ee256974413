import type { GateError } from '../base/failure.ts'
import type { RunContext } from '../base/run-context.ts'
import { parseCallerArn, type RoleArn } from '../identity/arn.ts'
import type { ExpectedIdentity } from '../identity/expectation.ts'
import { Mismatch } from '../identity/verdict.ts'
import type { Inputs } from '../inputs/inputs.ts'
import { RemoteFailure } from '../network/remote-failure.ts'
import { HEADLINES } from '../outcome/headlines.ts'
import { formatCount } from '../outcome/several-roles.ts'
import { comparisonOf, hasFailed, type StepRecord } from '../outcome/step-record.ts'
import { runUrl } from './links.ts'
import type { SummaryText } from './text.ts'

/** One line: what came of it, for which role, in which run. */
export function withRun(text: SummaryText, words: string, run: RunContext | undefined): string {
  if (!run?.runNumber) return words
  return `${words} · ${text.link(`run #${run.runNumber}`, runUrl(run))}`
}

type Identity = NonNullable<ReturnType<typeof parseCallerArn>>

/** Whether the step passes, what is wrong, and whom it is about. */
export function headingOf(
  text: SummaryText,
  record: StepRecord,
  failure: GateError,
  isReported: boolean,
): string {
  const { inputs, outcomes = [], run } = record
  const { code } = failure
  const mark = isReported ? '⚠️ Step passed, but not verified' : '❌ Not verified'
  // If the export may have begun, the error says what is known of it.
  const consequence = code === 'ERR_UNEXPECTED' ? '' : ', nothing exported'
  const caller = parseCallerArn(comparisonOf(record, failure)?.caller.arn ?? '')
  const what =
    inputs?.isForSeveralRoles && outcomes.some(hasFailed)
      ? formatCount(outcomes)
      : `${headlineOf(text, failure, caller)}${placeOf(text, inputs, failure, caller)}`
  return `## ${withRun(text, `${mark}${consequence}: ${what}`, run)}`
}

/** On a mismatch of identities, both of them by name. */
function headlineOf(text: SummaryText, { code, cause }: GateError, caller: Identity | undefined): string {
  const expected = cause instanceof Mismatch ? soleExpectedOf(cause) : undefined
  if (!expected || !caller || nameOf(expected) === nameOf(caller)) return HEADLINES[code]
  return `expected ${text.code(nameOf(expected))}, got ${text.code(nameOf(caller))}`
}

/** The identity that was missed, where it was the only one expected. */
function soleExpectedOf({ expected: { identities }, differences }: Mismatch): ExpectedIdentity | undefined {
  const isMissed = differences.some(({ about }) => about === 'identity')
  return isMissed && Array.isArray(identities) && identities.length === 1 ? identities[0] : undefined
}

function nameOf(identity: Identity | ExpectedIdentity | RoleArn): string {
  return identity.kind === 'user' ? identity.userName : identity.roleName
}

/** Where the caller is on a mismatch, else the role. */
function placeOf(
  text: SummaryText,
  inputs: Inputs | undefined,
  failure: GateError,
  caller: Identity | undefined,
): string {
  const role = roleIn(inputs, failure)
  const isMismatch = failure.code === 'ERR_IDENTITY_MISMATCH'
  const found = (isMismatch && caller) || role
  if (!found) return ''
  return `${isMismatch ? '' : ` · ${text.code(nameOf(found))}`} in account ${text.code(found.accountId)}`
}

/** The role that the failure is about: the first for a token, else the last. */
export function roleIn(inputs: Inputs | undefined, { cause }: GateError): RoleArn | undefined {
  if (!inputs || inputs.isForSeveralRoles) return undefined
  const { roles } = inputs.targets[0]
  const isOfToken = cause instanceof RemoteFailure && cause.operation === 'AssumeRoleWithWebIdentity'
  const role = isOfToken ? roles[0] : roles.at(-1)
  return role?.kind === 'role' ? role : undefined
}
