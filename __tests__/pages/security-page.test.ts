import { describe, expect, test } from '@jest/globals'
import { promises, read, sectionOf, tableIn } from './shown-by.ts'

const ATTACKERS = [
  'Another repository',
  'An earlier step',
  'Another job on the machine',
  "A pull request's author",
  'The network',
  'A reader of the log',
  'A recycled name',
  "An operator's mistake",
]

const page = read('docs/security.md')
const policy = read('SECURITY.md')

function promisesIn(name: string): readonly string[] {
  const [, after = ''] = sectionOf(page, name).split('\n**Promised:**\n')
  return (
    after
      .split('\n\n')[0]
      ?.split('\n')
      .map(line => line.replace(/^- /, '')) ?? []
  )
}

describe('docs/security.md', () => {
  test('has exactly one section for the assets and one per attacker', () => {
    const headings = Array.from(page.matchAll(/^## (.+)$/gm), ([, heading]) => heading)
    expect(headings).toEqual(['Assets', ...ATTACKERS])
    expect(tableIn(sectionOf(page, 'Assets')).length).toBeGreaterThan(3)
  })

  test.each(ATTACKERS)('says what "%s" controls, what it could gain, and what is not promised', name => {
    const [, limits = ''] = sectionOf(page, name).split('\n**Not promised:**\n')
    expect(sectionOf(page, name)).toMatch(/^\n\*\*Controls:\*\* .{10,}\. \*\*Could gain:\*\* .{10,}\.$/m)
    expect(limits.split('\n').filter(line => line !== '').length).toBeGreaterThan(0)
    expect(limits.split('\n').filter(line => !/^$|^- .{20,}\.$/.test(line))).toEqual([])
  })

  test.each(ATTACKERS)('promises something against "%s"', name => {
    expect(promisesIn(name).length).toBeGreaterThan(2)
  })

  test('makes exactly the promises that tests show', () => {
    expect(ATTACKERS.flatMap(promisesIn)).toEqual(Object.keys(promises['docs/security.md'] ?? {}))
  })

  test('stays a page, not a book', () => {
    expect(page.split('\n').length).toBeLessThan(155)
  })
})

describe('SECURITY.md', () => {
  test('says how to report, what is supported and what is not a vulnerability, and leaves the model to the page', () => {
    const headings = Array.from(policy.matchAll(/^## (.+)$/gm), ([, heading]) => heading)
    expect(headings).toEqual(['Reporting', 'Supported versions', 'Not vulnerabilities'])
    expect(policy).toContain('](docs/security.md)')
    expect(page).toContain('](../SECURITY.md)')
    expect(tableIn(policy)).toEqual([])
  })
})
