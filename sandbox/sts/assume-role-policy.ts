import { matchesPattern } from '../../src/core/base/pattern.ts'
import type { Credential } from './credential.ts'
import type { SessionTag } from './session-tag.ts'
import type { OneOrMany, TrustPolicy, TrustStatement } from './trust-policy.ts'

/** What a caller asks of a role's trust policy. */
export interface AssumeRoleRequest {
  readonly caller: Pick<Credential, 'accountId' | 'arn' | 'roleArn' | 'sourceIdentity'>
  readonly externalId: string | undefined
  readonly sourceIdentity?: string | undefined
  readonly tags: readonly SessionTag[]
}

type Outcome = 'holds' | 'fails' | 'unknown'

/**
 * The action that a trust policy does not allow a caller, or undefined where it allows all. What the caller's own
 * policies say is out of play. A source identity that the caller has already is inherited, needs the same permission, and
 * can't be changed. https://docs.aws.amazon.com/IAM/latest/UserGuide/id_session-tags.html and
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_temp_control-access_monitor.html
 */
export function refusedAction(policy: TrustPolicy, request: AssumeRoleRequest): string | undefined {
  const { caller, tags, sourceIdentity = caller.sourceIdentity } = request
  const actions = [
    'sts:AssumeRole',
    ...(tags.length > 0 ? ['sts:TagSession'] : []),
    ...(sourceIdentity === undefined ? [] : ['sts:SetSourceIdentity']),
  ]
  const refused = actions.find(action => !isAllowed(policy, action, request))
  const isChanged = caller.sourceIdentity !== undefined && sourceIdentity !== caller.sourceIdentity
  return refused ?? (isChanged ? 'sts:SetSourceIdentity' : undefined)
}

/** An Allow must apply and no Deny may; what is not understood never lets anybody in. */
function isAllowed(policy: TrustPolicy, action: string, request: AssumeRoleRequest): boolean {
  const outcomes = listOf(policy.Statement).map(statement => ({
    effect: statement.Effect,
    outcome: evaluate(statement, action, request),
  }))
  if (outcomes.some(({ effect, outcome }) => effect !== 'Allow' && outcome !== 'fails')) return false
  return outcomes.some(({ outcome }) => outcome === 'holds')
}

const knownElements = ['Sid', 'Effect', 'Principal', 'Action', 'Condition']

function evaluate(statement: TrustStatement, action: string, request: AssumeRoleRequest): Outcome {
  if (!Object.keys(statement).every(element => knownElements.includes(element))) return 'unknown'
  return every([
    evaluatePrincipal(statement.Principal, request),
    evaluateAction(statement.Action, action),
    ...evaluateConditions(statement, request),
  ])
}

function evaluatePrincipal(principal: TrustStatement['Principal'], request: AssumeRoleRequest): Outcome {
  if (principal === undefined) return 'unknown'
  if (typeof principal === 'string') return principal === '*' ? 'holds' : 'unknown'
  const principals = listOf(principal.AWS ?? [])
  if (principals.some(candidate => namesOf(request).includes(candidate))) return 'holds'
  return principals.every(isPrincipal) ? 'fails' : 'unknown'
}

/** Everything a policy may call a caller: itself, its role, its account, and anybody. */
function namesOf({ caller }: AssumeRoleRequest): readonly string[] {
  const { arn, roleArn, accountId } = caller
  const root = `arn:${arn.split(':')[1]}:iam::${accountId}:root`
  return [arn, ...(roleArn === undefined ? [] : [roleArn]), root, accountId, '*']
}

function isPrincipal(text: string): boolean {
  return /^(?:\d{12}|arn:[a-z-]+:(?:iam::\d{12}:(?:root|(?:role|user)\/[^*?]+)|sts::\d{12}:assumed-role\/[^*?]+))$/.test(
    text,
  )
}

/** Actions know no case. */
function evaluateAction(actions: TrustStatement['Action'], action: string): Outcome {
  if (actions === undefined) return 'unknown'
  const isNamed = listOf(actions).some(pattern => matchesPattern(action.toLowerCase(), pattern.toLowerCase()))
  return isNamed ? 'holds' : 'fails'
}

const operators: Readonly<Record<string, (value: string, wanted: string) => boolean>> = {
  StringEquals: (value, wanted) => value === wanted,
  StringLike: matchesPattern,
}

function evaluateConditions(statement: TrustStatement, request: AssumeRoleRequest): readonly Outcome[] {
  const context = contextOf(request)
  return Object.entries(statement.Condition ?? {}).flatMap(([operator, keys]) =>
    Object.entries(keys).map(([key, wanted]) => {
      const compare = operators[operator]
      if (!compare || !isKnownKey(key) || listOf(wanted).some(hasVariable)) return 'unknown'
      const value = context.get(key.toLowerCase())
      const isMet = value !== undefined && listOf(wanted).some(candidate => compare(value, candidate))
      return isMet ? 'holds' : 'fails'
    }),
  )
}

/** By key in lower case: keys of conditions know no case. */
function contextOf({
  caller,
  externalId,
  sourceIdentity,
  tags,
}: AssumeRoleRequest): ReadonlyMap<string, string> {
  return new Map([
    ...(externalId === undefined ? [] : [['sts:externalid', externalId] as const]),
    ...(sourceIdentity === undefined ? [] : [['sts:sourceidentity', sourceIdentity] as const]),
    ...(caller.sourceIdentity === undefined ? [] : [['aws:sourceidentity', caller.sourceIdentity] as const]),
    ...tags.map(({ key, value }) => [`aws:requesttag/${key.toLowerCase()}`, value] as const),
  ])
}

function isKnownKey(key: string): boolean {
  return /^(?:sts:ExternalId|sts:SourceIdentity|aws:SourceIdentity|aws:RequestTag\/.+)$/i.test(key)
}

function hasVariable(value: string): boolean {
  return value.includes('${')
}

function every(outcomes: readonly Outcome[]): Outcome {
  if (outcomes.includes('fails')) return 'fails'
  return outcomes.includes('unknown') ? 'unknown' : 'holds'
}

function listOf<T>(value: OneOrMany<T>): readonly T[] {
  return [value].flat() as readonly T[]
}
