import { describe, expect, test } from '@jest/globals'
import { parseConfig } from '../../../src/core/profiles/config-parser.ts'
import { canonicalSettings, editSections, removeSections } from '../../../src/core/profiles/section-editor.ts'
import { agreementOf } from '../../../src/core/profiles/tool-agreement.ts'
import { ambiguityIn } from '../../../src/core/sts/xml-answer.ts'
import { millisecondsOf } from '../thrown.ts'

// Texts that would take minutes if the work were worse than linear.

describe('a shared file', () => {
  test.each([
    ['headers', (n: number) => Array.from({ length: n }, (_, index) => `[${index}]\n`).join('')],
    ['settings', (n: number) => `[a]\n${Array.from({ length: n }, (_, index) => `k${index}=1\n`).join('')}`],
    ['lines that go on', (n: number) => `[a]\nk=\n${'  b = 1\n\n'.repeat(n)}`],
    ['blank lines', (n: number) => `[a]\nk=1\n${'\n'.repeat(n)}  2\n`],
    [
      'headers of what is inherited',
      (n: number) => Array.from({ length: n }, (_, index) => `[DEFAULT]\nk${index}=1\n`).join(''),
    ],
    ['blanks', (n: number) => `[a]\nk=${' '.repeat(n)}1${' '.repeat(n)}`],
    ['brackets', (n: number) => '['.repeat(n) + ']'.repeat(n)],
    ['bytes that are not UTF-8 at its end', (n: number) => `${'# x\n'.repeat(n)}\xff`],
  ])('of a million %s takes a few seconds at most', (_, textOf) => {
    const text = textOf(1_000_000)
    expect(millisecondsOf(() => parseConfig(Buffer.from(text, 'latin1')))).toBeLessThan(8_000)
  })
})

describe('files for two tools', () => {
  const credentials = '[default]\naws_access_key_id = alice\naws_secret_access_key = alice-secret\n'

  function files(config: string) {
    const sdk = {
      credentials: { path: '/credentials', bytes: Buffer.from(credentials) },
      config: { path: '/config', bytes: Buffer.from(config, 'latin1') },
    }
    return { sdk, botocore: { ...sdk, boto: [] } }
  }

  test.each([
    ['sections', (n: number) => Array.from({ length: n }, (_, index) => `[${index}]\nk=1\n`).join('')],
    [
      'SSO sessions',
      (n: number) => Array.from({ length: n }, (_, index) => `[sso-session ${index}]\nk=1\n`).join(''),
    ],
    [
      'sections that inherit',
      (n: number) =>
        `[DEFAULT]\n${Array.from({ length: n / 10 }, (_, index) => `k${index}=1\n`).join('')}${Array.from({ length: n / 10 }, (_, index) => `[${index}]\n`).join('')}`,
    ],
    ['comments in one line', (n: number) => `[a]\nk = ${' ;'.repeat(n)}\n`],
    ['quotes', (n: number) => `[profile ${'"'.repeat(2 * n)}]\n`],
    [
      'blocks',
      (n: number) => `[a]\n${Array.from({ length: n }, (_, index) => `b${index} =\n  c = d\n`).join('')}`,
    ],
  ])('with many %s take a few seconds', (_, textOf) => {
    const text = textOf(300_000)
    expect(millisecondsOf(() => agreementOf(files(text), {}))).toBeLessThan(10_000)
  })
})

describe('a hundred profiles', () => {
  const SETTINGS = { aws_access_key_id: 'ASIAX', aws_secret_access_key: 'a/b+c=' }
  const OURS = canonicalSettings(SETTINGS)
  const names = Array.from({ length: 100 }, (_, number) => `p${number}`)
  const edits = names.map(profile => ({ profile, settings: SETTINGS }))
  const isOurs = (_: string, settings: string) => settings === OURS
  const MEGABYTES = 5
  const filled = (unit: string) => unit.repeat(Math.ceil((MEGABYTES * 1e6) / unit.length))

  test.each([
    [
      'of other sections',
      filled('[x]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = wJalrXUt\n\n'),
    ],
    ['of headers', filled('[x]\n')],
    ['of sections of one of them', filled('[p7]\nk=v\n\n')],
    ['of line ends', filled('\n')],
    ['of blanks', filled(' ')],
    ['of brackets in one line', filled('[')],
    ['of pairs of brackets in one line', filled('[]')],
    ['of a header that never ends', `[${filled('a')}`],
    ['of a long header', `[${filled('a ')}]\n`],
    ['of blanks behind a header', `[p7]${filled(' \t')}x\n`],
    ['of comment signs behind a header', `[x]${filled(' #')}]\n`],
    ['of blanks before a header', `${filled('\xa0')}[x]\n`],
    ['of one value', `[x]\nk = ${filled('=')}\n`],
  ])('are added to 5 MB %s and removed again quickly', (_, text) => {
    const took = millisecondsOf(() => {
      const after = edited(text)
      removeSections(after, 'credentials', names, isOurs)
    })
    // Less than half a second if it is linear, minutes or more if it isn't.
    expect(took).toBeLessThan(5_000)
  })

  /** The text itself if its sections can't be identified. */
  function edited(text: string): string {
    try {
      return editSections(text, 'credentials', edits)
    } catch {
      return text
    }
  }
})

describe('an STS response', () => {
  test('is scanned quickly, however large and odd it is', () => {
    const took = millisecondsOf(() => {
      for (const part of [
        '<a>',
        '<a ',
        '<a "',
        '<!-- ',
        '<?',
        '</',
        '<![CDATA[',
        'x',
        '<a b="',
        '"',
        '>',
        '<a/>',
      ])
        ambiguityIn(`<r>${part.repeat(1_000_000 / part.length)}</r>`)
      expect(ambiguityIn(`<r>${'x'.repeat(1_000_000)}</r>`)).toBeUndefined()
      expect(ambiguityIn(`<r xmlns="${'x'.repeat(1_000_000)}">x</r>`)).toBeUndefined()
      expect(ambiguityIn(`<r>${'<a>'.repeat(100_000)}${'</a>'.repeat(100_000)}</r>`)).toBeUndefined()
    })
    expect(took).toBeLessThan(5000)
  })
})
