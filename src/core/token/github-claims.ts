import type { SubjectSettings } from './subject-settings.ts'

/** A run of a GitHub workflow, as far as its token's claims follow from it. */
export type RunDescription = {
  readonly owner: string
  readonly repository: string
  /** Of owner and repository, where they are known. */
  readonly ids: { readonly owner: string; readonly repository: string } | undefined
  /** Full, such as `refs/heads/main`. */
  readonly ref: string
  readonly environment: string | undefined
  readonly event: string
  readonly jobWorkflowRef: string | undefined
  readonly audience: string
  readonly issuer: string
  readonly settings: SubjectSettings
}

/** Claims that every token of GitHub has, with values that do not follow from a description. */
const UNDESCRIBED = ['actor', 'actor_id', 'enterprise_id', 'workflow']

/**
 * The claims of GitHub's token for a run with `further` ones, and the names of those that are not known. `sub` is missing
 * where the repository's template has a claim that is not known. Source: GitHub Docs, "OpenID Connect reference".
 */
export function githubClaimsOf(
  run: RunDescription,
  further: Readonly<Record<string, string>>,
): { readonly claims: Readonly<Record<string, unknown>>; readonly unknown: readonly string[] } {
  const { owner, repository, ids, ref, environment, event, jobWorkflowRef, audience, issuer } = run
  // Of a pull request it is refs/pull/NUMBER/merge.
  const isRefUnknown = event === 'pull_request' && !ref.startsWith('refs/pull/')
  const claims = {
    iss: issuer,
    aud: audience,
    repository: `${owner}/${repository}`,
    repository_owner: owner,
    ...(ids ? { repository_id: ids.repository, repository_owner_id: ids.owner } : {}),
    ...(isRefUnknown ? {} : { ref }),
    ...(environment === undefined ? {} : { environment }),
    ...(jobWorkflowRef === undefined ? {} : { job_workflow_ref: jobWorkflowRef }),
    event_name: event,
    ...further,
  }
  const subject = subjectOf(run, claims)
  const unknown = [
    ...UNDESCRIBED,
    ...(ids ? [] : ['repository_id', 'repository_owner_id']),
    ...(isRefUnknown ? ['ref'] : []),
    ...(jobWorkflowRef === undefined ? ['job_workflow_ref'] : []),
    ...(subject === undefined ? ['sub'] : []),
  ].filter(name => further[name] === undefined)
  return { claims: subject === undefined ? claims : { sub: subject, ...claims }, unknown }
}

/** By the repository's template, which is `repo` and `context` unless it was customized. */
function subjectOf(run: RunDescription, claims: Readonly<Record<string, unknown>>): string | undefined {
  const parts = (run.settings.claimKeys ?? ['repo', 'context']).map(key => {
    if (key === 'repo') return prefixOf(run)
    if (key === 'context') return contextOf(run)
    const value = claims[key]
    return value === undefined ? undefined : `${key}:${encoded(String(value))}`
  })
  return parts.includes(undefined) ? undefined : parts.join(':')
}

function prefixOf({ owner, repository, ids, settings }: RunDescription): string {
  if (settings.prefix !== undefined) return settings.prefix
  return ids ? `repo:${owner}@${ids.owner}/${repository}@${ids.repository}` : `repo:${owner}/${repository}`
}

function contextOf({ ref, environment, event }: RunDescription): string {
  if (environment !== undefined) return `environment:${encoded(environment)}`
  return event === 'pull_request' ? 'pull_request' : `ref:${encoded(ref)}`
}

/** A colon separates the parts of a subject. */
function encoded(text: string): string {
  return text.replaceAll(':', '%3A')
}
