import { createHash, randomUUID } from 'node:crypto'
import { closeSync, openSync, rmSync, utimesSync, writeSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { quote } from '../core/base/text.ts'
import { NO_FOLLOW, readRegularFile } from '../runner/regular-file.ts'
import { onceClosed } from './file-in-use.ts'
import { holderState, ownHolder } from './lock-holder.ts'

const LONGEST_WAIT = 15_000
/** A lock of another machine or container that was not touched for so long, as this process saw it, is abandoned. */
const ABANDONED_AFTER = 10_000
const TOUCHED_EVERY = 2_000
/** Of a longer time between two looks, in which this process was held up itself, no more than this counts. */
const LONGEST_STEP = 1_000
const MAX_BYTES = 1_000

/** Lets time pass; may throw instead, where there is no more of it. */
export type Pause = (milliseconds: number, waitingFor: string) => Promise<void>

export const unhurried: Pause = milliseconds => sleep(milliseconds)

export type Patience = { readonly pause?: Pause | undefined; readonly maxWaitMs?: number }

/** Another machine or container took the lock, because it could not see that this process still runs. */
export class LockLost extends Error {}

/** A lock that this process has. */
export type FileLock = {
  /** @throws LockLost */
  readonly assertHeld: () => void
}

/**
 * Does the work while no other process that asks for the same lock does its own. A lock is taken from nobody who runs
 * on this machine, whatever clocks and file times say. One of another machine or container counts as abandoned if this
 * process saw it untouched for 10 seconds, so the work asks the lock before each step that can't be undone.
 * @throws Error if the lock can't be made, or is not free in time (15 seconds, if `patience` says no other); or what
 * `pause` throws
 */
export async function withFileLock<T>(
  path: string,
  work: (lock: FileLock) => T | Promise<T>,
  patience: Patience = {},
): Promise<T> {
  const lock = `${path}.lock`
  const text = await acquire(lock, patience)
  const isHeld = () => readLock(lock)?.text === text
  const assertHeld = () => {
    if (!isHeld()) throw new LockLost(`another process took the lock ${lock} before this one was done`)
  }
  const touching = setInterval(() => isHeld() && touch(lock), TOUCHED_EVERY).unref()
  try {
    return await work({ assertHeld })
  } finally {
    clearInterval(touching)
    await release(lock, isHeld)
  }
}

/** A lock that can't be deleted counts as abandoned once this process has ended. What the work came to must be told. */
async function release(lock: string, isHeld: () => boolean): Promise<void> {
  try {
    await onceClosed(() => isHeld() && rmSync(lock, { force: true }))
  } catch {
    // An error would say of work that was done that it was not.
  }
}

/** The same for several files, locked in the order given. */
export async function withFileLocks<T>(
  paths: readonly string[],
  work: (lock: FileLock) => T | Promise<T>,
  patience: Patience = {},
): Promise<T> {
  const [first, ...rest] = paths
  if (first === undefined) return work({ assertHeld: () => {} })
  return withFileLock(
    first,
    lock => withFileLocks(rest, others => work(both(lock, others)), patience),
    patience,
  )
}

function both(one: FileLock, other: FileLock): FileLock {
  return {
    assertHeld: () => {
      one.assertHeld()
      other.assertHeld()
    },
  }
}

/** Shows other machines that the holder is at work. */
function touch(lock: string): void {
  try {
    const now = new Date()
    utimesSync(lock, now, now)
  } catch {
    // Thrown in a timer it would end the process.
  }
}

/** @returns the text of the lock, which no other lock has */
async function acquire(
  lock: string,
  { pause = unhurried, maxWaitMs = LONGEST_WAIT }: Patience,
): Promise<string> {
  const text = lockText()
  const end = performance.now() + maxWaitMs
  const silence = new Silence()
  while (!(await make(lock, text))) {
    if (performance.now() > end)
      throw new Error(
        `${lock} has existed for more than ${maxWaitMs / 1000} seconds: delete it if no other job is running`,
      )
    const present = readLock(lock)
    if (present && isAbandoned(present, silence.of(present))) await remove(lock, present)
    await pause(10 + Math.random() * 40, `the lock ${quote(lock)}`)
  }
  return text
}

function lockText(): string {
  return JSON.stringify({ ...ownHolder(), id: randomUUID() })
}

/** Whether there was none, and now is ours: it may have been taken for abandoned before it had its text. */
async function make(lock: string, text: string): Promise<boolean> {
  try {
    await onceClosed(() => writeNew(lock, text))
  } catch (error) {
    if (Object(error).code === 'EEXIST') return false
    throw error
  }
  return readLock(lock)?.text === text
}

function writeNew(path: string, text: string): void {
  const file = openSync(path, 'wx', 0o600)
  try {
    writeSync(file, text)
  } catch (error) {
    rmSync(path, { force: true }) // on a full disk it would stay without a text
    throw error
  } finally {
    closeSync(file)
  }
}

/** A lock as it was seen; the stamp is another one once it was touched, or is another lock. */
type LockFile = { readonly text: string; readonly stamp: string }

/** Undefined where there is none, or something that is no lock of ours and never abandoned. */
function readLock(lock: string): LockFile | undefined {
  try {
    const { bytes, status } = readRegularFile(lock, { flags: NO_FOLLOW, maxBytes: MAX_BYTES })
    const text = bytes.toString()
    return { text, stamp: `${status.ino} ${status.mtimeNs} ${text}` }
  } catch {
    return undefined
  }
}

function isAbandoned({ text }: LockFile, silentMs: number): boolean {
  const state = holderState(text)
  return state === 'gone' || (state === 'unknown' && silentMs > ABANDONED_AFTER)
}

/** For how long a lock was not touched, by what this process saw of it: no clock of another process counts. */
class Silence {
  #stamp = ''
  #milliseconds = 0
  #seenAt = 0

  of({ stamp }: LockFile): number {
    const now = performance.now()
    const step = Math.min(now - this.#seenAt, LONGEST_STEP)
    this.#milliseconds = stamp === this.#stamp ? this.#milliseconds + step : 0
    this.#stamp = stamp
    this.#seenAt = now
    return this.#milliseconds
  }
}

/**
 * Deletes this very lock and no later one. Whoever deletes it makes a file first that is named after it, which only one
 * process at a time can do; the file of one that was killed meanwhile is an abandoned lock itself.
 */
async function remove(lock: string, judged: LockFile): Promise<void> {
  const claim = `${lock}.${createHash('sha256').update(judged.stamp).digest('hex').slice(0, 32)}`
  if (!(await make(claim, lockText()))) {
    const other = readLock(claim)
    if (other && holderState(other.text) === 'gone') await remove(claim, other)
    return
  }
  try {
    await onceClosed(() => readLock(lock)?.stamp === judged.stamp && rmSync(lock, { force: true }))
  } finally {
    await onceClosed(() => rmSync(claim, { force: true }))
  }
}
