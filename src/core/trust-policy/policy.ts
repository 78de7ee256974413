import { duplicateKeysIn, placeOf } from '../base/json-object.ts'

/** A role's trust policy, read: IAM User Guide, "Grammar of the IAM JSON policy language". */
export type TrustPolicy = {
  /** Variables (`${…}`) mean something only in a policy of this version. */
  readonly hasVariables: boolean
  readonly statements: readonly Statement[]
  /** Keys that stand twice in one object: IAM refuses such a policy, or takes the last of them. */
  readonly duplicateKeys: readonly string[]
}

export type Statement = {
  /** Its Sid, or its place, counted from 1. */
  readonly name: string
  readonly effect: 'Allow' | 'Deny'
  /** Undefined for a form that is not known here, such as NotPrincipal. */
  readonly federatedPrincipals: readonly string[] | undefined
  /** The principal is `*`, alone or of a type. */
  readonly isForEveryone: boolean
  readonly actions: readonly string[]
  /** The statement is about all actions but those. */
  readonly excludesActions: boolean
  readonly conditions: readonly Condition[]
}

/** One key under one operator. The values are alternatives. */
export type Condition = {
  /** As written, such as `ForAnyValue:StringLikeIfExists`. */
  readonly operator: string
  readonly key: string
  readonly values: readonly string[]
}

/** Names and places that lead to a part of a policy: `['Statement', 0, 'Condition', 'StringLike', 'KEY']`. */
export type PolicyPath = readonly (string | number)[]

/** Why a text is no trust policy. */
export class InvalidPolicy extends Error {
  override readonly name = 'InvalidPolicy'
}

/** Far more than IAM takes (4096 characters without blanks, at most), and little enough to be read at once. */
const LONGEST_POLICY = 100_000

/** @throws InvalidPolicy */
export function parseTrustPolicy(text: string): TrustPolicy {
  if (text.length > LONGEST_POLICY) throw new InvalidPolicy(`it is longer than ${LONGEST_POLICY} characters`)
  const policy = asObject(parseJson(text), 'the policy')
  requireKnown(policy, ['Version', 'Id', 'Statement'], 'the policy')
  if (![undefined, '2008-10-17', '2012-10-17'].includes(policy.Version as string | undefined)) {
    throw new InvalidPolicy('its Version is neither 2012-10-17 nor 2008-10-17')
  }
  const statements = listOf(policy.Statement)
  if (statements.length === 0) throw new InvalidPolicy('it has no Statement')
  return {
    hasVariables: policy.Version === '2012-10-17',
    statements: statements.map((statement, index) => parseStatement(statement, index + 1)),
    duplicateKeys: duplicateKeysIn(text),
  }
}

function parseJson(text: string): unknown {
  const json = text.replace(/^\uFEFF/, '')
  try {
    return JSON.parse(json)
  } catch (error) {
    // Not in the engine's words, which quote a part of the text: the path may lead to a secret.
    throw new InvalidPolicy(`it is no JSON${placeOf(error, json)}`)
  }
}

function parseStatement(value: unknown, place: number): Statement {
  const name = `statement ${place}`
  const statement = asObject(value, name)
  requireKnown(statement, STATEMENT_ELEMENTS, name)
  const { Effect: effect, Sid: sid, Principal: principal, Action: action, NotAction: notAction } = statement
  if (principal !== undefined && statement.NotPrincipal !== undefined) {
    throw new InvalidPolicy(`${name} has both Principal and NotPrincipal`)
  }
  if (effect !== 'Allow' && effect !== 'Deny')
    throw new InvalidPolicy(`${name} has no Effect of Allow or Deny`)
  if ((action === undefined) === (notAction === undefined))
    throw new InvalidPolicy(`${name} needs one of Action and NotAction`)
  return {
    name: typeof sid === 'string' && sid !== '' ? sid : name,
    effect,
    ...parsePrincipal(principal, name),
    actions: stringsOf(action === undefined ? notAction : action, `the Action of ${name}`),
    excludesActions: action === undefined,
    conditions: parseConditions(statement.Condition, name),
  }
}

function parsePrincipal(
  principal: unknown,
  name: string,
): Pick<Statement, 'federatedPrincipals' | 'isForEveryone'> {
  if (principal === undefined || typeof principal === 'string')
    return { federatedPrincipals: undefined, isForEveryone: principal === '*' }
  const what = `the Principal of ${name}`
  const principals = Object.entries(asObject(principal, what)).map(([type, value]) => ({
    type,
    ids: stringsOf(value, what),
  }))
  return {
    federatedPrincipals: principals.filter(({ type }) => type === 'Federated').flatMap(({ ids }) => ids),
    isForEveryone: principals.some(({ ids }) => ids.includes('*')),
  }
}

function parseConditions(conditions: unknown, name: string): readonly Condition[] {
  if (conditions === undefined) return []
  const what = `the Condition of ${name}`
  return Object.entries(asObject(conditions, what)).flatMap(([operator, keys]) =>
    Object.entries(asObject(keys, what)).map(([key, values]) => ({
      operator,
      key,
      values: textsOf(values, what),
    })),
  )
}

const STATEMENT_ELEMENTS = ['Sid', 'Effect', 'Principal', 'NotPrincipal', 'Action', 'NotAction', 'Condition']

/** IAM refuses a policy with other elements; passed over, a misspelled Condition would leave a statement without one. */
function requireKnown(
  object: Readonly<Record<string, unknown>>,
  known: readonly string[],
  what: string,
): void {
  const unknown = Object.keys(object).find(element => !known.includes(element))
  if (unknown !== undefined)
    throw new InvalidPolicy(`${what} has an element that IAM does not know: ${unknown}`)
}

function asObject(value: unknown, what: string): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new InvalidPolicy(`${what} is no JSON object`)
  return value as Record<string, unknown>
}

function listOf(value: unknown): readonly unknown[] {
  if (value === undefined) return []
  return Array.isArray(value) ? value : [value]
}

function stringsOf(value: unknown, what: string): readonly string[] {
  return listOf(value).map(element => {
    if (typeof element !== 'string') throw new InvalidPolicy(`${what} holds a value that is no string`)
    return element
  })
}

/** Values of conditions: strings, and the numbers and booleans that IAM takes for their texts. */
function textsOf(value: unknown, what: string): readonly string[] {
  return listOf(value).map(element => {
    if (typeof element === 'object') throw new InvalidPolicy(`${what} holds a value that is no string`)
    return String(element)
  })
}
