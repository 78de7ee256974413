import { type Constraint, type Parameters, validationError } from './parameter-constraint.ts'
import { assertLength, constraintsOn, valuesOf } from './parameter-list.ts'

export interface SessionTag {
  readonly key: string
  readonly value: string
}

const maximum = 50
const characters = '[\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]'
const keyRule = { required: true, minLength: 1, maxLength: 128, pattern: `${characters}+` }

export function sessionTagConstraints(parameters: Parameters): readonly Constraint[] {
  const valueRule = { required: true, maxLength: 256, pattern: `${characters}*` }
  return [
    ...constraintsOn(parameters, 'Tags', 'Key', keyRule),
    ...constraintsOn(parameters, 'Tags', 'Value', valueRule),
    ...constraintsOn(parameters, 'TransitiveTagKeys', undefined, keyRule),
  ]
}

/** What the constraints can't say of them. Keys that differ in case alone are the same key. */
export function assertSessionTags(parameters: Parameters): void {
  assertLength(parameters, 'Tags', maximum)
  assertLength(parameters, 'TransitiveTagKeys', maximum)
  const keys = valuesOf(parameters, 'Tags', 'Key').map(key => key.toLowerCase())
  if (new Set(keys).size < keys.length) {
    throw validationError('Duplicate tag keys found. Please note that Tag keys are case insensitive.')
  }
  if (!valuesOf(parameters, 'TransitiveTagKeys').every(key => keys.includes(key.toLowerCase()))) {
    throw validationError('The specified transitive tag key must be included in the requested tags.')
  }
}

export function sessionTags(parameters: Parameters): readonly SessionTag[] {
  const values = valuesOf(parameters, 'Tags', 'Value')
  return valuesOf(parameters, 'Tags', 'Key').map((key, index) => ({ key, value: values[index] ?? '' }))
}
