import { oneLine } from '../core/base/text.ts'
import type { Session } from '../core/identity/session.ts'
import { goalsOf } from '../core/inputs/goals.ts'
import type { Inputs } from '../core/inputs/inputs.ts'
import type { Findings } from '../core/outcome/findings.ts'
import type { Claims } from '../core/token/id-token.ts'
import { assertClaims } from '../core/token/required-claims.ts'
import type { RetryLimits } from '../network/retry.ts'
import type { Deadline } from '../process/deadline.ts'
import { info } from '../runner/log.ts'
import { Sts } from '../sts/sts.ts'
import type { IdTokens } from '../sts/token-cache.ts'
import { predict } from './prediction.ts'

/** What the way to a role goes by, up to its proof. */
export type RoleContext = {
  readonly inputs: Inputs
  readonly limits: RetryLimits
  readonly sts: Sts
  /** What the step has learned so far. */
  readonly findings: Findings
  /** Sees the claims of each new token before it is used, and throws if it may not be. */
  readonly accept: (claims: Claims) => void
  /** What all roles of the step have in common; the first that needs it makes it. */
  readonly shared: { isTold?: boolean; idTokens?: IdTokens; session?: Promise<Session> }
}

/**
 * All that the way to each role needs. What a single role's way finds is told by `findings`; of several each has its own.
 * @throws GateError ERR_INPUT_INVALID
 */
export function openContexts(
  inputs: Inputs,
  findings: Findings,
  deadline: Deadline,
): readonly [RoleContext, ...RoleContext[]] {
  const { maxAttempts, accessDeniedSeconds } = inputs
  const limits = { maxAttempts, accessDeniedSeconds, deadline }
  const sts = new Sts(inputs, limits)
  const goals = goalsOf(inputs).map(goal => ({
    inputs: goal,
    findings: goal === inputs ? findings : { ...findings, inputs: goal },
  }))
  const accept = (claims: Claims) =>
    acceptToken(claims, inputs, [findings, ...goals.map(goal => goal.findings)])
  const shared = {}
  const [first, ...others] = goals.map(goal => ({ ...goal, limits, sts, accept, shared }))
  if (!first) throw new Error('a step has a goal')
  return [first, ...others]
}

/** Whether a token may go to AWS, and what is known of it then. */
function acceptToken(claims: Claims, inputs: Inputs, all: readonly Findings[]): void {
  for (const findings of all) findings.claims = claims
  assertClaims(inputs.requiredClaims, claims)
  info(`Token: sub ${oneLine(claims.subject)}, aud ${oneLine(claims.audiences.join(', '))}`)
  const forecast = predict(inputs, claims)
  for (const findings of all) findings.forecast = forecast
}
