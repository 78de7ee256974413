import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'

/** The part of action.yml that the runner needs to start an action's JavaScript. */
export interface ActionManifest {
  readonly inputs: Readonly<
    Record<string, { readonly default?: unknown; readonly deprecationMessage?: string }>
  >
  readonly outputs: Readonly<Record<string, unknown>>
  readonly runs: { readonly using: string; readonly main: string; readonly post?: string }
}

export function readActionManifest(directory: string): ActionManifest {
  const { inputs, outputs, runs } = parse(
    readFileSync(join(directory, 'action.yml'), 'utf8'),
  ) as Partial<ActionManifest>
  if (!runs?.main) throw new Error(`${directory}/action.yml describes no JavaScript action`)
  return { inputs: inputs ?? {}, outputs: outputs ?? {}, runs }
}

/** What `with:` and the defaults come to: a declared input that is absent and has no default arrives blank. */
export function resolveInputs(
  { inputs }: ActionManifest,
  given: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  const present = new Set(Object.keys(given).map(name => name.toLowerCase()))
  const absent = Object.entries(inputs).filter(([name]) => !present.has(name.toLowerCase()))
  return {
    ...Object.fromEntries(absent.map(([name, input]) => [name, String(input.default ?? '')])),
    ...given,
  }
}

/** The runner's warnings about the inputs given: undeclared ones, then deprecated ones. */
export function inputWarnings(
  { inputs }: ActionManifest,
  given: Readonly<Record<string, string>>,
): readonly string[] {
  const declared = new Map(Object.entries(inputs).map(([name, input]) => [name.toLowerCase(), input]))
  const unexpected = Object.keys(given).filter(name => !declared.has(name.toLowerCase()))
  const deprecated = Object.keys(given).flatMap(name => {
    const message = declared.get(name.toLowerCase())?.deprecationMessage
    return message ? [`Input '${name}' has been deprecated with message: ${message}`] : []
  })
  if (unexpected.length === 0) return deprecated
  const valid = Object.keys(inputs).join("', '")
  return [...deprecated, `Unexpected input(s) '${unexpected.join("', '")}', valid inputs are ['${valid}']`]
}

/** How an input is handed over: upper case, blanks as underscores, hyphens kept. */
export function inputVariable(name: string): string {
  return `INPUT_${name.replaceAll(' ', '_').toUpperCase()}`
}
