import { existsSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'

/** Pages of the repository whose tables name the tests behind what they say. */

/** The text of a file, by its path from the root of the repository. */
export function read(path: string): string {
  return readFileSync(resolve(__dirname, '../..', path), 'utf8')
}

/** What stands under a heading of the second level, up to the next one. */
export function sectionOf(page: string, heading: string): string {
  return page.split(`\n## ${heading}\n`)[1]?.split('\n## ')[0] ?? ''
}

/** The cells of the table in a section, without its head. */
export function tableIn(section: string): string[][] {
  const [, , ...rows] = section.split('\n').filter(line => line.startsWith('|'))
  return rows.map(row =>
    row
      .slice(1, -1)
      .split('|')
      .map(cell => cell.trim()),
  )
}

/** The references of a cell `Shown by`. */
export function referencesIn(cell: string): string[] {
  return cell.split('<br>')
}

/** `FILE: title`, with the title or the name of a case literally in the file under `__tests__`. */
export function isTest(reference: string): boolean {
  const [, file = '', title = ''] = /^(\S+\.test\.ts): (.+)$/.exec(reference) ?? []
  const path = `__tests__/${file}`
  return file !== '' && existsSync(resolve(__dirname, '../..', path)) && read(path).includes(`'${title}'`)
}
