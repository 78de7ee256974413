import { reasonOf } from '../core/base/failure.ts'
import { escapeControls, quote } from '../core/base/text.ts'
import type { Inputs } from '../core/inputs/inputs.ts'
import type { Claims } from '../core/token/id-token.ts'
import type { SentRequest } from '../core/trust-policy/evaluate.ts'
import { type Forecast, forecast } from '../core/trust-policy/forecast.ts'
import { info, warning } from '../runner/log.ts'
import { readWorkspaceFile } from '../runner/workspace-file.ts'

/** What a copy of the trust policy says of the token. It explains, and never stops: AWS is asked whatever it says. */
export function predict(inputs: Inputs, claims: Claims): Forecast | undefined {
  const { trustPolicyPath: path, targets, isForSeveralRoles } = inputs
  const [role] = targets[0].roles
  if (path === undefined || isForSeveralRoles || role?.kind !== 'role') return undefined
  try {
    const result = forecast(path, readWorkspaceFile(path), role, claims, sentBy(inputs))
    info(`Trust policy ${escapeControls(path)}: predicts ${PREDICTIONS[result.prediction.decision]}`)
    for (const remark of result.remarks) warning(`trust-policy: ${escapeControls(remark)}`)
    return result
  } catch (error) {
    const reason = reasonOf(error)
    warning(`trust-policy: ${quote(path)} can't be used: ${escapeControls(reason)}`)
    return undefined
  }
}

/** A host of one's own, and a fallback, may be in another region. */
function sentBy(inputs: Inputs): SentRequest {
  const { region, stsEndpoint, fallbackRegions, sessionName, targets, durationSeconds } = inputs
  return {
    region: stsEndpoint || fallbackRegions.length > 0 ? undefined : region,
    isTls: stsEndpoint?.protocol !== 'http:',
    at: new Date(),
    sessionName,
    // Of a chain, the first session is shorter.
    durationSeconds: targets[0].roles.length > 1 ? undefined : durationSeconds,
  }
}

const PREDICTIONS = {
  allowed: 'that AWS allows',
  refused: 'that AWS refuses',
  unknown: "nothing: the policy uses features that this action doesn't evaluate",
}
