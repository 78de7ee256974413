import type { SentRequest } from '../../src/core/trust-policy/evaluate.ts'
import type { AnswerFields } from '../fault.ts'
import { type Account, type OidcProvider, partitionOf, providerArn } from './account.ts'
import { packedPolicySize } from './packed-policy.ts'
import { assertConstraints, type Parameters } from './parameter-constraint.ts'
import {
  type AssumedRole,
  accountIdOf,
  assertDuration,
  findRole,
  issueRoleSession,
  type PlacedRole,
  roleConstraints,
  sessionFields,
} from './role-session.ts'
import type { Session } from './session.ts'
import { assertSessionPolicies, sessionPolicyConstraints, sessionPolicyTexts } from './session-policy.ts'
import { StsError } from './sts-error.ts'
import { expiryOf, type StsSetting } from './sts-setting.ts'
import { allowsWebIdentity } from './trust-policy.ts'
import {
  decodeWebIdentityToken,
  verifyWebIdentityToken,
  type WebIdentityToken,
} from './web-identity-token.ts'

const action = 'sts:AssumeRoleWithWebIdentity'

const tokenConstraint = { name: 'WebIdentityToken', required: true, minLength: 4, maxLength: 20000 }

/** https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html */
export async function assumeRoleWithWebIdentity(
  parameters: Parameters,
  setting: StsSetting,
): Promise<AssumedRole> {
  assertParameters(parameters)
  const { RoleArn = '', RoleSessionName = '', WebIdentityToken = '', DurationSeconds = '3600' } = parameters
  const accountId = accountIdOf(RoleArn)
  const token = decodeWebIdentityToken(WebIdentityToken)
  const account = trustingAccount(setting.accounts[accountId], token.issuer)
  await verifyWebIdentityToken(WebIdentityToken, token.issuer, setting.trust, setting.now)
  assertAudience(account, token)
  const packed = packedPolicySize(sessionPolicyTexts(parameters), setting.packedPolicyLimit)
  const sent = {
    sessionName: RoleSessionName,
    durationSeconds: Number(DurationSeconds),
    at: new Date(setting.now),
  }
  const placed = admittingRole(RoleArn, token, sent, setting)
  assertDuration(Number(DurationSeconds), placed.role)
  const session = issueRoleSession(placed, RoleSessionName, expiryOf(setting, Number(DurationSeconds)))
  const provider = providerArn(accountId, token.issuer, partitionOf(account))
  return { session, result: { ...resultOf(session, token, provider), ...packed } }
}

function assertParameters(parameters: Parameters): void {
  assertConstraints(parameters, [
    ...roleConstraints,
    tokenConstraint,
    ...sessionPolicyConstraints(parameters),
  ])
  assertSessionPolicies(parameters)
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
function admittingRole(
  arn: string,
  token: WebIdentityToken,
  sent: SentRequest,
  { accounts }: StsSetting,
): PlacedRole {
  const placed = findRole(accounts, arn)
  if (placed && admits(placed, token, sent)) return placed
  throw new StsError(403, 'AccessDenied', `Not authorized to perform ${action}`)
}

function admits(
  { accountId, account, role }: PlacedRole,
  { issuer, claims }: WebIdentityToken,
  sent: SentRequest,
): boolean {
  const arn = providerArn(accountId, issuer, partitionOf(account))
  return allowsWebIdentity(role.trustPolicy, { principal: arn, issuer, claims, sent })
}

function resultOf(session: Session, token: WebIdentityToken, provider: string): AnswerFields {
  return {
    SubjectFromWebIdentityToken: token.subject,
    Audience: token.audiences.join(','),
    ...sessionFields(session),
    Provider: provider,
  }
}
