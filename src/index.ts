import { setImmediate as nextTurn } from 'node:timers/promises'
import { openWayToGithub } from './way-to-github.ts'

/** Loads the rest while the connection comes about: each turn lets it take its next step. */
async function start(): Promise<void> {
  openWayToGithub(process.env)
  await nextTurn()
  const main = await import('./main.ts')
  onCrash = main.crash
  await nextTurn()
  main.run()
}

/** The end by an error that nobody waits for. As long as the rest is not there, it is loaded for this alone. */
let onCrash = (cause: unknown): void => {
  void import('./main.ts').then(({ crash }) => crash(cause))
}

// A variable that any step can set makes a worker of a cluster of this process, which ends well when its channel closes.
process.removeAllListeners('disconnect')
process.exitCode = 1 // an end that the gate does not come to is a failure
process.once('uncaughtException', cause => onCrash(cause))
void start()
