import { randomUUID } from 'node:crypto'

/** The job that the sandbox plays: everything GitHub would know of it, in one plain record. Ids are strings of digits, as in claims. */
export interface Job {
  readonly owner: string
  readonly ownerId: string
  /** The name alone, without its owner. */
  readonly repository: string
  readonly repositoryId: string
  /** Full form: `refs/heads/main`, `refs/tags/v1`, `refs/pull/7/merge`. */
  readonly ref: string
  readonly environment?: string
  readonly eventName: string
  readonly baseRef?: string
  readonly headRef?: string
  readonly actor: string
  readonly workflow: string
  readonly sha: string
  readonly runId: string
  /** Whether `sub` names owner and repository with their ids, as for repositories made after 15 July 2026. */
  readonly immutableSubject: boolean
  readonly issuer?: string
  readonly jobWorkflowRef?: string
  /** A pull request whose branch lives in somebody else's fork. */
  readonly fork?: boolean
}

export const githubIssuer = 'https://token.actions.githubusercontent.com'

export const defaultJob: Job = {
  owner: 'octo-org',
  ownerId: '65',
  repository: 'payments',
  repositoryId: '74',
  ref: 'refs/heads/main',
  eventName: 'push',
  actor: 'octocat',
  workflow: 'Deploy',
  sha: '6dcb09b5b57875f334f61aebed695e2e4193db5e',
  runId: '8675309',
  immutableSubject: true,
}

export function issuerOf(job: Job): string {
  return job.issuer ?? githubIssuer
}

export function fullName(job: Job): string {
  return `${job.owner}/${job.repository}`
}

export function isPullRequest(job: Job): boolean {
  return job.eventName.startsWith('pull_request')
}

export function refType(job: Job): 'branch' | 'tag' {
  return job.ref.startsWith('refs/tags/') ? 'tag' : 'branch'
}

export function workflowRef(job: Job): string {
  return `${fullName(job)}/.github/workflows/${job.workflow.toLowerCase().replaceAll(' ', '-')}.yml@${job.ref}`
}

const notBeforeSeconds = 600
const defaultLifetimeSeconds = 300

/**
 * The claims of GitHub's OIDC token for a job. `now` is in seconds since the epoch, as in the token.
 * https://docs.github.com/actions/reference/security/oidc
 */
export function githubClaims(job: Job, audience: string, now: number): Record<string, unknown> {
  return {
    jti: randomUUID(),
    sub: githubSubject(job),
    aud: audience,
    ref: job.ref,
    sha: job.sha,
    repository: fullName(job),
    repository_id: job.repositoryId,
    repository_owner: job.owner,
    repository_owner_id: job.ownerId,
    repository_visibility: 'private',
    run_id: job.runId,
    run_number: '42',
    run_attempt: '1',
    check_run_id: `${job.runId}1`,
    runner_environment: 'github-hosted',
    actor: job.actor,
    actor_id: '583231',
    workflow: job.workflow,
    workflow_ref: workflowRef(job),
    workflow_sha: job.sha,
    job_workflow_ref: job.jobWorkflowRef ?? workflowRef(job),
    job_workflow_sha: job.sha,
    head_ref: job.headRef ?? '',
    base_ref: job.baseRef ?? '',
    event_name: job.eventName,
    ref_protected: 'true',
    ref_type: refType(job),
    ...(job.environment === undefined ? {} : { environment: job.environment }),
    iss: issuerOf(job),
    nbf: now - notBeforeSeconds,
    iat: now,
    exp: now + defaultLifetimeSeconds,
  }
}

/** The `sub` claim: repository, then what the job is bound to; its environment wins over its event, and that over its ref. */
export function githubSubject(job: Job): string {
  const repository = job.immutableSubject
    ? `${job.owner}@${job.ownerId}/${job.repository}@${job.repositoryId}`
    : fullName(job)
  return `repo:${repository}:${binding(job)}`
}

function binding(job: Job): string {
  if (job.environment !== undefined) return `environment:${escapeColons(job.environment)}`
  if (job.eventName === 'pull_request') return 'pull_request'
  return `ref:${escapeColons(job.ref)}`
}

/** A colon separates the parts of `sub`, so that none may stand inside one. */
function escapeColons(value: string): string {
  return value.replaceAll(':', '%3A')
}

/** The variables that the runner sets for every step of the job, short of the paths of its files. */
export function githubContext(job: Job): Record<string, string> {
  const server = serverUrl(job)
  return {
    CI: 'true',
    GITHUB_ACTIONS: 'true',
    GITHUB_ACTION: '__octo-org_aws-role-gate',
    GITHUB_ACTOR: job.actor,
    GITHUB_ACTOR_ID: '583231',
    GITHUB_TRIGGERING_ACTOR: job.actor,
    GITHUB_API_URL: `${server}/api/v3`,
    GITHUB_GRAPHQL_URL: `${server}/api/graphql`,
    ...(server === 'https://github.com' ? publicApi : {}),
    GITHUB_SERVER_URL: server,
    GITHUB_BASE_REF: job.baseRef ?? '',
    GITHUB_HEAD_REF: job.headRef ?? '',
    GITHUB_EVENT_NAME: job.eventName,
    GITHUB_JOB: 'deploy',
    GITHUB_REF: job.ref,
    GITHUB_REF_NAME: job.ref.replace(/^refs\/(heads|tags|pull)\//, ''),
    GITHUB_REF_PROTECTED: 'true',
    GITHUB_REF_TYPE: refType(job),
    GITHUB_REPOSITORY: fullName(job),
    GITHUB_REPOSITORY_ID: job.repositoryId,
    GITHUB_REPOSITORY_OWNER: job.owner,
    GITHUB_REPOSITORY_OWNER_ID: job.ownerId,
    GITHUB_RETENTION_DAYS: '90',
    GITHUB_RUN_ATTEMPT: '1',
    GITHUB_RUN_ID: job.runId,
    GITHUB_RUN_NUMBER: '42',
    GITHUB_SHA: job.sha,
    GITHUB_WORKFLOW: job.workflow,
    GITHUB_WORKFLOW_REF: workflowRef(job),
    GITHUB_WORKFLOW_SHA: job.sha,
    RUNNER_ARCH: 'X64',
    RUNNER_ENVIRONMENT: 'github-hosted',
    RUNNER_NAME: 'GitHub Actions 1',
    RUNNER_OS: 'Linux',
  }
}

const publicApi = {
  GITHUB_API_URL: 'https://api.github.com',
  GITHUB_GRAPHQL_URL: 'https://api.github.com/graphql',
}

/** The web address of the GitHub that has this issuer: github.com, a tenant of ghe.com, or an Enterprise Server. */
function serverUrl(job: Job): string {
  const { hostname, origin, pathname } = new URL(issuerOf(job))
  if (pathname === '/_services/token') return origin
  if (hostname.endsWith('.ghe.com')) return `https://${hostname.replace(/^token\.actions\./, '')}`
  return 'https://github.com'
}

/** The payload of the event that started the job: the little of it that actions look at. */
export function githubEvent(job: Job): Record<string, unknown> {
  const common = { repository: repository(job, job.owner), sender: { login: job.actor, type: 'User' } }
  if (!isPullRequest(job)) return { ...common, ref: job.ref, after: job.sha }
  const head = { ref: job.headRef ?? 'feature', sha: job.sha }
  const headOwner = job.fork ? 'contributor' : job.owner
  return {
    ...common,
    action: 'synchronize',
    number: pullRequestNumber(job),
    pull_request: {
      number: pullRequestNumber(job),
      head: { ...head, repo: { ...repository(job, headOwner), fork: job.fork ?? false } },
      base: { ref: job.baseRef ?? 'main', repo: repository(job, job.owner) },
    },
  }
}

function repository(job: Job, owner: string): Record<string, unknown> {
  return {
    name: job.repository,
    full_name: `${owner}/${job.repository}`,
    owner: { login: owner },
    fork: false,
  }
}

function pullRequestNumber(job: Job): number {
  return Number(/^refs\/pull\/(\d+)\//.exec(job.ref)?.[1] ?? 1)
}
