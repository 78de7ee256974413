import { matchesPattern } from '../base/pattern.ts'
import type { Condition } from './policy.ts'

/** What a part of a policy comes to for one token: it holds, it doesn't, or this evaluation can't tell. */
export type Outcome = 'holds' | 'fails' | 'unknown'

/**
 * The condition keys of a request, in lower case, with their values. A key that is absent is not in it; one with values
 * that can't be compared, such as an empty list, has none.
 */
export type RequestContext = ReadonlyMap<string, readonly string[] | 'unknown'>

/** Whether a value is as wanted; undefined where the operator can't compare them. */
type Test = (actual: string, wanted: string) => boolean | undefined

type Operator = { readonly test: Test; readonly isNegated: boolean; readonly hasPatterns?: true }

/**
 * The operators that are evaluated. A negated one holds where its test holds for none of the values.
 * Source: IAM User Guide, "IAM JSON policy elements: Condition operators".
 */
const OPERATORS: Readonly<Record<string, Operator>> = {
  ...bothWays('String', 'Equals', (actual, wanted) => actual === wanted),
  ...bothWays(
    'String',
    'EqualsIgnoreCase',
    (actual, wanted) => actual.toLowerCase() === wanted.toLowerCase(),
  ),
  ...bothWays('String', 'Like', matchesPattern, true),
  ...bothWays(
    'Numeric',
    'Equals',
    comparing(toNumber, difference => difference === 0),
  ),
  ...inOrder('Numeric', toNumber),
  ...bothWays(
    'Date',
    'Equals',
    comparing(toInstant, difference => difference === 0),
  ),
  ...inOrder('Date', toInstant),
  // IAM treats both alike.
  ...bothWays('Arn', 'Equals', matchesArn, true),
  ...bothWays('Arn', 'Like', matchesArn, true),
  Bool: { test: sameBoolean, isNegated: false },
}

/** An operator and its negation: `StringEquals` and `StringNotEquals`. */
function bothWays(type: string, name: string, test: Test, hasPatterns = false): Record<string, Operator> {
  const patterns = hasPatterns ? { hasPatterns } : {}
  return {
    [`${type}${name}`]: { test, isNegated: false, ...patterns } as Operator,
    [`${type}Not${name}`]: { test, isNegated: true, ...patterns } as Operator,
  }
}

function inOrder(type: string, parse: (text: string) => number | undefined): Record<string, Operator> {
  const operator = (holds: (difference: number) => boolean): Operator => ({
    test: comparing(parse, holds),
    isNegated: false,
  })
  return {
    [`${type}LessThan`]: operator(difference => difference < 0),
    [`${type}LessThanEquals`]: operator(difference => difference <= 0),
    [`${type}GreaterThan`]: operator(difference => difference > 0),
    [`${type}GreaterThanEquals`]: operator(difference => difference >= 0),
  }
}

function comparing(
  parse: (text: string) => number | undefined,
  holds: (difference: number) => boolean,
): Test {
  return (actual, wanted) => {
    const [one, other] = [parse(actual), parse(wanted)]
    return one === undefined || other === undefined ? undefined : holds(one - other)
  }
}

function toNumber(text: string): number | undefined {
  return /^-?\d{1,15}(?:\.\d{1,15})?$/.test(text) ? Number(text) : undefined
}

const ISO_8601 = /^\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d))?$/

/** Milliseconds since 1970, of a time in ISO 8601 or of seconds. */
function toInstant(text: string): number | undefined {
  if (/^\d{1,12}$/.test(text)) return Number(text) * 1000
  const instant = ISO_8601.test(text) ? Date.parse(text) : Number.NaN
  return Number.isNaN(instant) ? undefined : instant
}

/** Each of the six parts on its own. */
function matchesArn(actual: string, wanted: string): boolean | undefined {
  const [parts, patterns] = [partsOf(actual), partsOf(wanted)]
  if (!parts || !patterns) return undefined
  return patterns.every((pattern, index) => matchesPattern(parts[index] ?? '', pattern))
}

function partsOf(arn: string): readonly string[] | undefined {
  const parts = arn.split(':')
  return parts.length < 6 ? undefined : [...parts.slice(0, 5), parts.slice(5).join(':')]
}

function sameBoolean(actual: string, wanted: string): boolean | undefined {
  if (!isBoolean(actual) || !isBoolean(wanted)) return undefined
  return actual.toLowerCase() === wanted.toLowerCase()
}

const FORM = /^(?:(ForAnyValue|ForAllValues):)?(\w+?)(IfExists)?$/

/** Keys that a request may have whatever its token says. Source: "AWS global condition context keys". */
const KEYS_OF_THE_REQUEST = /^(aws|sts):/

/** Whether a condition holds in a request. `hasVariables`: whether `${…}` in its values is more than text. */
export function evaluateCondition(
  condition: Condition,
  context: RequestContext,
  hasVariables: boolean,
): Outcome {
  const key = condition.key.toLowerCase()
  const [, quantifier, name = '', ifExists] = FORM.exec(condition.operator) ?? []
  // Of each value, of which none is null.
  if (name === 'Null' && quantifier && !ifExists) return toOutcome(quantifier === 'ForAllValues')
  const actual = context.get(key)
  if (actual === 'unknown' || (actual === undefined && KEYS_OF_THE_REQUEST.test(key))) return 'unknown'
  if (actual?.length === 0) return quantifier === 'ForAnyValue' && !ifExists ? 'fails' : 'unknown'
  if (name === 'Null' && !ifExists) return evaluateNull(condition.values, actual ?? [])
  const operator = Object.hasOwn(OPERATORS, name) ? OPERATORS[name] : undefined
  if (!operator) return 'unknown'
  const test = hasVariables ? withLiterals(operator) : operator.test
  const holdsFor = (value: string) => compare(value, condition.values, test, operator.isNegated)
  const holdsWithoutKey = ifExists !== undefined || operator.isNegated
  // No value can match; what IAM makes of that under the other operators is not documented.
  if (condition.values.length === 0) return quantifier || holdsWithoutKey ? 'unknown' : 'fails'
  if (quantifier)
    return evaluateSet(quantifier, actual?.filter(Boolean) ?? [], holdsFor, ifExists !== undefined)
  if (actual === undefined) {
    const isClear = !hasVariables || condition.values.every(value => literalOf(value) !== undefined)
    return isClear ? toOutcome(holdsWithoutKey) : 'unknown'
  }
  // Without a quantifier IAM expects one value; of several it does not say which it takes.
  return actual.length === 1 ? holdsFor(actual[0] ?? '') : 'unknown'
}

function compare(actual: string, values: readonly string[], test: Test, isNegated: boolean): Outcome {
  const results = values.map(wanted => test(actual, wanted))
  if (results.includes(true) && !isNegated) return 'holds'
  if (results.includes(undefined)) return 'unknown'
  return toOutcome(results.includes(true) !== isNegated)
}

/**
 * Of no values, or blank ones, ForAllValues holds and ForAnyValue fails; what IfExists makes of the latter is documented in
 * two ways. Source: IAM User Guide, "Set operators for multivalued context keys".
 */
function evaluateSet(
  quantifier: string,
  actual: readonly string[],
  holdsFor: (value: string) => Outcome,
  ifExists: boolean,
): Outcome {
  const outcomes = actual.map(holdsFor)
  if (quantifier === 'ForAllValues') {
    if (outcomes.includes('fails')) return 'fails'
    return outcomes.includes('unknown') ? 'unknown' : 'holds'
  }
  if (outcomes.length === 0 && ifExists) return 'unknown'
  if (outcomes.includes('holds')) return 'holds'
  return outcomes.includes('unknown') ? 'unknown' : 'fails'
}

/** `Null: true` holds where the key is absent or blank, `Null: false` where it has a value. */
function evaluateNull(values: readonly string[], actual: readonly string[]): Outcome {
  if (values.length === 0 || !values.every(isBoolean)) return 'unknown'
  const isAbsent = actual.every(value => value === '')
  return toOutcome(values.some(value => value.toLowerCase() === String(isAbsent)))
}

/**
 * `${*}`, `${?}` and `${$}` are those characters; any other variable is not known here. Source: IAM User Guide, "IAM
 * policy elements: Variables and tags".
 */
function withLiterals({ test, hasPatterns }: Operator): Test {
  return (actual, wanted) => {
    if (!wanted.includes('${')) return test(actual, wanted)
    const literal = literalOf(wanted)
    if (literal === undefined) return undefined
    if (!hasPatterns) return test(actual, literal)
    // A star that is a character takes the place of a character that no pattern has.
    if (/[\uE000\uE001]/.test(wanted + actual)) return undefined
    const pattern = literalOf(wanted, { '*': '\uE000', '?': '\uE001', $: '$' }) ?? ''
    return test(actual.replaceAll('*', '\uE000').replaceAll('?', '\uE001'), pattern)
  }
}

/** The text with its literals in their places; undefined where it has another variable. */
function literalOf(
  text: string,
  literals: Readonly<Record<string, string>> = { '*': '*', '?': '?', $: '$' },
): string | undefined {
  const rest = text.replaceAll(/\$\{[*?$]\}/g, '')
  if (rest.includes('${')) return undefined
  return text.replaceAll(/\$\{([*?$])\}/g, (_, character: string) => literals[character] ?? '')
}

function isBoolean(text: string): boolean {
  return /^(true|false)$/i.test(text)
}

function toOutcome(holds: boolean): Outcome {
  return holds ? 'holds' : 'fails'
}

/** Whether a condition requires a key, in lower case, to have one of its values. */
export function requiresValueOf(wanted: string): (condition: Condition) => boolean {
  return ({ key, operator }) =>
    key.toLowerCase() === wanted &&
    /^(?:ForAnyValue:)?(?:String|Arn)(?:Equals(?:IgnoreCase)?|Like)$/.test(operator)
}
