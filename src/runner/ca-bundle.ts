import { X509Certificate } from 'node:crypto'
import { GateError, reasonOf } from '../core/failure.ts'
import { oneLine, quote } from '../core/text.ts'
import { readWorkspaceFile } from './workspace-file.ts'

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g

/**
 * The certificates of a PEM file, by its path from the workspace, each as Node writes it. What stands between them, as
 * comments do, is left out.
 * @throws GateError ERR_INPUT_INVALID if there is none, or one can't be read
 */
export function readRoots(path: string): readonly string[] {
  try {
    const roots = readWorkspaceFile(path).match(CERTIFICATE) ?? []
    if (roots.length === 0) throw new Error('it holds no certificate in PEM')
    return roots.map(root => new X509Certificate(root).toString())
  } catch (cause) {
    const reason = reasonOf(cause)
    throw new GateError(
      'ERR_INPUT_INVALID',
      `ca-bundle: ${quote(path)} can't be used: ${oneLine(reason)}`,
      'Give the path, from the workspace, of a file with certificates as in -----BEGIN CERTIFICATE-----. Neither GitHub nor AWS was asked anything.',
      { cause },
    )
  }
}
