import type { GateError } from '../base/failure.ts'
import type { RunContext } from '../base/run-context.ts'
import type { Expectation } from '../identity/expectation.ts'
import type { CallerIdentity } from '../identity/session.ts'
import type { Target } from '../identity/target.ts'
import { type Difference, type Match, Mismatch } from '../identity/verdict.ts'
import type { Inputs } from '../inputs/inputs.ts'
import { RemoteFailure } from '../network/remote-failure.ts'
import { issuingCallOf, type StsCall } from '../sts/sts-call.ts'
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

/**
 * AWS's id of the request to look for in CloudTrail: of the call that was refused, or that issued the session, or else
 * of the last one.
 */
export function requestIdOf(failure: GateError, { calls = [] }: StepRecord): string | undefined {
  return requestIdIn(failure) ?? issuingCallOf(calls)?.requestId
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
