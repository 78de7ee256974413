import './process/start.ts' // before all else
import { setImmediate as nextTurn } from 'node:timers/promises'
import { preconnectToGithub } from './github/preconnect.ts'
import { onUncaught } from './process/start.ts'

/** Loads the rest while the connection to GitHub opens: each turn lets it take its next step. */
async function start(): Promise<void> {
  preconnectToGithub(process.env)
  await nextTurn()
  const gate = await import('./flow/gate.ts')
  onUncaught(gate.crash)
  await nextTurn()
  void gate.run()
}

process.exitCode = 1 // a process that ends before the gate does has failed
// Loads the reporting code if it hasn't been loaded yet.
onUncaught(cause => void import('./flow/gate.ts').then(({ crash }) => crash(cause)))
void start()
