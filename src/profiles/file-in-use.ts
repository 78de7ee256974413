import { setTimeout as sleep } from 'node:timers/promises'

const LONGEST_WAIT = 2_000
const PAUSE = 20

/**
 * Does work that replaces, makes or deletes a file. Windows refuses that while another process has the file open, which
 * tools have for milliseconds only: then the work is done again, for two seconds. Other systems never refuse it for that.
 */
export async function onceClosed<T>(work: () => T, platform: NodeJS.Platform = process.platform): Promise<T> {
  const end = performance.now() + LONGEST_WAIT
  for (;;) {
    try {
      return work()
    } catch (error) {
      if (platform !== 'win32' || !isInUse(error) || performance.now() > end) throw error
    }
    await sleep(PAUSE)
  }
}

function isInUse(error: unknown): boolean {
  return ['EPERM', 'EACCES', 'EBUSY'].includes(Object(error).code)
}
