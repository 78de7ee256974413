import { escapeLogLine } from '../core/base/text.ts'
import {
  type FoundPolicy,
  NoPolicy,
  type Position,
  policiesIn,
  UnreadableDocument,
} from '../core/trust-policy/documents.ts'
import { type Finding, lintPolicy } from '../core/trust-policy/lint.ts'
import { SEVERITIES, type Severity } from '../core/trust-policy/rules.ts'
import { type FoundFiles, filesOf, readText } from './files.ts'
import { FORMATS, type Format, type Located, type Report } from './report.ts'
import { EXIT, type Output, parseOptions, UnusableInput } from './usage.ts'

export const LINT_HELP = `lint PATH…

Lists weaknesses of trust policies.

  PATH            files, folders or patterns: trust policies, the output of aws iam get-role, list-roles and
                  get-account-authorization-details, terraform show -json, CloudFormation templates; - for standard input
  --min-severity  error, warning or info (default: warning): what is printed, and what makes the exit status 1
  --format        text, json, sarif or github (default: text)
  --json          short for --format json

Exit status: 0 nothing found, 1 something found, 2 unusable input, 3 a policy is not known until apply`

const OPTIONS = { 'min-severity': 'text', format: 'text', json: 'flag' } as const

/** @throws UnusableInput */
export function lint(args: readonly string[], { print, warn, progress }: Output): number {
  const { options, files: paths } = parseOptions(args, OPTIONS, true)
  const least = severityOf(options['min-severity'] ?? 'warning')
  const format = formatOf(options.format, options.json)
  if (paths.length === 0) throw new UnusableInput('no path was given')
  const report = lintPaths(paths, least, progress)
  print(FORMATS[format](report))
  for (const problem of report.problems) warn(escapeLogLine(problem))
  if (report.problems.length > 0) return EXIT.unusable
  if (report.located.length > 0) return EXIT.found
  return report.pending.length > 0 ? EXIT.unknown : EXIT.ok
}

/** What is in files, folders and patterns, of a severity and above. */
export function lintPaths(
  paths: readonly string[],
  least: Severity,
  progress: Output['progress'] = () => undefined,
): Report {
  const report = lintFiles(filesOf(paths), progress)
  const located = report.located.filter(({ finding }) => rank(finding.severity) >= rank(least))
  return { ...report, located }
}

/** @throws UnusableInput */
export function severityOf(text: string, option = '--min-severity'): Severity {
  const severity = SEVERITIES.find(each => each === text)
  if (severity) return severity
  throw new UnusableInput(`${option} ${text} is not error, warning or info`)
}

function rank(severity: Severity): number {
  return SEVERITIES.indexOf(severity)
}

function formatOf(text: string | undefined, isJson: boolean): Format {
  if (isJson && text !== undefined && text !== 'json')
    throw new UnusableInput('--json and --format name two formats')
  const format = isJson ? 'json' : (text ?? 'text')
  if (Object.hasOwn(FORMATS, format)) return format as Format
  throw new UnusableInput(`--format ${format} is not text, json, sarif or github`)
}

const POLICY_FILE = /\.(?:json|ya?ml|template)$/i

/** A file that was named must hold a policy; of a folder's files, those that do count. */
function lintFiles(
  { files: found, named, problems: unread }: FoundFiles,
  progress: Output['progress'],
): Report {
  const files = found.filter(file => named.has(file) || POLICY_FILE.test(file))
  const located: Located[] = []
  const problems = [...unread]
  const pending: string[] = []
  let [policies, checked] = [0, 0]
  for (const file of files) {
    const found = policiesOf(file, problems, named.has(file))
    if (!found) continue
    checked += 1
    for (const policy of found) {
      policies += 1
      progress(policies)
      if (policy.isPending) pending.push(`${file}: ${policy.name}: ${policy.problem}`)
      else located.push(...findingsIn(policy, file))
    }
  }
  if (checked === 0 && problems.length === 0) problems.push('no trust policy was found')
  return { located, problems, pending, files: files.length, policies }
}

/** Undefined where there is nothing to check. */
function policiesOf(file: string, problems: string[], isNamed: boolean): readonly FoundPolicy[] | undefined {
  let text = ''
  try {
    text = readText(file)
    return policiesIn(text, file)
  } catch (error) {
    if (error instanceof UnreadableDocument) {
      // A folder may hold other files.
      const isMeant = !(error instanceof NoPolicy) && /"Statement"|assume_?role_?policy/i.test(text)
      if (isNamed || isMeant) problems.push(`${file}: ${error.message}`)
    } else if (error instanceof UnusableInput) problems.push(error.message)
    else throw error
    return undefined
  }
}

function findingsIn({ name, text, problem, at }: FoundPolicy, file: string): Located[] {
  const findings: readonly Finding[] = text === undefined ? [unreadable(problem ?? '')] : lintPolicy(text)
  return findings.map(finding => ({ file, name, finding, position: at(finding.path) satisfies Position }))
}

function unreadable(message: string): Finding {
  return {
    rule: 'invalid-policy',
    severity: 'error',
    message,
    path: [],
    fix: 'Correct the policy. IAM would not save it.',
    preventsSaving: true,
  }
}
