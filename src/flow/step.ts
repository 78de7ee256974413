import type { Inputs } from '../core/inputs/inputs.ts'
import type { Deadline } from '../process/deadline.ts'
import type { SourceContext } from '../sources/source.ts'
import { Sts } from '../sts/sts.ts'

/** Everything needed to assume and verify roles. */
export type Step = SourceContext & { readonly inputs: Inputs }

/** @throws GateError ERR_INPUT_INVALID */
export function openStep(given: Omit<Step, 'sts' | 'limits'>, deadline: Deadline): Step {
  const { maxAttempts, accessDeniedSeconds } = given.inputs
  const limits = { maxAttempts, accessDeniedSeconds, deadline }
  return { ...given, limits, sts: new Sts(given.inputs, limits) }
}
