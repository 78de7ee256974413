/** An IAM role's trust policy, as JSON: the part of the language that web identities need. */
export interface TrustPolicy {
  readonly Version?: string
  readonly Statement: OneOrMany<TrustStatement>
}

export interface TrustStatement {
  readonly Sid?: string
  readonly Effect: 'Allow' | 'Deny'
  readonly Principal?: string | Readonly<Record<string, OneOrMany<string>>>
  readonly Action?: OneOrMany<string>
  /** Operator, then key, then the values that are alternatives. */
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, OneOrMany<string>>>>>
}

export type OneOrMany<T> = T | readonly T[]

export interface WebIdentityRequest {
  /** `sts:AssumeRoleWithWebIdentity`. */
  readonly action: string
  readonly providerArn: string
  readonly issuer: string
  readonly claims: Readonly<Record<string, unknown>>
}

/** 'unknown' is for what this evaluation does not understand: it never allows, and it does deny. */
type Applicability = 'applies' | 'differs' | 'unknown'

/**
 * Whether a trust policy lets a web identity assume its role: some Allow applies and no Deny does.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
 */
export function allowsWebIdentity(policy: TrustPolicy, request: WebIdentityRequest): boolean {
  const statements = many(policy.Statement)
  const denied = statements.some(
    ({ Effect, ...rest }) => Effect !== 'Allow' && applies(rest, request) !== 'differs',
  )
  if (denied) return false
  return statements.some(({ Effect, ...rest }) => Effect === 'Allow' && applies(rest, request) === 'applies')
}

type Scope = Omit<TrustStatement, 'Effect'>

const understood = new Set(['Sid', 'Principal', 'Action', 'Condition'])

function applies(scope: Scope, request: WebIdentityRequest): Applicability {
  if (Object.keys(scope).some(element => !understood.has(element))) return 'unknown'
  return all([
    principalApplies(scope.Principal, request.providerArn),
    actionApplies(scope.Action, request.action),
    ...Object.entries(scope.Condition ?? {}).map(([operator, keys]) =>
      conditionApplies(operator, keys, request),
    ),
  ])
}

/** Conditions are joined by "and": one that differs settles it, whatever the others mean. */
function all(parts: readonly Applicability[]): Applicability {
  if (parts.includes('differs')) return 'differs'
  return parts.includes('unknown') ? 'unknown' : 'applies'
}

function principalApplies(principal: TrustStatement['Principal'], providerArn: string): Applicability {
  if (principal === undefined || typeof principal === 'string') return 'unknown'
  return decided(many(principal.Federated ?? []).includes(providerArn))
}

function actionApplies(actions: TrustStatement['Action'], wanted: string): Applicability {
  if (actions === undefined) return 'unknown'
  return decided(many(actions).some(pattern => isLike(wanted.toLowerCase(), pattern.toLowerCase())))
}

const operators: Readonly<Record<string, (value: string, pattern: string) => boolean>> = {
  StringEquals: (value, pattern) => value === pattern,
  StringLike: isLike,
}

function conditionApplies(
  operator: string,
  keys: Readonly<Record<string, OneOrMany<string>>>,
  request: WebIdentityRequest,
): Applicability {
  const compare = Object.hasOwn(operators, operator) ? operators[operator] : undefined
  if (!compare) return 'unknown'
  return decided(
    Object.entries(keys).every(([key, patterns]) =>
      valuesOf(key, request).some(value => many(patterns).some(pattern => compare(value, pattern))),
    ),
  )
}

/** The values of a condition key, none when the token has no such claim: then no positive operator matches. */
function valuesOf(key: string, { issuer, claims }: WebIdentityRequest): readonly string[] {
  const prefix = `${withoutScheme(issuer)}:`
  const claim = key.startsWith(prefix) ? claims[key.slice(prefix.length)] : undefined
  return claim === undefined || claim === null ? [] : many(claim).map(String)
}

/** An issuer as ARNs and condition keys name it. */
export function withoutScheme(issuer: string): string {
  return issuer.replace(/^https:\/\//, '')
}

/** IAM's anchored pattern: `*` is any text, `?` any one character, all else itself. */
function isLike(value: string, pattern: string): boolean {
  const expression = pattern
    .replace(/[\\^$.+|()[\]{}]/g, '\\$&')
    .replace(/\*+/g, '.*')
    .replaceAll('?', '.')
  return new RegExp(`^${expression}$`, 'su').test(value)
}

function decided(condition: boolean): Applicability {
  return condition ? 'applies' : 'differs'
}

function many<T>(value: OneOrMany<T> | T): readonly T[] {
  return Array.isArray(value) ? value : [value as T]
}
