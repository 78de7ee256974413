import type { RoleArn } from '../identity/arn.ts'
import type { Claims } from '../token/id-token.ts'
import { withoutScheme } from '../token/issuer.ts'
import {
  concerns,
  evaluateTrustPolicy,
  type Prediction,
  type SentRequest,
  type TokenRequest,
} from './evaluate.ts'
import { federatedPrincipal } from './issuers.ts'
import { lintPolicy } from './lint.ts'
import { nearMisses } from './near-misses.ts'
import { parseTrustPolicy, type TrustPolicy } from './policy.ts'

/** What a copy of the role's trust policy says of a token before AWS is asked. */
export type Forecast = {
  /** Of the copy, as it was given. */
  readonly path: string
  readonly prediction: Prediction
  /** What the linter finds, and subjects that nearly match. */
  readonly remarks: readonly string[]
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
    remarks: [...nearMisses(policy, request), ...weaknesses(text, policy, request)],
  }
}

/** Of the statements that are about this issuer's tokens. */
function weaknesses(text: string, { statements }: TrustPolicy, request: TokenRequest): readonly string[] {
  const host = withoutScheme(request.issuer)
  const isAbout = (index: number | string | undefined) => {
    const statement = typeof index === 'number' ? statements[index] : undefined
    if (!statement || concerns(statement, request)) return true
    return statement.federatedPrincipals?.some(arn => arn.endsWith(`oidc-provider/https://${host}`)) ?? false
  }
  return lintPolicy(text)
    .filter(({ severity, path: [, index] }) => severity !== 'info' && isAbout(index))
    .map(({ message, fix }) => `${message}. ${fix}`)
}
