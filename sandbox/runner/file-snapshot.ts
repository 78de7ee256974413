import { type Dirent, readdirSync, readFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'

/** Texts of regular files, by path; one char a byte. */
export type FileSnapshot = Readonly<Record<string, string>>

/** Reads regular files alone: links are not followed, and of a pipe nothing would come. */
export function readFiles(paths: readonly string[]): FileSnapshot {
  return Object.fromEntries(paths.map(path => [path, readFileSync(path, 'latin1')]))
}

/** The files of `after` that are not in `before`, or were others there. */
export function changedFiles(before: FileSnapshot, after: FileSnapshot): FileSnapshot {
  return Object.fromEntries(Object.entries(after).filter(([path, text]) => before[path] !== text))
}

/** Paths of all regular files in a folder and in those within it. */
export function filesBelow(folder: string): string[] {
  return entriesOf(folder).flatMap(entry => {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) return filesBelow(path)
    return entry.isFile() ? [path] : []
  })
}

/** A file and what belongs to it by its name, as a lock or a temporary file does. */
export function filesNamedLike(path: string): string[] {
  const folder = dirname(path)
  return entriesOf(folder)
    .filter(entry => entry.isFile() && entry.name.startsWith(basename(path)))
    .map(({ name }) => join(folder, name))
}

/** None of a folder that isn't there, or can't be read. */
function entriesOf(folder: string): Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true })
  } catch {
    return []
  }
}
