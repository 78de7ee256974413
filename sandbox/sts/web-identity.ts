import type { AnswerFields } from '../fault.ts'
import {
  type Account,
  type Accounts,
  assumedRoleArn,
  type OidcProvider,
  partitionOf,
  providerArn,
  type Role,
  roleArn,
} from './account.ts'
import {
  assertConstraints,
  type Constraint,
  type Parameters,
  validationError,
} from './parameter-constraint.ts'
import { issueSession, type Session } from './session.ts'
import { StsError } from './sts-error.ts'
import { allowsWebIdentity } from './trust-policy.ts'
import {
  decodeWebIdentityToken,
  type TrustedIssuer,
  verifyWebIdentityToken,
  type WebIdentityToken,
} from './web-identity-token.ts'

const action = 'sts:AssumeRoleWithWebIdentity'

const constraints: readonly Constraint[] = [
  { name: 'RoleArn', required: true, minLength: 20, maxLength: 2048 },
  { name: 'RoleSessionName', required: true, minLength: 2, maxLength: 64, pattern: '[\\w+=,.@-]*' },
  { name: 'WebIdentityToken', required: true, minLength: 4, maxLength: 20000 },
  { name: 'DurationSeconds', pattern: '\\d+', minimum: 900, maximum: 43200 },
]

export interface AssumedRole {
  readonly session: Session
  readonly result: AnswerFields
}

/** https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html */
export async function assumeRoleWithWebIdentity(
  parameters: Parameters,
  accounts: Accounts,
  trust: readonly TrustedIssuer[],
  now: number,
): Promise<AssumedRole> {
  assertConstraints(parameters, constraints)
  const { RoleArn = '', RoleSessionName = '', WebIdentityToken = '', DurationSeconds = '3600' } = parameters
  const accountId = accountIdOf(RoleArn)
  const token = decodeWebIdentityToken(WebIdentityToken)
  const account = trustingAccount(accounts[accountId], token.issuer)
  await verifyWebIdentityToken(WebIdentityToken, token.issuer, trust, now)
  assertAudience(account, token)
  const role = admittingRole(accountId, account, RoleArn, token)
  assertDuration(Number(DurationSeconds), role)
  const partition = partitionOf(account)
  const identity = {
    accountId,
    arn: assumedRoleArn(accountId, role.name, RoleSessionName, partition),
    userId: `${role.id}:${RoleSessionName}`,
  }
  const session = issueSession(identity, now + Number(DurationSeconds) * 1000)
  return { session, result: resultOf(session, token, providerArn(accountId, token.issuer, partition)) }
}

function accountIdOf(arn: string): string {
  const accountId = /^arn:[a-z-]+:iam::(\d{12}):role\/.+$/.exec(arn)?.[1]
  if (accountId === undefined) throw validationError('Request ARN is invalid')
  return accountId
}

function trustingAccount(account: Account | undefined, issuer: string): Account {
  if (account && providerOf(account, issuer)) return account
  throw new StsError(
    400,
    'InvalidIdentityToken',
    `No OpenIDConnect provider found in your account for ${issuer}`,
  )
}

function providerOf(account: Account, issuer: string): OidcProvider | undefined {
  return account.providers.find(provider => provider.issuer === issuer)
}

function assertAudience(account: Account, token: WebIdentityToken): void {
  const accepted = providerOf(account, token.issuer)?.audiences ?? []
  if (token.audiences.some(audience => accepted.includes(audience))) return
  throw new StsError(400, 'InvalidIdentityToken', 'Incorrect token audience')
}

/** One error for "no such role" and for "its policy refuses", so that nobody can list roles by asking. */
function admittingRole(accountId: string, account: Account, arn: string, token: WebIdentityToken): Role {
  const partition = partitionOf(account)
  const role = account.roles.find(candidate => roleArn(accountId, candidate, partition) === arn)
  const request = {
    providerArn: providerArn(accountId, token.issuer, partition),
    issuer: token.issuer,
    claims: token.claims,
  }
  if (role && allowsWebIdentity(role.trustPolicy, request)) return role
  throw new StsError(403, 'AccessDenied', `Not authorized to perform ${action}`)
}

function assertDuration(seconds: number, { maxSessionDuration = 3600 }: Role): void {
  if (seconds <= maxSessionDuration) return
  throw validationError('The requested DurationSeconds exceeds the MaxSessionDuration set for this role.')
}

function resultOf(session: Session, token: WebIdentityToken, provider: string): AnswerFields {
  return {
    SubjectFromWebIdentityToken: token.subject,
    Audience: token.audiences.join(','),
    AssumedRoleUser: { Arn: session.arn, AssumedRoleId: session.userId },
    Credentials: {
      AccessKeyId: session.accessKeyId,
      SecretAccessKey: session.secretAccessKey,
      SessionToken: session.sessionToken,
      Expiration: new Date(session.expiresAt).toISOString().replace(/\.\d+Z$/, 'Z'),
    },
    Provider: provider,
  }
}
