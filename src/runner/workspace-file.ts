import { closeSync, constants, fstatSync, openSync, readFileSync, realpathSync } from 'node:fs'
import { dirname, isAbsolute, join, normalize, relative, resolve, sep } from 'node:path'

const MOST_BYTES = 1024 * 1024

/** The text of a file, by its path from the workspace. */
export function readWorkspaceFile(path: string): string {
  return readText(fromWorkspace(path), constants.O_RDONLY)
}

/** Where kubelet puts a pod's token: it swaps symbolic links there to renew it. */
const KUBELET_TOKEN = /^\/var\/run\/secrets\/[^/]+\/serviceaccount\/token$/

/** The text of a file that somebody in the workspace could exchange for a link to another one. */
export function readTokenFile(path: string): string {
  const file = fromWorkspace(path)
  if (KUBELET_TOKEN.test(normalize(path))) return readText(file, constants.O_RDONLY)
  const base = isWithin(workspace(), file) ? workspace() : dirname(dirname(file))
  if (realpathSync(file) !== join(realpathSync(base), relative(base, file)))
    throw new Error('a symbolic link is on its path, and may lead to the token of somebody else')
  return readText(file, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0))
}

function fromWorkspace(path: string): string {
  return resolve(workspace(), path)
}

function workspace(): string {
  return resolve(process.env.GITHUB_WORKSPACE ?? '')
}

function isWithin(folder: string, file: string): boolean {
  const path = relative(folder, file)
  return !isAbsolute(path) && path.split(sep)[0] !== '..'
}

/** Opening or reading a pipe or a device may never end. */
function readText(file: string, flags: number): string {
  const descriptor = openSync(file, flags | (constants.O_NONBLOCK ?? 0))
  try {
    const status = fstatSync(descriptor)
    if (!status.isFile()) throw new Error('it is no file')
    if (status.size > MOST_BYTES) throw new Error(`it is larger than ${MOST_BYTES} bytes`)
    return readFileSync(descriptor, 'utf8')
  } finally {
    closeSync(descriptor)
  }
}
