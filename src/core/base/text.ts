/**
 * Text from outside (claims, ARNs, AWS's messages, file contents) on its way to a reader. It is hostile until it has
 * been escaped for the place it goes to.
 */

/**
 * One visible line: control, bidirectional, zero-width and blank-looking characters become `\u{…}`. Nothing is cut here,
 * because a part of a secret is known to no mask: texts are bounded when their secrets are out.
 */
export function escapeControls(text: string): string {
  return text.replaceAll(INVISIBLE, character => `\\u{${character.codePointAt(0)?.toString(16)}}`)
}

const INVISIBLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Co}\p{Default_Ignorable_Code_Point}]/gu

const MAX_QUOTE_LENGTH = 200

/** A value in quotes, for a message. A long one is not shown at all: it may be a secret that the runner masks as a whole. */
export function quote(text: string): string {
  return text.length > MAX_QUOTE_LENGTH
    ? `(a value of ${text.length} characters)`
    : `"${escapeControls(text)}"`
}

const MAX_LINE_LENGTH = 1000

/** Each line cut to what people read. */
export function truncateLines(text: string): string {
  return text
    .split('\n')
    .map(line =>
      line.length > MAX_LINE_LENGTH ? `${line.slice(0, MAX_LINE_LENGTH)}… (${line.length} characters)` : line,
    )
    .join('\n')
}

/** Lines of the log of which the runner takes none for a command: `::name::` at its start, `##[name]` anywhere. */
export function escapeLogLine(text: string): string {
  return text
    .split('\n')
    .map(line => hideCommand(escapeControls(line)))
    .join('\n')
}

function hideCommand(line: string): string {
  const trimmed = line.trimStart()
  const indent = line.slice(0, line.length - trimmed.length)
  const text = trimmed.startsWith('::') ? `\\u{3a}${trimmed.slice(1)}` : trimmed
  return `${indent}${text.replaceAll('##[', '# #[')}`
}

/** For Markdown and the HTML in it: inert as text, as a table cell and in an attribute. */
export function escapeMarkdown(text: string): string {
  return escapeControls(truncateLines(text)).replaceAll(
    /[^A-Za-z0-9 .,:/=-]|(?<=:)\/|(?<=www)\./gu,
    encodeForHtml,
  )
}

function encodeForHtml(character: string): string {
  return `&#${character.codePointAt(0)};`
}

const LONGEST_LABEL = 120

/** For a quoted Mermaid label, whose own entities are `#code;`. */
export function escapeMermaid(text: string): string {
  return escapeControls(text.slice(0, LONGEST_LABEL)).replaceAll(
    /[^A-Za-z0-9 .,/=-]/gu,
    character => `#${character.codePointAt(0)};`,
  )
}
