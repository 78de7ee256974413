import { StsError } from './sts-error.ts'

export type Parameters = Readonly<Record<string, string>>

/** What the API's model demands of one parameter. https://docs.aws.amazon.com/STS/latest/APIReference/ */
export interface Constraint {
  readonly name: string
  /** What AWS calls it in a message; the name with a small first letter unless said otherwise. */
  readonly member?: string
  readonly required?: boolean
  readonly minLength?: number
  readonly maxLength?: number
  /** For the whole value, as AWS prints it. */
  readonly pattern?: string
  readonly minimum?: number
  readonly maximum?: number
}

/** Throws one ValidationError that holds every violation, in AWS's words. */
export function assertConstraints(parameters: Parameters, constraints: readonly Constraint[]): void {
  const violations = constraints.flatMap(constraint => violationsOf(parameters[constraint.name], constraint))
  if (violations.length === 0) return
  const count = `${violations.length} validation error${violations.length === 1 ? '' : 's'} detected`
  throw validationError(`${count}: ${violations.join('; ')}`)
}

export function validationError(message: string): StsError {
  return new StsError(400, 'ValidationError', message)
}

function violationsOf(value: string | undefined, constraint: Constraint): readonly string[] {
  const member = constraint.member ?? `${constraint.name.charAt(0).toLowerCase()}${constraint.name.slice(1)}`
  if (value === undefined) {
    return constraint.required
      ? [`Value null at '${member}' failed to satisfy constraint: Member must not be null`]
      : []
  }
  return rulesBroken(value, constraint).map(
    rule => `Value '${value}' at '${member}' failed to satisfy constraint: Member must ${rule}`,
  )
}

function rulesBroken(value: string, constraint: Constraint): readonly string[] {
  const { minLength = 0, maxLength = Infinity, pattern, minimum = -Infinity, maximum = Infinity } = constraint
  const rules: string[] = []
  if (value.length < minLength) rules.push(`have length greater than or equal to ${minLength}`)
  if (value.length > maxLength) rules.push(`have length less than or equal to ${maxLength}`)
  if (pattern && !new RegExp(`^(?:${pattern})$`, 'u').test(value)) {
    rules.push(`satisfy regular expression pattern: ${pattern}`)
  }
  if (Number(value) < minimum) rules.push(`have value greater than or equal to ${minimum}`)
  if (Number(value) > maximum) rules.push(`have value less than or equal to ${maximum}`)
  return rules
}
