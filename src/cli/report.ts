import { relative } from 'node:path'
import { pathToFileURL } from 'node:url'
import { styleText } from 'node:util'
import { escapeControls, escapeLogLine } from '../core/base/text.ts'
import type { Position } from '../core/trust-policy/documents.ts'
import type { Finding } from '../core/trust-policy/lint.ts'
import { RULES, type RuleId, type Severity } from '../core/trust-policy/rules.ts'

/** A finding, with the file that it is in. */
export type Located = {
  readonly file: string
  /** Of the role or resource; empty for a file that is a policy. */
  readonly name: string
  readonly position: Position
  readonly finding: Finding
}

export type Report = {
  readonly located: readonly Located[]
  readonly problems: readonly string[]
  /** Policies that Terraform knows only after apply. */
  readonly pending: readonly string[]
  readonly files: number
  readonly policies: number
}

export type Format = 'text' | 'json' | 'sarif' | 'github'

export const FORMATS: Readonly<Record<Format, (report: Report) => string>> = {
  text: toText,
  json: toJson,
  sarif: toSarif,
  github: toAnnotations,
}

const COLOURS = { error: 'red', warning: 'yellow', info: 'cyan' } as const

/** With colors on a terminal. */
function toText({ located, pending, files, policies }: Report): string {
  const lines = located.flatMap(({ file, name, position, finding }) => {
    const place = `${escapeLogLine(file)}:${position.line}:${position.column}`
    const head = `${styleText(COLOURS[finding.severity], finding.severity)} ${finding.rule}`
    const role = name === '' ? '' : ` (${escapeControls(name)})`
    return [`${place}: ${head}: ${escapeControls(finding.message)}${role}`, `  ${finding.fix}`]
  })
  return [
    ...lines,
    ...pending.map(escapeLogLine),
    `${count(located.length, 'finding')} in ${count(policies, 'trust policy', 'trust policies')} of ${count(files, 'file')}`,
  ].join('\n')
}

export function count(number: number, one: string, several = `${one}s`): string {
  return `${number} ${number === 1 ? one : several}`
}

/** Stable: documented in docs/cli.md. */
function toJson({ located, problems, pending, files, policies }: Report): string {
  const findings = located.map(({ file, name, position, finding }) => ({
    file,
    line: position.line,
    column: position.column,
    role: name === '' ? null : name,
    rule: finding.rule,
    severity: finding.severity,
    message: finding.message,
    path: finding.path,
    fix: finding.fix,
    preventsSaving: finding.preventsSaving,
  }))
  return JSON.stringify({ files, policies, findings, pending, problems }, undefined, 2)
}

const LEVELS: Readonly<Record<Severity, string>> = { error: 'error', warning: 'warning', info: 'note' }

/** Source: OASIS, "Static Analysis Results Interchange Format Version 2.1.0". */
export function toSarif({ located }: Report): string {
  const ids = Object.keys(RULES) as RuleId[]
  const results = located.map(({ file, name, position, finding }) => ({
    ruleId: finding.rule,
    ruleIndex: ids.indexOf(finding.rule),
    level: LEVELS[finding.severity],
    message: { text: `${name === '' ? '' : `${name}: `}${finding.message}. ${finding.fix}` },
    locations: [
      {
        physicalLocation: {
          artifactLocation: { uri: uriOf(file) },
          region: { startLine: position.line, startColumn: position.column },
        },
      },
    ],
    partialFingerprints: { 'trustPolicy/v1': [finding.rule, name, ...finding.path].join('/') },
  }))
  const driver = {
    name: 'AWS Role Gate',
    informationUri: 'https://github.com/aws-role-gate/aws-role-gate/blob/main/docs/lint-rules.md',
    rules: ids.map(id => ({
      id,
      shortDescription: { text: id },
      help: { text: RULES[id].fix },
      helpUri: `https://github.com/aws-role-gate/aws-role-gate/blob/main/docs/lint-rules.md#${id}`,
      defaultConfiguration: { level: LEVELS[RULES[id].severity] },
    })),
  }
  return JSON.stringify(
    {
      $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
      version: '2.1.0',
      runs: [{ tool: { driver }, results }],
    },
    undefined,
    2,
  )
}

/** From the working directory, which code scanning takes for the root of the repository. */
function uriOf(file: string): string {
  const path = pathFromHere(file)
  return path === undefined ? pathToFileURL(file).href : path.split('/').map(encodeURIComponent).join('/')
}

/** With `/` on Windows too; undefined for a file elsewhere. */
export function pathFromHere(file: string): string | undefined {
  const path = relative('', file).replaceAll('\\', '/')
  return /^(?:\.\.\/|\/|[A-Za-z]:)/.test(path) ? undefined : path
}

/** Workflow commands. Source: GitHub Docs, "Workflow commands for GitHub Actions". */
function toAnnotations({ located }: Report): string {
  const command: Readonly<Record<Severity, string>> = { error: 'error', warning: 'warning', info: 'notice' }
  return located
    .map(({ file, name, position, finding }) => {
      const role = name === '' ? '' : ` (${escapeControls(name)})`
      const properties = [
        `file=${property(pathFromHere(file) ?? file)}`,
        `line=${position.line}`,
        `col=${position.column}`,
        `title=${property(finding.rule)}`,
      ]
      const message = `${escapeControls(finding.message)}${role}. ${finding.fix}`
      return `::${command[finding.severity]} ${properties.join(',')}::${data(message)}`
    })
    .join('\n')
}

function data(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A')
}

function property(text: string): string {
  return data(escapeControls(text)).replaceAll(':', '%3A').replaceAll(',', '%2C')
}
