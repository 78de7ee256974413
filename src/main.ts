import { toGateError } from './core/failure.ts'
import type { Findings } from './core/findings.ts'
import { gate } from './gate.ts'
import { reportCrash } from './report.ts'

const findings: Findings = {}
let isOver = false

/** The main step, to the end of the process. */
export function run(): void {
  void gate(findings).then(passes => {
    isOver = true
    process.exitCode = passes ? 0 : 1
    // A server that never answered may hold a socket open: the exit waits for the log alone.
    process.stdout.write('', () => process.exit())
  })
}

/** The end of a step in which an error was thrown where nobody waited for it. What has come out by then stands. */
export function crash(cause: unknown): void {
  if (isOver) return
  reportCrash(toGateError(cause), findings)
  process.exit(1) // at once: nothing may be handed out after this
}
