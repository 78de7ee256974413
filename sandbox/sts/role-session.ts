import type { AnswerFields } from '../fault.ts'
import { type Account, type Accounts, assumedRoleArn, partitionOf, type Role, roleArn } from './account.ts'
import { type Constraint, validationError } from './parameter-constraint.ts'
import { issueSession, type Session } from './session.ts'

/** What every operation that assumes a role wants. */
export const roleConstraints: readonly Constraint[] = [
  { name: 'RoleArn', required: true, minLength: 20, maxLength: 2048 },
  { name: 'RoleSessionName', required: true, minLength: 2, maxLength: 64, pattern: '[\\w+=,.@-]*' },
  { name: 'DurationSeconds', pattern: '\\d+', minimum: 900, maximum: 43200 },
]

export interface AssumedRole {
  readonly session: Session
  readonly result: AnswerFields
}

/** A role, and where it is. */
export interface PlacedRole {
  readonly accountId: string
  readonly account: Account
  readonly role: Role
}

/** Throws AWS's error for a text that is no role's ARN. */
export function accountIdOf(arn: string): string {
  const accountId = /^arn:[a-z-]+:iam::(\d{12}):role\/.+$/.exec(arn)?.[1]
  if (accountId === undefined) throw validationError('Request ARN is invalid')
  return accountId
}

export function findRole(accounts: Accounts, arn: string): PlacedRole | undefined {
  const accountId = accountIdOf(arn)
  const account = accounts[accountId]
  const role = account?.roles.find(candidate => roleArn(accountId, candidate, partitionOf(account)) === arn)
  return account && role && { accountId, account, role }
}

/** For the sandbox's own use: throws where there is no such role. */
export function namedRole(accounts: Accounts, accountId: string, roleName: string): PlacedRole {
  const account = accounts[accountId]
  const role = account?.roles.find(({ name }) => name === roleName)
  if (!account || !role) throw new Error(`The sandbox's AWS has no role ${roleName} in ${accountId}`)
  return { accountId, account, role }
}

export function assertDuration(seconds: number, { maxSessionDuration = 3600 }: Role): void {
  if (seconds <= maxSessionDuration) return
  throw validationError('The requested DurationSeconds exceeds the MaxSessionDuration set for this role.')
}

export function issueRoleSession(
  { accountId, account, role }: PlacedRole,
  sessionName: string,
  expiresAt: number,
): Session {
  const partition = partitionOf(account)
  const identity = {
    accountId,
    arn: assumedRoleArn(accountId, role.name, sessionName, partition),
    roleArn: roleArn(accountId, role, partition),
    userId: `${role.id}:${sessionName}`,
  }
  return issueSession(identity, expiresAt)
}

/** The part of the answer that tells a session. */
export function sessionFields(session: Session): AnswerFields {
  return {
    AssumedRoleUser: { Arn: session.arn, AssumedRoleId: session.userId },
    Credentials: {
      AccessKeyId: session.accessKeyId,
      SecretAccessKey: session.secretAccessKey,
      SessionToken: session.sessionToken,
      Expiration: timestampOf(session),
    },
  }
}

/** RFC 3339, in whole seconds, as AWS writes it. */
export function timestampOf({ expiresAt }: Pick<Session, 'expiresAt'>): string {
  return new Date(expiresAt).toISOString().replace(/\.\d+Z$/, 'Z')
}
