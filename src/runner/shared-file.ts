import {
  closeSync,
  constants,
  lstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'

/** A file's text before and after, one char a byte; undefined for no file. */
export type Change = {
  readonly path: string
  readonly before: string | undefined
  readonly after: string | undefined
}

/** A swap for a link or a pipe, after the look, fails instead of being followed or waited for. Windows has neither flag. */
const READ_FLAGS = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0)

/**
 * The text of a regular file, one char a byte, or undefined where there is none.
 * @throws Error for anything else
 */
export function readShared(path: string): string | undefined {
  const status = lstatSync(path, { throwIfNoEntry: false })
  if (!status) return undefined
  if (status.isSymbolicLink()) throw new Error('it is a symbolic link')
  if (!status.isFile()) throw new Error('it is no regular file')
  return readOpened(openSync(path, READ_FLAGS))
}

function readOpened(file: number): string {
  try {
    return readFileSync(file, 'latin1')
  } finally {
    closeSync(file)
  }
}

/**
 * Whether there is a folder.
 * @throws Error for anything else that stands there
 */
export function hasFolder(path: string): boolean {
  const status = lstatSync(path, { throwIfNoEntry: false })
  if (status?.isSymbolicLink()) throw new Error('its folder is a symbolic link')
  if (status && !status.isDirectory()) throw new Error('what should be its folder is none')
  return status !== undefined
}

/** Makes the folder, for its owner alone, or takes it as it is. */
export function prepareFolder(path: string): void {
  if (!hasFolder(path)) mkdirSync(path, { recursive: true, mode: 0o700 })
}

/**
 * Makes all changes or none; the files are locked. Every text is on the disk before the first file is touched: what is
 * left can hardly fail.
 */
export function changeTogether(changes: readonly Change[]): void {
  const staged: Staged[] = []
  const done: Change[] = []
  try {
    for (const change of changes) staged.push(stage(change))
    for (const { change, temporary } of staged) {
      put(change.path, temporary)
      done.push(change)
    }
  } catch (error) {
    for (const change of done) giveBack(change)
    throw error
  } finally {
    for (const { change } of staged) discardStaged(change.path)
  }
}

type Staged = { readonly change: Change; readonly temporary: string | undefined }

/** Writes the new text beside the file, so that renaming stays within one file system. */
function stage(change: Change): Staged {
  if (change.after === undefined) return { change, temporary: undefined }
  const temporary = temporaryOf(change.path)
  discardStaged(change.path)
  try {
    writeFileSync(temporary, change.after, { encoding: 'latin1', flag: 'wx', mode: 0o600, flush: true })
    return { change, temporary }
  } catch (error) {
    discardStaged(change.path)
    throw error
  }
}

/** Deletes what a process that was killed while it wrote may have left; the file is locked. */
export function discardStaged(path: string): void {
  rmSync(temporaryOf(path), { force: true })
}

/** Always the same, so that whoever writes next finds it. */
function temporaryOf(path: string): string {
  return `${path}.role-gate.tmp`
}

function put(path: string, temporary: string | undefined): void {
  if (temporary === undefined) rmSync(path, { force: true })
  else renameSync(temporary, path)
}

/** As it was before, as far as that goes: the error that led here is the one to tell. */
function giveBack({ path, before, after }: Change): void {
  try {
    changeTogether([{ path, before: after, after: before }])
  } catch {
    // The disk that refused the other file may refuse this one too.
  }
}
