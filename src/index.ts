import { gate } from './gate.ts'

process.exitCode = 1 // an end that the gate does not come to is a failure
void gate()
  .then(passes => {
    process.exitCode = passes ? 0 : 1
  })
  // A server that never answered may hold a socket open: the exit waits for the log alone.
  .finally(() => process.stdout.write('', () => process.exit()))
