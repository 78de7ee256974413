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

/** Whether a condition holds in a request. `hasVariables`: whether `${…}` in its values is more than text. */
export function evaluateCondition(
  condition: Condition,
  context: RequestContext,
  hasVariables: boolean,
): Outcome {
  const { key, values } = condition
  const [, quantifier, name = '', ifExists] = FORM.exec(condition.operator) ?? []
  const actual = context.get(key.toLowerCase()) ?? []
  if (hasVariables && values.some(value => value.includes('${'))) return 'unknown'
  if (name === 'Null' && !quantifier && !ifExists) return evaluateNull(values, actual)
  const operator = Object.hasOwn(OPERATORS, name) ? OPERATORS[name] : undefined
  if (!operator) return 'unknown'
  if (actual.length === 0) return evaluateAbsent(quantifier, operator.isNegated, ifExists !== undefined)

  const holdsFor = (value: string) =>
    values.some(wanted => operator.test(value, wanted)) !== operator.isNegated
  if (quantifier === 'ForAnyValue') return toOutcome(actual.some(holdsFor))
  if (quantifier === 'ForAllValues') return toOutcome(actual.every(holdsFor))
  // Without a quantifier IAM expects one value; of several it does not say which it takes.
  const [first, ...others] = actual.map(holdsFor)
  return others.every(other => other === first) ? toOutcome(first === true) : 'unknown'
}

/** Source: IAM User Guide, "Condition operators" (missing keys) and "Multivalued context keys" (quantifiers). */
function evaluateAbsent(quantifier: string | undefined, isNegated: boolean, ifExists: boolean): Outcome {
  if (ifExists) return 'holds'
  if (quantifier === 'ForAllValues') return 'holds'
  if (quantifier === 'ForAnyValue') return 'fails'
  return toOutcome(isNegated)
}

/** `Null: true` holds where the key is absent, `Null: false` where it is there. */
function evaluateNull(values: readonly string[], actual: readonly string[]): Outcome {
  return toOutcome(values.some(value => value.toLowerCase() === String(actual.length === 0)))
}

/** A pattern of StringLike: `*` for any characters, `?` for one, anchored at both ends, case-sensitive. */
export function matchesPattern(text: string, pattern: string): boolean {
  // Without regular expressions, whose backtracking a hostile pattern could use: the last star alone is gone back to.
  let [at, from, star, restart] = [0, 0, -1, 0]
  while (at < text.length) {
    if (pattern[from] === '*') {
      star = from++
      restart = at
    } else if (pattern[from] === '?' || pattern[from] === text[at]) {
      from++
      at++
    } else if (star >= 0) {
      from = star + 1
      at = ++restart
    } else return false
  }
  return /^\**$/.test(pattern.slice(from))
}

function toOutcome(holds: boolean): Outcome {
  return holds ? 'holds' : 'fails'
}
