import { rmSync, writeFileSync } from 'node:fs'
import * as core from '@actions/core'
import { reasonOf } from '../core/base/failure.ts'
import { escapeControls, truncateLines } from '../core/base/text.ts'
import type { Severity } from '../core/trust-policy/rules.ts'
import { writeSummary } from '../runner/summary.ts'
import { lintPaths, severityOf } from './lint.ts'
import { renderReport } from './lint-summary.ts'
import { count, type Located, pathFromHere, type Report, toSarif } from './report.ts'
import { UnusableInput } from './usage.ts'

/** The linter as an action: annotations on the lines, a table in the job summary, SARIF for code scanning. */
export function lintAction(): void {
  try {
    const least = severityOf(core.getInput('min-severity'), 'min-severity')
    const report = lintPaths(pathsIn(core.getInput('paths')), least)
    report.located.forEach(annotate)
    for (const problem of report.problems) core.error(clean(problem))
    for (const policy of report.pending) core.error(clean(policy))
    writeSummary(redact => renderReport(report, least, redact))
    const sarifFile = core.getInput('sarif-file')
    if (sarifFile !== '') writeSarif(sarifFile, report)
    const failure = failureOf(report, least)
    if (failure === undefined) core.info(verdictOf(report, least))
    else core.setFailed(failure)
  } catch (error) {
    if (!(error instanceof UnusableInput)) throw error
    core.setFailed(clean(error.message))
  }
}

function pathsIn(text: string): readonly string[] {
  const paths = text
    .split('\n')
    .map(line => line.trim())
    .filter(line => line !== '')
  if (paths.length === 0)
    throw new UnusableInput('paths is empty: name files, folders or patterns, one per line')
  // Standard input would never end.
  if (paths.includes('-')) throw new UnusableInput("paths contains -, which isn't a file")
  return paths
}

const COMMANDS = { error: core.error, warning: core.warning, info: core.notice } as const

/** GitHub shows ten of each kind per step. The table has them all. */
function annotate({ file, name, position, finding }: Located): void {
  const role = name === '' ? '' : ` (${name})`
  COMMANDS[finding.severity](clean(`${finding.message}${role}. ${finding.fix}`), {
    title: finding.rule,
    file: escapeControls(pathFromHere(file) ?? file),
    startLine: position.line,
    startColumn: position.column,
  })
}

/** In the place of what is there, which a pull request may have made a link. */
function writeSarif(path: string, report: Report): void {
  try {
    rmSync(path, { force: true })
    writeFileSync(path, toSarif(report), { flag: 'wx' })
  } catch (error) {
    const reason = reasonOf(error)
    throw new UnusableInput(`sarif-file ${path} can't be written: ${reason}`)
  }
}

/** A policy that can't be checked is no policy without findings. */
function failureOf(report: Report, least: Severity): string | undefined {
  const { problems, pending, located } = report
  if (problems.length > 0) return `${count(problems.length, 'path')} can't be checked`
  if (located.length > 0) return verdictOf(report, least)
  if (pending.length > 0) return `${count(pending.length, 'policy', 'policies')} can't be checked yet`
  return undefined
}

function verdictOf({ located, policies, files }: Report, least: Severity): string {
  const severity = least === 'error' ? 'severity error' : `severity ${least} or higher`
  return `${count(located.length, 'finding')} of ${severity} in ${count(policies, 'trust policy', 'trust policies')} of ${count(files, 'file')}`
}

function clean(text: string): string {
  return truncateLines(escapeControls(text))
}
