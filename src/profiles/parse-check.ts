import { GateError } from '../core/base/failure.ts'
import { isProblem, type ParseProblem, parseConfig, parseFailure } from '../core/profiles/config-parser.ts'

/**
 * Whether the AWS CLI could parse a shared file after an edit. Both texts have one char a byte.
 * @throws GateError ERR_PROFILE_WRITE
 */
export function assertParsable(path: string, before: string, after: string): void {
  const problem = problemOf(after)
  if (!problem) return
  const present = problemOf(before)
  // The number of the line as it is there for others to see, where the edit would change it
  const isSame = present && lineAt(before, present.line) === lineAt(after, problem.line)
  throw new GateError(
    'ERR_PROFILE_WRITE',
    parseFailure(path, isSame ? present : problem),
    'Every aws command would fail, whatever profile it uses, so nothing was written. Correct the file, or name another one with AWS_SHARED_CREDENTIALS_FILE or AWS_CONFIG_FILE.',
  )
}

function problemOf(text: string): ParseProblem | undefined {
  const parsed = parseConfig(Buffer.from(text, 'latin1'))
  return isProblem(parsed) ? parsed : undefined
}

function lineAt(text: string, line: number): string | undefined {
  return text.split(/\r\n?|\n/)[line - 1]
}
