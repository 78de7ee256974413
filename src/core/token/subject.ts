import type { Claims } from './id-token.ts'

/**
 * The subject (`sub`) of GitHub's tokens. Source: GitHub's documentation, "OpenID Connect reference". In the immutable
 * form owner and repository stand with their ids: `repo:OWNER@ID/REPO@ID:…`. `@` can't be in a name.
 */
const IMMUTABLE_SUBJECT = /^repo:([^@:/]+)@\d+\/([^@:/]+)@\d+:/

export function isImmutableSubject(subject: string): boolean {
  return IMMUTABLE_SUBJECT.test(subject)
}

/** The subject as repositories without immutable subjects send it. */
export function classicForm(subject: string): string {
  return subject.replace(IMMUTABLE_SUBJECT, 'repo:$1/$2:')
}

/** The subject as it would be with IDs; undefined where it has them, or the token doesn't tell them. */
export function immutableForm(claims: Pick<Claims, 'subject' | 'all'>): string | undefined {
  const { repository_owner_id: ownerId, repository_id: repositoryId } = claims.all
  const [, owner, repository, rest] = /^repo:([^@:/]+)\/([^@:]+)(:.*)$/s.exec(claims.subject) ?? []
  if (owner === undefined || ownerId === undefined || repositoryId === undefined) return undefined
  return `repo:${owner}@${ownerId}/${repository}@${repositoryId}${rest}`
}
