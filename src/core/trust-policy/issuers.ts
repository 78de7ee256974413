import type { RoleArn } from '../identity/arn.ts'
import { claimValues } from '../token/claim-values.ts'
import { withoutScheme } from '../token/issuer.ts'

/** What IAM reads of the tokens of one kind of issuer, and under which keys. */
type IssuerFamily = {
  readonly name: string
  /** Of the issuer without its scheme. */
  readonly pattern: RegExp
  /** IAM knows the issuer without a provider: policies name its host as the principal. */
  readonly isBuiltIn: boolean
  /** Condition keys without their prefix. Each is read from the first of these claims that the token has. */
  readonly keys: Readonly<Record<string, readonly string[]>>
}

type Claims = Readonly<Record<string, unknown>>

function ofSameName(...names: readonly string[]): IssuerFamily['keys'] {
  return Object.fromEntries(names.map(name => [name, [name]]))
}

/**
 * The issuers with keys of their own. Sources: IAM User Guide, "IAM and AWS STS condition context keys", Available keys for
 * AWS OIDC federation; Service Authorization Reference, "Condition keys for AWS Security Token Service". Both as of 2026.
 */
const FAMILIES: readonly IssuerFamily[] = [
  {
    name: 'GitHub Actions',
    // github.com, an enterprise with its own issuer, and ghe.com. A GitHub Enterprise Server is like any other issuer.
    pattern: /^token\.actions\.(?:githubusercontent\.com(?:\/[\w-]+)?|[a-z0-9-]+\.ghe\.com)$/,
    isBuiltIn: false,
    keys: ofSameName(
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
    ),
  },
  {
    name: 'GitLab.com',
    pattern: /^gitlab\.com$/,
    isBuiltIn: false,
    keys: ofSameName(
      'aud',
      'sub',
      'namespace_id',
      'pipeline_source',
      'project_id',
      'ref_protected',
      'runner_environment',
    ),
  },
  {
    name: 'CircleCI',
    pattern: /^oidc\.circleci\.com\/org\/[\w-]+$/,
    isBuiltIn: false,
    keys: ofSameName('aud', 'sub', 'oidc.circleci.com/project-id'),
  },
  {
    name: 'Buildkite',
    pattern: /^agent\.(?:buildkite\.com|[a-z0-9-]+\.buildkite\.dev)$/,
    isBuiltIn: false,
    keys: ofSameName(
      'aud',
      'sub',
      'build_branch',
      'cluster_id',
      'cluster_name',
      'organization_id',
      'organization_slug',
      'pipeline_id',
      'pipeline_slug',
    ),
  },
  {
    name: 'Oracle Cloud Infrastructure',
    pattern: /^idcs-[a-z0-9]+\.identity\.oraclecloud\.com$/,
    isBuiltIn: false,
    keys: ofSameName('aud', 'sub', 'rpst_id'),
  },
  {
    name: 'Google',
    pattern: /^accounts\.google\.com$/,
    isBuiltIn: true,
    keys: {
      aud: ['azp', 'aud'],
      oaud: ['aud'],
      sub: ['sub'],
      'google/organization_number': ['google/organization_number'],
    },
  },
  {
    name: 'Amazon Cognito',
    pattern: /^cognito-identity\.amazonaws\.com$/,
    isBuiltIn: true,
    keys: ofSameName('aud', 'sub', 'amr'),
  },
  {
    name: 'Login with Amazon',
    pattern: /^www\.amazon\.com$/,
    isBuiltIn: true,
    keys: ofSameName('app_id', 'user_id'),
  },
  {
    name: 'Facebook',
    pattern: /^graph\.facebook\.com$/,
    isBuiltIn: true,
    keys: ofSameName('app_id', 'id'),
  },
]

/** Of every other issuer IAM reads these alone. */
const OTHER: IssuerFamily = {
  name: 'another issuer',
  pattern: /^/,
  isBuiltIn: false,
  keys: ofSameName('aud', 'sub', 'amr'),
}

function familyOf(issuer: string): IssuerFamily {
  const host = withoutScheme(issuer)
  return FAMILIES.find(({ pattern }) => pattern.test(host)) ?? OTHER
}

/** GitHub's own issuers: github.com and ghe.com, not an Enterprise Server. */
export function isGithubIssuer(issuer: string): boolean {
  return familyOf(issuer) === FAMILIES[0]
}

/** Issuers whose tokens anybody can get who opens an account there. */
export function isShared(issuer: string): boolean {
  const shared = /^(?:gitlab\.com|agent\.buildkite\.com|app\.terraform\.io)$/
  return isGithubIssuer(issuer) || shared.test(withoutScheme(issuer))
}

/** Condition keys are the issuer without its scheme, a colon and a name. */
export function keyPrefix(issuer: string): string {
  return `${withoutScheme(issuer)}:`
}

/** The names of the keys that IAM has for the tokens of an issuer. */
export function keysOf(issuer: string): readonly string[] {
  return Object.keys(familyOf(issuer).keys)
}

/**
 * The values of a key, as IAM reads them from the claims; undefined if the token lacks the claim. A claim without values
 * that can be compared, such as an empty list or an object, has none.
 */
export function keyValues(issuer: string, name: string, claims: Claims): readonly string[] | undefined {
  const { keys } = familyOf(issuer)
  const sources = Object.hasOwn(keys, name) ? (keys[name] ?? []) : []
  const claim = sources.find(
    source => Object.hasOwn(claims, source) && (claims[source] ?? undefined) !== undefined,
  )
  return claim === undefined ? undefined : claimValues(claims, claim)
}

/** How the trust policies of an account name the issuer: by the ARN of its provider, or by the host of a built-in one. */
export function federatedPrincipal(
  { partition, accountId }: Pick<RoleArn, 'partition' | 'accountId'>,
  issuer: string,
): string {
  const host = withoutScheme(issuer)
  return familyOf(issuer).isBuiltIn ? host : `arn:${partition}:iam::${accountId}:oidc-provider/${host}`
}
