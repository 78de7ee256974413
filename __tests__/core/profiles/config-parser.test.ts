import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { isProblem, parseConfig } from '../../../src/core/profiles/config-parser.ts'
import { BROKEN_FILES, CONFIG_FILES } from '../config-files.ts'

function parse(text: string) {
  return parseConfig(Buffer.from(text, 'latin1'))
}

/** As botocore returns them: inherited settings are in each section. */
function sectionsOf(text: string): Record<string, Record<string, string>> {
  const parsed = parse(text)
  if (isProblem(parsed)) throw new Error(`line ${parsed.line}: ${parsed.reason}`)
  const entries = [...parsed.sections].map(([name, { settings }]) => {
    const all = [...parsed.defaults.settings, ...settings].map(({ name: key, value }) => [key, value])
    return [name, Object.fromEntries(all)]
  })
  return Object.fromEntries(entries)
}

describe('a shared file', () => {
  test.each(Object.entries(CONFIG_FILES))('with %s is read as Python reads it', (_, { text, sections }) => {
    expect(sectionsOf(text)).toEqual(sections)
  })

  test.each(Object.entries(BROKEN_FILES))(
    'with %s is rejected, with the line number',
    (_, { text, line, reason }) => {
      expect(parse(text)).toEqual({ line, reason: expect.stringMatching(reason) })
    },
  )

  test('gives the line number of each header and each setting', () => {
    const parsed = parse('# x\n[a]\nk =\n  m = 1\n\n[b]\nl = 2\n')
    if (isProblem(parsed)) throw new Error(parsed.reason)
    expect([...parsed.headers]).toEqual([
      [2, 'a'],
      [6, 'b'],
    ])
    expect(parsed.sections.get('a')?.settings[0]?.line).toBe(3)
    expect(parsed.sections.get('b')?.settings[0]?.line).toBe(7)
  })

  test('may end with any line ending', () => {
    const ends = fc.constantFrom('\n', '\r\n', '\r')
    const lines = fc.array(fc.constantFrom('[a]', '[b]', 'k = 1', 'l = 2', '  m', '', '# c'))
    fc.assert(
      fc.property(lines, ends, (all, end) => {
        expect(parse(all.join(end))).toEqual(parse(all.join('\n')))
      }),
    )
  })
})
