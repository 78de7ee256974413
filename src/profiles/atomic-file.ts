import { randomUUID } from 'node:crypto'
import {
  type BigIntStats,
  lstatSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { NO_FOLLOW, readRegularFile } from '../runner/regular-file.ts'
import { onceClosed } from './file-in-use.ts'
import type { FileLock } from './file-lock.ts'

/** A file as it was read: its text, one char a byte, and a stamp that any change of it changes. Both undefined for none. */
export type SharedFile = {
  readonly path: string
  readonly text: string | undefined
  readonly stamp: string | undefined
}

/** A file, and the text that it is to have; undefined for no file. */
export type Change = { readonly file: SharedFile; readonly after: string | undefined }

/** A tool that takes no lock changed a file between reading and writing. Nothing was written. */
export class ChangedMeanwhile extends Error {}

/** Some of the changes were made and could not all be undone. */
export class PartlyChanged extends Error {}

/**
 * A regular file, or none.
 * @throws Error for anything else
 */
export function readShared(path: string): SharedFile {
  const status = statusOf(path)
  if (!status) return { path, text: undefined, stamp: undefined }
  if (status.isSymbolicLink()) throw new Error('it is a symbolic link')
  if (!status.isFile()) throw new Error("it isn't a regular file")
  const { bytes, status: opened } = readRegularFile(path, { flags: NO_FOLLOW })
  return { path, text: bytes.toString('latin1'), stamp: stampOf(opened) }
}

function statusOf(path: string): BigIntStats | undefined {
  return lstatSync(path, { bigint: true, throwIfNoEntry: false })
}

function stampOf({ dev, ino, size, mtimeNs, ctimeNs }: BigIntStats): string {
  return [dev, ino, size, mtimeNs, ctimeNs].join(' ')
}

/**
 * Whether there is a folder.
 * @throws Error for anything else that stands there
 */
export function hasFolder(path: string): boolean {
  const status = lstatSync(path, { throwIfNoEntry: false })
  if (status?.isSymbolicLink()) throw new Error('its folder is a symbolic link')
  if (status && !status.isDirectory()) throw new Error("its parent isn't a folder")
  return status !== undefined
}

/** Makes the folder, for its owner alone, or takes it as it is. */
export function prepareFolder(path: string): void {
  if (!hasFolder(path)) mkdirSync(path, { recursive: true, mode: 0o700 })
}

/**
 * Makes all changes or none, and reads back what it wrote. Every text is on the disk before the first file is touched:
 * what is left can hardly fail. `breathe` is called before that only, between steps that may take long.
 * @throws PartlyChanged if something may be left; else ChangedMeanwhile, Error, or that of `breathe`
 */
export async function changeTogether(
  changes: readonly Change[],
  lock: FileLock,
  breathe: () => Promise<void> = async () => {},
): Promise<void> {
  const staged: Staged[] = []
  const done: Change[] = []
  try {
    for (const change of changes) {
      staged.push({ change, temporary: stage(change) })
      await breathe()
    }
    for (const { change, temporary } of staged) {
      await put(change.file, temporary, lock)
      done.push(change)
    }
    for (const change of done) assertWritten(change)
    lock.assertHeld()
  } catch (error) {
    if (await areUndone(done, lock)) throw error
    throw new PartlyChanged(error instanceof Error ? error.message : String(error), { cause: error })
  } finally {
    for (const { temporary } of staged) if (temporary) await discard(temporary)
  }
}

/** What can't be deleted is left to the file's next writer. What became of the changes must be told. */
async function discard(temporary: string): Promise<void> {
  try {
    await onceClosed(() => rmSync(temporary, { force: true }))
  } catch {
    // An error would hide whether something was written.
  }
}

type Staged = { readonly change: Change; readonly temporary: string | undefined }

function stage({ file, after }: Change): string | undefined {
  return after === undefined ? undefined : writeTemporary(file.path, after)
}

/**
 * Exchanges the file for one with this text: whoever reads it meanwhile finds the old one or the new one.
 * @throws Error
 */
export async function replaceFile(path: string, text: string, lock: FileLock): Promise<void> {
  discardLeftovers(path)
  const temporary = writeTemporary(path, Buffer.from(text).toString('latin1'))
  try {
    await onceClosed(() => {
      lock.assertHeld()
      renameSync(temporary, path)
    })
  } finally {
    rmSync(temporary, { force: true })
  }
}

/** Beside the file, so that renaming stays within one file system. No two writers have the same name. */
function writeTemporary(path: string, text: string): string {
  const temporary = `${path}.role-gate.${randomUUID()}.tmp`
  try {
    writeFileSync(temporary, text, { encoding: 'latin1', flag: 'wx', mode: 0o600, flush: true })
    return temporary
  } catch (error) {
    rmSync(temporary, { force: true })
    throw error
  }
}

/**
 * Deletes what processes that were killed left beside the file. The file is locked, so whoever made them neither holds
 * the lock nor can go on without noticing that.
 */
export function discardLeftovers(path: string): void {
  const folder = dirname(path)
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (entry.isFile() && isLeftover(entry.name, basename(path)))
      rmSync(join(folder, entry.name), { force: true })
  }
}

/** Whether the name is that of a temporary file of ours for a file of that name, or of a claim to break its lock. */
export function isLeftover(name: string, fileName: string): boolean {
  if (!name.startsWith(fileName)) return false
  return /^\.(?:role-gate\.[\da-f-]{36}\.tmp|lock(?:\.[\da-f]{32})+)$/.test(name.slice(fileName.length))
}

function assertUntouched({ path, stamp }: SharedFile): void {
  const status = statusOf(path)
  if ((status && stampOf(status)) !== stamp)
    throw new ChangedMeanwhile('another process changed it at the same time')
}

/** Puts the temporary file, or none, in the place of a file that is still as it was read. */
function put(file: SharedFile, temporary: string | undefined, lock: FileLock): Promise<void> {
  return onceClosed(() => {
    lock.assertHeld()
    assertUntouched(file)
    if (temporary === undefined) rmSync(file.path, { force: true })
    else renameSync(temporary, file.path)
  })
}

function assertWritten({ file, after }: Change): void {
  if (readShared(file.path).text !== after)
    throw new Error('it does not hold what was written, because another process changed it at the same time')
}

async function areUndone(changes: readonly Change[], lock: FileLock): Promise<boolean> {
  let areAll = true
  for (const change of changes) areAll = (await isUndone(change, lock)) && areAll
  return areAll
}

/** As it was before, unless another process has changed it: the error that led here is the one to tell. */
async function isUndone({ file, after }: Change, lock: FileLock): Promise<boolean> {
  try {
    const present = readShared(file.path)
    if (present.text !== after) return false
    const temporary = file.text === undefined ? undefined : writeTemporary(file.path, file.text)
    try {
      await put(present, temporary, lock)
      return true
    } finally {
      if (temporary) rmSync(temporary, { force: true })
    }
  } catch {
    return false // the disk that refused the other file may refuse this one too
  }
}
