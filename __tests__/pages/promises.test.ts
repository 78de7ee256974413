import { describe, expect, test } from '@jest/globals'
import { isTest, promises, read } from './shown-by.ts'

describe('promises.json', () => {
  test.each(Object.entries(promises))(
    'names an existing test for everything that %s says',
    (_, byPromise) => {
      const unshown = Object.entries(byPromise).filter(
        ([, tests]) => tests.length === 0 || !tests.every(isTest),
      )
      expect(unshown).toEqual([])
    },
  )

  test('is what docs/promises.md lists: npm run docs:promises writes it', () => {
    const page = read('docs/promises.md')
    for (const [promise, tests] of Object.values(promises).flatMap(Object.entries<readonly string[]>)) {
      expect(page).toContain(`\n${promise}\n\n${tests.map(name => `- ${name}`).join('\n')}\n`)
    }
  })
})
