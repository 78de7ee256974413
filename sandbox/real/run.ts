import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { arch, platform, tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { renderAligned } from '../bench/table.ts'
import { actionNode } from '../runner/action-node.ts'
import type { Part } from './part.ts'
import { parts } from './parts.ts'
import { type TestedOn, type TestedPart, testedRows } from './tested-on.ts'

const RECORD = '--record'

/** Of jest's `--json`: what is read here. */
interface JestReport {
  readonly testResults: readonly {
    readonly assertionResults: readonly {
      readonly ancestorTitles: readonly string[]
      readonly status: string
    }[]
  }[]
}

/** Runs the lanes with jest's own options, prints what they showed, and with --record writes docs/tested-on.json. */
function main(args: readonly string[]): number {
  const options = args.filter(arg => arg !== RECORD)
  const { exitCode, report } = runJest(options)
  const rows = parts.map(part => testedPart(part, report))
  const run = rows.filter(({ passed, failed, skipped }) => passed + failed + skipped > 0)
  const head = ['lane', 'software', 'version', 'tests passed']
  const shown = parts.filter(({ name }) => run.some(row => row.name === name))
  console.log(`\n${renderAligned({ head, rows: testedRows(run, shown), wordColumns: 3 })}`)
  return args.includes(RECORD) ? record(exitCode, rows) : exitCode
}

function runJest(options: readonly string[]): { exitCode: number; report: JestReport } {
  const folder = mkdtempSync(join(tmpdir(), 'tested-on-'))
  const file = join(folder, 'report.json')
  try {
    const jest = resolve('node_modules/jest/bin/jest.js')
    const lane = ['--selectProjects', 'real', '--maxWorkers', '2', '--json', '--outputFile', file]
    const { status } = spawnSync(process.execPath, [jest, ...lane, ...options], { stdio: 'inherit' })
    return { exitCode: status ?? 1, report: JSON.parse(readFileSync(file, 'utf8')) }
  } finally {
    rmSync(folder, { recursive: true })
  }
}

function testedPart(part: Part, { testResults }: JestReport): TestedPart {
  const statuses = testResults
    .flatMap(({ assertionResults }) => assertionResults)
    .filter(({ ancestorTitles }) => ancestorTitles[0] === part.name)
    .map(({ status }) => status)
  const count = (wanted: string) => statuses.filter(status => status === wanted).length
  return {
    name: part.name,
    version: part.version(),
    passed: count('passed'),
    failed: count('failed'),
    skipped: count('pending'),
  }
}

/** Writes docs/tested-on.json, which is of whole and green runs alone. */
function record(exitCode: number, rows: readonly TestedPart[]): number {
  const missing = rows.filter(({ version, passed }) => version === undefined || passed === 0)
  if (exitCode !== 0) return refuse('tests failed')
  if (missing.length > 0) {
    return refuse(`these were not tested: ${missing.map(({ name }) => name).join(', ')}. Run real/install.sh`)
  }
  const { version: release } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string }
  const testedOn: TestedOn = { release, date: new Date().toISOString().slice(0, 10), system: system(), rows }
  writeFileSync('docs/tested-on.json', `${JSON.stringify(testedOn, null, 2)}\n`)
  return 0
}

function refuse(reason: string): number {
  console.error(`Nothing was recorded, as ${reason}`)
  return 1
}

function system(): string {
  const name = /^PRETTY_NAME="(.*)"$/m.exec(readFileSync('/etc/os-release', 'utf8'))?.[1] ?? platform()
  return `${name}, ${arch()}, Node ${actionNode(process.cwd()).version}`
}

process.exitCode = main(process.argv.slice(2))
