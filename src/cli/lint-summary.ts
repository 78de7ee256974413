import { joinSections, type Redact, SummaryText, table } from '../core/summary/text.ts'
import type { Severity } from '../core/trust-policy/rules.ts'
import { count, type Located, type Report } from './report.ts'

/** A summary has 1 MiB, and nobody reads more. */
const MOST_ROWS = 200
const MARKS: Readonly<Record<Severity, string>> = { error: '❌ error', warning: '⚠️ warning', info: 'ℹ️ info' }
const ORDER: readonly Severity[] = ['error', 'warning', 'info']

/** The job summary of the linter: a verdict, and a row for each finding, the gravest first. */
export function renderReport(report: Report, least: Severity, redact: Redact): string {
  const { located, problems, pending, policies, files } = report
  const text = new SummaryText(redact)
  const isSound = located.length + problems.length + pending.length === 0
  const sorted = ORDER.flatMap(severity => located.filter(({ finding }) => finding.severity === severity))
  const rows = sorted.slice(0, MOST_ROWS).map(each => row(text, each))
  const rest = sorted.length - rows.length
  return joinSections([
    `## ${isSound ? '✅ No weakness found' : `❌ ${verdict(report)}`}`,
    `${count(policies, 'trust policy', 'trust policies')} in ${count(files, 'file')}, checked for findings of severity ${text.plain(least)}${least === 'error' ? '' : ' or higher'}.`,
    rows.length === 0 ? '' : table(['Severity', 'Rule', 'Where', 'Finding'], rows),
    rest > 0 ? `${count(rest, 'further finding')} in the log.` : '',
    list(text, "Can't be checked", problems),
    list(text, 'Not known yet', pending),
  ])
}

function verdict({ located, problems, pending }: Report): string {
  return [
    located.length > 0 ? count(located.length, 'finding') : '',
    problems.length > 0 ? `${count(problems.length, 'path')} can't be checked` : '',
    pending.length > 0 ? `${count(pending.length, 'policy', 'policies')} not known yet` : '',
  ]
    .filter(Boolean)
    .join(', ')
}

function row(text: SummaryText, { file, name, position, finding }: Located): readonly string[] {
  const role = name === '' ? '' : `${text.code(name)}<br>`
  return [
    MARKS[finding.severity],
    text.code(finding.rule),
    `${role}${text.code(`${file}:${position.line}`)}`,
    `${text.plain(finding.message)}.<br>${text.plain(finding.fix)}`,
  ]
}

function list(text: SummaryText, title: string, lines: readonly string[]): string {
  if (lines.length === 0) return ''
  return `**${title}**\n\n${lines
    .slice(0, MOST_ROWS)
    .map(line => `- ${text.plain(line)}`)
    .join('\n')}`
}
