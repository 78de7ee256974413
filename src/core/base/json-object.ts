import { InvalidValue } from './invalid-value.ts'

/**
 * The object that an input's text holds as JSON. A message repeats nothing of the text: parts of a secret are known to
 * no mask.
 * @throws InvalidValue
 */
export function parseJsonObject(text: string): Readonly<Record<string, unknown>> {
  const value = parseJson(text)
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new InvalidValue('is JSON, but no object: it must begin with { and end with }')
  }
  return value as Record<string, unknown>
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new InvalidValue(`is not JSON${placeOf(error, text)}: check its quotes, commas and braces`)
  }
}

/** Where the text stops being JSON, as far as the engine tells. */
export function placeOf(error: unknown, text: string): string {
  const position = error instanceof Error ? / at position (\d+)/.exec(error.message)?.[1] : undefined
  if (position === undefined) return ''
  const before = text.slice(0, Number(position))
  return ` from line ${before.split('\n').length}, character ${before.length - before.lastIndexOf('\n')} on`
}

const TOKEN = /"(?:[^"\\]|\\.)*"|[{}[\],:]/g

/** Keys that stand twice in one object, of a text that is JSON. `JSON.parse` keeps the last and says nothing. */
export function duplicateKeysIn(json: string): readonly string[] {
  const duplicates: string[] = []
  const open: Set<string>[] = []
  const tokens = json.match(TOKEN) ?? []
  tokens.forEach((token, index) => {
    if (token === '{') open.push(new Set())
    if (token === '[') open.push(new Set())
    if (token === '}' || token === ']') open.pop()
    if (tokens[index + 1] !== ':') return
    const key: string = JSON.parse(token)
    const keys = open.at(-1)
    if (keys?.has(key)) duplicates.push(key)
    keys?.add(key)
  })
  return duplicates
}
