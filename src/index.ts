import { toGateError } from './core/failure.ts'
import { gate } from './gate.ts'
import { reportCrash } from './report.ts'

process.exitCode = 1 // an end that the gate does not come to is a failure
process.once('uncaughtException', cause => {
  reportCrash(toGateError(cause))
  process.exit(1) // at once: nothing may be handed out after this
})
void gate().then(passes => {
  process.exitCode = passes ? 0 : 1
  // A server that never answered may hold a socket open: the exit waits for the log alone.
  process.stdout.write('', () => process.exit())
})
