/** What must not be read. Forms are texts, each of which is or gives away a secret. */
export type Redaction = {
  readonly secretForms: Iterable<string>
  readonly accountIds: boolean
}

/** A secret as it may stand in a text: as it is, and percent-encoded with capital or small letters. */
export function formsOf(secret: string): readonly string[] {
  const encoded = encodeURIComponent(secret.toWellFormed())
  return [...new Set([secret, encoded, encoded.replaceAll(/%../g, octet => octet.toLowerCase())])]
}

/**
 * A text without what must not be read in it: secrets, whatever has a JSON Web Token's form, and account ids where they
 * are hidden. All is sought in the text as it came, so that no secret can break another one into parts.
 */
export function redactText(text: string, { secretForms, accountIds }: Redaction, mark = '***'): string {
  const spans = [
    ...Array.from(secretForms).flatMap(form => occurrencesOf(form, text)),
    ...tokensIn(text),
    ...(accountIds ? accountIdsIn(text) : []),
  ]
  return replaceSpans(text, spans, mark)
}

type Span = readonly [start: number, end: number]

function occurrencesOf(form: string, text: string): Span[] {
  const spans: Span[] = []
  if (form === '') return spans
  for (let start = text.indexOf(form); start >= 0; start = text.indexOf(form, start + 1)) {
    spans.push([start, start + form.length])
  }
  return spans
}

/** From a part that begins as JSON in base64url does (`eyJ`) to the end of its dotted word. */
function tokensIn(text: string): Span[] {
  return Array.from(text.matchAll(/[\w.-]+/g)).flatMap(({ 0: word, index }) => {
    const start = startOfToken(word)
    return start === undefined ? [] : [[index + start, index + word.length] as const]
  })
}

const SHORTEST_HEADER = 11

/** Goes from dot to dot, so that it takes no longer than the word is long. */
function startOfToken(word: string): number | undefined {
  let from = 0
  for (let dot = word.indexOf('.'); dot >= 0; dot = word.indexOf('.', from)) {
    const start = word.indexOf('eyJ', from)
    if (start < 0) return undefined
    if (dot - start >= SHORTEST_HEADER) return start
    from = dot + 1
  }
  return undefined
}

/** Twelve digits in one run or in groups, and runs that are a typo of them: YAML drops zeros at the beginning. */
function accountIdsIn(text: string): Span[] {
  const runs = text.matchAll(/\d(?:[-_ .]?\d){11,}|\d{10,}/g)
  return Array.from(runs, ({ 0: run, index }) => [index, index + run.length] as const)
}

/** Puts one mark in the place of spans that overlap or touch. */
function replaceSpans(text: string, spans: readonly Span[], mark: string): string {
  let clean = ''
  let end = 0
  for (const [start, spanEnd] of spans.toSorted(([a], [b]) => a - b)) {
    const continues = end > 0 && start <= end
    if (!continues) clean += text.slice(end, start) + mark
    end = Math.max(end, spanEnd)
  }
  return clean + text.slice(end)
}
