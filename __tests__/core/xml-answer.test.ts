import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { ambiguityIn } from '../../src/core/xml-answer.ts'
import { anyText } from './arbitraries.ts'

const ANSWER = `<?xml version="1.0"?>
<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
  <GetCallerIdentityResult>
    <Arn>arn:aws:sts::111122223333:assumed-role/Deploy/run-7</Arn>
    <UserId note='a > b'>AROA:run-7</UserId><!-- <Arn>no</Arn> -->
    <Account><![CDATA[111122223333]]></Account>
    <Nothing/>
  </GetCallerIdentityResult>
  <ResponseMetadata><RequestId>1 &lt; 2</RequestId></ResponseMetadata>
</GetCallerIdentityResponse>
`

describe('an answer', () => {
  test('can be read in one way only where each element stands once in its place', () => {
    expect(ambiguityIn(ANSWER)).toBeUndefined()
    expect(ambiguityIn('<a><b><c/></b><c>x</c></a>')).toBeUndefined()
  })

  test.each([
    ['an element twice', '<a><b/><c/><b/></a>', 'it holds "b" twice'],
    ['an element twice with one value', '<a><b>1</b><b>1</b></a>', 'it holds "b" twice'],
    ['two answers', '<a/><a/>', 'it holds "a" twice'],
    ['text beside an element', '<a>x<b/></a>', 'it holds text beside elements'],
    ['text behind an element', '<a><b/>x</a>', 'it holds text beside elements'],
    ['text beside an element, as data', '<a><b/><![CDATA[x]]></a>', 'it holds text beside elements'],
    ['text before the answer', 'x<a/>', 'it holds text beside elements'],
    ['text behind the answer', '<a/>x', 'it holds text beside elements'],
    ['two answers of other names', '<a/><b/>', 'it is not well-formed'],
    ['an element that is not closed', '<a><b></a>', 'it is not well-formed'],
    ['an answer that is not closed', '<a><b/>', 'it is not well-formed'],
    ['an element that was not opened', '</a>', 'it is not well-formed'],
    ['more closed than opened', '<a/></a></a>', 'it is not well-formed'],
    ['a comment without end', '<a><!-- </a>', 'it is not well-formed'],
    ['an element without end', '<a', 'it is not well-formed'],
    ['an attribute without end', '<a b="c></a>', 'it is not well-formed'],
    ['a page', '<!DOCTYPE html><html></html>', 'it is not well-formed'],
    ['nothing', '', 'it is not well-formed'],
    ['blanks', ' \n', 'it is not well-formed'],
    ['JSON', '{"Arn": "no"}', 'it is not well-formed'],
  ])('can not where it is or holds %s', (_, xml, ambiguity) => {
    expect(ambiguityIn(xml)).toBe(ambiguity)
  })

  test('is looked through in no time, however large and odd it is', () => {
    const started = performance.now()
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
    expect(ambiguityIn(`<r b="${'x'.repeat(1_000_000)}"/>`)).toBeUndefined()
    expect(ambiguityIn(`<r>${'<a>'.repeat(100_000)}${'</a>'.repeat(100_000)}</r>`)).toBeUndefined()
    expect(performance.now() - started).toBeLessThan(5000)
  })

  test('has a verdict of one line, whatever it is', () => {
    const pieces = fc.constantFrom(
      '<a>',
      '</a>',
      '<a/>',
      '<b c="',
      '">',
      '<!--',
      '-->',
      '<![CDATA[',
      ']]>',
      ' ',
      '<?x?>',
    )
    fc.assert(
      fc.property(fc.array(fc.oneof(pieces, anyText)), parts => {
        expect(ambiguityIn(parts.join('')) ?? '').not.toMatch(/[\p{Cc}\p{Zl}\p{Zp}]/u)
      }),
    )
  })
})
