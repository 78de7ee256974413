import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { parse } from 'yaml'
import { DECLARED_INPUTS } from '../../src/core/inputs/declared-inputs.ts'
import { promises } from './shown-by.ts'

type Entry = { readonly description: string; readonly default?: string; readonly required?: boolean }
type Manifest = {
  readonly inputs: Readonly<Record<string, Entry>>
  readonly outputs: Readonly<Record<string, Entry>>
  readonly runs: Readonly<Record<string, string>>
}

const manifest: Manifest = parse(read('action.yml'))
const readme = read('README.md')
const inputsPage = read('docs/inputs.md')
const readByTheCode = Object.entries(DECLARED_INPUTS).map(([name, input]) => [name, input.byDefault])
const inputRows = Object.entries(manifest.inputs).map(([name, input]) => [
  `\`${name}\``,
  input.required ? 'required' : input.default ? `\`${input.default}\`` : '–',
  input.description,
])

describe('action.yml', () => {
  test('declares exactly the inputs that the code reads, with the same defaults', () => {
    expect(declaredIn(manifest)).toEqual(readByTheCode)
  })

  test.each([
    ['a default is another', 'default: "3600"', 'default: "900"'],
    ['a default is missing', '    default: GitHubActions\n', ''],
    ['a name is another', '  on-mismatch:', '  on-missmatch:'],
  ])('is reported to differ from the code if %s', (_, from, to) => {
    const text = read('action.yml').replace(from, to)
    expect(text).not.toBe(read('action.yml'))
    expect(declaredIn(parse(text))).not.toEqual(readByTheCode)
  })

  test('runs the bundle in the repository on Node 24', () => {
    expect(manifest.runs.using).toBe('node24')
    for (const entry of [manifest.runs.main, manifest.runs.post])
      expect(read(entry ?? '').length).toBeGreaterThan(1000)
  })

  test('describes everything in a sentence', () => {
    for (const { description } of [...Object.values(manifest.inputs), ...Object.values(manifest.outputs)]) {
      expect(description).toMatch(/^[A-Z].{15,}\.$/)
    }
  })
})

describe('docs/inputs.md', () => {
  test('lists the inputs of action.yml in its order, with the same defaults and descriptions', () => {
    expect(inputTables(inputsPage)).toEqual(inputRows)
  })

  test.each([
    ['a default is another', '| `3600` |', '| `900` |'],
    ['a description is another', 'Session name, 2 to 64', 'Session name, up to 64'],
    ['an input is missing', /^\| `on-mismatch` .*\n/m, ''],
    ['one column is missing', '| `audience` | – |', '| `audience` |'],
  ])('is reported to differ if %s', (_, from, to) => {
    expect(inputTables(inputsPage.replace(from, to))).not.toEqual(inputRows)
  })

  test('lists the outputs of action.yml with the same descriptions', () => {
    const rows = Object.entries(manifest.outputs).map(([name, output]) => [`\`${name}\``, output.description])
    expect(tableAfter('## Outputs', inputsPage)).toEqual(rows)
    expect(tableAfter('## Outputs', inputsPage.replace(/^\| `user-id` .*\n/m, ''))).not.toEqual(rows)
  })
})

describe('README', () => {
  test('names every failure code, and none that does not exist', () => {
    const union = read('src/core/base/failure.ts').match(/ERR_[A-Z_]+/g) ?? []
    const section = readme.slice(
      readme.indexOf('\n## Failure codes\n'),
      readme.indexOf('\n## After the job\n'),
    )
    expect(new Set(section.match(/ERR_[A-Z_]+/g))).toEqual(new Set(union))
  })

  test('gives exactly the guarantees that tests show', () => {
    const bold = Array.from(readme.matchAll(/^\d\. \*\*(.+?)\*\*/gm), ([, guarantee]) => guarantee)
    expect(bold).toEqual(Object.keys(promises['README.md'] ?? {}))
  })

  test('is short', () => {
    expect(readme.split('\n').length).toBeLessThan(200)
  })
})

function read(path: string): string {
  return readFileSync(resolve(__dirname, '../..', path), 'utf8')
}

function declaredIn({ inputs }: Manifest): string[][] {
  return Object.entries(inputs).map(([name, input]) => [name, input.default ?? ''])
}

const INPUT_GROUPS = ['Who to become', 'What must be true', 'Where credentials go', 'How it talks to AWS']

function inputTables(page: string): string[][] {
  return INPUT_GROUPS.flatMap(group => tableAfter(`### ${group}`, page))
}

/** The cells of the first table after a heading, without the header row. */
function tableAfter(heading: string, page: string): string[][] {
  const section = page.split(`\n${heading}\n`)[1]?.split('\n##')[0] ?? ''
  const rows = section.split('\n').filter(line => line.startsWith('|'))
  return rows.slice(2).map(row =>
    row
      .slice(1, -1)
      .split('|')
      .map(cell => cell.trim()),
  )
}
