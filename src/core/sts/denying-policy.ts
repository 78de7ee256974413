/** The kinds of policy that AWS names in a refusal. Source: IAM User Guide, "Troubleshoot access denied error messages". */
const KINDS = [
  'service control policy',
  'resource control policy',
  'permissions boundary',
  'session policy',
  'VPC endpoint policy',
  'identity-based policy',
  'resource-based policy',
  'role trust policy',
] as const

export type PolicyKind = (typeof KINDS)[number]

/** What AWS says about the policy that decided. */
export type DenyingPolicy = {
  readonly kind: PolicyKind
  /** A statement with Deny applies; otherwise no statement allows the action. */
  readonly isExplicit: boolean
  readonly arn: string | undefined
}

const FORM = new RegExp(
  `\\b(explicit deny in (?:an?|the)|because no) (${KINDS.join('|')})(?:: ?(arn:[^\\s"]+))?`,
)

/** The policy that a message of AWS blames, if it names one. */
export function denyingPolicyIn(message: string): DenyingPolicy | undefined {
  const [, how, kind, arn] = FORM.exec(message) ?? []
  if (kind === undefined) return undefined
  return {
    kind: kind as PolicyKind,
    isExplicit: how !== 'because no',
    arn: arn?.replace(/[.,;)]+$/, ''), // the end of the sentence
  }
}

/** Whether the role's own trust policy is what refuses: then it can be corrected in the role's account. */
export function isTrustPolicy({ kind }: DenyingPolicy): boolean {
  return kind === 'role trust policy' || kind === 'resource-based policy'
}
