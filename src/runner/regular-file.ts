import { type BigIntStats, closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs'

/** A swap for a link or a pipe fails instead of being followed or waited for. Windows has neither flag. */
const READ_FLAGS = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0)

/**
 * The bytes of a file and its status, of one moment. Never waits for a pipe or a device.
 * @throws Error for a link, a folder, a pipe or a device, or if it can't be read or is larger
 */
export function readRegularFile(
  path: string,
  maxBytes = Number.POSITIVE_INFINITY,
): { readonly bytes: Buffer; readonly status: BigIntStats } {
  const file = openSync(path, READ_FLAGS)
  try {
    const status = fstatSync(file, { bigint: true })
    if (!status.isFile()) throw new Error('it is no regular file')
    if (status.size > maxBytes) throw new Error(`it is larger than ${maxBytes} bytes`)
    return { bytes: readFileSync(file), status }
  } finally {
    closeSync(file)
  }
}
