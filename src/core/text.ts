/**
 * Text from outside (claims, ARNs, AWS's messages, file contents) on its way to a reader. It is hostile until it has
 * been escaped for the place it goes to.
 */

const LONGEST = 1000

/** One visible line: control, bidirectional and zero-width characters become `\u{…}`, and length is bounded. */
export function oneLine(text: string, longest = LONGEST): string {
  const visible = Array.from(text.slice(0, longest), makeVisible).join('')
  return text.length > longest ? `${visible}… (${text.length} characters)` : visible
}

function makeVisible(character: string): string {
  if (!/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Co}]/u.test(character)) return character
  return `\\u{${character.codePointAt(0)?.toString(16)}}`
}

/** A value in quotes, for a message. */
export function quote(text: string): string {
  return `"${oneLine(text, 200)}"`
}

/** A line of the log that the runner can't take for one of its commands (`::name::` at its start, `##[name]` anywhere). */
export function escapeLogLine(text: string): string {
  return text
    .replaceAll(/[\r\u2028\u2029\0]/g, makeVisible)
    .replaceAll('##[', '# #[')
    .replaceAll(/^(\s*):(?=:)/gm, '$1\\u{3a}')
}

/** For Markdown and the HTML in it: inert as text, as a table cell and in an attribute. */
export function escapeMarkdown(text: string): string {
  return oneLine(text).replaceAll(/[^\p{L}\p{N} .,:/=-]|(?<=:)\/|(?<=www)\./gu, encodeForHtml)
}

function encodeForHtml(character: string): string {
  return `&#${character.codePointAt(0)};`
}

/** For a quoted Mermaid label, whose own entities are `#code;`. */
export function escapeMermaid(text: string): string {
  return oneLine(text, 120).replaceAll(/[^\p{L}\p{N} .,/=-]/gu, character => `#${character.codePointAt(0)};`)
}

/**
 * Takes secrets out of a text: the given ones, as they are and percent-encoded, and whatever has a JSON Web Token's
 * form. `accountIds` also takes out every run of twelve digits or more, which covers any account id and any typo of one.
 */
export function redact(
  text: string,
  secrets: Iterable<string>,
  { accountIds = false, mark = '***' } = {},
): string {
  let clean = text
  for (const secret of secrets) {
    if (secret === '') continue
    clean = clean.replaceAll(secret, mark).replaceAll(encodeURIComponent(secret), mark)
  }
  clean = clean.replaceAll(/eyJ[\w-]{8,}(?:\.[\w-]*){1,2}/g, mark)
  return accountIds ? clean.replaceAll(/\d{12,}/g, mark) : clean
}
