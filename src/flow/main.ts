import { toGateError } from '../core/base/failure.ts'
import type { Findings } from '../core/outcome/findings.ts'
import { endProcess } from '../process/end.ts'
import { closeCommandFiles } from '../runner/command-file.ts'
import { gate } from './gate.ts'
import { reportCrash } from './report.ts'

const findings: Findings = {}
let isOver = false

/** The main step, to the end of the process. */
export function run(): void {
  void gate(findings).then(end)
}

/** The end of a step in which an error was thrown where nobody waited for it. What has come out by then stands. */
export function crash(cause: unknown): void {
  if (isOver) return
  reportCrash(toGateError(cause), findings)
  closeCommandFiles() // nothing may be handed out after this
  end(false)
}

function end(passes: boolean): void {
  if (isOver) return
  isOver = true
  endProcess(passes)
}
