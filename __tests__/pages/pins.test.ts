import { readdirSync } from 'node:fs'
import { describe, expect, test } from '@jest/globals'
import { PLACEHOLDER, PUBLISHED_SHA } from '../../src/core/migration/release.ts'
import { readSource, workflowSources } from '../workflows/workflow.ts'
import { read } from './shown-by.ts'

type Pin = { readonly version: string; readonly sha: string }

const pins = JSON.parse(read('docs/pins.json')) as Record<string, Pin | null>
const PAGES = [
  'README.md',
  ...readdirSync('docs')
    .filter(name => name.endsWith('.md'))
    .map(name => `docs/${name}`),
]
/** In the text that says why not to do so. */
const NOT_PINNED = /aws-actions\/configure-aws-credentials@|octo-org\//

/** `owner/name` and what follows the `@`, of every `uses:` in a text. */
function usesIn(text: string): readonly (readonly [action: string, pinned: string])[] {
  return Array.from(
    text.matchAll(/\buses: (?:https:\/\/github\.com\/)?([\w.-]+\/[\w.-]+)[\w./-]*@(\S+(?: #.*)?)/g),
    ([, action = '', pinned = '']) => [action, pinned],
  )
}

function isExample([action, pinned]: readonly [string, string]): boolean {
  return !NOT_PINNED.test(`${action}@${pinned}`)
}

describe('docs/pins.json', () => {
  test.each(PAGES)('is what the examples in %s use: npm run docs:pins writes them', page => {
    for (const [action, pinned] of usesIn(read(page)).filter(isExample)) {
      const pin = pins[action]
      const expected = pin ? `${pin.sha} # ${pin.version}` : 'full-sha-of-a-release # vX.Y.Z'
      expect([action, pinned]).toEqual([action, expected])
      expect(Object.keys(pins)).toContain(action)
    }
  })

  test('has the release that migrate writes', () => {
    expect(pins['aws-role-gate/aws-role-gate']?.sha).toBe(PUBLISHED_SHA)
    expect(read('README.md').includes(`@${PLACEHOLDER} #`)).toBe(PUBLISHED_SHA === undefined)
  })

  test('has the versions that the workflows of this repository use', () => {
    const used = workflowSources().flatMap(({ text }) => usesIn(text))
    const differing = used.filter(([action, pinned]) => {
      const pin = pins[action]
      return pin && pinned !== `${pin.sha} # ${pin.version}`
    })
    expect(used.length).toBeGreaterThan(5)
    expect(differing).toEqual([])
  })

  test.each([...PAGES, 'SECURITY.md', 'CONTRIBUTING.md'])('keeps branches out of %s', page => {
    expect(readSource(page).text).not.toMatch(/aws-role-gate\/aws-role-gate[\w/]*@(?:main|v\d+)\b/)
  })
})
