import type { Constraint, Parameters } from './parameter-constraint.ts'
import { assertLength, constraintsOn, valuesOf } from './parameter-list.ts'
import { StsError } from './sts-error.ts'

/** What narrows a session: an inline policy and the ARNs of managed ones. */
export function sessionPolicyConstraints(parameters: Parameters): readonly Constraint[] {
  return [
    {
      name: 'Policy',
      minLength: 1,
      maxLength: 2048,
      pattern: '[\\u0009\\u000A\\u000D\\u0020-\\u00FF]+',
    },
    ...constraintsOn(parameters, 'PolicyArns', 'arn', { required: true, minLength: 20, maxLength: 2048 }),
  ]
}

/** What the constraints can't say of them. */
export function assertSessionPolicies(parameters: Parameters): void {
  assertLength(parameters, 'PolicyArns', 10)
  const { Policy } = parameters
  if (Policy !== undefined && !isPolicy(Policy)) throw malformed()
}

export function sessionPolicyTexts(parameters: Parameters): readonly string[] {
  return [parameters.Policy ?? '', ...valuesOf(parameters, 'PolicyArns', 'arn')]
}

function isPolicy(text: string): boolean {
  try {
    const policy: unknown = JSON.parse(text)
    return typeof policy === 'object' && policy !== null && 'Statement' in policy
  } catch {
    return false
  }
}

function malformed(): StsError {
  return new StsError(400, 'MalformedPolicyDocument', 'Syntax errors in policy.')
}
