import { readFileSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { reasonOf } from '../core/base/failure.ts'
import { escapeControls } from '../core/base/text.ts'
import { type Migration, migrate as migrateText } from '../core/migration/migration.ts'
import { PLACEHOLDER, PUBLISHED_SHA } from '../core/migration/release.ts'
import { UNSEEN_ROWS } from '../core/migration/remarks.ts'
import { UnreadableWorkflow } from '../core/migration/workflow.ts'
import { filesOf } from './files.ts'
import { count } from './report.ts'
import { EXIT, type Output, parseOptions, UnusableInput } from './usage.ts'

export const MIGRATE_HELP = `migrate PATH…

Says what changes for workflows that use aws-actions/configure-aws-credentials, version 1 to 6.

  PATH      workflows, composite actions, or folders with any number of repositories in them
  --uses    OWNER/REPO@SHA to write (default: the last published release; before the first, a placeholder)
  --write   writes every uses: line, even if decisions are open
  --json    the result as JSON

Exit status: 0 nothing to decide, 1 something to decide, 2 unusable input`

const OPTIONS = { uses: 'text', write: 'flag', json: 'flag' } as const

const UNPUBLISHED = `aws-role-gate/aws-role-gate@${PLACEHOLDER}`
const DEFAULT_USES = PUBLISHED_SHA ? `aws-role-gate/aws-role-gate@${PUBLISHED_SHA}` : UNPUBLISHED

/** Most files have no such step, and are not parsed. */
const MAY_USE = new RegExp(`aws-actions/configure-aws-credentials|@${PLACEHOLDER}`, 'i')

type Migrated = { readonly file: string; readonly migration: Migration; readonly isWritten: boolean }

/** @throws UnusableInput */
export function migrate(args: readonly string[], { print, warn, progress }: Output): number {
  const { options, files: paths } = parseOptions(args, OPTIONS, true)
  const { uses = DEFAULT_USES } = options
  if (uses !== UNPUBLISHED && !/^[\w.-]+\/[\w.-]+@[0-9a-f]{40}$/.test(uses))
    throw new UnusableInput(`--uses ${uses} is not OWNER/REPO@ and the 40 digits of a commit`)
  if (paths.length === 0) throw new UnusableInput('no path was given')
  const { files, named, problems: unread } = filesOf(paths)
  const problems = [...unread]
  const migrated = files
    .filter(file => named.has(file) || isRunByGithub(file))
    .flatMap((file, index) => {
      progress(index + 1)
      return migrateFile(file, uses, options.write, problems)
    })
  print(options.json ? toJson(migrated, problems, uses) : toText(migrated, uses))
  for (const problem of problems) warn(escapeControls(problem))
  if (problems.length > 0) return EXIT.unusable
  return totalsOf(migrated, uses).decisions > 0 ? EXIT.found : EXIT.ok
}

/** By the whole path: the command may run in `.github` itself. */
function isRunByGithub(file: string): boolean {
  return /\/(?:\.github\/workflows\/[^/]+|action)\.ya?ml$/i.test(resolve(file).replaceAll('\\', '/'))
}

function migrateFile(file: string, uses: string, writes: boolean, problems: string[]): readonly Migrated[] {
  try {
    const bytes = readFileSync(file)
    const text = bytes.toString('utf8')
    if (!MAY_USE.test(text)) return []
    if (!Buffer.from(text, 'utf8').equals(bytes)) throw new UnreadableWorkflow('it is not UTF-8')
    const migration = migrateText(text, uses)
    if (migration.moves.length === 0) return []
    return [{ file, migration, isWritten: writes && isWritten(file, migration.rewritten, problems) }]
  } catch (error) {
    problems.push(`${file} can't be read: ${reasonOf(error)}`)
    return []
  }
}

function isWritten(file: string, text: string, problems: string[]): boolean {
  try {
    writeFileSync(file, text)
    return true
  } catch (error) {
    problems.push(`${file} can't be written: ${reasonOf(error)}`)
    return false
  }
}

function remarksIn({ moves, remarks }: Migration) {
  return [...moves.flatMap(move => move.remarks), ...remarks]
}

function decisionsOf(migration: Migration): number {
  return remarksIn(migration).filter(({ kind }) => kind === 'decision').length
}

function toText(migrated: readonly Migrated[], uses: string): string {
  const lines = migrated.flatMap(({ file, migration }) => {
    const place = escapeControls(file)
    const remarkLines = (remarks: Migration['remarks']) =>
      remarks.map(
        ({ kind, line, row, message }) => `${place}:${line}: ${kind}: ${escapeControls(message)} [${row}]`,
      )
    return [
      ...migration.moves.flatMap(({ use, remarks }) => [
        `${place}:${use.line}: ${escapeControls(use.name)} → ${uses}`,
        ...remarkLines(remarks),
      ]),
      ...remarkLines(migration.remarks),
    ]
  })
  return [
    ...lines,
    ...(migrated.length > 0
      ? ['Check yourself whether any of these applies:', ...UNSEEN_ROWS.map(row => `- [${row}]`)]
      : []),
    ...(uses === UNPUBLISHED && migrated.length > 0
      ? ['decision: choose the commit to use, and give it as --uses OWNER/REPO@SHA']
      : []),
    summaryOf(migrated, uses),
  ].join('\n')
}

/** How much work a move is: what needs one line, and what a person must decide. */
function summaryOf(migrated: readonly Migrated[], target: string): string {
  const { uses, files, repositories, withDecisions, written } = totalsOf(migrated, target)
  if (uses === 0) return 'no use of aws-actions/configure-aws-credentials'
  return `${count(uses, 'use')} in ${count(files, 'file')} of ${count(repositories, 'repository', 'repositories')}: ${count(files - withDecisions, 'file needs', 'files need')} one line per use, ${count(withDecisions, 'file needs', 'files need')} a decision${written > 0 ? `; ${count(written, 'file')} written` : ''}. [Rows] are those of docs/migration.md`
}

function totalsOf(migrated: readonly Migrated[], target: string) {
  const isOpen = target === UNPUBLISHED && migrated.length > 0
  return {
    repositories: repositoriesOf(migrated.map(({ file }) => file.replaceAll('\\', '/'))).size,
    files: migrated.length,
    uses: migrated.flatMap(({ migration }) => migration.moves).length,
    /** The commit to use is one. */
    decisions: migrated.reduce((sum, { migration }) => sum + decisionsOf(migration), isOpen ? 1 : 0),
    withDecisions: migrated.filter(({ migration }) => decisionsOf(migration) > 0).length,
    written: migrated.filter(({ isWritten }) => isWritten).length,
  }
}

/** The folders that hold `.github`; of a composite action, one that it is in, or its own. */
function repositoriesOf(files: readonly string[]): ReadonlySet<string> {
  const isWorkflow = (file: string) => /(?:^|\/)\.github\//.test(file)
  const roots = files.filter(isWorkflow).map(file => file.replace(/\.github\/.*$/s, ''))
  const ofActions = files
    .filter(file => !isWorkflow(file))
    .map(file => roots.find(root => file.startsWith(root)) ?? file.replace(/[^/]*$/, ''))
  return new Set([...roots, ...ofActions])
}

/** Stable: documented in docs/cli.md. */
function toJson(migrated: readonly Migrated[], problems: readonly string[], uses: string): string {
  const result = {
    uses: uses === UNPUBLISHED ? null : uses,
    totals: totalsOf(migrated, uses),
    files: migrated.map(({ file, migration, isWritten }) => ({
      file,
      written: isWritten,
      moves: migration.moves.map(({ use, remarks }) => ({
        line: use.line,
        column: use.column,
        from: use.name,
        remarks,
      })),
      remarks: migration.remarks,
    })),
    problems,
  }
  return JSON.stringify(result, undefined, 2)
}
