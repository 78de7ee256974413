import type { GateError } from '../base/failure.ts'
import type { RunContext } from '../base/run-context.ts'
import type { Expectation } from '../identity/expectation.ts'
import type { CallerIdentity } from '../identity/session.ts'
import type { Target } from '../identity/target.ts'
import { type Difference, type Match, Mismatch } from '../identity/verdict.ts'
import type { Inputs } from '../inputs/inputs.ts'
import { RemoteFailure } from '../network/remote-failure.ts'
import type { StsCall } from '../sts/sts-call.ts'
import type { Claims } from '../token/id-token.ts'
import type { Forecast } from '../trust-policy/forecast.ts'

/** A target that could not be verified, and why. */
export type FailedTarget = { readonly kind: 'failed'; readonly target: Target; readonly failure: GateError }

export type TargetOutcome = Match | FailedTarget

/** What the step has learned, as far as it got. Its reports are built from this alone. */
export type StepRecord = {
  readonly run?: RunContext
  readonly inputs?: Inputs
  /** Of the web identity token. */
  readonly claims?: Claims
  readonly forecast?: Forecast | undefined
  /** Every response of STS, in order. */
  readonly calls?: readonly StsCall[]
  /** In the order of the targets, once all of them have one. */
  readonly outcomes?: readonly TargetOutcome[]
}

/** A step that passed. */
export type VerifiedRecord = StepRecord & { readonly inputs: Inputs }

/** A caller beside what was expected of it. */
export type Comparison = {
  readonly expected: Expectation
  readonly caller: CallerIdentity
  readonly differences: readonly Difference[]
}

/** AWS's id of the request to look for in CloudTrail. */
export function requestIdOf(failure: GateError, record: StepRecord): string | undefined {
  const { cause } = failure
  const isKnown = cause instanceof Mismatch || cause instanceof RemoteFailure
  return isKnown ? requestIdIn(failure) : issuingCallOf(record)?.requestId
}

/**
 * The call that issued the session of the only role, or that named the caller where none is assumed. Undefined where
 * several roles have one each.
 */
export function issuingCallOf({ calls = [], inputs }: StepRecord): StsCall | undefined {
  if (!inputs || inputs.isForSeveralRoles) return undefined
  const isVerifyOnly = inputs.targets[0].roles.length === 0
  return calls.findLast(({ operation }) => (operation === 'GetCallerIdentity') === isVerifyOnly)
}

/** The one that the failure itself is about. */
export function requestIdIn({ cause }: GateError): string | undefined {
  return cause instanceof Mismatch || cause instanceof RemoteFailure ? cause.requestId : undefined
}

/** The caller to report: the first mismatch, or else the first match if nothing failed. */
export function comparisonOf({ outcomes = [] }: StepRecord, failure: GateError): Comparison | undefined {
  const failed = outcomes.filter(hasFailed)
  const mismatch = [failure, ...failed.map(each => each.failure)]
    .map(({ cause }) => cause)
    .find(cause => cause instanceof Mismatch)
  if (mismatch) return mismatch
  const [first] = outcomes
  if (failed.length > 0 || first?.kind !== 'match') return undefined
  return { expected: first.target.expected, caller: first.caller, differences: [] }
}

export function hasFailed(outcome: TargetOutcome): outcome is FailedTarget {
  return outcome.kind === 'failed'
}
