import { type ParseArgsConfig, parseArgs } from 'node:util'

/** Where a command writes. */
export type Output = {
  readonly print: (text: string) => void
  readonly warn: (text: string) => void
  /** How many are done, for people who wait. */
  readonly progress: (done: number) => void
}

/** Of all commands. */
export const EXIT = { ok: 0, found: 1, unusable: 2, unknown: 3 } as const

/** Input that can't be used: an option, or what a file holds. */
export class UnusableInput extends Error {}

type OptionTypes = Readonly<Record<string, 'text' | 'list' | 'flag'>>

type Parsed<Types extends OptionTypes> = {
  readonly [Name in keyof Types]: Types[Name] extends 'flag'
    ? boolean
    : Types[Name] extends 'list'
      ? readonly string[]
      : string | undefined
}

/**
 * The options of a command. One that is unknown, or repeated though it takes one value, is an error.
 * @throws UnusableInput
 */
export function parseOptions<Types extends OptionTypes>(
  args: readonly string[],
  types: Types,
  takesFiles = false,
): { readonly options: Parsed<Types>; readonly files: readonly string[] } {
  const options: NonNullable<ParseArgsConfig['options']> = Object.fromEntries(
    Object.entries(types).map(([name, type]) => [
      name,
      { type: type === 'flag' ? ('boolean' as const) : ('string' as const), multiple: true },
    ]),
  )
  try {
    const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals: takesFiles })
    const parsed = Object.entries(types).map(([name, type]) => {
      const given = (values[name] ?? []) as readonly (string | boolean)[]
      if (type === 'list') return [name, given]
      if (given.length > 1) throw new UnusableInput(`--${name} is given ${given.length} times`)
      return [name, type === 'flag' ? given.length > 0 : given[0]]
    })
    return { options: Object.fromEntries(parsed) as Parsed<Types>, files: positionals }
  } catch (error) {
    if (error instanceof UnusableInput) throw error
    throw new UnusableInput(error instanceof Error ? (error.message.split('. ')[0] ?? '') : String(error))
  }
}
