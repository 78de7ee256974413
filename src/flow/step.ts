import type { RunContext } from '../core/base/run-context.ts'
import type { Inputs } from '../core/inputs/inputs.ts'
import type { StsCall } from '../core/sts/sts-call.ts'
import type { Deadline } from '../process/deadline.ts'
import type { SourceContext } from '../sources/source.ts'
import { Sts } from '../sts/sts.ts'

/** Everything needed to assume and verify roles. */
export type Step = SourceContext & { readonly inputs: Inputs }

/** What the flow wants to know of while it goes on. */
export type Listeners = Pick<SourceContext, 'onNewToken'> & { readonly onStsCall: (call: StsCall) => void }

/** @throws GateError ERR_INPUT_INVALID */
export function openStep(
  inputs: Inputs,
  run: RunContext,
  { onNewToken, onStsCall }: Listeners,
  deadline: Deadline,
): Step {
  const { maxAttempts, accessDeniedSeconds } = inputs
  const limits = { maxAttempts, accessDeniedSeconds, deadline }
  return { inputs, run, onNewToken, limits, sts: new Sts(inputs, limits, onStsCall) }
}
