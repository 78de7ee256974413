import {
  type AssumedRoleArn,
  formatArn,
  isRoleName,
  parseAssumedRoleArn,
  parseRoleArn,
  parseUserArn,
  type RoleArn,
  type UserArn,
} from './arn.ts'

/** A role, in any session or in one only. Its path is not part of a session's ARN, so it can't be compared. */
export type ExpectedRole = {
  readonly kind: 'role'
  readonly partition: string
  readonly accountId: string
  readonly roleName: string
  readonly sessionName?: string
  /** As its author wrote it, path included: for people, and never compared. */
  readonly written: string
}

export type ExpectedIdentity = ExpectedRole | UserArn

/** What must be true of the caller. Every part must hold; within one part the values are alternatives. */
export type Expectation = {
  /** `role-assumed` is the role that the session was asked for, where its account is known only then. */
  readonly identities: readonly ExpectedIdentity[] | 'any' | 'role-assumed'
  /** Unique ids of roles, `AROA…`. */
  readonly roleIds: readonly string[] | 'any'
  readonly allowedAccountIds: readonly string[] | 'any'
  readonly forbiddenAccountIds: readonly string[]
}

/** Of a session on the way to the last role: it must be that role's, and nothing more. */
export const ROLE_ASSUMED: Expectation = {
  identities: 'role-assumed',
  roleIds: 'any',
  allowedAccountIds: 'any',
  forbiddenAccountIds: [],
}

/** Of credentials that are only asked for their account: they must be somebody's. */
export const ANYONE: Expectation = { ...ROLE_ASSUMED, identities: 'any' }

/** The role of an ARN, in any session. */
export function expectRole(arn: RoleArn | AssumedRoleArn, written = formatArn(arn)): ExpectedRole {
  const { partition, accountId, roleName } = arn
  return { kind: 'role', partition, accountId, roleName, written }
}

/**
 * One identity as users write it: a role ARN, an assumed-role ARN with or without its session, a user ARN, or
 * (where the account is known) a bare role name. Undefined for anything else.
 */
export function parseExpectedIdentity(
  text: string,
  home: { readonly partition: string; readonly accountId: string } | undefined,
): ExpectedIdentity | undefined {
  const role = parseRoleArn(text)
  if (role) return expectRole(role, text)
  const session = parseAssumedRoleArn(text)
  if (session) return { ...expectRole(session, text), sessionName: session.sessionName }
  const anySession = parseAssumedRoleArn(`${text}/any`)
  if (anySession) return expectRole(anySession, text)
  const user = parseUserArn(text)
  if (user) return user
  if (home && isRoleName(text)) return { kind: 'role', ...home, roleName: text, written: text }
  return undefined
}

/** Beside what its author wrote, what a caller is held against. */
export function formatWithComparable(expected: ExpectedIdentity): string {
  const comparable = comparableArn(expected)
  const written = expected.kind === 'user' ? comparable : expected.written
  return written === comparable ? written : `${written} (${comparable})`
}

/** What an expected identity and a caller are compared by: the ARN of a role's sessions, or of the one that is named. */
export function comparableArn(expected: ExpectedIdentity): string {
  if (expected.kind === 'user') return formatArn(expected)
  const { partition, accountId, roleName, sessionName } = expected
  const role = `arn:${partition}:sts::${accountId}:assumed-role/${roleName}`
  return sessionName ? `${role}/${sessionName}` : role
}
