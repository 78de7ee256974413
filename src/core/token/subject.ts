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
