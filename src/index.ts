import { setImmediate as nextTurn } from 'node:timers/promises'
import { openWayToGithub } from './way-to-github.ts'

/** The rest is loaded on the way: between the turns what the connection waits for goes on. */
async function start(): Promise<void> {
  openWayToGithub(process.env)
  await nextTurn()
  const { run } = await import('./main.ts')
  await nextTurn()
  run()
}

process.exitCode = 1 // an end that the gate does not come to is a failure
void start()
