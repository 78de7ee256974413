import type { RoleArn } from '../identity/arn.ts'
import type { Claims } from '../token/id-token.ts'
import { withoutScheme } from '../token/issuer.ts'
import { evaluateTrustPolicy, type Prediction, type TokenRequest } from './evaluate.ts'
import { parseTrustPolicy } from './policy.ts'
import { findWeaknesses } from './weakness.ts'

/** What a copy of the role's trust policy says of a token before AWS is asked. */
export type Forecast = {
  /** Of the copy, as it was given. */
  readonly path: string
  readonly prediction: Prediction
  readonly weaknesses: readonly string[]
}

/** @throws InvalidPolicy */
export function forecast(path: string, text: string, role: RoleArn, { issuer, all }: Claims): Forecast {
  const policy = parseTrustPolicy(text)
  const request: TokenRequest = { issuer, providerArn: providerArn(role, issuer), claims: all }
  return {
    path,
    prediction: evaluateTrustPolicy(policy, request),
    weaknesses: findWeaknesses(policy, request),
  }
}

/** The OIDC provider that a role's account must have for an issuer. */
export function providerArn({ partition, accountId }: RoleArn, issuer: string): string {
  return `arn:${partition}:iam::${accountId}:oidc-provider/${withoutScheme(issuer)}`
}
