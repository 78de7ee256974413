import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import {
  escapeControls,
  escapeLogLine,
  escapeMarkdown,
  escapeMermaid,
  quote,
  truncateLines,
} from '../../../src/core/base/text.ts'
import { anyText } from '../arbitraries.ts'
import { millisecondsOf } from '../thrown.ts'

/** Control, format (bidirectional, zero-width), line and paragraph separators, half a pair, private use. */
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Co}]/u

describe('escapeControls', () => {
  test.each(['', 'arn:aws:iam::111122223333:role/Deploy', 'Grüße, 世界 😀 é', `"<&>'|`, '\\u{a}'])(
    'leaves %j unchanged',
    text => {
      expect(escapeControls(text)).toBe(text)
    },
  )

  test.each([
    ['a line end', 'a\nb', 'a\\u{a}b'],
    ['a carriage return', 'a\rb', 'a\\u{d}b'],
    ['a tab', 'a\tb', 'a\\u{9}b'],
    ['NUL', 'a\0b', 'a\\u{0}b'],
    ["a terminal's escape", '\u001b[31m', '\\u{1b}[31m'],
    ['delete', '\u007f', '\\u{7f}'],
    ['a next-line character', '\u0085', '\\u{85}'],
    ['a soft hyphen', '\u00ad', '\\u{ad}'],
    ['a zero-width blank', '\u200b', '\\u{200b}'],
    ['a zero-width joiner', '\u200d', '\\u{200d}'],
    ['a right-to-left override', '\u202e', '\\u{202e}'],
    ['a bidirectional isolate', '\u2066', '\\u{2066}'],
    ['an Arabic letter mark', '\u061c', '\\u{61c}'],
    ['a line separator', '\u2028', '\\u{2028}'],
    ['a paragraph separator', '\u2029', '\\u{2029}'],
    ['a byte order mark', '\ufeff', '\\u{feff}'],
    ['a tag character', '\u{e0041}', '\\u{e0041}'],
    ['a private character', '\ue000', '\\u{e000}'],
    ['half a pair', 'a\ud800b', 'a\\u{d800}b'],
  ])('shows %s', (_, text, shown) => {
    expect(escapeControls(text)).toBe(shown)
  })

  test.each([
    ['a combining grapheme joiner', '\u034f'],
    ['a Hangul filler', '\u3164'],
    ['a half-width Hangul filler', '\uffa0'],
    ['a Hangul choseong filler', '\u115f'],
    ['a variation selector', '\ufe0f'],
    ['a supplementary variation selector', '\u{e0100}'],
    ['a Mongolian variation selector', '\u180b'],
    ['an inherent vowel of Khmer', '\u17b4'],
  ])('shows %s, which is invisible to readers and allowed in a branch name', (_, character) => {
    expect(escapeControls(`main${character}`)).toBe(`main\\u{${character.codePointAt(0)?.toString(16)}}`)
  })

  test('contains no invisible or reordering character, whatever the text', () => {
    fc.assert(
      fc.property(anyText, text => expect(escapeControls(text)).not.toMatch(INVISIBLE)),
      { numRuns: 1000 },
    )
  })

  test('cuts nothing, since no mask covers part of a secret', () => {
    expect(escapeControls('a'.repeat(20_000))).toBe('a'.repeat(20_000))
  })
})

describe('quote', () => {
  test('quotes a value on one line', () => {
    expect(quote('eu-west-1')).toBe('"eu-west-1"')
    expect(quote('a\nb')).toBe('"a\\u{a}b"')
  })

  test('shows only the length of a long value, which may be a secret', () => {
    expect(quote('s'.repeat(200))).toContain('s'.repeat(200))
    expect(quote('s'.repeat(201))).not.toContain('ss')
    expect(quote('s'.repeat(201))).toContain('201')
  })

  test('never contains an invisible character', () => {
    fc.assert(fc.property(anyText, text => expect(quote(text)).not.toMatch(INVISIBLE)))
  })
})

describe('truncateLines', () => {
  test('leaves lines of up to a thousand characters unchanged', () => {
    const text = `${'a'.repeat(1000)}\n\n  b\n`
    expect(truncateLines(text)).toBe(text)
  })

  test('truncates longer lines and says how long they were', () => {
    const [first, second, third] = truncateLines(`${'a'.repeat(1001)}\nb\n${'c'.repeat(5000)}`).split('\n')
    expect(first).toMatch(/^a{1000}….*1001/)
    expect(second).toBe('b')
    expect(third).toMatch(/^c{1000}….*5000/)
  })

  test('keeps the number of lines, whatever the text', () => {
    fc.assert(
      fc.property(anyText, text => truncateLines(text).split('\n').length === text.split('\n').length),
    )
  })
})

/** Lines as the runner reads them from standard output. */
function linesOf(text: string): string[] {
  return text.split(/\r\n|\r|\n/)
}

describe('escapeLogLine', () => {
  test.each([
    '',
    'Verified: arn:aws:sts::1:assumed-role/a/b',
    'a: b::c',
    '  indented',
    'two\nlines',
    '#[x] # #',
  ])('leaves %j unchanged', text => {
    expect(escapeLogLine(text)).toBe(text)
  })

  test.each([
    '::add-mask::x',
    '::set-output name=verified::true',
    ' ::error::x',
    '\t::error::x',
    '\u00a0::error::x',
    '\u3000::error::x',
    '\u0085::error::x',
    ' \u0085 ::error::x',
    'a\n::error::x',
    'a\r::error::x',
    'a\r\n::error::x',
    'a\n\n  ::error::x',
    ':::error::x',
    '::::',
    '\0::error::x',
  ])('makes no command of %j, since the runner trims the line first', text => {
    for (const line of linesOf(escapeLogLine(text))) expect(line).not.toMatch(/^[\s\u0085]*::/)
  })

  test.each(['##[add-mask]x', 'text ##[error]x', '###[error]x', '##[##[error]', '####[['])(
    'makes no command of %j',
    text => {
      expect(escapeLogLine(text)).not.toContain('##[')
    },
  )

  test('leaves no command at the start of a line, nor the older form anywhere, whatever the text', () => {
    const piece = fc.oneof(
      fc.constantFrom('::', ':', '##[', '#', '[', '\n', '\r', ' ', '\t', '\u2028', '\0'),
      anyText,
    )
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 8 }), pieces => {
        const escaped = escapeLogLine(pieces.join(''))
        expect(escaped).not.toContain('##[')
        for (const line of linesOf(escaped)) expect(line.trimStart().startsWith('::')).toBe(false)
      }),
      { numRuns: 2000 },
    )
  })

  test.each(['a\rb', 'a\r\nb', 'a\u2028b', 'a\u2029b', 'a\0b'])(
    'contains no line ending except its own: %j',
    text => {
      expect(escapeLogLine(text)).toMatch(/^[ -~\n]+$/)
    },
  )

  test('keeps escaped text legible', () => {
    expect(escapeLogLine('a\n  ::error::x')).toBe('a\n  \\u{3a}:error::x')
    expect(escapeLogLine('##[error]x')).toContain('[error]x')
  })

  test('runs in linear time', () => {
    expect(millisecondsOf(() => escapeLogLine(' '.repeat(100_000)))).toBeLessThan(500)
    expect(millisecondsOf(() => escapeLogLine('\n'.repeat(50_000)))).toBeLessThan(500)
  })
})

function decodeEntities(html: string): string {
  return html.replaceAll(/&#(\d+);/g, (_, code) => String.fromCodePoint(Number(code)))
}

describe('escapeMarkdown', () => {
  test('leaves plain words legible', () => {
    expect(escapeMarkdown('role Deploy, account 111122223333.')).toBe('role Deploy, account 111122223333.')
    expect(escapeMarkdown('repo:octo/app:ref:refs/heads/main')).toBe('repo:octo/app:ref:refs/heads/main')
  })

  test('leaves no address that becomes a link on its own', () => {
    expect(escapeMarkdown('https://evil.example www.evil.example')).toBe(
      'https:&#47;/evil.example www&#46;evil.example',
    )
  })

  test.each([...`<>&"'|\`*_[](){}!#~^$\\@+;%`])('turns %s into an entity', character => {
    expect(escapeMarkdown(`a${character}b`)).toBe(`a&#${character.codePointAt(0)};b`)
  })

  test.each([
    '<script>alert(1)</script>',
    '<img src=x onerror=alert(1)>',
    '</code></td></table>',
    '[click](https://evil.example)',
    '![x](https://evil.example/p.png)',
    'a|b\n|---|',
    '```\n## Verified',
    '**bold** _it_ ~~no~~ `code`',
    '<!-- comment',
    '&lt;script&gt;',
    '@octocat',
    '#1',
    '$x$',
    '"><b a="',
  ])('makes %j inert', text => {
    expect(escapeMarkdown(text)).not.toMatch(/[<>|`*_[\]!"'@\n]|&(?!#\d+;)|(?<!&)#/)
  })

  test.each(['https://evil.example', 'ftp://evil.example', 'www.evil.example', 'xhttp://evil.example'])(
    'leaves no link for GitHub to find in %s',
    text => {
      const escaped = escapeMarkdown(text)
      expect(escaped).not.toMatch(/:\/\/|www\./)
      expect(decodeEntities(escaped)).toBe(text)
    },
  )

  test('contains only letters, digits, spaces, a few signs and numeric entities, whatever the text', () => {
    fc.assert(
      fc.property(anyText, text => {
        expect(escapeMarkdown(text)).toMatch(/^(?:[\p{L}\p{N} .,:/=-]|&#\d+;)*$/u)
        expect(escapeMarkdown(text)).not.toMatch(/[<>|`*[\]\n\r"'\\_~!@$]|:\/\/|www\./)
      }),
      { numRuns: 1000 },
    )
  })

  test('displays the original text, on one line', () => {
    fc.assert(
      fc.property(anyText, text => expect(decodeEntities(escapeMarkdown(text))).toBe(escapeControls(text))),
    )
  })
})

describe('escapeMermaid', () => {
  test('leaves plain words legible', () => {
    expect(escapeMermaid('octo-org/octo-repo')).toBe('octo-org/octo-repo')
  })

  test.each([...`"'\`<>&|[](){};:#%@\\*_~!+`])('turns %s into its own entity', character => {
    expect(escapeMermaid(`a${character}b`)).toBe(`a#${character.codePointAt(0)};b`)
  })

  test('contains no quote, line ending, semicolon or number sign outside its entities, whatever the text', () => {
    fc.assert(
      fc.property(anyText, text => {
        expect(escapeMermaid(text)).toMatch(/^(?:[\p{L}\p{N} .,/=-]|#\d+;)*$/u)
        expect(escapeMermaid(text).replaceAll(/#\d+;/g, '')).not.toMatch(/["'`\n\r;#<>[\]{}()|%]/)
      }),
      { numRuns: 1000 },
    )
  })

  test('displays the original text, truncated to the size of a label', () => {
    const decode = (label: string) =>
      label.replaceAll(/#(\d+);/g, (_, code) => String.fromCodePoint(Number(code)))
    fc.assert(
      fc.property(anyText, text => {
        fc.pre(text.length <= 120)
        expect(decode(escapeMermaid(text))).toBe(escapeControls(text))
      }),
    )
    expect(escapeMermaid('a'.repeat(5000)).length).toBeLessThan(200)
    expect(escapeMermaid(`${'a'.repeat(119)}😀`)).toMatch(/^a{119}[^\ud800-\udfff]*$/)
  })
})
