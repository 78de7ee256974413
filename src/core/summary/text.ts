import { escapeMarkdown, escapeMermaid } from '../base/text.ts'

/** Takes out of a text what its readers must not see. */
export type Redact = (text: string) => string

/** The one way of any text into a summary: first what must not be seen is taken out, then the rest is escaped. */
export class SummaryText {
  readonly #redact: Redact

  constructor(redact: Redact) {
    this.#redact = redact
  }

  code(text: string): string {
    return `<code>${escapeMarkdown(this.#redact(text))}</code>`
  }

  /** A phrase within a sentence. */
  plain(text: string): string {
    return escapeMarkdown(this.#redact(text))
  }

  /** A label that leads to an address of ours (links.ts); the label alone where there is none, or readers must not see it. */
  link(label: string, url: string | undefined): string {
    return url === undefined || this.#isRedacted(url) ? this.plain(label) : `[${this.plain(label)}](${url})`
  }

  /** The numbers of runs and commits may look like account ids. */
  #isRedacted(url: string): boolean {
    const checked = url.replace(/\/(?:actions\/runs|commit)\/[0-9a-f]+/, '')
    return this.#redact(checked) !== checked
  }

  /** A message of several lines: those that begin with a dash become a list, indented ones stand as they are written. */
  lines(text: string): string {
    return this.#redact(text).split('\n').map(renderLine).join('')
  }

  /** JSON of printable ASCII without backticks, as a block to be copied. */
  json(json: string): string {
    return `\`\`\`json\n${this.#redact(json)}\n\`\`\``
  }

  /** A label of Mermaid, a line for each text. */
  label(...texts: readonly string[]): string {
    const lines = texts.filter(Boolean).map(text => escapeMermaid(this.#redact(text)))
    return `"${lines.join('<br>')}"`
  }
}

function renderLine(line: string, index: number, lines: readonly string[]): string {
  const before = lines[index - 1]
  const kind = kindOf(line)
  const isFirstOfKind = before === undefined || kindOf(before) !== kind
  switch (kind) {
    case 'item':
      return `${isFirstOfKind && index > 0 ? '\n\n' : ''}${isFirstOfKind ? '' : '\n'}- ${escapeMarkdown(line.slice(2))}`
    case 'indented': {
      const isLastOfKind = kindOf(lines[index + 1] ?? '') !== kind
      return `${isFirstOfKind ? '\n\n<pre>' : '\n'}${escapeMarkdown(line)}${isLastOfKind ? '</pre>' : ''}`
    }
    case 'text':
      return `${index === 0 ? '' : isFirstOfKind ? '\n\n' : '<br>'}${escapeMarkdown(line)}`
  }
}

function kindOf(line: string): 'item' | 'indented' | 'text' {
  if (line.startsWith('- ')) return 'item'
  return /^\s/.test(line) ? 'indented' : 'text'
}

export const MARKS = { holds: '✔', fails: '✘', unknown: '?' } as const

export function code(text: SummaryText): (value: string) => string {
  return value => text.code(value)
}

export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n')
}

export function details(summary: string, content: string): string {
  return `<details><summary>${summary}</summary>\n\n${content}\n\n</details>`
}

export function joinSections(sections: readonly string[]): string {
  return sections.filter(Boolean).join('\n\n')
}

/** A point in time in UTC, to the minute. */
export function formatMinute(instant: Date): string {
  return `${instant.toISOString().slice(0, 16).replace('T', ' ')} UTC`
}
