import { type Dirent, readdirSync, readFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'

/** Texts of regular files, by path; one char a byte. */
export type FileSnapshot = Readonly<Record<string, string>>

/** The files that are still there: another process may have taken one away since it was listed. */
export function readFiles(paths: readonly string[]): FileSnapshot {
  return Object.fromEntries(
    paths.flatMap(path => {
      const text = readIfThere(path)
      return text === undefined ? [] : [[path, text]]
    }),
  )
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'latin1')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

/** The files of `after` that are not in `before`, or were others there. */
export function changedFiles(before: FileSnapshot, after: FileSnapshot): FileSnapshot {
  return Object.fromEntries(Object.entries(after).filter(([path, text]) => before[path] !== text))
}

/** Paths of all regular files in a folder and in those within it. Links are not followed, and of a pipe nothing would come. */
export function filesBelow(folder: string): string[] {
  return entriesOf(folder).flatMap(entry => {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) return filesBelow(path)
    return entry.isFile() ? [path] : []
  })
}

/**
 * A file and what belongs to it by its name, as a lock or a temporary file does; but while a lock stands, which another
 * step may hold, nothing beside the file and the lock, as the rest is what is being written just then.
 */
export function filesNamedLike(path: string): string[] {
  const folder = dirname(path)
  const names = entriesOf(folder)
    .filter(entry => entry.isFile() && entry.name.startsWith(basename(path)))
    .map(({ name }) => name)
  const settled = [basename(path), `${basename(path)}.lock`]
  const isLocked = names.includes(`${basename(path)}.lock`)
  return names.filter(name => !isLocked || settled.includes(name)).map(name => join(folder, name))
}

/** None of a folder that isn't there, or can't be read. */
function entriesOf(folder: string): Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true })
  } catch {
    return []
  }
}
