import { InvalidValue } from './invalid-value.ts'
import { quote } from './text.ts'

const TRUE = ['true', 'True', 'TRUE']
const FALSE = ['false', 'False', 'FALSE']

/** The six spellings of YAML 1.2's core schema. */
export function parseBoolean(text: string): boolean {
  if (TRUE.includes(text)) return true
  if (FALSE.includes(text)) return false
  throw new InvalidValue(`${quote(text)} is not a boolean: write true or false`)
}

/** Plain decimal digits, between two bounds. */
export function parseNumber(
  text: string,
  { least, most, unit }: { least: number; most: number; unit: string },
): number {
  const value = /^\d{1,9}$/.test(text) ? Number(text) : undefined
  if (value === undefined || value < least || value > most) {
    throw new InvalidValue(
      `${quote(text)} must be a number of ${unit} from ${least} to ${most}, in plain digits`,
    )
  }
  return value
}

export function parseChoice<const Choice extends string>(text: string, choices: readonly Choice[]): Choice {
  const choice = choices.find(candidate => candidate === text)
  if (choice === undefined) throw new InvalidValue(`${quote(text)} is none of ${choices.join(', ')}`)
  return choice
}

/** Whether the text is the word `none`, which stands for no value at all. */
export function isNone(text: string): boolean {
  if (text !== 'none' && text.toLowerCase() === 'none')
    throw new InvalidValue(`${quote(text)} looks like "none": write it in lower case`)
  return text === 'none'
}

/** A value, or undefined for the word `none`. */
export function parseUnlessNone<Value>(parse: (text: string) => Value): (text: string) => Value | undefined {
  return text => (isNone(text) ? undefined : parse(text))
}

/** Characters of YAML or JSON that got into a value, as an addition to a message; empty where there are none. */
export function whyNotPlain(text: string): string {
  if (/["'[\]]|^-\s|\s#/.test(text))
    return '; write the value alone, without quotes, brackets, dashes or comments'
  return /\s/.test(text) ? '; it holds white space' : ''
}
