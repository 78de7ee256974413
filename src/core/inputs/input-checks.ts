import type { Environment, Surroundings } from '../base/environment.ts'
import { escapeControls, quote } from '../base/text.ts'
import { sessionTags, transitiveTagKeys } from '../sts/session-tags.ts'
import { type InputName, type ParsedValues, type RawInputs, rawName, type Values } from './declared-inputs.ts'
import { policyProblems } from './session-policy.ts'
import { chooseSource, type SourceChoice, type SourceFacts, sourceConflicts } from './source-choice.ts'

/** The source that the inputs and the runner's offer come to. */
export function sourceOf(values: ParsedValues, environment: Environment): SourceChoice {
  return chooseSource(factsOf(values, environment))
}

function factsOf(values: ParsedValues, environment: Environment): SourceFacts {
  return {
    hasAccessKeys: hasAccessKeys(values),
    hasTokenFile: values['web-identity-token-file'] !== undefined,
    // One that could not be understood may have been meant: what else follows from a token would mislead.
    roleChaining: values['role-chaining'] ?? true,
    forceSkipOidc: values['force-skip-oidc'] ?? true,
    hasRole: assumesRole(values),
    offersIdToken: Boolean(
      environment.ACTIONS_ID_TOKEN_REQUEST_URL && environment.ACTIONS_ID_TOKEN_REQUEST_TOKEN,
    ),
  }
}

/** Whether a role is to be assumed at all, be it one that can't be understood. */
function assumesRole(values: ParsedValues): boolean {
  return values['role-to-assume'] !== 'none' || wantsProfiles(values)
}

/** Whether several roles are, a profile for each. */
export function wantsProfiles(values: ParsedValues): boolean {
  return values.unparsed.has('aws-profiles') || values['aws-profiles'] !== undefined
}

/** The keys for the environment: wanted unless a profile is, or what was written of either can't be understood. */
export function wantsKeysInEnvironment(values: ParsedValues): boolean {
  if (values.unparsed.has('output-env-credentials') || values.unparsed.has('aws-profile')) return false
  return values['output-env-credentials'] ?? (values['aws-profile'] === undefined && !wantsProfiles(values))
}

/** A switch whose default an environment variable gives, but none beside an endpoint of one's own. */
export function switchOf(
  values: ParsedValues,
  name: 'use-fips-endpoint' | 'use-dualstack-endpoint',
  environment: Environment,
): boolean | undefined {
  if (values[name] !== undefined) return values[name]
  if (values['sts-endpoint']) return false
  const text = environment[SWITCH_VARIABLES[name]] ?? ''
  if (/^(false)?$/i.test(text)) return false
  return /^true$/i.test(text) ? true : undefined
}

const SWITCH_VARIABLES = {
  'use-fips-endpoint': 'AWS_USE_FIPS_ENDPOINT',
  'use-dualstack-endpoint': 'AWS_USE_DUALSTACK_ENDPOINT',
} as const

/** Inputs that can't be what their author means, each by itself being right. */
export function contradictions(
  values: ParsedValues,
  {
    raw,
    partition,
    partitionOf,
    caBundleProblem,
    environment,
  }: Surroundings & { readonly raw: RawInputs; readonly partition: string | undefined },
): string[] {
  return [
    ...checkPartitions(values, partition),
    ...checkAccounts(values),
    ...checkKeys(values),
    ...sourceConflicts(factsOf(values, environment)).problems,
    ...checkRoles(values, partition, environment),
    ...checkDurations(values, environment),
    ...checkPolicies(values, partition),
    ...checkClaims(values, environment),
    ...checkEndpoints(values, environment),
    ...checkCaBundle(values, caBundleProblem),
    ...checkFallbackRegions(values, partition, partitionOf),
    ...checkDeniedRetry(values),
    ...checkProfiles(values, environment),
    ...checkRenewal(values, environment),
    ...checkSeveralRoles(values),
    ...checkNodeDebug(environment),
    ...checkRegionVariable(raw, environment),
  ]
}

/** `place`: within the value of the input. */
export function partitionProblems(
  name: InputName,
  actual: string,
  partition: string | undefined,
  region = '',
  place = '',
): string[] {
  if (partition === undefined || actual === partition) return []
  return [
    `${name}: ${place}its partition is ${actual}, but region ${region} belongs to ${partition}: write arn:${partition}:…`,
  ]
}

function checkPartitions(values: ParsedValues, partition: string | undefined): string[] {
  const { 'role-to-assume': role, 'role-chain': chain = [], 'aws-region': region } = values
  const { 'aws-profiles': profiles = [] } = values
  const first = typeof role === 'object' && role.kind === 'role' ? [role] : []
  return [
    ...first.flatMap(each => partitionProblems('role-to-assume', each.partition, partition, region)),
    ...chain.flatMap(each => partitionProblems('role-chain', each.partition, partition, region)),
    ...profiles.flatMap(({ name, role }) =>
      partitionProblems('aws-profiles', role.partition, partition, region, `in ${quote(name)}, `),
    ),
  ]
}

function checkAccounts(values: ParsedValues): string[] {
  const { 'allowed-account-ids': allowed, 'forbidden-account-ids': forbidden } = values
  if (!Array.isArray(allowed) || !Array.isArray(forbidden)) return []
  const isForbidden = new Set(forbidden)
  const both = allowed.filter(accountId => isForbidden.has(accountId))
  return both.length > 0
    ? [
        `allowed-account-ids: ${both.join(', ')} ${both.length === 1 ? 'is also in forbidden-account-ids: remove it' : 'are also in forbidden-account-ids: remove each'} from one`,
      ]
    : []
}

/** Keys that can't be understood were given all the same. */
function hasAccessKeys(values: ParsedValues): boolean {
  return KEY_INPUTS.some(name => values.unparsed.has(name) || values[name] !== undefined)
}

const KEY_INPUTS = ['aws-access-key-id', 'aws-secret-access-key'] as const

function checkKeys(values: ParsedValues): string[] {
  const { 'aws-access-key-id': id, 'aws-secret-access-key': secret, 'aws-session-token': token } = values
  const problems: string[] = []
  if (id !== undefined && secret === undefined && !values.unparsed.has('aws-secret-access-key'))
    problems.push('aws-secret-access-key: is missing: set both keys or neither')
  if (id === undefined && secret !== undefined && !values.unparsed.has('aws-access-key-id'))
    problems.push('aws-access-key-id: is missing: set both keys or neither')
  if (token !== undefined && !hasAccessKeys(values))
    problems.push('aws-session-token: needs both key inputs: set aws-access-key-id and aws-secret-access-key')
  return problems
}

function checkRoles(values: ParsedValues, partition: string | undefined, environment: Environment): string[] {
  const { 'role-to-assume': role, 'role-chain': chain = [] } = values
  if (role === 'none' && chain.length > 0 && !wantsProfiles(values))
    return ['role-chain: continues from role-to-assume, which is none: write the first role there']
  if (typeof role !== 'object' || role.kind === 'role') return []
  const { kind } = sourceOf(values, environment)
  if (kind === 'access-keys' || kind === 'existing') return []
  return [
    `role-to-assume: ${quote(role.roleName)} has no account ID, and neither does a token: write the ARN (arn:${partition ?? 'aws'}:iam::ACCOUNT:role/${role.roleName})`,
  ]
}

const MAX_CHAINED_SECONDS = 3600

/** Source: IAM User Guide, "Role chaining". */
function checkDurations(values: ParsedValues, environment: Environment): string[] {
  const { 'role-duration-seconds': seconds = 0, 'role-chain': chain = [] } = values
  const startsFromSession = values['role-chaining'] && sourceOf(values, environment).kind === 'existing'
  const chaining = chain.length > 0 ? 'role-chain' : startsFromSession ? 'role-chaining' : undefined
  if (!chaining || !assumesRole(values) || seconds <= MAX_CHAINED_SECONDS) return []
  return [
    `role-duration-seconds: is ${seconds}, but role chaining (${chaining}) allows at most ${MAX_CHAINED_SECONDS}: lower it`,
  ]
}

function checkPolicies(values: ParsedValues, partition: string | undefined): string[] {
  const { 'inline-session-policy': inline, 'managed-session-policies': managed = [] } = values
  const given = [
    ...(inline === undefined ? [] : ['inline-session-policy']),
    ...(managed.length === 0 ? [] : ['managed-session-policies']),
  ]
  if (given.length > 0 && !assumesRole(values))
    return [
      given.length === 1
        ? `${given.join()}: only applies to an assumed role, and role-to-assume is none: remove it`
        : `${given.join(', ')}: only apply to an assumed role, and role-to-assume is none: remove them`,
    ]
  return partition === undefined ? [] : policyProblems(inline, managed, partition)
}

function checkClaims(values: ParsedValues, environment: Environment): string[] {
  const { 'required-claims': required = [] } = values
  const { kind } = sourceOf(values, environment)
  if (required.length === 0 || kind === 'oidc' || kind === 'token-file') return []
  if (expectsToken(values)) return [] // that GitHub offers none is the failure to tell
  return [
    "required-claims: needs a token, but the credentials come from elsewhere: remove it, or assume the role with GitHub's OIDC token",
  ]
}

/** Whether GitHub's token would be the source if the runner offered one. */
export function expectsToken(values: ParsedValues): boolean {
  const facts = {
    ...factsOf(values, {}),
    roleChaining: values['role-chaining'] ?? false,
    forceSkipOidc: values['force-skip-oidc'] ?? false,
    offersIdToken: true,
  }
  return chooseSource(facts).kind === 'oidc'
}

function checkEndpoints(values: ParsedValues, environment: Environment): string[] {
  return (['use-fips-endpoint', 'use-dualstack-endpoint'] as const).flatMap(name => {
    if (values[name] && values['sts-endpoint'])
      return [`${name}: only works with AWS's own endpoints: remove it or sts-endpoint`]
    if (switchOf(values, name, environment) !== undefined) return []
    const variable = SWITCH_VARIABLES[name]
    return [
      `the environment: ${variable} is ${quote(environment[variable] ?? '')}, which is neither true nor false: correct it, or set ${name}`,
    ]
  })
}

function checkCaBundle(
  { 'ca-bundle': path }: ParsedValues,
  caBundleProblem: Surroundings['caBundleProblem'],
): string[] {
  if (path === undefined) return []
  const reason = caBundleProblem(path)
  if (reason === undefined) return []
  return [
    `ca-bundle: ${quote(path)} can't be used: ${escapeControls(reason)}: set the path, relative to the workspace, of a PEM file (-----BEGIN CERTIFICATE-----)`,
  ]
}

function checkFallbackRegions(
  values: ParsedValues,
  partition: string | undefined,
  partitionOf: (region: string) => string,
): string[] {
  const { 'sts-fallback-regions': regions = [], 'aws-region': first } = values
  if (regions.length === 0) return []
  if (values['sts-endpoint']) return ['sts-fallback-regions: not used with sts-endpoint: remove one of them']
  const foreign = regions.filter(region => partition !== undefined && partitionOf(region) !== partition)
  const problems = foreign.map(
    region =>
      `sts-fallback-regions: ${region} belongs to ${partitionOf(region)}, not to ${partition}: fallback regions must be in the same partition`,
  )
  if (new Set([first, ...regions]).size <= regions.length)
    problems.push('sts-fallback-regions: lists a region twice, or repeats aws-region: remove the duplicate')
  return problems
}

function checkDeniedRetry(values: ParsedValues): string[] {
  const { 'retry-access-denied-seconds': seconds = 0, 'action-timeout-s': limit = 0 } = values
  if (seconds === 0) return []
  if (values['disable-retry'])
    return ['retry-access-denied-seconds: retries, but disable-retry is true: remove one of them']
  if (limit === 0 || seconds < limit) return []
  return [
    `retry-access-denied-seconds: is ${seconds}, but the step times out after ${limit} s: lower it, or raise action-timeout-s`,
  ]
}

function checkProfiles(values: ParsedValues, environment: Environment): string[] {
  const { AWS_PROFILE: current } = environment
  const name = values['aws-profile']
  const problems: string[] = []
  if (current && current !== name && wantsKeysInEnvironment(values) && makesCredentials(values)) {
    problems.push(
      `output-env-credentials: AWS_PROFILE is ${quote(current)}, and some SDKs would use that profile instead of the verified keys: remove it from the env: or from the earlier step that exports it, name it in aws-profile, or set output-env-credentials to false`,
    )
  }
  const leavesToTools = !makesCredentials(values) || values['use-existing-credentials']
  if (leavesToTools) problems.push(...rivalSources(environment))
  if (leavesToTools || name !== undefined || wantsProfiles(values)) problems.push(...oddPaths(environment))
  if (environment.AWS_SECURITY_TOKEN && (wantsKeysInEnvironment(values) || !makesCredentials(values)))
    problems.push(
      'the environment: AWS_SECURITY_TOKEN is set, and botocore would use it instead of AWS_SESSION_TOKEN: remove it from the env: or from the earlier step that exports it',
    )
  return problems
}

/** A profile renews itself by GitHub's token, and what it needs for that stands in a file. */
function checkRenewal(values: ParsedValues, environment: Environment): string[] {
  if (!values['refresh-credentials']) return []
  const problems: string[] = []
  if (!values['aws-profile'] && !values.unparsed.has('aws-profile') && !wantsProfiles(values))
    problems.push('refresh-credentials: needs aws-profile or aws-profiles')
  if (values['output-env-credentials'])
    problems.push(
      'output-env-credentials: is true with refresh-credentials, but SDKs would use those keys before the profile and never renew them: remove one of them',
    )
  if (values['use-existing-credentials'])
    problems.push(
      "use-existing-credentials: keeps credentials that refresh-credentials can't renew: remove one of them",
    )
  if (values['http-proxy']?.password)
    problems.push(
      "http-proxy: contains a password, which refresh-credentials would have to keep in a file: set HTTPS_PROXY in the job's env instead",
    )
  if (sourceOf(values, environment).kind !== 'oidc' && !expectsToken(values))
    problems.push(
      "refresh-credentials: needs GitHub's OIDC token for each renewal, but the credentials come from elsewhere: remove it, or assume the role with that token",
    )
  return problems
}

/** Each role of aws-profiles is a separate target, and what belongs to one role can't be meant for all. */
function checkSeveralRoles(values: ParsedValues): string[] {
  if (!wantsProfiles(values)) return []
  const { 'role-to-assume': role, 'expected-role': expected } = values
  const given: Readonly<Record<string, boolean>> = {
    'role-to-assume': role !== undefined && role !== 'none',
    'role-chain': values['role-chain'] !== undefined,
    'aws-profile': values['aws-profile'] !== undefined,
    'expected-role': expected !== undefined && expected !== 'role-to-assume',
    'trust-policy': values['trust-policy'] !== undefined,
    'use-existing-credentials': values['use-existing-credentials'] === true,
    'output-env-credentials': values['output-env-credentials'] === true,
  }
  return Object.keys(given)
    .filter(name => given[name])
    .map(name => `${name}: applies to a single role: remove it or aws-profiles`)
}

/**
 * What is verified must be what every tool would use. Sources: the default chains of botocore, where AWS_DEFAULT_PROFILE
 * goes before AWS_PROFILE, and old files of keys before a container, and of the JavaScript SDK, which knows none of these.
 */
function rivalSources(environment: Environment): string[] {
  const { AWS_PROFILE: profile, AWS_DEFAULT_PROFILE: other, AWS_ACCESS_KEY_ID: key } = environment
  const rivals = ['AWS_ACCESS_KEY_ID', 'AWS_WEB_IDENTITY_TOKEN_FILE'].filter(name => environment[name])
  const ownOfBotocore = ['AWS_CREDENTIAL_FILE', 'BOTO_CONFIG'].filter(name => environment[name])
  const problems: string[] = []
  if (ownOfBotocore.length > 0 && !key)
    problems.push(
      `the environment: only botocore reads ${ownOfBotocore.join(' and ')} and may find keys there that aren't the verified ones: unset ${ownOfBotocore.length === 1 ? 'it' : 'them'}`,
    )
  if (profile && rivals.length > 0)
    problems.push(
      `the environment: AWS_PROFILE and ${rivals.join(' and ')} are ${rivals.length === 1 ? 'both' : 'all'} set, and tools disagree on which wins: unset ${rivals.length === 1 ? 'one' : 'AWS_PROFILE or the others'}`,
    )
  if (other && other !== profile && !key)
    problems.push('the environment: only some tools read AWS_DEFAULT_PROFILE: unset it, and set AWS_PROFILE')
  return problems
}

/** To botocore a variable or a user may stand in these, to others each is a part of a name. */
function oddPaths(environment: Environment): string[] {
  return ['AWS_SHARED_CREDENTIALS_FILE', 'AWS_CONFIG_FILE'].flatMap(name => {
    const path = environment[name] ?? ''
    if (!/\$|%[^%]+%|^~[^/]/.test(path)) return []
    return [
      `the environment: ${name} is ${quote(path)}, and tools disagree on which file that is: write its path without variables, or with ~/ for the home folder`,
    ]
  })
}

/** Without a role or access keys, no credentials are created. */
function makesCredentials(values: ParsedValues): boolean {
  return assumesRole(values) || hasAccessKeys(values)
}

function checkNodeDebug({ NODE_DEBUG: debug }: Environment): string[] {
  if (!debug) return []
  return [
    `the environment: NODE_DEBUG is ${quote(debug)}, and Node would print tokens before they are masked: unset it for this step`,
  ]
}

function checkRegionVariable(raw: RawInputs, { AWS_REGION: region }: Environment): string[] {
  if (raw[rawName('aws-region')]?.trim() || !region) return []
  return ['the environment: AWS_REGION is set, but inputs only come from `with:`: set aws-region there']
}

/** What was given and does nothing, as the session is made in another way. */
export function unusedInputs(values: Values & ParsedValues, environment: Environment): string[] {
  const warnings = [
    ...sourceConflicts(factsOf(values, environment)).warnings,
    ...takenByAssumeRoleAlone(values, environment),
  ]
  if (values['output-env-credentials'] && !makesCredentials(values))
    warnings.push("output-env-credentials: is ignored, because existing credentials aren't exported again")
  const profile = values['aws-profile'] !== undefined ? 'aws-profile' : 'aws-profiles'
  const hasProfile = values[profile] !== undefined
  if (hasProfile && !wantsKeysInEnvironment(values) && environment.AWS_ACCESS_KEY_ID)
    warnings.push(
      `${profile}: the environment has keys from an earlier step, and tools that use AWS_PROFILE may still pick those keys: use --profile, or set unset-current-credentials to true`,
    )
  if (values['overwrite-aws-profile'] && !hasProfile)
    warnings.push('overwrite-aws-profile: is ignored, because no profile is written')
  const { kind } = sourceOf(values, environment)
  if (values['trust-policy'] !== undefined && kind !== 'oidc' && kind !== 'token-file')
    warnings.push('trust-policy: is ignored, because there is no token to check it against')
  return warnings
}

function takenByAssumeRoleAlone(values: Values & ParsedValues, environment: Environment): string[] {
  const { 'role-chain': chain = [], 'transitive-tag-keys': transitive = [] } = values
  const given = (
    ['role-external-id', 'source-identity', 'custom-tags', 'transitive-tag-keys'] as const
  ).filter(name => values[name] !== undefined)
  if (given.length === 0) return []
  const names = given.join(', ')
  const { kind } = sourceOf(values, environment)
  if (!assumesRole(values)) return [`${names}: ignored, because no role is assumed`]
  if (chain.length === 0 && (kind === 'oidc' || kind === 'token-file'))
    return [
      `${names}: ignored, because AssumeRoleWithWebIdentity doesn't accept ${given.length === 1 ? 'it' : 'them'}. Policies can test the token's claims`,
    ]
  if (values['role-skip-session-tagging']) return skippedTags(values)
  const tags = sessionTags(environment, values['custom-tags'] ?? [])
  const { unknown } = transitiveTagKeys(transitive, tags)
  return unknown.length === 0
    ? []
    : [`transitive-tag-keys: ${unknown.map(quote).join(', ')}: ignored, because no tag has that key`]
}

function skippedTags(values: Values): string[] {
  const given = (['custom-tags', 'transitive-tag-keys'] as const).filter(name => values[name] !== undefined)
  if (given.length === 0) return []
  return [`${given.join(', ')}: ignored, because role-skip-session-tagging is true`]
}
