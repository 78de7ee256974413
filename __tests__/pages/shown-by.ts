import { existsSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'

/** A file's text, by its path from the repository root. */
export function read(path: string): string {
  return readFileSync(resolve(__dirname, '../..', path), 'utf8')
}

/** The text under a second-level heading, up to the next one. */
export function sectionOf(page: string, heading: string): string {
  return page.split(`\n## ${heading}\n`)[1]?.split('\n## ')[0] ?? ''
}

/** The cells of the table in a section, without the header row. */
export function tableIn(section: string): string[][] {
  const [, , ...rows] = section.split('\n').filter(line => line.startsWith('|'))
  return rows.map(row =>
    row
      .slice(1, -1)
      .split('|')
      .map(cell => cell.trim()),
  )
}

/** By page, what it promises or says of a name: the tests that show it. */
export const promises: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = JSON.parse(
  read('__tests__/pages/promises.json'),
)

/** `FILE: title`, if the title or the name of a case is in the file under `__tests__` literally. */
export function isTest(reference: string): boolean {
  const [, file = '', title = ''] = /^(\S+\.test\.ts): (.+)$/.exec(reference) ?? []
  const path = `__tests__/${file}`
  return file !== '' && existsSync(resolve(__dirname, '../..', path)) && read(path).includes(`'${title}'`)
}
