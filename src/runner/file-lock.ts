import { randomUUID } from 'node:crypto'
import { linkSync, lstatSync, readFileSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { elapsedMs } from '../clock.ts'
import { quote } from '../core/text.ts'

/** Longer than a lock is believed in, so that no job waits in vain for one that is gone. */
const LONGEST_WAIT = 15_000
/** The holder of a lock that was touched no more for so long is gone. */
const ABANDONED_AFTER = 10_000
const TOUCHED_EVERY = 2_000

const HOLDER = `${hostname()} ${process.pid}`

/** Lets time pass; may throw instead, where there is no more of it. */
export type Pause = (milliseconds: number, waitingFor: string) => Promise<void>

const unhurried: Pause = milliseconds => sleep(milliseconds)

type Patience = { readonly pause?: Pause | undefined; readonly longestWaitMs?: number }

/**
 * Does the work while no other process that asks for the same lock does its own.
 * @throws Error if the lock can't be made, or is not free in time (15 seconds, if `patience` says no other); or what
 * `pause` throws
 */
export async function withFileLock<T>(
  path: string,
  work: () => T | Promise<T>,
  patience: Patience = {},
): Promise<T> {
  const lock = `${path}.lock`
  let held = await acquire(lock, patience)
  const touching = setInterval(() => {
    held = touch(lock, held)
  }, TOUCHED_EVERY).unref()
  try {
    return await work()
  } finally {
    clearInterval(touching)
    if (identityOf(lock) === held) rmSync(lock, { force: true })
  }
}

/** Shows that the holder lives. A lock that is another's by now is left alone. */
function touch(lock: string, held: string | undefined): string | undefined {
  if (identityOf(lock) !== held) return held
  try {
    const now = new Date()
    utimesSync(lock, now, now)
    return identityOf(lock)
  } catch {
    return held // thrown in a timer it would end the process; a lock that can't be touched is taken for abandoned
  }
}

/** The same for several files, locked in the order given. */
export async function withFileLocks<T>(
  paths: readonly string[],
  work: () => T | Promise<T>,
  patience: Patience = {},
): Promise<T> {
  const [first, ...rest] = paths
  return first === undefined
    ? work()
    : withFileLock(first, () => withFileLocks(rest, work, patience), patience)
}

async function acquire(
  lock: string,
  { pause = unhurried, longestWaitMs = LONGEST_WAIT }: Patience,
): Promise<string | undefined> {
  const end = elapsedMs() + longestWaitMs
  let seen: string | undefined
  let since = 0
  while (!make(lock)) {
    const present = identityOf(lock)
    if (present !== seen) [seen, since] = [present, elapsedMs()]
    if (elapsedMs() > end)
      throw new Error(
        `${lock} is there for longer than ${longestWaitMs / 1000} seconds: delete it if no other job is at work`,
      )
    breakAbandoned(lock, elapsedMs() - since > ABANDONED_AFTER)
    await pause(10 + Math.random() * 40, `the lock ${quote(lock)}`)
  }
  return identityOf(lock)
}

/** Whether there was none, and now is ours. */
function make(lock: string): boolean {
  try {
    writeFileSync(lock, HOLDER, { flag: 'wx', mode: 0o600 })
    return true
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false
    throw error
  }
}

/**
 * Renamed first, since only one process can do that, then looked at once more: between the judgement and the renaming
 * another may have broken the old lock and made its own, which is then put back.
 */
function breakAbandoned(lock: string, isUntouched: boolean): void {
  const judged = identityOf(lock)
  if (judged === undefined || !isAbandoned(lock, isUntouched)) return
  const aside = `${lock}.${randomUUID()}`
  try {
    renameSync(lock, aside)
    if (identityOf(aside) !== judged) linkSync(aside, lock)
  } catch (error) {
    // Another was faster in taking the old lock away, or in making a new one
    if (!['ENOENT', 'EEXIST'].includes(codeOf(error))) throw error
  } finally {
    rmSync(aside, { force: true })
  }
}

/** Only a plain file is a lock of ours. `isUntouched` is what this process has seen by itself, whatever the clocks say. */
function isAbandoned(lock: string, isUntouched: boolean): boolean {
  const status = lstatSync(lock, { throwIfNoEntry: false })
  if (status?.isFile() !== true) return false
  return isUntouched || Date.now() - status.mtimeMs > ABANDONED_AFTER || isHolderGone(lock)
}

/** A process of this machine that no longer runs. Containers have names of their own, and with them processes. */
function isHolderGone(lock: string): boolean {
  try {
    const [host, id] = readFileSync(lock, 'utf8').split(' ')
    if (host !== hostname() || !/^\d+$/.test(id ?? '')) return false
    process.kill(Number(id), 0) // asks only whether it is there
    return false
  } catch (error) {
    return codeOf(error) === 'ESRCH' // a lock that was released meanwhile has no holder to be judged
  }
}

/** Tells a file from any other that stood or will stand at the path; undefined where there is none. */
function identityOf(path: string): string | undefined {
  const status = lstatSync(path, { bigint: true, throwIfNoEntry: false })
  return status && `${status.ino} ${status.mtimeNs}`
}

function codeOf(error: unknown): string {
  return String(Object(error).code)
}
