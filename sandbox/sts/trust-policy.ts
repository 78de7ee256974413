import { evaluateTrustPolicy, type SentRequest } from '../../src/core/trust-policy/evaluate.ts'
import { parseTrustPolicy } from '../../src/core/trust-policy/policy.ts'

/** An IAM role's trust policy, as JSON: the part of the language that trust in web identities, users and roles needs. */
export interface TrustPolicy {
  readonly Version?: string
  readonly Statement: OneOrMany<TrustStatement>
}

export interface TrustStatement {
  readonly Sid?: string
  readonly Effect: 'Allow' | 'Deny'
  readonly Principal?: string | Readonly<Record<string, OneOrMany<string>>>
  readonly Action?: OneOrMany<string>
  /** Operator, then key, then the values that are alternatives. */
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, OneOrMany<string>>>>>
}

export type OneOrMany<T> = T | readonly T[]

export interface WebIdentityRequest {
  readonly principal: string
  readonly issuer: string
  readonly claims: Readonly<Record<string, unknown>>
  readonly sent?: SentRequest
}

/** Whether a trust policy lets a web identity assume its role; what the evaluator can't tell, the sandbox refuses. */
export function allowsWebIdentity(policy: TrustPolicy, request: WebIdentityRequest): boolean {
  const parsed = parseTrustPolicy(JSON.stringify(policy))
  return evaluateTrustPolicy(parsed, request).decision === 'allowed'
}
