import { quote } from '../base/text.ts'
import { isRoleName, type RoleArn } from '../identity/arn.ts'
import { whyNotArn } from '../identity/arn-problems.ts'
import {
  type Expectation,
  type ExpectedIdentity,
  expectRole,
  parseExpectedIdentity,
} from '../identity/expectation.ts'
import type { ParsedValues } from './declared-inputs.ts'
import { partitionProblems, wantsProfiles } from './input-checks.ts'

/** The identities of which the caller must be one, and what is wrong with the input that names them. */
export type ExpectedIdentities = {
  readonly identities: Expectation['identities']
  readonly problems: readonly string[]
}

/** `expected-role` can only be understood beside the roles, the accounts and the region. */
export function expectedIdentitiesOf(
  values: ParsedValues,
  partition: string | undefined,
): ExpectedIdentities {
  const expected = values['expected-role']
  if (expected === undefined) return { identities: [], problems: [] }
  if (expected === 'any') return { identities: 'any', problems: nothingToVerify(values) }
  if (expected === 'role-to-assume') return expectLastRole(values)
  const home = { partition, region: values['aws-region'], accountIds: homeAccounts(values) }
  const parsed = expected.map(text => parseElement(text, home))
  return {
    identities: parsed.flatMap(({ identity }) => identity ?? []),
    problems: parsed.flatMap(({ problems }) => problems),
  }
}

/** The default: the role assumed, or where none is, whatever the other guards let pass. */
function expectLastRole(values: ParsedValues): ExpectedIdentities {
  const { 'role-to-assume': first, 'role-chain': chain = [] } = values
  const last = chain.at(-1) ?? first
  if (last === undefined) return { identities: [], problems: [] } // its own problem comes first
  if (last === 'none' && wantsProfiles(values)) return { identities: 'role-assumed', problems: [] }
  if (last === 'none') return { identities: 'any', problems: nothingAssumed(values) }
  return { identities: last.kind === 'role' ? [expectRole(last)] : 'role-assumed', problems: [] }
}

type Home = {
  readonly partition: string | undefined
  readonly region: string | undefined
  readonly accountIds: readonly string[]
}

function parseElement(
  text: string,
  { partition, region, accountIds }: Home,
): { identity?: ExpectedIdentity; problems: readonly string[] } {
  const [accountId, ...others] = accountIds
  const home = partition && accountId && others.length === 0 ? { partition, accountId } : undefined
  const identity = parseExpectedIdentity(text, home)
  if (identity) {
    const problems = partitionProblems('expected-role', identity.partition, partition, region)
    return { identity, problems }
  }
  if (isRoleName(text) && others.length > 0) {
    return {
      problems: [`expected-role: ${quote(text)} could be in ${accountIds.join(' or ')}: write its ARN`],
    }
  }
  if (isRoleName(text) && !partition) return { problems: [] } // the region's own problem comes first
  const forms = 'a role ARN, an assumed-role ARN, a user ARN, or a role name if a single account is known'
  return { problems: [`expected-role: ${quote(text)} is not ${forms}${whyNotArn(text)}`] }
}

/**
 * The accounts that a bare role name may mean: clear only if there is one. Where `allowed-account-ids` names one, those
 * on the way to the last role are none of them.
 */
function homeAccounts(values: ParsedValues): readonly string[] {
  const { 'allowed-account-ids': allowed, 'role-to-assume': first, 'role-chain': chain = [] } = values
  const single = Array.isArray(allowed) && allowed.length === 1 ? allowed : []
  const all: RoleArn[] = typeof first === 'object' && first.kind === 'role' ? [first, ...chain] : [...chain]
  const roles = single.length > 0 ? all.slice(-1) : all
  return [...new Set([...single, ...roles.map(({ accountId }) => accountId)])]
}

function hasOtherGuard(values: ParsedValues): boolean {
  return values['expected-role-id'] !== 'any' || values['allowed-account-ids'] !== 'any'
}

function nothingToVerify(values: ParsedValues): string[] {
  if (hasOtherGuard(values)) return []
  return [
    'expected-role: is any, and no other guard is set: set expected-role-id or allowed-account-ids, or name the role',
  ]
}

function nothingAssumed(values: ParsedValues): string[] {
  if (hasOtherGuard(values)) return []
  return [
    'role-to-assume: is none and no guard is set, so there is nothing to verify: set role-to-assume, or set expected-role, expected-role-id or allowed-account-ids',
  ]
}
