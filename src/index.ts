import './process/start.ts' // before all else
import { setImmediate as nextTurn } from 'node:timers/promises'
import { openWayToGithub } from './github/preconnect.ts'
import { onUncaught } from './process/start.ts'

/** Loads the rest while the connection comes about: each turn lets it take its next step. */
async function start(): Promise<void> {
  openWayToGithub(process.env)
  await nextTurn()
  const main = await import('./flow/main.ts')
  onUncaught(main.crash)
  await nextTurn()
  main.run()
}

process.exitCode = 1 // an end that the gate does not come to is a failure
// As long as the rest is not there, it is loaded for the report of the error alone.
onUncaught(cause => void import('./flow/main.ts').then(({ crash }) => crash(cause)))
void start()
