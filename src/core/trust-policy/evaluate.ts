import { matchesPattern } from '../base/pattern.ts'
import { evaluateCondition, type Outcome, type RequestContext } from './condition.ts'
import { keyPrefix, keysOf, keyValues } from './issuers.ts'
import type { Statement, TrustPolicy } from './policy.ts'

/** A token that asks for a role by AssumeRoleWithWebIdentity. */
export type TokenRequest = {
  readonly issuer: string
  /** How the role's account names the issuer: the ARN of its provider, or the host of a built-in one. */
  readonly principal: string
  readonly claims: Readonly<Record<string, unknown>>
  /** Condition keys, without prefix, with values that are not known. */
  readonly unknownKeys?: readonly string[]
  readonly sent?: SentRequest
}

/** What is known of the call to STS beside its token. */
export type SentRequest = {
  /** Of the endpoint. */
  readonly region?: string | undefined
  readonly sessionName?: string | undefined
  readonly durationSeconds?: number | undefined
  readonly isTls?: boolean | undefined
  readonly at?: Date | undefined
}

/** One thing that a statement wants, what it found, and what came of it. */
export type Check = {
  readonly what: string
  readonly wanted: string
  readonly found: string
  readonly outcome: Outcome
}

export type StatementResult = {
  readonly name: string
  readonly effect: 'Allow' | 'Deny'
  readonly outcome: Outcome
  readonly checks: readonly Check[]
}

/** What a trust policy says of a token. `unknown` where it holds something that this evaluation does not understand. */
export type Prediction = {
  readonly decision: 'allowed' | 'refused' | 'unknown'
  readonly statements: readonly StatementResult[]
}

const ACTION = 'sts:AssumeRoleWithWebIdentity'

/** What a token asks for beside the role, by the claim. Source: IAM User Guide, "Pass session tags in AWS STS". */
const FURTHER_ACTIONS = {
  'https://aws.amazon.com/tags': 'sts:TagSession',
  'https://aws.amazon.com/source_identity': 'sts:SetSourceIdentity',
} as const

/**
 * Whether a policy lets a token assume its role: an Allow must apply and no Deny may. What can't be told never passes.
 * Source: IAM User Guide, "Policy evaluation logic".
 */
export function evaluateTrustPolicy(policy: TrustPolicy, request: TokenRequest): Prediction {
  const further = Object.entries(FURTHER_ACTIONS).filter(([claim]) => request.claims[claim] !== undefined)
  const context = contextOf(request)
  const first = evaluateAction(policy, request, context, ACTION)
  // A token whose tags may not be passed is refused as a whole.
  const others = further.map(([, action]) => evaluateAction(policy, request, context, action))
  const all = [first, ...others]
  return (
    all.find(({ decision }) => decision === 'refused') ??
    all.find(({ decision }) => decision === 'unknown') ??
    first
  )
}

function evaluateAction(
  policy: TrustPolicy,
  request: TokenRequest,
  context: RequestContext,
  action: string,
): Prediction {
  const statements = policy.statements.map(statement =>
    evaluateStatement(statement, request, context, policy.hasVariables, action),
  )
  // Of a key that stands twice IAM takes one, or refuses the policy.
  const decision = policy.duplicateKeys.length > 0 ? 'unknown' : decide(statements)
  return { decision, statements }
}

function decide(statements: readonly StatementResult[]): Prediction['decision'] {
  const outcomesOf = (effect: Statement['effect']) =>
    statements.filter(statement => statement.effect === effect).map(({ outcome }) => outcome)
  const [allows, denies] = [outcomesOf('Allow'), outcomesOf('Deny')]
  if (denies.includes('holds')) return 'refused'
  if (!allows.includes('holds') && !allows.includes('unknown')) return 'refused'
  if (denies.includes('unknown') || !allows.includes('holds')) return 'unknown'
  return 'allowed'
}

/** Whether a statement is about such a request at all, whatever its conditions. */
export function concerns(statement: Statement, request: TokenRequest): boolean {
  return checkPrincipal(statement, request).outcome !== 'fails' && namesWebIdentity(statement)
}

function contextOf({ issuer, claims, unknownKeys = [], sent = {} }: TokenRequest): RequestContext {
  const ofToken = keysOf(issuer).map(name => {
    const values = unknownKeys.includes(name) ? ('unknown' as const) : keyValues(issuer, name, claims)
    return [`${keyPrefix(issuer)}${name}`.toLowerCase(), values] as const
  })
  const { region, sessionName, durationSeconds, isTls, at } = sent
  const ofRequest = [
    ['aws:requestedregion', region],
    ['aws:securetransport', isTls],
    ['aws:currenttime', at?.toISOString()],
    ['aws:epochtime', at && Math.floor(at.getTime() / 1000)],
    ['sts:rolesessionname', sessionName],
    ['sts:durationseconds', durationSeconds],
  ] as const
  return new Map([
    ...ofToken.flatMap(([key, values]) => (values === undefined ? [] : [[key, values] as const])),
    ...ofRequest.flatMap(([key, value]) => (value === undefined ? [] : [[key, [String(value)]] as const])),
  ])
}

function evaluateStatement(
  statement: Statement,
  request: TokenRequest,
  context: RequestContext,
  hasVariables: boolean,
  action: string,
): StatementResult {
  const { name, effect, conditions } = statement
  const checks: Check[] = [
    checkPrincipal(statement, request),
    checkAction(statement, action),
    ...conditions.map(condition => ({
      what: `${condition.operator} ${condition.key}`,
      wanted: condition.values.join(' or '),
      found: foundIn(context, condition.key),
      outcome: evaluateCondition(condition, context, hasVariables),
    })),
  ]
  return { name, effect, outcome: allOf(checks.map(({ outcome }) => outcome)), checks }
}

function foundIn(context: RequestContext, key: string): string {
  const values = context.get(key.toLowerCase()) ?? []
  return values === 'unknown' ? '' : values.join(', ')
}

/** Parts are joined by "and": one that fails settles it, whatever the others mean. */
function allOf(outcomes: readonly Outcome[]): Outcome {
  if (outcomes.includes('fails')) return 'fails'
  return outcomes.includes('unknown') ? 'unknown' : 'holds'
}

/** Whether everyone includes a web identity under an Allow, IAM does not say; a Deny applies to everyone. */
function checkPrincipal(statement: Statement, { principal: found }: TokenRequest): Check {
  const { federatedPrincipals: principals, isForEveryone, effect } = statement
  if (isForEveryone)
    return { what: 'Principal', wanted: 'everyone', found, outcome: effect === 'Deny' ? 'holds' : 'unknown' }
  if (!principals)
    return { what: 'Principal', wanted: 'a form that is not evaluated here', found, outcome: 'unknown' }
  // IAM has no variables there: it is a template's, known once it is deployed.
  const isOpen = principals.some(principal => principal.includes('${'))
  const outcome = principals.includes(found) ? 'holds' : isOpen ? 'unknown' : 'fails'
  return { what: 'Principal', wanted: principals.join(' or ') || 'no federated principal', found, outcome }
}

/** Whether a statement is about AssumeRoleWithWebIdentity. */
export function namesWebIdentity(statement: Statement): boolean {
  return checkAction(statement, ACTION).outcome === 'holds'
}

/** Actions are compared without regard to case, with wildcards. Source: IAM User Guide, "Action". */
function checkAction({ actions, excludesActions }: Statement, found: string): Check {
  const isNamed = actions.some(action => matchesPattern(found.toLowerCase(), action.toLowerCase()))
  const wanted = `${excludesActions ? 'none of ' : ''}${actions.join(' or ')}`
  return { what: 'Action', wanted, found, outcome: isNamed !== excludesActions ? 'holds' : 'fails' }
}
