import { InvalidValue } from './invalid-value.ts'
import { quote } from './text.ts'

/**
 * Elements between lines and commas. Blank lines don't count; an empty element between commas is an error, and so is a
 * name behind an ARN on one line: the names of roles may hold commas, so that it may be the rest of one.
 */
export function parseList(text: string): readonly string[] {
  const lines = text.split(/\r?\n/).filter(line => line.trim() !== '')
  const rows = lines.map(line => line.split(',').map(element => element.trim()))
  const elements = rows.flat()
  if (rows.some(mixesArnsAndNames)) {
    throw new InvalidValue(
      `${quote(text)} has an ARN and a name on one line: write one a line, and no name with a comma`,
    )
  }
  if (elements.includes('')) {
    throw new InvalidValue(
      `${quote(text)} has an empty element between commas: take the comma or the unset variable out`,
    )
  }
  return elements
}

function mixesArnsAndNames(row: readonly string[]): boolean {
  const isArn = (element: string) => element.startsWith('arn:')
  return row.some(isArn) && row.some(element => element !== '' && !isArn(element))
}

/** A list, or the keyword that stands for none at all. */
export function parseListOr<Keyword extends string>(
  text: string,
  keyword: Keyword,
): readonly string[] | Keyword {
  const elements = parseList(text)
  const lookalike = elements.find(element => element !== keyword && element.toLowerCase() === keyword)
  if (lookalike) throw new InvalidValue(`${quote(lookalike)} looks like "${keyword}": write it in lower case`)
  if (!elements.includes(keyword)) return elements
  if (elements.length > 1)
    throw new InvalidValue(`"${keyword}" can't stand beside other values: write it alone or leave it out`)
  return keyword
}

/** Every element, or one error with what is wrong with each of them. */
export function parseAll<Value>(list: readonly string[], parse: (text: string) => Value): readonly Value[] {
  const wrong: string[] = []
  const values = list.flatMap(element => {
    try {
      return [parse(element)]
    } catch (error) {
      if (!(error instanceof InvalidValue)) throw error
      wrong.push(error.message)
      return []
    }
  })
  if (wrong.length > 0) throw new InvalidValue(wrong.join('; '))
  return values
}
