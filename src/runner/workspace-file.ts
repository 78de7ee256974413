import { realpathSync } from 'node:fs'
import path, { type PlatformPath } from 'node:path'
import { quote } from '../core/base/text.ts'
import { NO_FOLLOW, readRegularText } from './regular-file.ts'

/** The text of a file, by its path from the workspace. */
export function readWorkspaceFile(file: string): string {
  return readRegularText(fromWorkspace(file))
}

/** Where kubelet puts a pod's token: it swaps symbolic links there to renew it. */
const KUBELET_TOKEN = /^\/var\/run\/secrets\/[^/]+\/serviceaccount\/token$/

/**
 * The text of a file that an earlier step or a checkout could exchange for a link to another one. No link may be on its
 * path, but for those that lead to the workspace itself.
 */
export function readTokenFile(name: string): string {
  const file = fromWorkspace(name)
  if (KUBELET_TOKEN.test(path.normalize(name))) return readRegularText(file)
  const base = isWithin(workspace(), file) ? workspace() : path.parse(file).root
  const expected = path.join(realpathSync(base), path.relative(base, file))
  const actual = realpathSync(file)
  if (!isSame(actual, expected))
    throw new Error(
      `a symbolic link on its path leads to ${quote(actual)}, which may be another job's token: if that is the file you mean, give that path`,
    )
  return readRegularText(file, { flags: NO_FOLLOW })
}

function fromWorkspace(file: string): string {
  return path.resolve(workspace(), file)
}

function workspace(): string {
  return path.resolve(process.env.GITHUB_WORKSPACE ?? '')
}

/** Whether the file is in the folder or below it. On Windows, case makes no difference. */
export function isWithin(
  folder: string,
  file: string,
  { isAbsolute, relative, sep }: PlatformPath = path,
): boolean {
  const rest = relative(folder, file)
  return !isAbsolute(rest) && rest.split(sep)[0] !== '..'
}

/** Whether both are the path of one file. On Windows, case makes no difference. */
export function isSame(one: string, other: string, { relative }: PlatformPath = path): boolean {
  return relative(one, other) === ''
}
