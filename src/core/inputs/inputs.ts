import type { Environment, Surroundings } from '../base/environment.ts'
import { GateError } from '../base/failure.ts'
import { quote } from '../base/text.ts'
import { type Expectation, expectRole } from '../identity/expectation.ts'
import type { Target, Targets } from '../identity/target.ts'
import { isLoopback } from '../network/endpoint-url.ts'
import type { SessionSettings } from '../sts/role-request.ts'
import type { StsSettings } from '../sts/sts-settings.ts'
import type { RequiredClaim } from '../token/required-claims.ts'
import {
  DECLARED_INPUTS,
  type ParsedValues,
  parseEach,
  type RawInputs,
  rawName,
  type Values,
} from './declared-inputs.ts'
import { expectedIdentitiesOf } from './expected-input.ts'
import {
  contradictions,
  expectsToken,
  sourceOf,
  switchOf,
  unusedInputs,
  wantsKeysInEnvironment,
} from './input-checks.ts'
import { misspelledNames } from './misspelled-names.ts'
import type { SourceChoice } from './source-choice.ts'

/** Every input, parsed. Each part is what one room of the code needs. */
export type Inputs = SourceSettings &
  SessionSettings &
  StsSettings &
  TokenChecks &
  ExportSettings &
  StepLimits & {
    /** Never empty: the role of `role-to-assume` and its chain, or each role of `aws-profiles`. */
    readonly targets: Targets
    readonly onMismatch: 'fail' | 'report'
    readonly masksAccountIds: boolean
    readonly writesSummary: boolean
    /** What was understood otherwise than it was written. */
    readonly notices: readonly string[]
    readonly warnings: readonly string[]
  }

/** Where the first credentials come from. */
export type SourceSettings = {
  readonly source: SourceChoice
  /** GitHub's token would be the source, but the runner offers none. */
  readonly isOidcUnavailable: boolean
  readonly audience: string
  readonly accessKeys: AccessKeys | undefined
  /** Path from the workspace. */
  readonly tokenFile: string | undefined
  /** Existing credentials that satisfy every guard are kept. */
  readonly reusesExisting: boolean
}

export type AccessKeys = {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken: string | undefined
}

/** What the web identity token is checked for. */
export type TokenChecks = {
  /** What the token must say before it goes to AWS. */
  readonly requiredClaims: readonly RequiredClaim[]
  /** Path to a copy of the role's trust policy in the workspace. */
  readonly trustPolicyPath: string | undefined
}

/** Where verified credentials go, beside the profiles of the targets. */
export type ExportSettings = {
  readonly region: string
  /** `aws-profiles` names the targets, and each has a profile. */
  readonly isForSeveralRoles: boolean
  readonly exportsEnvironment: boolean
  readonly outputsCredentials: boolean
}

export type StepLimits = {
  readonly maxAttempts: number
  /** How long a denied role is retried; 0 for not at all. */
  readonly accessDeniedSeconds: number
  /** Of the whole step; 0 for no limit. */
  readonly timeoutSeconds: number
}

/**
 * Turns what the step was given into values.
 * @throws GateError ERR_INPUT_INVALID that names every problem of every input.
 */
export function parseInputs(raw: RawInputs, surroundings: Surroundings): Inputs {
  const { partitionOf, environment } = surroundings
  const { values, problems } = parseEach(raw)
  const partition = values['aws-region'] && partitionOf(values['aws-region'])
  const expected = expectedIdentitiesOf(values, partition)
  problems.push(
    ...misspelledNames(raw),
    ...expected.problems,
    ...contradictions(values, { raw, partition, ...surroundings }),
  )
  if (problems.length > 0) throw invalidInputs(problems)
  return assemble(values as Values & ParsedValues, partition as string, expected.identities, raw, environment)
}

/** Whether account ids are to be kept out of what is printed, errors about the inputs included. */
export function wantsAccountIdsMasked(raw: RawInputs): boolean {
  return isWanted('mask-aws-account-id', raw, true)
}

/** Whether a summary is wanted, of wrong inputs too. */
export function wantsSummary(raw: RawInputs): boolean {
  return isWanted('job-summary', raw, true)
}

/** Whether the credentials that are there must go first, whatever becomes of the step. */
export function wantsCurrentUnset(raw: RawInputs): boolean {
  return isWanted('unset-current-credentials', raw, false)
}

/** A switch, before the inputs are known to be usable. */
function isWanted(
  name: 'mask-aws-account-id' | 'job-summary' | 'unset-current-credentials',
  raw: RawInputs,
  ifUnclear: boolean,
): boolean {
  const { byDefault, parse } = DECLARED_INPUTS[name]
  try {
    return parse(raw[rawName(name)]?.trim() || byDefault)
  } catch {
    return ifUnclear
  }
}

/** Every account id that the inputs name. */
export function accountIdsOf({ targets }: Pick<Inputs, 'targets'>): readonly string[] {
  return targets.flatMap(({ roles, expected }) => {
    const { identities, allowedAccountIds, forbiddenAccountIds } = expected
    return [
      ...roles.flatMap(role => (role.kind === 'role' ? role.accountId : [])),
      ...(typeof identities === 'string' ? [] : identities.map(({ accountId }) => accountId)),
      ...(allowedAccountIds === 'any' ? [] : allowedAccountIds),
      ...forbiddenAccountIds,
    ]
  })
}

function invalidInputs(problems: readonly string[]): GateError {
  return new GateError(
    'ERR_INPUT_INVALID',
    `some inputs are invalid\n${problems.map(problem => `- ${problem}`).join('\n')}`,
    "Correct the step's `with:`, or the environment variable that a line names. Nothing was sent to GitHub or AWS.",
  )
}

function assemble(
  values: Values & ParsedValues,
  partition: string,
  identities: Expectation['identities'],
  raw: RawInputs,
  environment: Environment,
): Inputs {
  const source = sourceOf(values, environment)
  return {
    region: values['aws-region'],
    source,
    targets: targetsOf(values, identities),
    isForSeveralRoles: values['aws-profiles'] !== undefined,
    isOidcUnavailable: source.kind === 'existing' && expectsToken(values),
    audience: values.audience ?? defaultAudience(partition),
    sessionName: values['role-session-name'],
    durationSeconds: values['role-duration-seconds'],
    externalId: values['role-external-id'],
    sourceIdentity: values['source-identity'],
    inlinePolicy: values['inline-session-policy'],
    managedPolicies: values['managed-session-policies'] ?? [],
    tagging: values['role-skip-session-tagging']
      ? undefined
      : {
          customTags: values['custom-tags'] ?? [],
          transitiveTagKeys: values['transitive-tag-keys'] ?? [],
        },
    accessKeys: accessKeysOf(values),
    tokenFile: values['web-identity-token-file'],
    reusesExisting: values['use-existing-credentials'],
    requiredClaims: values['required-claims'],
    trustPolicyPath: values['trust-policy'],
    onMismatch: values['on-mismatch'],
    exportsEnvironment: wantsKeysInEnvironment(values),
    outputsCredentials: values['output-credentials'],
    masksAccountIds: values['mask-aws-account-id'],
    writesSummary: values['job-summary'],
    stsEndpoint: values['sts-endpoint'],
    usesFips: switchOf(values, 'use-fips-endpoint', environment) ?? false,
    usesDualstack: switchOf(values, 'use-dualstack-endpoint', environment) ?? false,
    fallbackRegions: values['sts-fallback-regions'] ?? [],
    caBundle: values['ca-bundle'],
    httpProxy: values['http-proxy'],
    noProxy: values['no-proxy'],
    maxAttempts: maxAttemptsOf(values),
    accessDeniedSeconds: values['retry-access-denied-seconds'],
    plainKeyAttempts: values['special-characters-workaround']
      ? Math.max(1, values['retry-max-attempts'])
      : undefined,
    timeoutSeconds: values['action-timeout-s'],
    notices: sessionNameNotices(raw[rawName('role-session-name')]?.trim(), values['role-session-name']),
    warnings: [
      ...endpointWarnings(values['sts-endpoint']),
      ...fallbackWarnings(values['sts-fallback-regions'] ?? [], maxAttemptsOf(values)),
      ...unusedInputs(values, environment),
    ],
  }
}

/** Each role of `aws-profiles` is verified against its own ARN; the other guards hold for all. */
function targetsOf(values: Values, identities: Expectation['identities']): Targets {
  const { 'role-to-assume': role, 'forbidden-account-ids': forbidden, 'aws-profile': name } = values
  const settings = { overwrites: values['overwrite-aws-profile'], refreshes: values['refresh-credentials'] }
  const expected = {
    identities,
    roleIds: values['expected-role-id'],
    allowedAccountIds: values['allowed-account-ids'],
    forbiddenAccountIds: forbidden === 'none' ? [] : forbidden,
  }
  const [first, ...others] = (values['aws-profiles'] ?? []).map(
    ({ name, role }): Target => ({
      roles: [role],
      expected: { ...expected, identities: [expectRole(role)] },
      profile: { name, ...settings },
    }),
  )
  if (first) return [first, ...others]
  const roles = role === 'none' ? [] : [role, ...(values['role-chain'] ?? [])]
  return [{ roles, expected, profile: name === undefined ? undefined : { name, ...settings } }]
}

function accessKeysOf(values: Values): AccessKeys | undefined {
  const { 'aws-access-key-id': accessKeyId, 'aws-secret-access-key': secretAccessKey } = values
  if (accessKeyId === undefined || secretAccessKey === undefined) return undefined
  return { accessKeyId, secretAccessKey, sessionToken: values['aws-session-token'] }
}

/** What GitHub's provider expects, and its name in China's partition. Source: README of configure-aws-credentials. */
function defaultAudience(partition: string): string {
  return partition === 'aws-cn' ? 'sts.amazonaws.com.cn' : 'sts.amazonaws.com'
}

function sessionNameNotices(asked: string | undefined, used: string): string[] {
  if (!asked || asked === used) return []
  return [
    `role-session-name: ${quote(asked)} has characters or a length that AWS doesn't allow; using ${quote(used)}`,
  ]
}

function endpointWarnings(endpoint: URL | undefined): string[] {
  if (!endpoint || endpoint.protocol === 'https:' || isLoopback(endpoint)) return []
  return [
    `sts-endpoint: ${quote(endpoint.origin)} is plain http: anyone on the network can read the token and the credentials`,
  ]
}

function maxAttemptsOf(values: Values): number {
  return values['disable-retry'] ? 1 : Math.max(1, values['retry-max-attempts'])
}

/** All regions share the attempts, and each needs at least one. */
function fallbackWarnings(regions: readonly string[], maxAttempts: number): string[] {
  const uncalled = regions.slice(maxAttempts - 1)
  if (uncalled.length === 0) return []
  return [
    `sts-fallback-regions: ${uncalled.join(', ')} can't be called: only ${maxAttempts} ${maxAttempts === 1 ? 'attempt is' : 'attempts are'} allowed for all regions together. Raise retry-max-attempts`,
  ]
}
