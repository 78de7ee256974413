import { toGateError } from './core/failure.ts'
import { gate } from './gate.ts'
import { reportCrash } from './report.ts'

/** The main step, to the end of the process. */
export function run(): void {
  void gate().then(passes => {
    process.exitCode = passes ? 0 : 1
    // A server that never answered may hold a socket open: the exit waits for the log alone.
    process.stdout.write('', () => process.exit())
  })
}

/** The end of a step in which an error was thrown where nobody waited for it. */
export function crash(cause: unknown): void {
  reportCrash(toGateError(cause))
  process.exit(1) // at once: nothing may be handed out after this
}
