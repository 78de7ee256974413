import type { RunContext } from '../core/base/run-context.ts'
import type { Inputs } from '../core/inputs/inputs.ts'
import type { Claims } from '../core/token/id-token.ts'
import type { RetryLimits } from '../network/retry.ts'
import type { Deadline } from '../process/deadline.ts'
import { Sts } from '../sts/sts.ts'

/** Everything needed to assume and verify roles. */
export type Step = {
  readonly inputs: Inputs
  readonly run: RunContext
  readonly limits: RetryLimits
  readonly sts: Sts
  /** Called with the claims of each new token, before it is sent to AWS. Throws if it must not be. */
  readonly onNewToken: (claims: Claims) => void
}

/** @throws GateError ERR_INPUT_INVALID */
export function openStep(given: Omit<Step, 'sts' | 'limits'>, deadline: Deadline): Step {
  const { maxAttempts, accessDeniedSeconds } = given.inputs
  const limits = { maxAttempts, accessDeniedSeconds, deadline }
  return { ...given, limits, sts: new Sts(given.inputs, limits) }
}
