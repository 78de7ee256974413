export interface Table {
  readonly head: readonly string[]
  readonly rows: readonly (readonly string[])[]
  /** How many columns, from the first, hold words; the others hold figures. */
  readonly wordColumns: number
}

/** Columns of equal width: words to the left, figures to the right. */
export function renderAligned({ head, rows, wordColumns }: Table): string {
  const lines = [head, ...rows]
  const widths = head.map((_, column) => Math.max(...lines.map(cells => cells[column]?.length ?? 0)))
  return lines
    .map(cells =>
      cells
        .map((cell, column) =>
          column < wordColumns ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
        )
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}

export function renderMarkdown({ head, rows, wordColumns }: Table): string {
  const rule = head.map((_, column) => (column < wordColumns ? '---' : '---:'))
  return [head, rule, ...rows]
    .map(cells => `| ${cells.map(cell => cell.replaceAll('|', '\\|')).join(' | ')} |`)
    .join('\n')
}
