import { describe, expect, test } from '@jest/globals'
import { parts } from '../../sandbox/real/parts.ts'
import { renderTestedOnPage, renderTestedOnSummary, type TestedOn } from '../../sandbox/real/tested-on.ts'
import { read } from './shown-by.ts'

const testedOn = JSON.parse(read('docs/tested-on.json')) as TestedOn

describe('the record of what the bundle was tested on', () => {
  test('is of this release: npm run docs:tested makes it', () => {
    expect(testedOn.release).toBe(JSON.parse(read('package.json')).version)
  })

  test('has every part, each tested without a failure', () => {
    expect(testedOn.rows.map(({ name }) => name)).toEqual(parts.map(({ name }) => name))
    for (const row of testedOn.rows) {
      expect(row).toMatchObject({ version: expect.stringMatching(/\d\.\d/), failed: 0, skipped: 0 })
      expect(row.passed).toBeGreaterThan(0)
    }
  })

  test('is what docs/tested-on.md and the README say', () => {
    expect(read('docs/tested-on.md')).toBe(renderTestedOnPage(testedOn, parts))
    expect(read('README.md')).toContain(`\n${renderTestedOnSummary(testedOn, parts)}\n<!-- /tested-on -->`)
  })
})
