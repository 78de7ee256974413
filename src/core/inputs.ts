import { distance } from 'fastest-levenshtein'
import { isRoleName, type RoleArn } from './arn.ts'
import {
  DECLARED_INPUTS,
  INPUT_NAMES,
  type InputName,
  parseEach,
  type RawInputs,
  rawName,
  type Values,
} from './declared-inputs.ts'
import { type Expectation, type ExpectedIdentity, expectRole, parseExpectedIdentity } from './expectation.ts'
import { GateError } from './failure.ts'
import { isLoopback, whyNotArn } from './input-values.ts'
import type { RequiredClaim } from './required-claims.ts'
import { quote } from './text.ts'

/** What the parser must know of the world around it. */
export type Surroundings = {
  readonly partitionOf: (region: string) => string
  /** The job's environment as earlier steps left it. */
  readonly environment: Readonly<Record<string, string | undefined>>
}

/** Every input, understood. */
export type Inputs = {
  readonly region: string
  readonly partition: string
  readonly roleToAssume: RoleArn
  readonly audience: string
  readonly sessionName: string
  readonly durationSeconds: number
  readonly expected: Expectation
  /** What the token must say before it goes to AWS. */
  readonly requiredClaims: readonly RequiredClaim[]
  /** Path to a copy of the role's trust policy in the workspace. */
  readonly trustPolicyPath: string | undefined
  readonly onMismatch: 'fail' | 'report'
  readonly exportsEnvironment: boolean
  readonly outputsCredentials: boolean
  readonly masksAccountIds: boolean
  readonly writesSummary: boolean
  readonly stsEndpoint: URL | undefined
  readonly maxAttempts: number
  /** Of the whole step; 0 for no limit. */
  readonly timeoutSeconds: number
  /** What was understood otherwise than it was written. */
  readonly notices: readonly string[]
  readonly warnings: readonly string[]
}

/**
 * Turns what the step was given into values.
 * @throws GateError ERR_INPUT_INVALID that names every problem of every input.
 */
export function parseInputs(raw: RawInputs, surroundings: Surroundings): Inputs {
  const { values, problems } = parseEach(raw)
  const partition = values['aws-region'] && surroundings.partitionOf(values['aws-region'])
  const expectation = parseExpectation(values, partition)
  problems.push(
    ...misspeltNames(raw),
    ...roleProblems(values, partition),
    ...expectation.problems,
    ...environmentProblems(values, surroundings.environment),
  )
  if (problems.length > 0) throw invalidInputs(problems)
  return assemble(values as Values, partition as string, expectation.identities, raw)
}

/** Whether account ids are to be kept out of what is printed, errors about the inputs included. */
export function wantsAccountIdsMasked(raw: RawInputs): boolean {
  return isWanted('mask-aws-account-id', raw)
}

/** Whether a summary is wanted, of wrong inputs too. */
export function wantsSummary(raw: RawInputs): boolean {
  return isWanted('job-summary', raw)
}

/** A switch, before the inputs are known to be usable: what can't be understood says yes. */
function isWanted(name: 'mask-aws-account-id' | 'job-summary', raw: RawInputs): boolean {
  const { byDefault, parse } = DECLARED_INPUTS[name]
  try {
    return parse(raw[rawName(name)]?.trim() || byDefault)
  } catch {
    return true
  }
}

/** Every account id that the inputs name. */
export function accountIdsOf({ roleToAssume, expected }: Inputs): readonly string[] {
  const { identities, allowedAccountIds, forbiddenAccountIds } = expected
  return [
    roleToAssume.accountId,
    ...(identities === 'any' ? [] : identities.map(({ accountId }) => accountId)),
    ...(allowedAccountIds === 'any' ? [] : allowedAccountIds),
    ...forbiddenAccountIds,
  ]
}

/** Words of guards: an undeclared name that holds one is no name to pass over. */
const GUARD_WORDS = /(^|-)(expected|allowed|forbidden|required)-/

/** A name of no input that is nearly one of an input, or sounds like a guard, is a guard that its author believes in. */
function misspeltNames(raw: RawInputs): string[] {
  const declaredNames = INPUT_NAMES.map(rawName)
  const undeclared = Object.keys(raw).filter(name => !declaredNames.includes(name))
  return undeclared.flatMap(name => {
    const asked = name.toLowerCase().replaceAll('_', '-')
    const meant = INPUT_NAMES.find(declared => distance(asked, declared) <= 2)
    if (!meant && !GUARD_WORDS.test(asked)) return []
    const fix = meant ? `did you mean ${meant}?` : 'the README lists the guards that there are'
    return [`${quote(name.toLowerCase())} is not an input: ${fix}`]
  })
}

function roleProblems(values: Partial<Values>, partition: string | undefined): string[] {
  const role = values['role-to-assume']
  if (role === undefined) return []
  if (role === 'none')
    return ['role-to-assume: is none, so there is nothing to verify: write the ARN of the role']
  return partitionProblems('role-to-assume', role.partition, partition, values['aws-region'])
}

function partitionProblems(
  name: InputName,
  actual: string,
  partition: string | undefined,
  region = '',
): string[] {
  if (partition === undefined || actual === partition) return []
  return [
    `${name}: its partition is ${actual}, but region ${region} belongs to ${partition}: write arn:${partition}:…`,
  ]
}

type ExpectedIdentities = {
  readonly identities: Expectation['identities']
  readonly problems: readonly string[]
}

/** `expected-role` can only be understood beside the role, the accounts and the region. */
function parseExpectation(values: Partial<Values>, partition: string | undefined): ExpectedIdentities {
  const { 'expected-role': expected, 'role-to-assume': role } = values
  const accountProblems = contradictions(values)
  if (expected === undefined) return { identities: [], problems: accountProblems }
  if (expected === 'any') {
    return { identities: 'any', problems: [...accountProblems, ...nothingToVerify(values)] }
  }
  if (expected === 'role-to-assume') {
    return { identities: typeof role === 'object' ? [expectRole(role)] : [], problems: accountProblems }
  }
  const home = partition ? { partition, accountIds: homeAccounts(values) } : undefined
  const parsed = expected.map(text => parseExpectedElement(text, home, values['aws-region']))
  return {
    identities: parsed.flatMap(({ identity }) => identity ?? []),
    problems: [...accountProblems, ...parsed.flatMap(({ problems }) => problems)],
  }
}

function parseExpectedElement(
  text: string,
  home: { partition: string; accountIds: readonly string[] } | undefined,
  region: string | undefined,
): { identity?: ExpectedIdentity; problems: readonly string[] } {
  const [accountId, ...others] = home?.accountIds ?? []
  const identity = parseExpectedIdentity(
    text,
    home && accountId !== undefined && others.length === 0
      ? { partition: home.partition, accountId }
      : undefined,
  )
  if (identity) {
    return {
      identity,
      problems: partitionProblems('expected-role', identity.partition, home?.partition, region),
    }
  }
  if (isRoleName(text) && others.length > 0) {
    const accounts = [accountId, ...others].join(' and ')
    return { problems: [`expected-role: ${quote(text)} may be in ${accounts}: write its ARN`] }
  }
  const forms = 'a role ARN, an assumed-role ARN, a user ARN, or a role name where one account is known'
  if (!home && isRoleName(text)) return { problems: [] } // the region's own problem comes first
  return { problems: [`expected-role: ${quote(text)} is not ${forms}${whyNotArn(text)}`] }
}

/** The accounts that a bare role name may mean: clear only if there is one. */
function homeAccounts(values: Partial<Values>): readonly string[] {
  const { 'allowed-account-ids': allowed, 'role-to-assume': role } = values
  const single = Array.isArray(allowed) && allowed.length === 1 ? allowed : []
  return [...new Set([...single, ...(typeof role === 'object' ? [role.accountId] : [])])]
}

function nothingToVerify(values: Partial<Values>): string[] {
  if (values['expected-role-id'] !== 'any' || values['allowed-account-ids'] !== 'any') return []
  return [
    'expected-role: is any, and neither expected-role-id nor allowed-account-ids says what must be true instead: set one of them, or name the role',
  ]
}

function contradictions(values: Partial<Values>): string[] {
  const { 'allowed-account-ids': allowed, 'forbidden-account-ids': forbidden } = values
  if (!Array.isArray(allowed) || !Array.isArray(forbidden)) return []
  const both = allowed.filter(accountId => forbidden.includes(accountId))
  return both.length > 0
    ? [`allowed-account-ids: ${both.join(', ')} is in forbidden-account-ids too: take it out of one of them`]
    : []
}

function environmentProblems(values: Partial<Values>, environment: Surroundings['environment']): string[] {
  const { AWS_PROFILE: profile, NODE_DEBUG: debug } = environment
  const problems: string[] = []
  if (values['output-env-credentials'] && profile) {
    problems.push(
      `output-env-credentials: AWS_PROFILE is ${quote(profile)}, and some SDKs would use that profile, not the keys that were verified: clear it in this job, or set output-env-credentials to false`,
    )
  }
  if (debug) {
    problems.push(
      `the environment: NODE_DEBUG is ${quote(debug)}, and Node would print tokens before they are masked: clear it for this step`,
    )
  }
  return problems
}

function invalidInputs(problems: readonly string[]): GateError {
  return new GateError(
    'ERR_INPUT_INVALID',
    `the step can't run with what it was given\n${problems.map(problem => `- ${problem}`).join('\n')}`,
    "Correct the step's `with:`, or the environment where it is named. Neither GitHub nor AWS was asked anything.",
  )
}

function assemble(
  values: Values,
  partition: string,
  identities: Expectation['identities'],
  raw: RawInputs,
): Inputs {
  const forbidden = values['forbidden-account-ids']
  return {
    region: values['aws-region'],
    partition,
    roleToAssume: values['role-to-assume'] as RoleArn,
    audience: values.audience ?? defaultAudience(partition),
    sessionName: values['role-session-name'],
    durationSeconds: values['role-duration-seconds'],
    expected: {
      identities,
      roleIds: values['expected-role-id'],
      allowedAccountIds: values['allowed-account-ids'],
      forbiddenAccountIds: forbidden === 'none' ? [] : forbidden,
    },
    requiredClaims: values['required-claims'],
    trustPolicyPath: values['trust-policy'],
    onMismatch: values['on-mismatch'],
    exportsEnvironment: values['output-env-credentials'],
    outputsCredentials: values['output-credentials'],
    masksAccountIds: values['mask-aws-account-id'],
    writesSummary: values['job-summary'],
    stsEndpoint: values['sts-endpoint'],
    maxAttempts: values['disable-retry'] ? 1 : Math.max(1, values['retry-max-attempts']),
    timeoutSeconds: values['action-timeout-s'],
    notices: sessionNameNotices(raw[rawName('role-session-name')]?.trim(), values['role-session-name']),
    warnings: endpointWarnings(values['sts-endpoint']),
  }
}

/** What GitHub's provider expects, and its name in China's partition. Source: README of configure-aws-credentials. */
function defaultAudience(partition: string): string {
  return partition === 'aws-cn' ? 'sts.amazonaws.com.cn' : 'sts.amazonaws.com'
}

function sessionNameNotices(asked: string | undefined, used: string): string[] {
  if (!asked || asked === used) return []
  return [
    `role-session-name: ${quote(asked)} has characters or a length that AWS does not take in a session name, so ${quote(used)} is used`,
  ]
}

function endpointWarnings(endpoint: URL | undefined): string[] {
  if (!endpoint || endpoint.protocol === 'https:' || isLoopback(endpoint)) return []
  return [
    `sts-endpoint: ${quote(endpoint.origin)} is plain http: whoever is on the way can read the token and the credentials`,
  ]
}
