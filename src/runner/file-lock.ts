import { randomUUID } from 'node:crypto'
import { linkSync, lstatSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { elapsedMs } from '../clock.ts'
import { quote } from '../core/text.ts'

/** Longer than a lock is believed in, so that no job waits in vain for one that is gone. */
const LONGEST_WAIT = 15_000
/** Work takes milliseconds: the holder of an older lock is gone. */
const ABANDONED_AFTER = 10_000

const HOLDER = `${hostname()} ${process.pid}`

/** Lets time pass; may throw instead, where there is no more of it. */
export type Pause = (milliseconds: number, waitingFor: string) => Promise<void>

const unhurried: Pause = milliseconds => sleep(milliseconds)

/**
 * Does the work while no other process that asks for the same lock does its own.
 * @throws Error if the lock can't be made, or is not free within 15 seconds; or what `pause` throws
 */
export async function withFileLock<T>(
  path: string,
  work: () => T | Promise<T>,
  pause: Pause = unhurried,
): Promise<T> {
  const lock = `${path}.lock`
  const held = await acquire(lock, pause)
  try {
    return await work()
  } finally {
    if (identityOf(lock) === held) rmSync(lock, { force: true })
  }
}

/** The same for several files, locked in the order given. */
export async function withFileLocks<T>(
  paths: readonly string[],
  work: () => T | Promise<T>,
  pause: Pause = unhurried,
): Promise<T> {
  const [first, ...rest] = paths
  return first === undefined ? work() : withFileLock(first, () => withFileLocks(rest, work, pause), pause)
}

async function acquire(lock: string, pause: Pause): Promise<string | undefined> {
  const end = elapsedMs() + LONGEST_WAIT
  while (!make(lock)) {
    if (elapsedMs() > end)
      throw new Error(
        `${lock} is there for longer than ${LONGEST_WAIT / 1000} seconds: delete it if no other job is at work`,
      )
    breakAbandoned(lock)
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
function breakAbandoned(lock: string): void {
  const judged = identityOf(lock)
  if (judged === undefined || !isAbandoned(lock)) return
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

/** Only a plain file is a lock of ours. */
function isAbandoned(lock: string): boolean {
  const status = lstatSync(lock, { throwIfNoEntry: false })
  if (status?.isFile() !== true) return false
  return Date.now() - status.mtimeMs > ABANDONED_AFTER || isHolderGone(lock)
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
