import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { SummaryText } from '../../../src/core/summary/text.ts'
import { suggestTrustPolicy } from '../../../src/core/trust-policy/suggestion.ts'
import { anyText, roleArn } from '../arbitraries.ts'
import { claimsWith } from '../samples.ts'

const SECRET = 'hunter<2'
const plain = new SummaryText(String)
const hiding = new SummaryText(text => text.replaceAll(SECRET, '***'))

/** The only markup that a text may contain. */
const MARKUP = /<\/?(?:br|pre|code)>/g
/** A text that holds the secret somewhere. */
const leaking = fc.tuple(anyText, anyText).map(([before, after]) => `${before}${SECRET}${after}`)

describe('SummaryText.code', () => {
  test('renders text as inert code', () => {
    expect(plain.code('a/b:c')).toBe('<code>a/b:c</code>')
    expect(plain.code('<b>|`')).toBe('<code>&#60;b&#62;&#124;&#96;</code>')
  })

  test('fits a table cell, whatever the text', () => {
    fc.assert(
      fc.property(anyText, text => {
        expect(plain.code(text)).toMatch(/^<code>[^<>|`\n\r]*<\/code>$/)
      }),
    )
  })
})

describe('SummaryText.lines', () => {
  test.each([
    ['one line', 'It failed.', 'It failed.'],
    ['nothing', '', ''],
    ['two lines of text', 'one\ntwo', 'one<br>two'],
    ['a list alone', '- one\n- two', '- one\n- two'],
    ['a list behind a text', 'These:\n- one\n- two', 'These:\n\n- one\n- two'],
    ['a text behind a list', '- one\nThat is all', '- one\n\nThat is all'],
    ['indented lines as they are written', 'Add:\n  a: 1\n    b', 'Add:\n\n<pre>  a: 1\n    b</pre>'],
    ['a text behind indented lines', '  a: 1\nThen run', '\n\n<pre>  a: 1</pre>\n\nThen run'],
    ['a list behind indented lines', '  a: 1\n- one', '\n\n<pre>  a: 1</pre>\n\n- one'],
    ['indented lines behind a list', '- one\n  a: 1', '- one\n\n<pre>  a: 1</pre>'],
    ['a dash without a blank as text', '-one', '-one'],
    ['markup as text', '- <b>', '- &#60;b&#62;'],
  ])('renders %s', (_, text, markdown) => {
    expect(plain.lines(text)).toBe(markdown)
  })

  test('adds no markup except its own, whatever the text', () => {
    fc.assert(
      fc.property(anyText, fc.array(anyText), (text, more) => {
        const markdown = plain.lines([text, ...more.map(line => `- ${line}`), ...more].join('\n'))
        expect(markdown.replaceAll(MARKUP, '')).not.toMatch(/[<>|`*_[\]]/)
      }),
    )
  })

  test('closes each block before it opens the next, whatever the text', () => {
    const line = fc.tuple(fc.constantFrom('', '- ', '  '), anyText).map(parts => parts.join(''))
    fc.assert(
      fc.property(fc.array(line, { minLength: 1 }), lines => {
        const tags = plain.lines(lines.join('\n')).match(/<\/?pre>/g) ?? []
        expect(tags.join('')).toMatch(/^(<pre><\/pre>)*$/)
      }),
    )
  })

  test('removes a secret that spans lines before splitting them', () => {
    const text = new SummaryText(whole => whole.replaceAll('one\ntwo', '***'))
    expect(text.lines('a one\ntwo b')).toBe('a &#42;&#42;&#42; b')
  })
})

describe('SummaryText.json', () => {
  test('is a block to copy', () => {
    expect(plain.json('{\n  "a": 1\n}')).toBe('```json\n{\n  "a": 1\n}\n```')
  })

  test('can’t be broken out of by a suggested policy, whatever the token contains', () => {
    const token = fc
      .record({ issuer: anyText, subject: anyText, audiences: fc.array(anyText, { minLength: 1 }) })
      .map(claimsWith)
    fc.assert(
      fc.property(roleArn, token, (role, claims) => {
        const block = plain.json(suggestTrustPolicy(role, claims))
        expect(block.match(/`+/g)).toEqual(['```', '```'])
        expect(block.endsWith('\n```')).toBe(true)
      }),
    )
  })
})

describe('SummaryText.label', () => {
  test('puts each text on its own line, and leaves out blank ones', () => {
    expect(plain.label('a', '', 'b')).toBe('"a<br>b"')
    expect(plain.label()).toBe('""')
  })

  test('contains no quote, line ending or markup from a text, whatever the text', () => {
    fc.assert(
      fc.property(anyText, anyText, (first, second) => {
        expect(plain.label(first, second).replaceAll('<br>', '')).toMatch(/^"[^"<>\n\r`]*"$/)
      }),
    )
  })
})

describe('every function that writes a summary', () => {
  test.each<[string, (text: SummaryText, leak: string) => string]>([
    ['code', (text, leak) => text.code(leak)],
    ['lines', (text, leak) => text.lines(leak)],
    ['json', (text, leak) => text.json(leak)],
    ['label', (text, leak) => text.label('a', leak)],
  ])('%s redacts before it escapes, so no escaped secret is left', (_, render) => {
    fc.assert(
      fc.property(leaking, leak => {
        const rendered = render(hiding, leak)
        expect(rendered).not.toContain(SECRET)
        expect(rendered).not.toContain('hunter&#60;2')
        expect(rendered).not.toContain('hunter#60;2')
      }),
    )
  })
})
