import { type FailureCode, type GateError, toGateError } from '../core/base/failure.ts'
import { escapeControls } from '../core/base/text.ts'
import { wantsSummary } from '../core/inputs/inputs.ts'
import { diagnose } from '../core/outcome/diagnosis.ts'
import { comparisonOf, type StepRecord } from '../core/outcome/step-record.ts'
import { helpPath, helpUrl } from '../core/summary/links.ts'
import { renderFailure } from '../core/summary/summary.ts'
import { readInputs } from '../runner/inputs.ts'
import { error, reportedMismatch } from '../runner/log.ts'
import { writeSummary } from '../runner/summary.ts'
import { exportFailure } from './export.ts'

/** What `on-mismatch` is about: an identity or a run that is not the expected one. */
const REPORTABLE: readonly FailureCode[] = ['ERR_IDENTITY_MISMATCH', 'ERR_CLAIM_MISMATCH']

/**
 * Reports a step that exported nothing. It fails, unless `on-mismatch: report` applies.
 * @returns whether the step passes
 */
export function reportFailure(failure: GateError, record: StepRecord): boolean {
  const reported = record.inputs?.onMismatch === 'report' && REPORTABLE.includes(failure.code)
  return report(failure, record, reported)
}

/** Reports a step with an uncaught error. It never passes. */
export function reportCrash(failure: GateError, record: StepRecord): void {
  report(failure, record, false)
}

let isReported = false

/**
 * The first report is the one that counts: after a crash the rest of the step may fail too before the process ends.
 * @returns true if the step passes: the mismatch is only reported, and the outputs were written
 */
function report(failure: GateError, record: StepRecord, reported: boolean): boolean {
  if (isReported) return false
  isReported = true
  const { inputs } = record
  const target = inputs?.isForSeveralRoles ? undefined : inputs?.targets[0]
  const explained = reported ? asReported(failure) : diagnose(failure, record, target)
  const logged = withHelp(namingCaller(explained, record), record)
  if (reported) reportedMismatch(logged)
  else error(logged)
  if (wantsSummary(readInputs())) writeSummary(redact => renderFailure(record, explained, reported, redact))
  try {
    exportFailure(failure, record, reported)
    return reported
  } catch (cause) {
    error(toGateError(cause))
    return false
  }
}

/** Adds the caller's ARN to any failure that doesn't mention it. */
function namingCaller(failure: GateError, record: StepRecord): GateError {
  const caller = comparisonOf(record, failure)?.caller
  const { message } = failure
  if (!caller || message.includes(escapeControls(caller.arn))) return failure
  return failure.reworded({ message: `${message}\n- caller: ${escapeControls(caller.arn)}` })
}

function withHelp(failure: GateError, { run }: StepRecord): GateError {
  const help = (run && helpUrl(failure, run)) ?? helpPath(failure)
  return failure.reworded({ hint: `${failure.hint}\nHelp: ${help}` })
}

/** The same failure, with what it means for the step that passes in spite of it. */
function asReported(failure: GateError): GateError {
  const consequence =
    'on-mismatch is report, so the step passes. The output verified is empty, and the AWS key variables of earlier steps have been blanked.'
  return failure.reworded({ hint: `${consequence}\n${failure.hint}` })
}
