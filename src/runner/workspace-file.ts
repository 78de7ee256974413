import { readFileSync, statSync } from 'node:fs'
import { resolve } from 'node:path'

const MOST_BYTES = 1024 * 1024

/** The text of a file, by its path from the workspace. */
export function readWorkspaceFile(path: string): string {
  const file = resolve(process.env.GITHUB_WORKSPACE ?? '', path)
  const { size } = requireFile(file)
  if (size > MOST_BYTES) throw new Error(`it is larger than ${MOST_BYTES} bytes`)
  return readFileSync(file, 'utf8')
}

/** Reading a pipe or a device may never end. */
function requireFile(file: string): { size: number } {
  const status = statSync(file)
  if (!status.isFile()) throw new Error('it is no file')
  return status
}
