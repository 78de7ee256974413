import { matchesPattern } from '../base/pattern.ts'
import { requiresValueOf } from './condition.ts'
import { concerns, type TokenRequest } from './evaluate.ts'
import { isGithubIssuer, keyPrefix } from './issuers.ts'
import type { TrustPolicy } from './policy.ts'

/** Subjects in the policy that are nearly the token's, each as a sentence. None if one of them is the token's. */
export function nearMisses(policy: TrustPolicy, request: TokenRequest): readonly string[] {
  const subject = request.claims.sub
  if (typeof subject !== 'string') return []
  const values = policy.statements
    .filter(statement => statement.effect === 'Allow' && concerns(statement, request))
    .flatMap(({ conditions }) =>
      conditions.filter(requiresValueOf(`${keyPrefix(request.issuer)}sub`.toLowerCase())),
    )
    .flatMap(({ values }) => values)
  if (values.some(value => matchesPattern(subject, value))) return []
  return values.flatMap(value => nearMiss(value, subject, isGithubIssuer(request.issuer)) ?? [])
}

const CLASSIC = /^repo:[^@:/]+\/[^@:]+(?::|$)/
const IMMUTABLE = /^repo:[^@:/]+@[\d*?]+\/[^@:/]+@[\d*?]+(?::|$)/

function nearMiss(value: string, subject: string, isGithub: boolean): string | undefined {
  if (matchesPattern(subject.toLowerCase(), value.toLowerCase()))
    return `the subject ${value} differs from the token's subject only in case: ${subject}`
  if (!isGithub) return undefined
  if (CLASSIC.test(value) && IMMUTABLE.test(subject))
    return `the subject ${value} has no IDs, but the token's subject does: ${subject}`
  if (IMMUTABLE.test(value) && CLASSIC.test(subject))
    return `the subject ${value} has IDs, but the token's subject doesn't: ${subject}`
  return undefined
}
