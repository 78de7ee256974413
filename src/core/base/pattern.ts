/** A pattern of StringLike: `*` for any characters, `?` for one, anchored at both ends, case-sensitive. */
export function matchesPattern(text: string, pattern: string): boolean {
  const [first = '', ...rest] = pattern.split('*')
  const last = rest.pop()
  if (last === undefined) return text.length === first.length && matchesAt(text, first, 0)
  const end = text.length - last.length
  if (end < first.length || !matchesAt(text, first, 0) || !matchesAt(text, last, end)) return false
  // Between two stars the first place that fits leaves most room for what follows.
  let at = first.length
  for (const part of rest) {
    const found = findPart(text, part, at)
    if (found < 0) return false
    at = found + part.length
  }
  return at <= end
}

function findPart(text: string, part: string, from: number): number {
  if (!part.includes('?')) return text.indexOf(part, from)
  for (let at = from; at + part.length <= text.length; at++) {
    if (matchesAt(text, part, at)) return at
  }
  return -1
}

function matchesAt(text: string, part: string, at: number): boolean {
  for (let index = 0; index < part.length; index++) {
    if (part[index] !== '?' && part[index] !== text[at + index]) return false
  }
  return true
}

export function hasWildcard(pattern: string): boolean {
  return /[*?]/.test(pattern.replaceAll(/\$\{[*?$]\}/g, ''))
}
