/** A line by which a step speaks to the runner: `::name key=value,key=value::data`. */
export interface WorkflowCommand {
  readonly name: string
  readonly properties: Readonly<Record<string, string>>
  readonly data: string
}

/**
 * Reads a command as the runner does: `::name …::data` at the start of a line, or the older `##[name …]data` anywhere in
 * it. Undefined for a line that is none, and for one that names no command the runner knows.
 * https://github.com/actions/runner/blob/main/src/Runner.Common/ActionCommand.cs
 */
export function parseWorkflowCommand(
  line: string,
  isKnown: (name: string) => boolean,
): WorkflowCommand | undefined {
  const command = parseColons(line.replace(leadingBlanks, ''))
  if (command && isKnown(command.name)) return command
  const older = parseBrackets(line)
  return older && isKnown(older.name) ? older : undefined
}

/** What .NET takes for white space: another set than JavaScript's. */
const leadingBlanks = /^(?:(?!\uFEFF)[\s\u0085])+/

function parseColons(line: string): WorkflowCommand | undefined {
  const match = /^::(.*?)::(.*)$/s.exec(line)
  if (!match) return undefined
  const [, head = '', data = ''] = match
  return { ...parseHead(head, ',', propertyEscapes), data: decode(data, dataEscapes) }
}

function parseBrackets(line: string): WorkflowCommand | undefined {
  const match = /##\[(.*?)\](.*)$/s.exec(line)
  if (!match) return undefined
  const [, head = '', data = ''] = match
  return { ...parseHead(head, ';', bracketEscapes), data: decode(data, bracketEscapes) }
}

function parseHead(
  head: string,
  separator: string,
  escapes: Escapes,
): Pick<WorkflowCommand, 'name' | 'properties'> {
  const space = head.indexOf(' ')
  if (space < 0) return { name: head.toLowerCase(), properties: {} }
  const properties: Record<string, string> = {}
  for (const property of head
    .slice(space + 1)
    .trim()
    .split(separator)) {
    const equals = property.indexOf('=')
    const value = decode(property.slice(equals + 1), escapes)
    if (equals > 0 && value !== '') properties[property.slice(0, equals)] = value
  }
  return { name: head.slice(0, space).toLowerCase(), properties }
}

type Escapes = readonly (readonly [escaped: string, character: string])[]

// The percent sign comes last, so that an escaped escape stays text.
const dataEscapes: Escapes = [
  ['%0D', '\r'],
  ['%0A', '\n'],
  ['%25', '%'],
]
const propertyEscapes: Escapes = [['%3A', ':'], ['%2C', ','], ...dataEscapes]
const bracketEscapes: Escapes = [['%3B', ';'], ['%5D', ']'], ...dataEscapes]

function decode(text: string, escapes: Escapes): string {
  return escapes.reduce((result, [escaped, character]) => result.replaceAll(escaped, character), text)
}
