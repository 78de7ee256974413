import fs, { closeSync, constants, fstatSync, openSync, type Stats, statSync } from 'node:fs'
import { devNull } from 'node:os'
import { quote } from '../core/base/text.ts'

const { readFileSync } = fs

/** A pipe or a device in the place of a file: reading it may wait for ever, and no time limit would end that. */
export class BlockingFile extends Error {
  constructor(path: string) {
    super(`${quote(path)} is a pipe or a device, not a regular file, and reading it may never end`)
  }
}

/**
 * The bytes of a file; none of a device that is always empty.
 * @throws BlockingFile, or what the system says
 */
export function readWithoutBlocking(path: string): Buffer {
  return withOpened(path, file => readFileSync(file))
}

/**
 * From here on nothing that this process reads by its path can block it, whoever reads it: the SDK reads whatever files
 * the environment and the profiles name. `texts` stand in for the files at these paths.
 * @returns what rejects with a BlockingFile as soon as one was to be read: who wanted it may try again and again
 */
export function guardReads(texts: ReadonlyMap<string, string>): Promise<never> {
  return new Promise((_, reject) => {
    const read = (path: unknown, options?: unknown) => {
      if (typeof path !== 'string') return original(path, options)
      try {
        return texts.get(path) ?? withOpened(path, file => original(file, options))
      } catch (error) {
        if (error instanceof BlockingFile) reject(error)
        throw error
      }
    }
    Object.assign(fs, { readFileSync: read })
    Object.assign(fs.promises, { readFile: async (path: unknown, options?: unknown) => read(path, options) })
  })
}

const original = readFileSync as (path: unknown, options: unknown) => unknown

/** To open a pipe waits for its writer, unless told otherwise. Windows has no such flag. */
function withOpened<T>(path: string, read: (file: number) => T): T {
  const file = openSync(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0))
  try {
    if (mayBlock(fstatSync(file))) throw new BlockingFile(path)
    return read(file)
  } catch (error) {
    throw isNotReady(error) ? new BlockingFile(path) : error
  } finally {
    closeSync(file)
  }
}

function mayBlock(status: Stats): boolean {
  if (status.isCharacterDevice()) return status.rdev !== statSync(devNull).rdev
  return !status.isFile() && !status.isDirectory()
}

/** Said of files of the system's own that look like any other, as /proc/kmsg. */
function isNotReady(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === 'EAGAIN'
}
