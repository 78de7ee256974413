import { GateError, RunnerError, reasonOf } from '../base/failure.ts'
import { escapeControls, quote } from '../base/text.ts'

/** A file of the runner, with what was to be done to it. */
export type CommandFileProblem = {
  /** The variable that holds its path. */
  readonly name: string
  readonly path: string
  readonly cause: unknown
}

/**
 * The runner's files can't be written, which is no bug of ours: told as what the system said, without a stack. `left` are
 * the files that still hold a part of what was to be written together.
 */
export function commandFileFailure(
  { name, path, cause }: CommandFileProblem,
  left: readonly string[],
): GateError {
  const place = path === '' ? '' : ` (${quote(path)})`
  return new GateError(
    'ERR_UNEXPECTED',
    `${name}${place} can't be written: ${escapeControls(reasonOf(cause))}`,
    `${consequenceOf(left)}\n${adviceFor(cause)}`,
    { cause: new RunnerError(reasonOf(cause), { cause }), likelyCause: 'files of the runner' },
  )
}

function consequenceOf(left: readonly string[]): string {
  if (left.length === 0) return 'No credentials were exported.'
  return `What was already written to ${left.join(' and ')} couldn't be removed, so later steps may get some of it. If that includes credentials, the post step blanks their variables when the job ends. To keep them from later steps, cancel the job.`
}

/** Who must do what, by the system's code. A cause without one is that the file is missing, or none. */
function adviceFor(cause: unknown): string {
  const { code } = Object(cause)
  switch (code) {
    case 'ENOSPC':
    case 'EDQUOT':
      return "Whoever runs the runner: free up disk space where the runner's files are, or raise the quota. Then run the job again."
    case 'EFBIG':
      return "Whoever runs the runner: raise the limit on file sizes (ulimit -f) of the runner's user. Then run the job again."
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return "Whoever runs the runner: let its user write to this file. Check the file's permissions and attributes, and whether its disk is mounted read-only."
    case undefined:
    case 'ENOENT':
    case 'ENOTDIR':
    case 'EISDIR':
    case 'ENXIO':
    case 'ELOOP':
      return 'The runner creates this file for every step. Check whether an earlier step removed or replaced it.'
    default:
      return 'Whoever runs the runner: check its disk and its system log. Then run the job again.'
  }
}
