import { withoutScheme } from '../../src/core/token/issuer.ts'
import type { AccessKey } from './access-key.ts'
import type { TrustPolicy } from './trust-policy.ts'

/** What IAM holds of one AWS account. */
export interface Account {
  /** `aws` unless said otherwise. */
  readonly partition?: string
  readonly providers: readonly OidcProvider[]
  readonly roles: readonly Role[]
  readonly users?: readonly IamUser[]
}

export interface OidcProvider {
  /** With `https://`. */
  readonly issuer: string
  /** The provider's client id list. */
  readonly audiences: readonly string[]
}

export interface Role {
  readonly name: string
  /** Begins and ends with a slash; `/` unless said otherwise. */
  readonly path?: string
  /** `AROA…` */
  readonly id: string
  readonly trustPolicy: TrustPolicy
  /** Seconds; 3600 unless said otherwise. */
  readonly maxSessionDuration?: number
}

export interface IamUser {
  readonly name: string
  /** Begins and ends with a slash; `/` unless said otherwise. */
  readonly path?: string
  /** `AIDA…` */
  readonly id: string
  readonly accessKeys: readonly UserAccessKey[]
}

export interface UserAccessKey extends AccessKey {
  /** True unless said otherwise. */
  readonly active?: boolean
}

/** By account id, twelve digits. */
export type Accounts = Readonly<Record<string, Account>>

export function partitionOf(account: Account): string {
  return account.partition ?? 'aws'
}

export function providerArn(accountId: string, issuer: string, partition = 'aws'): string {
  return `arn:${partition}:iam::${accountId}:oidc-provider/${withoutScheme(issuer)}`
}

export function roleArn(accountId: string, role: Pick<Role, 'name' | 'path'>, partition = 'aws'): string {
  return `arn:${partition}:iam::${accountId}:role${role.path ?? '/'}${role.name}`
}

export function userArn(accountId: string, user: Pick<IamUser, 'name' | 'path'>, partition = 'aws'): string {
  return `arn:${partition}:iam::${accountId}:user${user.path ?? '/'}${user.name}`
}

/** The path of the role is dropped, as AWS does. */
export function assumedRoleArn(
  accountId: string,
  roleName: string,
  sessionName: string,
  partition = 'aws',
): string {
  return `arn:${partition}:sts::${accountId}:assumed-role/${roleName}/${sessionName}`
}
