import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { matchesPattern } from '../../../src/core/base/pattern.ts'
import { evaluateCondition } from '../../../src/core/trust-policy/condition.ts'
import { anyCharacters } from '../arbitraries.ts'
import { millisecondsOf } from '../thrown.ts'

/** The documentation, taken literally: `*` is any characters or none, `?` is one, everything else is itself. */
function fits(text: string, pattern: string): boolean {
  if (pattern === '') return text === ''
  const rest = pattern.slice(1)
  if (pattern.startsWith('*')) return fits(text, rest) || (text !== '' && fits(text.slice(1), pattern))
  if (text === '') return false
  return (pattern.startsWith('?') || pattern[0] === text[0]) && fits(text.slice(1), rest)
}

// IAM User Guide, "IAM JSON policy elements: Condition operators", String condition operators.
describe('matchesPattern', () => {
  const letters = (...of: string[]) => fc.string({ unit: fc.constantFrom(...of), maxLength: 9 })

  test('agrees with a naive reading of the documentation', () => {
    fc.assert(
      fc.property(
        letters('a', 'b', ':', '/', '*', '?'),
        letters('a', 'b', ':', '*', '?'),
        (text, pattern) => {
          expect(matchesPattern(text, pattern)).toBe(fits(text, pattern))
        },
      ),
      { numRuns: 3_000 },
    )
  })

  test('matches every text with a pattern derived from it', () => {
    const pieces = fc.array(fc.tuple(fc.string({ unit: 'grapheme', maxLength: 5 }), fc.boolean()), {
      maxLength: 8,
    })
    fc.assert(
      fc.property(pieces, parts => {
        const text = parts.map(([piece]) => piece).join('')
        const pattern = parts.map(([piece, isHidden]) => (isHidden ? '*' : piece)).join('')
        expect(matchesPattern(text, pattern)).toBe(true)
      }),
    )
  })

  test('matches a pattern without wildcards literally, whatever it contains', () => {
    fc.assert(
      fc.property(anyCharacters, anyCharacters, (text, other) => {
        const pattern = other.replaceAll(/[*?]/g, '')
        expect([matchesPattern(pattern, pattern), matchesPattern(text, pattern)]).toEqual([
          true,
          text === pattern,
        ])
      }),
    )
  })

  test.each([
    ['', '', true],
    ['', '*', true],
    ['', '**', true],
    ['', '?', false],
    ['a', '', false],
    ['a', '?*', true],
    ['', '?*', false],
    ['ab', '?', false],
    ['aXbXc', 'a*X?', true],
    ['a.c', 'a.c', true],
    ['abc', 'a.c', false],
    ['a+', 'a+', true],
    ['aa', 'a+', false],
    ['a', '[a]', false],
    ['^a$', '^a$', true],
    ['a\nb', 'a*b', true],
    ['a\nb', 'a?b', true],
    ['a\\b', 'a\\b', true],
  ])('%j in the pattern %j: %j', (text, pattern, expected) => {
    expect(matchesPattern(text, pattern)).toBe(expected)
  })

  const LENGTH = 100_000
  test.each([
    ['a long text and one star', 'a'.repeat(LENGTH), '*b'],
    ['a long text and many stars', 'a'.repeat(LENGTH), `${'*a'.repeat(1_000)}b`],
    ['a long text and as many stars', 'a'.repeat(LENGTH), '*a'.repeat(LENGTH / 2).concat('b')],
    ['a long text and as many question marks', 'a'.repeat(LENGTH), '?'.repeat(LENGTH).concat('b')],
    ['a long run of stars', 'a'.repeat(LENGTH), '*'.repeat(LENGTH).concat('b')],
    ['the longest token and the longest trust policy', 'a'.repeat(20_000), `*${'a'.repeat(4_000)}b`],
    ['a long text and a pattern as long as a trust policy', 'a'.repeat(LENGTH), `*${'a'.repeat(4_000)}b`],
    ['a long text and a long pattern between stars', 'a'.repeat(LENGTH), `*${'a'.repeat(20_000)}b*`],
  ])('takes at most half a second for %s', (_, text, pattern) => {
    expect(millisecondsOf(() => matchesPattern(text, pattern))).toBeLessThan(500)
  })
})

// IAM User Guide, "Single-valued vs. multivalued context keys" and "Condition operators".
describe('evaluateCondition', () => {
  const holds = (operator: string, values: readonly string[], actual: readonly string[] | undefined) =>
    evaluateCondition({ operator, key: 'Host:KEY', values }, new Map(actual && [['host:key', actual]]), true)

  test('says of a claim without values that can be compared that it is unclear, and never that it holds', () => {
    for (const operator of [
      'StringEquals',
      'StringNotLike',
      'StringEqualsIfExists',
      'ForAllValues:StringLike',
      'Null',
    ])
      expect(holds(operator, ['true'], [])).toBe('unknown')
    expect(holds('ForAnyValue:StringLike', ['*'], [])).toBe('fails')
  })

  test('says that any operator with any name holds, fails or is unknown, and never throws', () => {
    const operator = fc.oneof(
      fc.string(),
      fc.constantFrom('__proto__', 'toString', 'ForAnyValue:', 'IfExists'),
    )
    const texts = fc.array(fc.string(), { maxLength: 3 })
    fc.assert(
      fc.property(operator, texts, fc.option(texts, { nil: undefined }), (name, values, actual) => {
        expect(holds(name, values, actual)).toMatch(/^(?:holds|fails|unknown)$/)
      }),
    )
  })

  test.each([
    '__proto__',
    'constructor',
    'hasOwnProperty',
    '',
    'IfExists',
    'ForAnyValue:',
    'ForSomeValues:StringEquals',
    'StringEqualsIfExistsIfExists',
    'ForAnyValue:ForAllValues:StringEquals',
    ' StringEquals',
    'StringEquals\n',
    'NullIfExists',
    'ForAllValues:NullIfExists',
  ])('says that %j, which is not an operator, is unknown', operator => {
    expect(holds(operator, ['a'], ['a'])).toBe('unknown')
  })

  test('ForAnyValue is some and ForAllValues is every one of the values in the request', () => {
    const texts = fc.array(fc.constantFrom('a', 'b', 'c'), { minLength: 1, maxLength: 4 })
    fc.assert(
      fc.property(texts, texts, (values, actual) => {
        expect([
          holds('ForAnyValue:StringEquals', values, actual),
          holds('ForAllValues:StringEquals', values, actual),
        ]).toEqual(
          [actual.some(one => values.includes(one)), actual.every(one => values.includes(one))].map(is =>
            is ? 'holds' : 'fails',
          ),
        )
      }),
    )
  })

  test('takes at most half a second for a long list of values', () => {
    const values = Array.from({ length: 10_000 }, (_, index) => `value-${index}`)
    expect(millisecondsOf(() => holds('StringNotLike', values, ['x'.repeat(1_000)]))).toBeLessThan(500)
  })
})
