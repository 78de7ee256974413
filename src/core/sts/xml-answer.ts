import { quote } from '../base/text.ts'

/** What an element holds so far: elements or text. */
type Content = { readonly name: string; readonly elements: Set<string>; hasText: boolean }

const DECLARATION =
  /^<\?xml version=(["'])1\.0\1(?: encoding=(["'])utf-8\2)?(?: standalone=(["'])(?:yes|no)\3)?\s*\?>/i

/** All that answers of STS are made of: tags without attributes, and text. */
const TOKEN = /<\/([A-Za-z][\w.-]*)>|<([A-Za-z][\w.-]*)(\/?)>|[^<]+|</g

/** The only attribute, of the first tag. */
const NAMESPACE = /^(\s*<[A-Za-z][\w.-]*) xmlns=(?:"[^"<>&]*"|'[^'<>&]*')/

/** An ampersand that begins none of XML's own entities, nor a reference to a character that XML allows. */
const FOREIGN_REFERENCE = /&(?!(?:amp|lt|gt|quot|apos|#(?:9|10|13)|#x(?:9|a|d));)/i

/** Not allowed in XML, or only in the mark that ends a data section. */
const FOREIGN_TEXT = /[\0-\x08\v\f\x0e-\x1f\ufffe\uffff]|\]\]>/

/**
 * Why an answer can't be read in one way only; undefined if it can. The SDK's parser of XML is lenient: comments,
 * instructions, data sections, attributes and odd references mean something else to it than to others. STS sends none of
 * them, so none is taken. Nor does an answer have two elements of one name in one place, or text beside elements.
 */
export function ambiguityIn(xml: string): string | undefined {
  const open: Content[] = [{ name: '', elements: new Set(), hasText: false }]
  for (const [token, closed, opened, isEmpty] of plain(xml).matchAll(TOKEN)) {
    const content = open.at(-1)
    if (!content || token === '<') return NOT_PLAIN
    if (closed !== undefined) {
      if (open.pop()?.name !== closed) return NOT_PLAIN
    } else if (opened !== undefined) {
      if (content.elements.has(opened)) return `it holds ${quote(opened)} twice`
      content.elements.add(opened)
      if (!isEmpty) open.push({ name: opened, elements: new Set(), hasText: false })
    } else {
      if (FOREIGN_REFERENCE.test(token) || FOREIGN_TEXT.test(token)) return NOT_PLAIN
      if (/[^ \t\r\n]/.test(token)) content.hasText = true
    }
    if (content.hasText && content.elements.size > 0) return 'it holds text beside elements'
  }
  const [document] = open
  return open.length === 1 && document?.elements.size === 1 ? undefined : NOT_PLAIN
}

const NOT_PLAIN = 'it is not XML as STS sends it'

function plain(xml: string): string {
  return xml.replace(DECLARATION, '').replace(NAMESPACE, '$1')
}

/** Whether an answer without ambiguity holds the result of an operation, in the element that is named after it. */
export function holdsResult(xml: string): boolean {
  return /^\s*<(\w+)Response>\s*<\1Result[>/]/.test(plain(xml))
}
