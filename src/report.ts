import { GateError, toGateError } from './core/failure.ts'
import type { Findings } from './core/findings.ts'
import { wantsSummary } from './core/inputs.ts'
import { renderFailure } from './core/summary.ts'
import { exportFailure } from './runner/exports.ts'
import { readInputs } from './runner/inputs.ts'
import { error, formatFailure, hideSecrets, warning } from './runner/log.ts'
import { writeSummary } from './runner/summary.ts'

/**
 * Ends a step that handed nothing out: fails it, or where `on-mismatch: report` asks for it only says what differs.
 * @returns whether the step passes all the same
 */
export async function reportFailure(failure: GateError, findings: Findings): Promise<boolean> {
  const reported = findings.inputs?.onMismatch === 'report' && failure.code === 'ERR_IDENTITY_MISMATCH'
  if (reported) warning(formatFailure(failure))
  else error(failure)
  const safe = withoutSecrets(findings)
  if (wantsSummary(readInputs()))
    await writeSummary(
      renderFailure(safe, new GateError(failure.code, hideSecrets(failure.message), failure.hint)),
    )
  try {
    exportFailure(failure, safe, reported)
    return reported
  } catch (cause) {
    error(toGateError(cause))
    return false
  }
}

/** What was found, fit to be rendered: once a text is escaped, no redaction knows a secret in it. */
export function withoutSecrets<Known extends Findings>(findings: Known): Known {
  const { claims, caller } = findings
  return {
    ...findings,
    ...(claims && { claims: hideSecrets(claims) }),
    ...(caller && { caller: hideSecrets(caller) }),
  }
}
