import type { Findings } from './core/findings.ts'
import type { Claims } from './core/id-token.ts'
import type { Inputs } from './core/inputs.ts'
import { assertClaims } from './core/required-claims.ts'
import { oneLine } from './core/text.ts'
import { Deadline } from './deadline.ts'
import { predict } from './prediction.ts'
import { info } from './runner/log.ts'
import type { SourceContext } from './sources/source.ts'
import { Sts } from './sts/sts.ts'

/**
 * All that a role's way needs. Its time begins now.
 * @throws GateError ERR_INPUT_INVALID
 */
export function openContext(inputs: Inputs, findings: Findings): SourceContext {
  const { maxAttempts, accessDeniedSeconds, timeoutSeconds } = inputs
  const limits = { maxAttempts, accessDeniedSeconds, deadline: new Deadline(timeoutSeconds) }
  const sts = new Sts(inputs, limits)
  return { inputs, limits, sts, findings, accept: claims => accept(claims, inputs, findings) }
}

/** Whether a token may go to AWS, and what is known of it then. */
function accept(claims: Claims, inputs: Inputs, findings: Findings): void {
  findings.claims = claims
  assertClaims(inputs.requiredClaims, claims)
  info(`Token: sub ${oneLine(claims.subject)}, aud ${oneLine(claims.audiences.join(', '))}`)
  findings.forecast = predict(inputs, claims)
}
