import { existsSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'

/** Work of libuv's thread pool, for which `process.exit()` waits: name look-ups, and files of the SDK. */
const POOLED = /^(GetAddrInfo|GetNameInfo|FS)Req/

/**
 * Ends the process once its output is written. A look-up that is never answered, or a pipe that somebody reads, doesn't
 * hold it.
 */
export function endProcess(passes: boolean): void {
  const { stdout } = process
  if (stdout.writableLength === 0) void endNow(passes)
  else stdout.write('', () => void endNow(passes))
}

/** Most work of the pool ends in that time, and then the exit code says how the step ended. */
const GRACE_MS = 250

async function endNow(passes: boolean): Promise<void> {
  for (let waited = 0; isPoolBusy() && waited < GRACE_MS; waited += 10) await sleep(10)
  if (isPoolBusy()) leavePool(passes)
  process.exit(passes ? 0 : 1)
}

function isPoolBusy(): boolean {
  return process.getActiveResourcesInfo().some(kind => POOLED.test(kind))
}

const SHELL = '/bin/sh'

/** Ends without waiting for the pool. Returns where the system has no way to. */
function leavePool(passes: boolean): void {
  if (!passes) {
    process.removeAllListeners('SIGTERM')
    process.kill(process.pid, 'SIGTERM')
  } else if (existsSync(SHELL)) {
    // A signal would be a failure. So the process becomes a shell, which has nothing to wait for, and no variables.
    process.execve?.(SHELL, [SHELL, '-c', 'exit 0'], {})
  }
}
