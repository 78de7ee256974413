import { type FailureCode, type GateError, toGateError } from './core/failure.ts'
import type { Findings } from './core/findings.ts'
import { wantsSummary } from './core/inputs.ts'
import { renderFailure } from './core/summary.ts'
import { exportFailure } from './runner/exports.ts'
import { readInputs } from './runner/inputs.ts'
import { error, formatFailure, warning } from './runner/log.ts'
import { writeSummary } from './runner/summary.ts'

/** What `on-mismatch` is about: an identity or a run that is not the expected one. */
const REPORTABLE: readonly FailureCode[] = ['ERR_IDENTITY_MISMATCH', 'ERR_CLAIM_MISMATCH']

/**
 * Ends a step that handed nothing out: fails it, or where `on-mismatch: report` asks for it only says what differs.
 * @returns whether the step passes all the same
 */
export async function reportFailure(failure: GateError, findings: Findings): Promise<boolean> {
  const reported = findings.inputs?.onMismatch === 'report' && REPORTABLE.includes(failure.code)
  if (reported) warning(formatFailure(failure))
  else error(failure)
  if (wantsSummary(readInputs())) await writeSummary(hide => renderFailure(findings, failure, hide))
  try {
    exportFailure(failure, findings, reported)
    return reported
  } catch (cause) {
    error(toGateError(cause))
    return false
  }
}

/** What is left to say when an error was thrown where nobody waited for it. */
export function reportCrash(failure: GateError): void {
  error(failure)
  exportFailure(failure, {}, false)
}
