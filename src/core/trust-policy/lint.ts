import { hasWildcard, matchesPattern } from '../base/pattern.ts'
import { withoutScheme } from '../token/issuer.ts'
import { requiresValueOf } from './condition.ts'
import { namesWebIdentity } from './evaluate.ts'
import { isGithubIssuer, isShared, keyPrefix, keysOf } from './issuers.ts'
import {
  type Condition,
  InvalidPolicy,
  type PolicyPath,
  parseTrustPolicy,
  type Statement,
  type TrustPolicy,
} from './policy.ts'
import { type Remark, RULES, type RuleId, type Severity } from './rules.ts'
import { requiresSubject, subjectFindings } from './subject-rules.ts'

/** One thing that a trust policy should not have. */
export type Finding = {
  readonly rule: RuleId
  readonly severity: Severity
  readonly message: string
  /** Where in the policy. */
  readonly path: PolicyPath
  readonly fix: string
  /** IAM would refuse to save the policy. */
  readonly preventsSaving: boolean
}

/** Everything that is wrong with a trust policy, in the order of the policy. Never throws. */
export function lintPolicy(text: string): readonly Finding[] {
  return remarksOn(text).map(remark => ({ ...remark, ...RULES[remark.rule] }))
}

function remarksOn(text: string): readonly Remark[] {
  let policy: TrustPolicy
  try {
    policy = parseTrustPolicy(text)
  } catch (error) {
    if (!(error instanceof InvalidPolicy)) throw error
    return [{ rule: 'invalid-policy', message: error.message, path: [] }]
  }
  const raw: RawStatement[] = [JSON.parse(text.replace(/^\uFEFF/, '')).Statement].flat()
  return [
    ...policy.duplicateKeys.map(key =>
      remark('duplicate-key', `the key ${key} appears twice in one object`, []),
    ),
    ...sidRemarks(raw),
    ...policy.statements.flatMap((statement, index) => [
      ...structureRemarks(statement, raw[index] ?? {}, ['Statement', index]),
      ...conditionRemarks(statement, ['Statement', index]),
    ]),
    ...policy.statements.flatMap((statement, index) => trustRemarks(statement, ['Statement', index])),
  ]
}

function remark(rule: RuleId, message: string, path: PolicyPath): Remark {
  return { rule, message, path }
}

type RawStatement = Readonly<Record<string, unknown>>

/** Source: IAM User Guide, "IAM JSON policy elements: Sid". */
function sidRemarks(statements: readonly RawStatement[]): Remark[] {
  const sids = statements.map(({ Sid }) => (typeof Sid === 'string' ? Sid : ''))
  return sids.flatMap((sid, index) => {
    const path = ['Statement', index, 'Sid']
    if (sid !== '' && sids.indexOf(sid) < index)
      return [remark('duplicate-sid', `the Sid ${sid} is used twice`, path)]
    return /^[A-Za-z0-9]*$/.test(sid)
      ? []
      : [remark('invalid-sid', `the Sid ${sid} has characters other than letters and digits`, path)]
  })
}

const PRINCIPAL_TYPES = ['AWS', 'Federated', 'Service', 'CanonicalUser']

/** The actions of AWS STS that a trust policy can allow. Source: Service Authorization Reference, AWS STS. */
const ACTIONS = [
  'sts:AssumeRole',
  'sts:AssumeRoleWithSAML',
  'sts:AssumeRoleWithWebIdentity',
  'sts:AssumeRoot',
  'sts:DecodeAuthorizationMessage',
  'sts:GetAccessKeyInfo',
  'sts:GetCallerIdentity',
  'sts:GetDelegatedAccessToken',
  'sts:GetFederationToken',
  'sts:GetServiceBearerToken',
  'sts:GetSessionToken',
  'sts:GetWebIdentityToken',
  'sts:SetContext',
  'sts:SetSourceIdentity',
  'sts:TagGetWebIdentityToken',
  'sts:TagSession',
].map(action => action.toLowerCase())

/** What IAM refuses to save. Source: IAM User Guide, "Grammar of the IAM JSON policy language". */
function structureRemarks(statement: Statement, raw: RawStatement, path: PolicyPath): Remark[] {
  const { Principal: principal } = raw
  const types = typeof principal === 'object' && principal !== null ? Object.entries(principal) : []
  return [
    ...(raw.NotPrincipal !== undefined
      ? [remark('not-principal', 'NotPrincipal is not allowed in a trust policy', [...path, 'NotPrincipal'])]
      : []),
    ...(principal === undefined && raw.NotPrincipal === undefined
      ? [remark('missing-principal', `${statement.name} has no Principal`, path)]
      : []),
    ...types
      .filter(([type]) => !PRINCIPAL_TYPES.includes(type))
      .map(([type]) =>
        remark('unknown-principal-type', `${type} is not a principal type`, [...path, 'Principal', type]),
      ),
    ...types
      .filter(([type, ids]) => type === 'AWS' && [ids].flat().some(id => /:oidc-provider\//.test(String(id))))
      .map(([type]) =>
        remark('provider-as-aws-principal', 'an OIDC provider is listed under AWS', [
          ...path,
          'Principal',
          type,
        ]),
      ),
    ...[...(statement.federatedPrincipals ?? [])]
      .filter(arn => /:oidc-provider\/https:/.test(arn))
      .map(arn =>
        remark('provider-with-scheme', `the provider ${arn} has https:// in its ARN`, [
          ...path,
          'Principal',
          'Federated',
        ]),
      ),
    ...statement.actions
      .filter(action => !isAction(action))
      .map(action =>
        remark('unknown-action', `${action} is not an action of AWS STS`, [
          ...path,
          statement.excludesActions ? 'NotAction' : 'Action',
        ]),
      ),
  ]
}

/** A pattern must name the service, and match an action. Actions know no case. */
function isAction(action: string): boolean {
  if (action === '*') return true
  const pattern = action.toLowerCase()
  if (!pattern.startsWith('sts:')) return false
  return ACTIONS.some(each => matchesPattern(each, pattern))
}

/** Source: IAM User Guide, "IAM JSON policy elements: Condition operators". */
const OPERATOR =
  /^(For(AnyValue|AllValues):)?(String(Not)?(Equals(IgnoreCase)?|Like)|Numeric(Not)?Equals|Numeric(Less|Greater)Than(Equals)?|Date(Not)?Equals|Date(Less|Greater)Than(Equals)?|Bool|BinaryEquals|(Not)?IpAddress|Arn(Not)?(Equals|Like))(IfExists)?$|^(For(AnyValue|AllValues):)?Null$/

function conditionRemarks({ conditions, effect }: Statement, path: PolicyPath): Remark[] {
  return conditions.flatMap(({ operator, key, values }) => {
    const at = [...path, 'Condition', operator]
    return [
      ...(OPERATOR.test(operator)
        ? []
        : [remark('unknown-operator', `${operator} is not a condition operator`, at)]),
      ...(effect === 'Allow' && operator.startsWith('ForAllValues:')
        ? [
            remark('holds-without-claim', `${operator} on ${key} is also true when the claim is missing`, [
              ...at,
              key,
            ]),
          ]
        : []),
      ...(/StringEquals(IgnoreCase)?(IfExists)?$/.test(operator) && values.some(hasWildcard)
        ? [
            remark(
              'wildcard-as-text',
              `${values.find(hasWildcard)} has a wildcard, which is a plain character under ${operator}`,
              [...at, key],
            ),
          ]
        : []),
    ]
  })
}

/** Of statements that admit tokens: what those must say. */
function trustRemarks(statement: Statement, path: PolicyPath): Remark[] {
  if (statement.effect !== 'Allow') return []
  const { isForEveryone, federatedPrincipals = [], name } = statement
  const isOfOrganization = statement.conditions.some(({ key }) => /^aws:principal/i.test(key))
  if (isForEveryone && isOfOrganization) return []
  if (isForEveryone) return [remark('everyone', `${name} trusts every principal (*)`, [...path, 'Principal'])]
  if (!namesWebIdentity(statement)) return []
  return [...new Set(federatedPrincipals.flatMap(principal => issuersOf(principal, statement)))].flatMap(
    issuer => tokenRemarks(statement, issuer, path),
  )
}

/**
 * Of a provider's ARN, or of the host of a built-in one; none for SAML. Where a template leaves the provider open, the
 * condition keys tell.
 */
function issuersOf(principal: string, { conditions }: Statement): readonly string[] {
  const [, provider = ''] = /:oidc-provider\/(.+)$/.exec(principal) ?? []
  if ((provider === '' ? principal : provider).includes('${')) {
    const hosts = conditions.map(({ key }) => /^(?!aws:|sts:)(.+):(?:sub|aud)$/i.exec(key)?.[1])
    return hosts.flatMap(host => (host === undefined ? [] : [`https://${host}`]))
  }
  if (provider !== '') return [`https://${withoutScheme(provider)}`]
  return principal.startsWith('arn:') ? [] : [`https://${principal}`]
}

function tokenRemarks(statement: Statement, issuer: string, path: PolicyPath): Remark[] {
  const prefix = keyPrefix(issuer).toLowerCase()
  const own = statement.conditions.filter(({ key }) => key.toLowerCase().startsWith(prefix))
  const known = keysOf(issuer).map(key => `${prefix}${key}`.toLowerCase())
  const at = ({ operator, key }: Condition) => [...path, 'Condition', operator, key]
  const { name } = statement
  return [
    ...own
      .filter(({ key }) => !known.includes(key.toLowerCase()))
      .map(condition =>
        remark('unknown-key', `IAM has no key ${condition.key}: it counts as missing`, at(condition)),
      ),
    ...(known.includes(`${prefix}aud`) &&
    !own.some(condition => requiresValueOf(`${prefix}aud`)(condition) && !condition.values.some(isAnything))
      ? [remark('no-audience', `${name} has no condition on ${prefix}aud`, path)]
      : []),
    ...(isGithubIssuer(issuer) && !own.some(({ key }) => key.toLowerCase() === `${prefix}sub`)
      ? [remark('github-without-sub', `${name} trusts GitHub and has no condition on ${prefix}sub`, path)]
      : []),
    ...(admitsEverySubject(own, issuer)
      ? [remark('any-subject', `${name} doesn't restrict ${prefix}sub`, path)]
      : []),
    ...(!isGithubIssuer(issuer) &&
    !isShared(issuer) &&
    known.includes(`${prefix}sub`) &&
    !own.some(requiresSubject(prefix))
      ? [remark('no-subject', `${name} has no condition on ${prefix}sub`, path)]
      : []),
    ...own
      .filter(({ operator }) => operator.endsWith('IfExists'))
      .map(condition =>
        remark(
          'optional-condition',
          `${condition.operator} on ${condition.key} is also true for a token without the claim`,
          at(condition),
        ),
      ),
    ...subjectFindings(statement, issuer, path),
  ]
}

function isAnything(value: string): boolean {
  return /^\*+$/.test(value)
}

/**
 * Of issuers that serve everybody: no condition on their tokens but on the audience, or conditions on the subject that
 * hold for all. GitHub's policies without any are `github-without-sub`.
 */
function admitsEverySubject(own: readonly Condition[], issuer: string): boolean {
  const prefix = keyPrefix(issuer).toLowerCase()
  const onSubject = own.filter(({ key }) => key.toLowerCase() === `${prefix}sub`)
  if (onSubject.some(requiresSubject(prefix))) return false
  if (isGithubIssuer(issuer)) return onSubject.length > 0
  const others = keysOf(issuer).filter(key => key !== 'aud' && key !== 'sub')
  const isNarrowed = others.some(key => own.some(requiresValueOf(`${prefix}${key}`.toLowerCase())))
  return isShared(issuer) && !isNarrowed
}
