import { linux, type System } from './system.ts'

export type Pair = readonly [name: string, value: string]

/**
 * Reads the pairs of GITHUB_ENV, GITHUB_OUTPUT and GITHUB_STATE as the runner does, `name=value` or a heredoc each. Throws its
 * message at what is neither; the pairs before that have been yielded, and count. A value keeps the ends of its lines.
 * https://github.com/actions/runner/blob/main/src/Runner.Worker/FileCommandManager.cs
 */
export function* parsePairs(text: string, { lineEnd }: System = linux): Generator<Pair> {
  const parts = text.split(new RegExp(`(${lineEnd.source})`))
  const lines = parts.filter((_, index) => index % 2 === 0)
  for (let index = 0; index < lines.length; index += 1) {
    const line = lines[index] ?? ''
    if (line === '') continue
    const equals = line.indexOf('=')
    const heredoc = line.indexOf('<<')
    if (equals >= 0 && (heredoc < 0 || equals < heredoc)) {
      yield plainPair(line, equals)
    } else if (heredoc >= 0) {
      const { name, delimiter } = heredocHead(line, heredoc)
      const end = lines.indexOf(delimiter, index + 1)
      if (end < 0) throw new Error(`Invalid value. Matching delimiter not found '${delimiter}'`)
      yield [name, parts.slice(2 * (index + 1), 2 * end - 1).join('')]
      index = end
    } else {
      throw new Error(`Invalid format '${line}'`)
    }
  }
}

function plainPair(line: string, equals: number): Pair {
  if (equals === 0) throw new Error(`Invalid format '${line}'. Name must not be empty`)
  return [line.slice(0, equals), line.slice(equals + 1)]
}

function heredocHead(line: string, heredoc: number): { name: string; delimiter: string } {
  const name = line.slice(0, heredoc)
  const delimiter = line.slice(heredoc + 2)
  if (name === '' || delimiter === '') {
    throw new Error(`Invalid format '${line}'. Name must not be empty and delimiter must not be empty`)
  }
  return { name, delimiter }
}
