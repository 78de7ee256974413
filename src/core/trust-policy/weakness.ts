import { matchesPattern } from '../base/pattern.ts'
import { isImmutableSubject } from '../token/subject.ts'
import { concerns, type TokenRequest } from './evaluate.ts'
import { keyPrefix, keysOf } from './issuers.ts'
import type { Condition, Statement, TrustPolicy } from './policy.ts'

/** What makes a policy let in more, or less, than its author believes. Each is a sentence for people. */
export function findWeaknesses(policy: TrustPolicy, request: TokenRequest): readonly string[] {
  const prefix = keyPrefix(request.issuer).toLowerCase()
  const statements = policy.statements.filter(statement => concerns(statement, request))
  const allows = statements.filter(({ effect }) => effect === 'Allow')
  return [
    ...policy.duplicateKeys.map(
      key => `the key ${key} stands twice in one object: IAM refuses the policy or takes one of them`,
    ),
    ...allows.filter(statement => !fixesRepository(statement, prefix)).map(noSubject),
    ...statements.flatMap(unknownOperators),
    ...allows.flatMap(statement =>
      subjectsOf(statement, prefix).flatMap(condition => wideSubjects(statement, condition)),
    ),
    ...allows.flatMap(holdingWithoutClaim),
    ...statements.flatMap(plainWildcards),
    ...statements.flatMap(statement => unknownKeys(statement, request.issuer)),
    ...classicSubjects(allows, prefix, request),
  ]
}

function subjectsOf({ conditions }: Statement, prefix: string): readonly Condition[] {
  return conditions.filter(
    ({ key, operator }) =>
      key.toLowerCase() === `${prefix}sub` && /^(\w+:)?String(Equals|Like)/.test(operator),
  )
}

/** By its subject, or by a claim that names it as well. `job_workflow_ref` does not: it names whose workflow is called. */
function fixesRepository(statement: Statement, prefix: string): boolean {
  const others = ['repository', 'repository_id'].map(claim => `${prefix}${claim}`)
  const isOther = ({ key, operator, values }: Condition) =>
    others.includes(key.toLowerCase()) &&
    /^String(Equals|Like)(IgnoreCase)?$/.test(operator) &&
    !(operator === 'StringLike' && values.some(hasWildcard))
  return subjectsOf(statement, prefix).length > 0 || statement.conditions.some(isOther)
}

function hasWildcard(value: string): boolean {
  return /[*?]/.test(value)
}

function noSubject({ name }: Statement): string {
  return `${name} has no condition on sub, and none that fixes repository or repository_id: a run of another repository may pass`
}

/** Source: IAM User Guide, "Condition operators". */
const OPERATOR =
  /^(For(AnyValue|AllValues):)?(String(Not)?(Equals(IgnoreCase)?|Like)|Numeric(Not)?Equals|Numeric(Less|Greater)Than(Equals)?|Date(Not)?Equals|Date(Less|Greater)Than(Equals)?|Bool|BinaryEquals|(Not)?IpAddress|Arn(Not)?(Equals|Like))(IfExists)?$|^Null$/

function unknownOperators({ name, conditions }: Statement): string[] {
  const unknown = conditions.filter(({ operator }) => !OPERATOR.test(operator))
  return unknown.map(({ operator }) => `${name} has an operator that IAM does not know: ${operator}`)
}

/** `repo:` and an owner and repository without a wildcard, then anything. */
function wideSubjects({ name }: Statement, { operator, values }: Condition): string[] {
  if (!operator.includes('StringLike')) return []
  return values
    .filter(value => hasWildcard(value) && !/^repo:[^*?:/]+\/[^*?:]+:/.test(value))
    .map(value => `${name} allows the subject ${value}, whose owner or repository is not fixed`)
}

function holdingWithoutClaim({ name, conditions }: Statement): string[] {
  const holding = conditions.filter(({ operator }) => operator.startsWith('ForAllValues:'))
  return holding.map(
    ({ operator, key }) => `${name} asks ${key} by ${operator}, which holds where the claim is missing too`,
  )
}

/** In a Deny too: no claim has such a value. */
function plainWildcards({ name, conditions }: Statement): string[] {
  const misused = conditions.filter(
    ({ operator, values }) =>
      /StringEquals(IgnoreCase)?(IfExists)?$/.test(operator) && values.some(hasWildcard),
  )
  return misused.map(
    ({ operator }) =>
      `${name} has a wildcard under ${operator}, where it is a plain character: StringLike knows wildcards`,
  )
}

function unknownKeys({ name, conditions }: Statement, issuer: string): string[] {
  const prefix = keyPrefix(issuer).toLowerCase()
  const known = keysOf(issuer).map(key => `${prefix}${key}`.toLowerCase())
  const unknown = conditions.filter(
    ({ key }) => key.toLowerCase().startsWith(prefix) && !known.includes(key.toLowerCase()),
  )
  return unknown.map(
    ({ key }) =>
      `${name} asks for ${key}, which IAM can't test: it counts as missing (required-claims can test it)`,
  )
}

const CLASSIC_PATTERN = /^repo:[^@:]+\/[^@:]+(:|$)/

function classicSubjects(allows: readonly Statement[], prefix: string, { claims }: TokenRequest): string[] {
  const subject = String(claims.sub ?? '')
  if (!isImmutableSubject(subject)) return []
  const values = allows
    .flatMap(statement => subjectsOf(statement, prefix))
    .flatMap(condition => condition.values)
  if (values.some(value => matchesPattern(subject, value))) return []
  return values
    .filter(value => CLASSIC_PATTERN.test(value))
    .map(
      value =>
        `the subject ${value} is of the classic form, but this repository has an immutable one: ${subject}`,
    )
}
