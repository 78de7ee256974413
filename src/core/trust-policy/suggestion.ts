import type { RoleArn } from '../identity/arn.ts'
import type { Claims } from '../token/id-token.ts'
import { federatedPrincipal, keyPrefix, keyValues } from './issuers.ts'

/**
 * A trust policy that lets in this subject, audience and issuer, and nothing else. JSON to be pasted, of printable
 * ASCII without markup, so that no claim can break out of the place it is shown in.
 */
export function suggestTrustPolicy(role: RoleArn, claims: Claims): string {
  const { issuer, subject } = claims
  const prefix = keyPrefix(issuer)
  const audiences = keyValues(issuer, 'aud', claims.all) ?? claims.audiences
  const [audience, ...others] = audiences
  const policy = {
    // In the newer version `${…}`, which a branch may be named, would be a variable.
    Version: subject.includes('${') ? '2008-10-17' : '2012-10-17',
    Statement: [
      {
        Effect: 'Allow',
        Principal: { Federated: federatedPrincipal(role, issuer) },
        Action: 'sts:AssumeRoleWithWebIdentity',
        // StringEquals is for keys with one value.
        Condition:
          others.length > 0
            ? {
                'ForAnyValue:StringEquals': { [`${prefix}aud`]: audiences },
                StringEquals: { [`${prefix}sub`]: subject },
              }
            : { StringEquals: { [`${prefix}aud`]: audience, [`${prefix}sub`]: subject } },
      },
    ],
  }
  return JSON.stringify(policy, null, 2).replaceAll(/[^\n -~]|[`<>&*|]/g, escapeUnit)
}

function escapeUnit(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`
}

/** What to think of before such a policy is pasted; empty where there is nothing. */
export function cautionOf({ subject }: Claims): string {
  if (!subject.endsWith(':pull_request')) return ''
  return 'With this policy every pull request from a branch of the repository may use the role, before anyone has reviewed it: give it no more than reading.'
}
