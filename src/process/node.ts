import * as tls from 'node:tls'
import { GateError, RunnerError } from '../core/base/failure.ts'

/**
 * GitHub's runner has the Node that action.yml asks for; others take what they find. The newest API in use is looked
 * for, which Node has from 22.15 and 23.10.
 * @throws GateError ERR_UNEXPECTED
 */
export function assertNode(): void {
  if ('getCACertificates' in tls) return
  throw new GateError(
    'ERR_UNEXPECTED',
    `the runner has Node ${process.versions.node}, which is too old`,
    'Nothing was sent to GitHub or AWS.\nWhoever runs the runner: put Node 24 first in PATH. 22.15 is the oldest that works.',
    { cause: new RunnerError(), likelyCause: 'Node of the runner' },
  )
}
