import { type BigIntStats, closeSync, constants, fstatSync, openSync, readFileSync, readSync } from 'node:fs'

/** For files that no one has a reason to make larger. */
export const MAX_BYTES = 1024 * 1024

/** A link in the place of the file fails to open. Windows has no such flag. */
export const NO_FOLLOW = constants.O_NOFOLLOW ?? 0

/** Opening a pipe or a device could block for ever. Windows has no such flag, and no such files. */
const NONBLOCKING = constants.O_NONBLOCK ?? 0

/**
 * Opens a file without waiting for one that isn't regular. `flags` as for `open(2)`; a file that they create is its
 * owner's alone.
 * @returns the descriptor, which the caller closes
 * @throws Error where there is no regular file
 */
export function openRegular(path: string, flags: number): number {
  const descriptor = openSync(path, flags | NONBLOCKING, 0o600)
  try {
    if (!fstatSync(descriptor).isFile()) throw new Error("it isn't a regular file")
    return descriptor
  } catch (error) {
    closeSync(descriptor)
    throw error
  }
}

/** `flags` are further ones for `open(2)`; without `maxBytes` a file may have any size. */
type ReadOptions = { readonly flags?: number; readonly maxBytes?: number }

/**
 * The bytes of a regular file, and its status from before they were read.
 * @throws Error where there is no regular file, or a larger one
 */
export function readRegularFile(
  path: string,
  { flags = 0, maxBytes }: ReadOptions = {},
): { readonly bytes: Buffer; readonly status: BigIntStats } {
  const descriptor = openRegular(path, constants.O_RDONLY | flags)
  try {
    const status = fstatSync(descriptor, { bigint: true })
    const bytes = maxBytes === undefined ? readFileSync(descriptor) : readAtMost(descriptor, maxBytes + 1)
    if (maxBytes !== undefined && bytes.length > maxBytes)
      throw new Error(`it is larger than ${maxBytes} bytes`)
    return { bytes, status }
  } finally {
    closeSync(descriptor)
  }
}

/** The text of a regular file of at most 1 MiB. */
export function readRegularText(path: string, { flags = 0 }: Pick<ReadOptions, 'flags'> = {}): string {
  return readRegularFile(path, { flags, maxBytes: MAX_BYTES }).bytes.toString()
}

/** The size that a file system reports may be wrong by the time that it is read, or 0 as in /proc. */
function readAtMost(descriptor: number, maxBytes: number): Buffer {
  const buffer = Buffer.alloc(maxBytes)
  let length = 0
  for (;;) {
    const count = readSync(descriptor, buffer, length, maxBytes - length, null)
    length += count
    if (count === 0 || length === maxBytes) return buffer.subarray(0, length)
  }
}
