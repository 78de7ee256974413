import { quote } from './text.ts'

/** What an element holds so far: elements or text. */
type Content = { readonly name: string; readonly elements: Set<string>; hasText: boolean }

const TOKEN =
  /<!--[\s\S]*?-->|<\?[\s\S]*?\?>|<\/([^\s<>]+)\s*>|<([^\s<>!?/]+)(?:"[^"]*"|'[^']*'|[^'"<>])*?(\/?)>|<!\[CDATA\[[\s\S]*?\]\]>|[^<]+|</g

/**
 * Why an answer can't be read in one way only; undefined if it can. No answer of STS has two elements of one name in one
 * place, nor text beside elements, and a reader of XML would choose among them without a word.
 */
export function ambiguityIn(xml: string): string | undefined {
  const open: Content[] = [{ name: '', elements: new Set(), hasText: false }]
  for (const [token, closed, opened, isEmpty] of xml.matchAll(TOKEN)) {
    const content = open.at(-1)
    if (!content || token === '<') return 'it is not well-formed'
    if (closed !== undefined) {
      if (open.pop()?.name !== closed) return 'it is not well-formed'
    } else if (opened !== undefined) {
      if (content.elements.has(opened)) return `it holds ${quote(opened)} twice`
      content.elements.add(opened)
      if (!isEmpty) open.push({ name: opened, elements: new Set(), hasText: false })
    } else if (!/^(<!--|<\?|\s*$)/.test(token)) content.hasText = true
    if (content.hasText && content.elements.size > 0) return 'it holds text beside elements'
  }
  const [document] = open
  return open.length === 1 && document?.elements.size === 1 ? undefined : 'it is not well-formed'
}
