import { matchesPattern } from '../base/pattern.ts'
import { claimValues } from '../token/claim-values.ts'
import { withoutScheme } from '../token/issuer.ts'
import { evaluateCondition, type Outcome, type RequestContext } from './condition.ts'
import type { Statement, TrustPolicy } from './policy.ts'

/** A token that asks for a role by AssumeRoleWithWebIdentity. */
export type TokenRequest = {
  readonly issuer: string
  /** ARN of the OIDC provider in the role's account. */
  readonly providerArn: string
  readonly claims: Readonly<Record<string, unknown>>
  /** Claims that the token may have, with values that are not known. */
  readonly unknownClaims?: readonly string[]
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

/**
 * The claims of GitHub's tokens that IAM knows as condition keys. Others are absent for it, whatever the token holds.
 * Source: IAM User Guide, "Available keys for AWS OIDC federation", early 2026.
 */
export const CLAIMS_KNOWN_TO_IAM = [
  'aud',
  'sub',
  'actor',
  'actor_id',
  'enterprise_id',
  'environment',
  'job_workflow_ref',
  'ref',
  'repository',
  'repository_id',
  'repository_owner_id',
  'workflow',
] as const

/**
 * Whether a policy lets a token assume its role: an Allow must apply and no Deny may. What can't be told never passes.
 * Source: IAM User Guide, "Policy evaluation logic".
 */
export function evaluateTrustPolicy(policy: TrustPolicy, request: TokenRequest): Prediction {
  const context = contextOf(request)
  const statements = policy.statements.map(statement =>
    evaluateStatement(statement, request, context, policy.hasVariables),
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

/** Condition keys are the issuer without its scheme, a colon and the claim. */
export function keyPrefix(issuer: string): string {
  return `${withoutScheme(issuer)}:`
}

/** Whether a statement is about such a request at all, whatever its conditions. */
export function concerns(statement: Statement, request: TokenRequest): boolean {
  return checkPrincipal(statement, request).outcome !== 'fails' && checkAction(statement).outcome !== 'fails'
}

function contextOf({ issuer, claims }: TokenRequest): RequestContext {
  const prefix = keyPrefix(issuer)
  return new Map(
    CLAIMS_KNOWN_TO_IAM.map(claim => [`${prefix}${claim}`.toLowerCase(), claimValues(claims, claim)]),
  )
}

function evaluateStatement(
  statement: Statement,
  request: TokenRequest,
  context: RequestContext,
  hasVariables: boolean,
): StatementResult {
  const { name, effect, conditions } = statement
  const unknownKeys = (request.unknownClaims ?? []).map(claim =>
    `${keyPrefix(request.issuer)}${claim}`.toLowerCase(),
  )
  const isUnknown = (key: string) => unknownKeys.includes(key.toLowerCase())
  const checks: Check[] = [
    checkPrincipal(statement, request),
    checkAction(statement),
    ...conditions.map(condition => ({
      what: `${condition.operator} ${condition.key}`,
      wanted: condition.values.join(' or '),
      found: (context.get(condition.key.toLowerCase()) ?? []).join(', '),
      outcome: isUnknown(condition.key)
        ? ('unknown' as const)
        : evaluateCondition(condition, context, hasVariables),
    })),
  ]
  return { name, effect, outcome: allOf(checks.map(({ outcome }) => outcome)), checks }
}

/** Parts are joined by "and": one that fails settles it, whatever the others mean. */
function allOf(outcomes: readonly Outcome[]): Outcome {
  if (outcomes.includes('fails')) return 'fails'
  return outcomes.includes('unknown') ? 'unknown' : 'holds'
}

function checkPrincipal(
  { federatedPrincipals: principals }: Statement,
  { providerArn }: TokenRequest,
): Check {
  const found = providerArn
  if (!principals)
    return { what: 'Principal', wanted: 'a form that is not evaluated here', found, outcome: 'unknown' }
  const outcome = principals.includes(providerArn) ? 'holds' : 'fails'
  return { what: 'Principal', wanted: principals.join(' or ') || 'no federated principal', found, outcome }
}

/** Actions are compared without regard to case, with wildcards. Source: IAM User Guide, "Action". */
function checkAction({ actions, excludesActions }: Statement): Check {
  const isNamed = actions.some(action => matchesPattern(ACTION.toLowerCase(), action.toLowerCase()))
  const wanted = `${excludesActions ? 'none of ' : ''}${actions.join(' or ')}`
  return { what: 'Action', wanted, found: ACTION, outcome: isNamed !== excludesActions ? 'holds' : 'fails' }
}
