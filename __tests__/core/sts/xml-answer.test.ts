import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { ambiguityIn, holdsResult } from '../../../src/core/sts/xml-answer.ts'
import { anyText } from '../arbitraries.ts'

const ANSWER = `<?xml version="1.0" encoding="UTF-8"?>
<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
  <GetCallerIdentityResult>
    <Arn>arn:aws:sts::111122223333:assumed-role/Deploy/run-7</Arn>
    <UserId>AROA:run-7</UserId>
    <Account>111122223333</Account>
    <Nothing/>
  </GetCallerIdentityResult>
  <ResponseMetadata><RequestId>1 &lt; 2</RequestId></ResponseMetadata>
</GetCallerIdentityResponse>
`

const NOT_PLAIN = 'it is not XML as STS sends it'

const ADMIN = '<Arn>arn:aws:sts::111122223333:assumed-role/admin/x</Arn>'
const DEPLOY = '<Arn>arn:aws:sts::111122223333:assumed-role/deploy/x</Arn>'

describe('a response', () => {
  test('is unambiguous only if each element appears once, in its place', () => {
    expect(ambiguityIn(ANSWER)).toBeUndefined()
    expect(ambiguityIn('<a><b><c/></b><c>x</c></a>')).toBeUndefined()
    expect(
      ambiguityIn("<?xml version='1.0' encoding='utf-8'?>\n<a xmlns='urn:a'>&amp;&#xD;&lt;</a>"),
    ).toBeUndefined()
  })

  test.each([
    ['an element twice', '<a><b/><c/><b/></a>', 'it holds "b" twice'],
    ['an element twice with one value', '<a><b>1</b><b>1</b></a>', 'it holds "b" twice'],
    ['two answers', '<a/><a/>', 'it holds "a" twice'],
    ['text next to an element', '<a>x<b/></a>', 'it holds text beside elements'],
    ['text behind an element', '<a><b/>x</a>', 'it holds text beside elements'],
    ['text as data', '<a><b/><![CDATA[x]]></a>', NOT_PLAIN],
    ['a comment', `<a><!-- ${ADMIN} -->${DEPLOY}</a>`, NOT_PLAIN],
    [
      'a comment that the SDK ends early',
      `<a><!--><x y=~-->${ADMIN}<!-- ~/>${DEPLOY}<? --><?x ?></a>`,
      NOT_PLAIN,
    ],
    ['an instruction that the SDK ends early', `<a><?>${DEPLOY}<?x ?></a>`, NOT_PLAIN],
    ['an attribute that hides an element', `<a Arn="arn:deploy">${ADMIN}</a>`, NOT_PLAIN],
    ['attributes instead of elements', '<a><b Arn="arn:deploy"/></a>', NOT_PLAIN],
    ['an attribute in other quotes', '<a><b c=~>~/></a>', NOT_PLAIN],
    ['a namespace further down', `<a><b xmlns="urn:other">${DEPLOY}</b></a>`, NOT_PLAIN],
    ['a prefix', '<a><b:Arn>x</b:Arn></a>', NOT_PLAIN],
    ['an entity that XML does not have', '<a>deploy&any;</a>', NOT_PLAIN],
    ['an ampersand by itself', '<a>a & b</a>', NOT_PLAIN],
    ['a reference that wraps around', '<a>&#x10064;eploy</a>', NOT_PLAIN],
    ['a reference to a letter', '<a>&#100;eploy</a>', NOT_PLAIN],
    ['a character that XML does not allow', '<a>a\u0000b</a>', NOT_PLAIN],
    ['the end of a data section', '<a>a]]>b</a>', NOT_PLAIN],
    ['blanks in a tag', '<a ><b/></a >', NOT_PLAIN],
    ['another encoding', '<?xml version="1.0" encoding="UTF-7"?><a/>', NOT_PLAIN],
    ['two declarations', '<?xml version="1.0"?><?xml version="1.0"?><a/>', NOT_PLAIN],
    ['a document type', '<!DOCTYPE a><a/>', NOT_PLAIN],
    ['a byte order mark', '\ufeff<a/>', 'it holds text beside elements'],
    ['text before the answer', 'x<a/>', 'it holds text beside elements'],
    ['text behind the answer', '<a/>x', 'it holds text beside elements'],
    ['two answers of other names', '<a/><b/>', NOT_PLAIN],
    ['an element that is not closed', '<a><b></a>', NOT_PLAIN],
    ['an answer that is not closed', '<a><b/>', NOT_PLAIN],
    ['an element that was not opened', '</a>', NOT_PLAIN],
    ['more closed than opened', '<a/></a></a>', NOT_PLAIN],
    ['a comment without end', '<a><!-- </a>', NOT_PLAIN],
    ['an element without end', '<a', NOT_PLAIN],
    ['an attribute without end', '<a b="c></a>', NOT_PLAIN],
    ['a page', '<!DOCTYPE html><html></html>', NOT_PLAIN],
    ['nothing', '', NOT_PLAIN],
    ['blanks', ' \n', NOT_PLAIN],
    ['JSON', '{"Arn": "no"}', NOT_PLAIN],
  ])('is ambiguous if it is or contains %s', (_, xml, ambiguity) => {
    expect(ambiguityIn(xml)).toBe(ambiguity)
  })

  test('gets a one-line verdict, whatever it is', () => {
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

describe('a result', () => {
  test.each([
    ['the result of an operation', ANSWER, true],
    ['another operation’s result', ANSWER.replaceAll('IdentityResult', 'Result'), false],
    ['an error', ANSWER.replaceAll('GetCallerIdentityResponse', 'ErrorResponse'), false],
    ['nothing', '<GetCallerIdentityResponse></GetCallerIdentityResponse>', false],
  ])('is present or not: %s', (_, xml, isHeld) => {
    expect(holdsResult(xml)).toBe(isHeld)
  })
})
