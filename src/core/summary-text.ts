import { escapeMarkdown, escapeMermaid } from './text.ts'

/** Takes out of a text what its readers must not see. */
export type Hide = (text: string) => string

/** The one way of any text into a summary: first what must not be seen is taken out, then the rest is escaped. */
export class SummaryText {
  readonly #hide: Hide

  constructor(hide: Hide) {
    this.#hide = hide
  }

  code(text: string): string {
    return `<code>${escapeMarkdown(this.#hide(text))}</code>`
  }

  /** A message of several lines: those that begin with a dash become a list, the others keep their line and indent. */
  lines(text: string): string {
    return this.#hide(text).split('\n').map(renderLine).join('\n')
  }

  /** A label of Mermaid, a line for each text. */
  label(...texts: readonly string[]): string {
    const lines = texts.filter(Boolean).map(text => escapeMermaid(this.#hide(text)))
    return `"${lines.join('<br>')}"`
  }
}

function renderLine(line: string, index: number): string {
  if (line.startsWith('- ')) return `- ${escapeMarkdown(line.slice(2))}`
  const indent = '&nbsp;'.repeat(line.length - line.trimStart().length)
  return `${index > 0 ? '<br>' : ''}${indent}${escapeMarkdown(line.trimStart())}`
}
