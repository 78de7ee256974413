import { matchesPattern } from '../base/pattern.ts'
import type { Condition } from './policy.ts'

/** What a part of a policy comes to for one token: it holds, it doesn't, or this evaluation can't tell. */
export type Outcome = 'holds' | 'fails' | 'unknown'

/** The condition keys of a request, in lower case, with their values. A key that is absent has none. */
export type RequestContext = ReadonlyMap<string, readonly string[]>

type Test = (actual: string, wanted: string) => boolean

const equals: Test = (actual, wanted) => actual === wanted
const equalsIgnoringCase: Test = (actual, wanted) => actual.toLowerCase() === wanted.toLowerCase()

/**
 * The operators that are known. A negated one holds where its test holds for none of the values.
 * Source: IAM User Guide, "IAM JSON policy elements: Condition operators".
 */
const OPERATORS: Readonly<Record<string, { readonly test: Test; readonly isNegated: boolean }>> = {
  StringEquals: { test: equals, isNegated: false },
  StringNotEquals: { test: equals, isNegated: true },
  StringEqualsIgnoreCase: { test: equalsIgnoringCase, isNegated: false },
  StringNotEqualsIgnoreCase: { test: equalsIgnoringCase, isNegated: true },
  StringLike: { test: matchesPattern, isNegated: false },
  StringNotLike: { test: matchesPattern, isNegated: true },
  Bool: { test: equalsIgnoringCase, isNegated: false },
}

const FORM = /^(?:(ForAnyValue|ForAllValues):)?(\w+?)(IfExists)?$/

/** Keys that every request has, of which a token says nothing. Source: "AWS global condition context keys". */
const KEYS_OF_THE_REQUEST = /^(aws|sts):/

/** Whether a condition holds in a request. `hasVariables`: whether `${…}` in its values is more than text. */
export function evaluateCondition(
  condition: Condition,
  context: RequestContext,
  hasVariables: boolean,
): Outcome {
  const { values } = condition
  const key = condition.key.toLowerCase()
  if (KEYS_OF_THE_REQUEST.test(key)) return 'unknown'
  if (hasVariables && values.some(value => value.includes('${'))) return 'unknown'
  const [, quantifier, name = '', ifExists] = FORM.exec(condition.operator) ?? []
  const actual = context.get(key) ?? []
  if (name === 'Null' && !quantifier && !ifExists) return evaluateNull(values, actual)
  const operator = Object.hasOwn(OPERATORS, name) ? OPERATORS[name] : undefined
  if (!operator) return 'unknown'
  if (name === 'Bool' && ![...values, ...actual].every(isBoolean)) return 'unknown'
  const holdsFor = (value: string) =>
    values.some(wanted => operator.test(value, wanted)) !== operator.isNegated
  if (quantifier) return evaluateSet(quantifier, actual.filter(Boolean), holdsFor, ifExists !== undefined)
  if (actual.length === 0) return toOutcome(ifExists !== undefined || operator.isNegated)
  // Without a quantifier IAM expects one value; of several it does not say which it takes.
  const [first, ...others] = actual.map(holdsFor)
  return others.every(other => other === first) ? toOutcome(first === true) : 'unknown'
}

/**
 * Of no values, or blank ones, ForAllValues holds and ForAnyValue fails; what IfExists makes of the latter is told in two
 * ways. Source: IAM User Guide, "Set operators for multivalued context keys".
 */
function evaluateSet(
  quantifier: string,
  actual: readonly string[],
  holdsFor: (value: string) => boolean,
  ifExists: boolean,
): Outcome {
  if (quantifier === 'ForAllValues') return toOutcome(actual.every(holdsFor))
  if (actual.length === 0 && ifExists) return 'unknown'
  return toOutcome(actual.some(holdsFor))
}

/** `Null: true` holds where the key is absent or blank, `Null: false` where it has a value. */
function evaluateNull(values: readonly string[], actual: readonly string[]): Outcome {
  if (!values.every(isBoolean)) return 'unknown'
  const isAbsent = actual.every(value => value === '')
  return toOutcome(values.some(value => value.toLowerCase() === String(isAbsent)))
}

function isBoolean(text: string): boolean {
  return /^(true|false)$/i.test(text)
}

function toOutcome(holds: boolean): Outcome {
  return holds ? 'holds' : 'fails'
}
