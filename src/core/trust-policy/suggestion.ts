import type { RoleArn } from '../identity/arn.ts'
import type { Claims } from '../token/id-token.ts'
import { keyPrefix } from './evaluate.ts'
import { providerArn } from './forecast.ts'

/**
 * A trust policy that lets in this subject, audience and issuer, and nothing else. JSON to be pasted, of printable
 * ASCII without markup, so that no claim can break out of the place it is shown in.
 */
export function suggestTrustPolicy(role: RoleArn, { issuer, subject, audiences }: Claims): string {
  const prefix = keyPrefix(issuer)
  const [audience, ...others] = audiences
  const policy = {
    // In the newer version `${…}`, which a branch may be named, would be a variable.
    Version: subject.includes('${') ? '2008-10-17' : '2012-10-17',
    Statement: [
      {
        Effect: 'Allow',
        Principal: { Federated: providerArn(role, issuer) },
        Action: 'sts:AssumeRoleWithWebIdentity',
        Condition: {
          StringEquals: {
            [`${prefix}aud`]: others.length > 0 ? audiences : audience,
            [`${prefix}sub`]: subject,
          },
        },
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
