// Changes the pure core in one small place at a time (Stryker's mutants), and tells of the changes that no test noticed.
import { readdirSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { parseArgs } from 'node:util'
import { Stryker } from '@stryker-mutator/core'

const CORE = 'src/core'
const USAGE = `npm run mutate -- [MODULE …]

Runs the tests of the core's modules against mutants of these modules, and lists the mutants that survive or take too long.

  MODULE   a path below ${CORE}, like identity/verdict or trust-policy/condition (default: all of them, about an hour)

Exit status: 0 whatever survives, 1 the tests fail without any mutant, 2 unknown module`

/** Where the tests of a module are that has none under its own name, or more than those. */
const TESTED_AS = {
  'identity/arn-problems': ['inputs/input-values'],
  'identity/expectation': ['identity/expectation', 'identity/verdict'],
  'inputs/declared-inputs': ['inputs/declared-inputs', 'inputs/inputs'],
  'inputs/goals': ['outcome/several-roles'],
  'inputs/inputs': ['inputs/inputs', 'inputs/input-checks'],
  'inputs/misspelled-names': ['inputs/inputs'],
  'inputs/profile-values': ['inputs/input-values'],
  'inputs/role-values': ['inputs/input-values'],
  'base/list-values': ['inputs/input-values'],
  'base/pattern': ['trust-policy/condition', 'token/required-claims'],
  'base/plain-values': ['inputs/input-values'],
  'network/endpoint-url': ['inputs/input-values'],
  'network/ip-address': ['network/no-proxy'],
  'network/proxy-secrets': ['network/proxy'],
  'outcome/role-outcome': ['outcome/several-roles'],
  'profiles/botocore-plan': ['profiles/tool-agreement'],
  'profiles/credential-plan': ['profiles/tool-agreement'],
  'profiles/file-reading': ['profiles/tool-agreement'],
  'profiles/sdk-plan': ['profiles/tool-agreement'],
  'token/claim-values': ['token/required-claims'],
  'token/issuer': ['identity/verdict'],
  'trust-policy/condition': ['trust-policy/condition', 'trust-policy/evaluate'],
}

// What a module computes as it is loaded can only be mutated with all its tests run anew, so they must be few.
const OPTIONS = {
  testRunner: 'jest',
  coverageAnalysis: 'perTest',
  concurrency: 2,
  // A mutant that takes too long counts as noticed: a busy machine must not make one.
  timeoutMS: 20_000,
  // Stryker reads it with TypeScript's API, which version 7 lacks. The runner checks no types anyway.
  tsconfigFile: 'none',
  disableTypeChecks: false,
  ignorePatterns: ['dist', 'docs'],
  tempDirName: join(tmpdir(), `mutants-${process.pid}`),
  cleanTempDir: 'always',
  allowEmpty: true,
  reporters: [],
  logLevel: 'error',
}

const LONGEST_TEXT = 120
const REASONS = { NoCoverage: ' (no test runs it)', Timeout: ' (timed out)' }

const { positionals, values } = parseArgs({ allowPositionals: true, options: { help: { type: 'boolean' } } })
const modules = readdirSync(CORE, { recursive: true })
  .filter(path => path.endsWith('.ts'))
  .map(path => path.slice(0, -'.ts'.length))
  .sort()
const unknown = positionals.filter(name => !modules.includes(name))
if (values.help) {
  console.log(USAGE)
} else if (unknown.length > 0) {
  console.error(`not in ${CORE}: ${unknown.join(', ')}\nmodules: ${modules.join(', ')}`)
  process.exitCode = 2
} else {
  await mutateAll(positionals.length > 0 ? positionals : modules)
}

async function mutateAll(names) {
  const table = {}
  const all = []
  for (const [index, name] of names.entries()) {
    console.log(`${index + 1} of ${names.length}: ${name}`)
    const mutants = await mutate(name)
    for (const mutant of mutants.filter(isListed)) console.log(formatMutant(mutant))
    table[name] = count(mutants)
    all.push(...mutants)
  }
  console.table({ ...table, total: count(all) })
}

function mutate(name) {
  const testMatch = (TESTED_AS[name] ?? [name]).map(test => `<rootDir>/__tests__/core/${test}.test.ts`)
  const setupFiles = ['<rootDir>/tools/without-shrinking.cjs']
  const jest = { enableFindRelatedTests: false, config: { testMatch, setupFiles } }
  return new Stryker({ ...OPTIONS, jest, mutate: [`${CORE}/${name}.ts`] }).runMutationTest()
}

/** What breaks the tests before one of them runs (`RuntimeError`) is noticed too. */
function isAlive({ status }) {
  return status === 'Survived' || status === 'NoCoverage'
}

/** One that took too long may have been noticed late, or not at all. */
function isListed(mutant) {
  return isAlive(mutant) || mutant.status === 'Timeout'
}

function formatMutant({ fileName, location: { start, end }, replacement, status }) {
  const lines = readFileSync(fileName, 'utf8')
    .split('\n')
    .slice(start.line - 1, end.line)
  lines.push(lines.pop().slice(0, end.column - 1))
  const original = lines.join('\n').slice(start.column - 1)
  return `  ${relative('.', fileName)}:${start.line}${REASONS[status] ?? ''}\n  - ${shorten(original)}\n  + ${shorten(replacement)}`
}

function shorten(text) {
  const line = text.replaceAll(/\s+/g, ' ')
  return line.length > LONGEST_TEXT ? `${line.slice(0, LONGEST_TEXT)}…` : line
}

function count(mutants) {
  const number = status => mutants.filter(mutant => mutant.status === status).length
  const alive = mutants.filter(isAlive).length
  return {
    mutants: mutants.length,
    killed: number('Killed'),
    'timed out': number('Timeout'),
    'broke the tests': number('RuntimeError'),
    survived: number('Survived'),
    'no coverage': number('NoCoverage'),
    score: mutants.length > 0 ? `${(100 * (1 - alive / mutants.length)).toFixed(1)} %` : '–',
  }
}
