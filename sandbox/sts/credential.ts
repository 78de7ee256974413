import type { AccessKey } from './access-key.ts'
import { type Account, type Accounts, partitionOf, userArn } from './account.ts'

/** Keys that the STS knows, and whose they are: a user's, or a session's with the three that only a session has. */
export interface Credential extends AccessKey {
  readonly accountId: string
  readonly arn: string
  readonly userId: string
  readonly sessionToken?: string
  readonly roleArn?: string
  readonly expiresAt?: number
  /** Of a session: it was set when a role was assumed, and every role that it assumes inherits it. */
  readonly sourceIdentity?: string
}

/** The long-lived keys of all users; an inactive one is as good as unknown. */
export function userCredentials(accounts: Accounts): readonly Credential[] {
  return Object.entries(accounts).flatMap(([accountId, account]) => credentialsIn(accountId, account))
}

function credentialsIn(accountId: string, account: Account): readonly Credential[] {
  return (account.users ?? []).flatMap(user =>
    user.accessKeys
      .filter(({ active = true }) => active)
      .map(({ accessKeyId, secretAccessKey }) => ({
        accessKeyId,
        secretAccessKey,
        accountId,
        arn: userArn(accountId, user, partitionOf(account)),
        userId: user.id,
      })),
  )
}
