/** Where the first credentials come from: the inputs, a token in a file, GitHub, or what the job has already. */
export type SourceKind = 'access-keys' | 'token-file' | 'oidc' | 'existing'

/** `reason` completes the line `Source: …` of the log. */
export type SourceChoice = { readonly kind: SourceKind; readonly reason: string }

export type SourceFacts = {
  readonly hasAccessKeys: boolean
  readonly hasTokenFile: boolean
  readonly roleChaining: boolean
  readonly forceSkipOidc: boolean
  /** `role-to-assume` or `aws-profiles` names one. */
  readonly hasRole: boolean
  /** The runner offers an OIDC token: the job has the permission `id-token: write`. */
  readonly offersIdToken: boolean
}

/**
 * The first that applies: access keys; token file; role-chaining; GitHub's OIDC token where the runner offers one and a
 * role is to be assumed; else existing credentials.
 */
export function chooseSource(facts: SourceFacts): SourceChoice {
  if (facts.hasAccessKeys) return { kind: 'access-keys', reason: 'access keys (aws-access-key-id is set)' }
  if (facts.hasTokenFile) return { kind: 'token-file', reason: 'token file (web-identity-token-file is set)' }
  const obstacle = whyNotOidc(facts)
  if (obstacle) return { kind: 'existing', reason: `existing credentials (${obstacle})` }
  return {
    kind: 'oidc',
    reason: 'GitHub OIDC token',
  }
}

function whyNotOidc({
  roleChaining,
  forceSkipOidc,
  hasRole,
  offersIdToken,
}: SourceFacts): string | undefined {
  if (roleChaining) return 'role-chaining is true'
  if (forceSkipOidc) return 'force-skip-oidc is true'
  if (!hasRole) return 'role-to-assume is none'
  if (!offersIdToken) return 'the runner offers no OIDC token; check the permission id-token: write'
  return undefined
}

/** What the inputs say of the source that can't be meant (problems), or that has no effect (warnings). */
export function sourceConflicts(facts: SourceFacts): {
  readonly problems: readonly string[]
  readonly warnings: readonly string[]
} {
  return { problems: contradictions(facts), warnings: withoutEffect(facts) }
}

/**
 * Of keys and a token file, configure-aws-credentials v6 checks the keys and then assumes the role with the token: to
 * pick either would surprise somebody.
 */
function contradictions({ hasAccessKeys, hasTokenFile, hasRole }: SourceFacts): string[] {
  const problems: string[] = []
  if (hasAccessKeys && hasTokenFile) {
    problems.push(
      'web-identity-token-file: is set together with aws-access-key-id, but only one of them can be the source: remove one of them',
    )
  }
  if (hasTokenFile && !hasRole) {
    problems.push('web-identity-token-file: has no use without a role: set role-to-assume, or remove it')
  }
  return problems
}

function withoutEffect({ hasAccessKeys, hasTokenFile, roleChaining }: SourceFacts): string[] {
  if (!roleChaining || !(hasAccessKeys || hasTokenFile)) return []
  const source = hasAccessKeys ? 'aws-access-key-id' : 'web-identity-token-file'
  return [
    `role-chaining: is true, but ${source} is set and takes precedence, so the job's existing credentials aren't used: remove one of them`,
  ]
}
