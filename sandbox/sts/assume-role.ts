import { refusedAction } from './assume-role-policy.ts'
import type { Credential } from './credential.ts'
import { packedPolicySize } from './packed-policy.ts'
import {
  assertConstraints,
  type Constraint,
  type Parameters,
  validationError,
} from './parameter-constraint.ts'
import {
  type AssumedRole,
  assertDuration,
  findRole,
  issueRoleSession,
  type PlacedRole,
  roleConstraints,
  sessionFields,
} from './role-session.ts'
import { assertSessionPolicies, sessionPolicyConstraints, sessionPolicyTexts } from './session-policy.ts'
import { assertSessionTags, sessionTagConstraints, sessionTags } from './session-tag.ts'
import { StsError } from './sts-error.ts'
import { expiryOf, type StsSetting } from './sts-setting.ts'

const externalIdConstraint: Constraint = {
  name: 'ExternalId',
  minLength: 2,
  maxLength: 1224,
  pattern: '[\\w+=,.@:\\/-]*',
}

const sourceIdentityConstraint: Constraint = {
  name: 'SourceIdentity',
  minLength: 2,
  maxLength: 64,
  pattern: '[\\w+=,.@-]*',
}

const longestChainedSeconds = 3600

/** https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html */
export function assumeRole(parameters: Parameters, caller: Credential, setting: StsSetting): AssumedRole {
  assertParameters(parameters)
  const { RoleArn = '', RoleSessionName = '', DurationSeconds = '3600' } = parameters
  const seconds = Number(DurationSeconds)
  assertChainedDuration(seconds, caller)
  const packed = packedPolicySize(packedTexts(parameters), setting.packedPolicyLimit)
  const placed = admittingRole(parameters, RoleArn, caller, setting)
  assertDuration(seconds, placed.role)
  const sourceIdentity = parameters.SourceIdentity ?? caller.sourceIdentity
  const session = {
    ...issueRoleSession(placed, RoleSessionName, expiryOf(setting, seconds)),
    ...(sourceIdentity === undefined ? {} : { sourceIdentity }),
  }
  const told = sourceIdentity === undefined ? {} : { SourceIdentity: sourceIdentity }
  return { session, result: { ...sessionFields(session), ...told, ...packed } }
}

function assertParameters(parameters: Parameters): void {
  assertConstraints(parameters, [
    ...roleConstraints,
    externalIdConstraint,
    sourceIdentityConstraint,
    ...sessionPolicyConstraints(parameters),
    ...sessionTagConstraints(parameters),
  ])
  assertSessionPolicies(parameters)
  assertSessionTags(parameters)
}

function assertChainedDuration(seconds: number, { roleArn }: Credential): void {
  if (roleArn === undefined || seconds <= longestChainedSeconds) return
  throw validationError(
    'The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.',
  )
}

function packedTexts(parameters: Parameters): readonly string[] {
  const tags = sessionTags(parameters).flatMap(({ key, value }) => [key, value])
  return [...sessionPolicyTexts(parameters), ...tags]
}

/** One error for "no such role" and for "its policy refuses", so that nobody can list roles by asking. */
function admittingRole(
  parameters: Parameters,
  arn: string,
  caller: Credential,
  { accounts }: StsSetting,
): PlacedRole {
  const placed = findRole(accounts, arn)
  const request = {
    caller,
    externalId: parameters.ExternalId,
    sourceIdentity: parameters.SourceIdentity,
    tags: sessionTags(parameters),
  }
  const action = placed ? refusedAction(placed.role.trustPolicy, request) : 'sts:AssumeRole'
  if (placed && action === undefined) return placed
  throw new StsError(
    403,
    'AccessDenied',
    `User: ${caller.arn} is not authorized to perform: ${action} on resource: ${arn}`,
  )
}
