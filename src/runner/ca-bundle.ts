import { X509Certificate } from 'node:crypto'
import { reasonOf } from '../core/base/failure.ts'
import { readWorkspaceFile } from './workspace-file.ts'

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g

/** What was read first counts to the end of the step, whoever writes the file meanwhile. */
const read = new Map<string, readonly string[]>()

/**
 * The certificates of a PEM file, by its path from the workspace, each as Node writes it; none without a path. What
 * stands between them, as comments do, is left out.
 * @throws Error if there is none, or one can't be read
 */
export function readRoots(path: string | undefined): readonly string[] {
  if (path === undefined) return []
  const known = read.get(path)
  if (known) return known
  const texts = readWorkspaceFile(path).match(CERTIFICATE) ?? []
  if (texts.length === 0) throw new Error('it holds no certificate in PEM')
  const roots = texts.map(text => new X509Certificate(text).toString())
  read.set(path, roots)
  return roots
}

/** Why that fails, if it does. */
export function caBundleProblem(path: string): string | undefined {
  try {
    readRoots(path)
    return undefined
  } catch (error) {
    return reasonOf(error)
  }
}
