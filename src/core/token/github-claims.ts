/** A run of a GitHub workflow, as far as its token's claims follow from it. */
export type RunDescription = {
  readonly owner: string
  readonly repository: string
  /** Both ids, where the repository has immutable subjects. */
  readonly ids: { readonly owner: string; readonly repository: string } | undefined
  /** Full, such as `refs/heads/main`. */
  readonly ref: string
  readonly environment: string | undefined
  readonly event: string
  readonly jobWorkflowRef: string | undefined
  readonly audience: string
  readonly issuer: string
}

/** Claims that every token of GitHub has, with values that do not follow from a description. */
const UNDESCRIBED = ['actor', 'actor_id', 'enterprise_id', 'workflow']

/**
 * The claims of GitHub's token for a run, and the names of those that are not known. Source: GitHub Docs, "OpenID Connect
 * reference".
 */
export function githubClaimsOf(run: RunDescription): {
  readonly claims: Readonly<Record<string, unknown>>
  readonly unknown: readonly string[]
} {
  const { owner, repository, ids, ref, environment, event, jobWorkflowRef, audience, issuer } = run
  // Of a pull request it is refs/pull/NUMBER/merge.
  const isRefUnknown = event === 'pull_request' && !ref.startsWith('refs/pull/')
  return {
    claims: {
      iss: issuer,
      aud: audience,
      sub: subjectOf(run),
      repository: `${owner}/${repository}`,
      ...(ids ? { repository_id: ids.repository, repository_owner_id: ids.owner } : {}),
      ...(isRefUnknown ? {} : { ref }),
      ...(environment === undefined ? {} : { environment }),
      ...(jobWorkflowRef === undefined ? {} : { job_workflow_ref: jobWorkflowRef }),
      event_name: event,
    },
    unknown: [
      ...UNDESCRIBED,
      ...(ids ? [] : ['repository_id', 'repository_owner_id']),
      ...(isRefUnknown ? ['ref'] : []),
      ...(jobWorkflowRef === undefined ? ['job_workflow_ref'] : []),
    ],
  }
}

/** Repository, then the environment, the event or the ref. A colon within a part is encoded. */
function subjectOf({ owner, repository, ids, ref, environment, event }: RunDescription): string {
  const name = ids ? `${owner}@${ids.owner}/${repository}@${ids.repository}` : `${owner}/${repository}`
  const part = (text: string) => text.replaceAll(':', '%3A')
  if (environment !== undefined) return `repo:${name}:environment:${part(environment)}`
  return event === 'pull_request' ? `repo:${name}:pull_request` : `repo:${name}:ref:${part(ref)}`
}
