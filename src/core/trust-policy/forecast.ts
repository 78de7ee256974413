import type { RoleArn } from '../identity/arn.ts'
import type { Claims } from '../token/id-token.ts'
import { evaluateTrustPolicy, type Prediction, type SentRequest } from './evaluate.ts'
import { federatedPrincipal } from './issuers.ts'
import { parseTrustPolicy } from './policy.ts'
import { findWeaknesses } from './weakness.ts'

/** What a copy of the role's trust policy says of a token before AWS is asked. */
export type Forecast = {
  /** Of the copy, as it was given. */
  readonly path: string
  readonly prediction: Prediction
  readonly weaknesses: readonly string[]
}

/**
 * `sent` is what the step sends beside the token.
 * @throws InvalidPolicy
 */
export function forecast(
  path: string,
  text: string,
  role: RoleArn,
  { issuer, all }: Claims,
  sent: SentRequest = {},
): Forecast {
  const policy = parseTrustPolicy(text)
  const request = { issuer, principal: federatedPrincipal(role, issuer), claims: all, sent }
  return {
    path,
    prediction: evaluateTrustPolicy(policy, request),
    weaknesses: findWeaknesses(policy, request),
  }
}
