import { realpathSync } from 'node:fs'
import { isAbsolute, join, normalize, parse, relative, resolve, sep } from 'node:path'
import { quote } from '../core/base/text.ts'
import { NO_FOLLOW, readRegularText } from './regular-file.ts'

/** The text of a file, by its path from the workspace. */
export function readWorkspaceFile(path: string): string {
  return readRegularText(fromWorkspace(path))
}

/** Where kubelet puts a pod's token: it swaps symbolic links there to renew it. */
const KUBELET_TOKEN = /^\/var\/run\/secrets\/[^/]+\/serviceaccount\/token$/

/**
 * The text of a file that an earlier step or a checkout could exchange for a link to another one. No link may be on its
 * path, but for those that lead to the workspace itself.
 */
export function readTokenFile(path: string): string {
  const file = fromWorkspace(path)
  if (KUBELET_TOKEN.test(normalize(path))) return readRegularText(file)
  const base = isWithin(workspace(), file) ? workspace() : parse(file).root
  const expected = join(realpathSync(base), relative(base, file))
  const actual = realpathSync(file)
  if (actual !== expected)
    throw new Error(
      `a symbolic link on its path leads to ${quote(actual)}, which may be another job's token: if that is the file you mean, give that path`,
    )
  return readRegularText(file, { flags: NO_FOLLOW })
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
