/**
 * Hides what was declared secret, from then on. The runner also hides encoded forms (base64, URI, JSON); this one does
 * not, so that a secret which only those would have hidden is seen.
 */
export class SecretMasker {
  readonly #masks: string[] = []

  constructor(masks: readonly string[]) {
    for (const mask of masks) this.add(mask)
  }

  get masks(): readonly string[] {
    return this.#masks
  }

  /** A mask of several lines hides each of them, too, short of the blanks around it: lines are what is printed. */
  add(mask: string): void {
    for (const text of [mask, ...mask.split(/[\r\n]+/).map(line => line.trim())]) {
      if (text !== '' && !this.#masks.includes(text)) this.#masks.push(text)
    }
  }

  /** Ranges that overlap or touch become one `***`. */
  hide(text: string): string {
    const ranges = this.#masks
      .flatMap(mask => rangesOf(mask, text))
      .sort((one, other) => one.start - other.start)
    let hidden = ''
    let position = -1
    for (const { start, end } of ranges) {
      if (start > position) hidden += `${text.slice(Math.max(position, 0), start)}***`
      position = Math.max(position, end)
    }
    return hidden + text.slice(Math.max(position, 0))
  }
}

interface Range {
  readonly start: number
  readonly end: number
}

function rangesOf(mask: string, text: string): readonly Range[] {
  const ranges: Range[] = []
  for (let start = text.indexOf(mask); start >= 0; start = text.indexOf(mask, start + 1)) {
    ranges.push({ start, end: start + mask.length })
  }
  return ranges
}
