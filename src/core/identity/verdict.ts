import { GateError } from '../base/failure.ts'
import type { LikelyCause } from '../base/likely-cause.ts'
import { escapeControls } from '../base/text.ts'
import type { Claims } from '../token/id-token.ts'
import { withoutScheme } from '../token/issuer.ts'
import { type AssumedRoleArn, formatArn, parseCallerArn, type UserArn } from './arn.ts'
import {
  ANYONE,
  comparableArn,
  type Expectation,
  type ExpectedIdentity,
  expectRole,
  formatWithComparable,
  ROLE_ASSUMED,
} from './expectation.ts'
import type { AssumedRole, CallerIdentity, Session } from './session.ts'
import type { Target } from './target.ts'

/** A guard, or a part of AWS's answers that must agree with another. `caller`: one who is neither a role's session nor a user. */
export type About =
  | 'caller'
  | 'identity'
  | 'role id'
  | 'account'
  | 'UserId vs. caller ARN'
  | 'Account vs. caller ARN'
  | 'AssumedRoleUser vs. caller ARN'
  | 'SubjectFromWebIdentityToken'
  | 'Audience of the token'
  | 'Provider of the token'

/** What users set. The rest are cross-checks. */
export const GUARDS: readonly About[] = ['caller', 'identity', 'role id', 'account']

/** One thing that is not as it must be. */
export type Difference = {
  readonly about: About
  readonly expected: string
  readonly actual: string
  readonly note?: string
}

/** Why a session is not whom it must belong to. The failure of the step has it as its cause. */
export class Mismatch {
  readonly kind = 'mismatch'
  readonly expected: Expectation
  readonly caller: CallerIdentity
  readonly differences: readonly Difference[]
  /** Of the call that issued the session, or else of the one that named the caller. */
  readonly requestId: string | undefined

  constructor(
    expected: Expectation,
    session: Session,
    caller: CallerIdentity,
    differences: readonly Difference[],
  ) {
    this.requestId = requestIdOf(session, caller)
    this.expected = expected
    this.caller = caller
    this.differences = differences
  }

  /** Every guard holds, and what STS said contradicts itself or the token. */
  get isContradiction(): boolean {
    return this.differences.length > 0 && !this.differences.some(({ about }) => GUARDS.includes(about))
  }
}

export type Verdict = Match | Mismatch

/** Of the call that issued the session; of the one that named the caller where this step assumed no role. */
function requestIdOf({ origin, requestId }: Session, caller: CallerIdentity): string | undefined {
  return origin.kind === 'assumed' ? requestId : caller.requestId
}

type Identity = AssumedRoleArn | UserArn

let createMatch: (target: Target, session: Session, caller: CallerIdentity, identity: Identity) => Match
let isGenuine: (match: Match) => boolean

/**
 * The proof that a session belongs to whom its target expects: the target, the session and the identity that STS
 * reported for it, bound together. Only `verifyIdentity` can make one, so code that takes a Match
 * can't be called without the check.
 */
export class Match {
  readonly kind = 'match'
  readonly #target: Target
  readonly #session: Session
  readonly #caller: CallerIdentity
  readonly #identity: Identity

  static {
    createMatch = (target, session, caller, identity) => new Match(target, session, caller, identity)
    isGenuine = match => #session in match
  }

  private constructor(target: Target, session: Session, caller: CallerIdentity, identity: Identity) {
    this.#target = target
    this.#session = session
    this.#caller = caller
    this.#identity = identity
  }

  get target(): Target {
    return this.#target
  }

  get session(): Session {
    return this.#session
  }

  get caller(): CallerIdentity {
    return this.#caller
  }

  get identity(): Identity {
    return this.#identity
  }

  /** Of the call that issued the session, or else of the one that named the caller. */
  get requestId(): string | undefined {
    return requestIdOf(this.#session, this.#caller)
  }
}

/** Compares the response of GetCallerIdentity, called with that very session, with every guard and cross-check. */
export function verifyIdentity(target: Target, session: Session, caller: CallerIdentity): Verdict {
  const { identity, differences } = compare(target.expected, session, caller)
  return identity && differences.length === 0
    ? createMatch(target, session, caller, identity)
    : new Mismatch(target.expected, session, caller, differences)
}

/**
 * The identity behind a session that only assumes the next role: an assumed one must belong to the role that was asked
 * for. It is no Match, so the session can't be exported.
 * @throws GateError ERR_IDENTITY_MISMATCH
 */
export function verifyIntermediate(session: Session, caller: CallerIdentity): Identity {
  const expected = session.origin.kind === 'assumed' ? ROLE_ASSUMED : ANYONE
  const { identity, differences } = compare(expected, session, caller)
  if (identity && differences.length === 0) return identity
  throw mismatchFailure(new Mismatch(expected, session, caller, differences), 'intermediate role of a chain')
}

function compare(expected: Expectation, session: Session, caller: CallerIdentity) {
  const identity = parseCallerArn(caller.arn)
  const differences = [
    ...(identity
      ? identityDifferences(identitiesFor(session, expected), identity, caller)
      : [notAnIdentity(caller)]),
    ...roleIdDifferences(expected.roleIds, caller, identity),
    ...accountIdsIn(caller).flatMap(accountId => accountDifferences(expected, accountId)),
    ...(identity ? userIdDifferences(identity, caller) : []),
    ...accountIdDifferences(caller),
    ...crossCheckDifferences(session, caller),
  ]
  return { identity, differences }
}

/** Stops what only looks like a Match: a copy, or an object that a cast made pass for one. */
export function assertGenuine(match: Match): void {
  if (!isGenuine(match)) throw new TypeError('this match was not made by verifyIdentity')
}

/**
 * The match.
 * @throws GateError ERR_IDENTITY_MISMATCH that names every difference; its cause is the Mismatch
 */
export function assertMatch(verdict: Verdict): Match {
  if (verdict.kind === 'match') return verdict
  throw mismatchFailure(verdict)
}

function mismatchFailure(mismatch: Mismatch, likelyCause?: LikelyCause): GateError {
  const lines = [...mismatch.differences.map(formatDifference), ...formatRequestId(mismatch)]
  return new GateError(
    'ERR_IDENTITY_MISMATCH',
    `the credentials belong to ${escapeControls(mismatch.caller.arn)}\n${lines.join('\n')}`,
    `No credentials were exported. ${adviceOn(mismatch)}`,
    {
      cause: mismatch,
      likelyCause: mismatch.isContradiction ? 'contradicting responses' : likelyCause,
    },
  )
}

function adviceOn(mismatch: Mismatch): string {
  if (mismatch.isContradiction)
    return "STS's responses contradict each other or the token. Don't change the guards. Check sts-endpoint, the proxy and the runner's network."
  const wasRecreated = mismatch.differences.some(({ about }) => about === 'role id')
    ? ', whether the role was deleted and created again'
    : ''
  return `If this is the identity you want, update the guard that differs. If it isn't, check role-to-assume${wasRecreated}, and whether an earlier step replaced the credentials.`
}

/** For CloudTrail, where the request is found by it. */
function formatRequestId({ requestId }: Mismatch): string[] {
  return requestId === undefined ? [] : [`- request ID: ${requestId}`]
}

function formatDifference({ about, expected, actual, note }: Difference): string {
  return `- ${about}: expected ${escapeControls(expected)}, got ${escapeControls(actual)}${note ? ` (${note})` : ''}`
}

function notAnIdentity(caller: CallerIdentity): Difference {
  return { about: 'caller', expected: 'a role session or an IAM user', actual: caller.arn }
}

/** No identity matches a session for which no role was assumed. */
function identitiesFor(
  { origin }: Session,
  { identities }: Expectation,
): readonly ExpectedIdentity[] | 'any' {
  if (identities !== 'role-assumed') return identities
  return origin.kind === 'assumed' ? [expectRole(origin.role)] : []
}

function identityDifferences(
  expected: readonly ExpectedIdentity[] | 'any',
  identity: Identity,
  caller: CallerIdentity,
): Difference[] {
  if (expected === 'any' || expected.some(candidate => isSameIdentity(candidate, identity))) return []
  const difference: Difference = {
    about: 'identity',
    expected: expected.map(formatWithComparable).join(' or ') || 'an assumed role, but no role was assumed',
    actual: caller.arn,
  }
  const note = noteOnNearMiss(expected, identity)
  return [note ? { ...difference, note } : difference]
}

/** Equality, case-sensitive, of everything that the expectation names. */
function isSameIdentity(expected: ExpectedIdentity, actual: Identity): boolean {
  return comparableArn(expected) === comparableLike(expected, actual)
}

/** The actual identity in the form of the expected one: without its session where none is expected. */
function comparableLike(expected: ExpectedIdentity, actual: Identity): string {
  return actual.kind === 'user' || 'sessionName' in expected
    ? formatArn(actual)
    : comparableArn(expectRole(actual))
}

function noteOnNearMiss(expected: readonly ExpectedIdentity[], actual: Identity): string | undefined {
  if (expected.some(candidate => differsInCaseAlone(candidate, actual))) {
    return 'they differ in case alone: write it as AWS does'
  }
  const roles = expected.filter(candidate => candidate.kind === 'role')
  if (actual.kind === 'user') return roles.length > 0 ? 'not a role session' : undefined
  const namesakes = roles.filter(
    ({ roleName, partition }) => roleName === actual.roleName && partition === actual.partition,
  )
  if (namesakes.length === 0) return undefined
  const isSameAccount = namesakes.some(({ accountId }) => accountId === actual.accountId)
  return isSameAccount ? 'another session of the same role' : 'a role of the same name in another account'
}

function differsInCaseAlone(expected: ExpectedIdentity, actual: Identity): boolean {
  return comparableArn(expected).toLowerCase() === comparableLike(expected, actual).toLowerCase()
}

/** UserId of a role session is `AROA…:SESSION`; the part before the colon stays the role's own for its life. */
export function roleIdOf(caller: CallerIdentity): string {
  return caller.userId.replace(/:.*/s, '')
}

function roleIdDifferences(
  expected: Expectation['roleIds'],
  caller: CallerIdentity,
  identity: Identity | undefined,
): Difference[] {
  const actual = roleIdOf(caller)
  if (expected === 'any' || expected.includes(actual)) return []
  const difference: Difference = { about: 'role id', expected: expected.join(' or '), actual }
  const note = 'a role that was deleted and made again has another id'
  return [identity?.kind === 'assumed-role' ? { ...difference, note } : difference]
}

function accountDifferences(
  { allowedAccountIds, forbiddenAccountIds }: Expectation,
  accountId: string,
): Difference[] {
  const differences: Difference[] = []
  if (allowedAccountIds !== 'any' && !allowedAccountIds.includes(accountId)) {
    differences.push({ about: 'account', expected: allowedAccountIds.join(' or '), actual: accountId })
  }
  if (forbiddenAccountIds.includes(accountId)) {
    differences.push({
      about: 'account',
      expected: `none of ${forbiddenAccountIds.join(', ')}`,
      actual: accountId,
    })
  }
  return differences
}

/** The account IDs in the response: from the ARN and from Account, usually the same. */
export function accountIdsIn({ arn, accountId }: CallerIdentity): readonly string[] {
  return [...new Set([arn.split(':')[4] ?? '', accountId])]
}

/** GetCallerIdentity must agree with itself. */
function accountIdDifferences(caller: CallerIdentity): Difference[] {
  const [expected = '', actual] = accountIdsIn(caller)
  return actual === undefined ? [] : [{ about: 'Account vs. caller ARN', expected, actual }]
}

/** UserId is `ID:SESSION` for a role session, `ID` for a user. */
function userIdDifferences(identity: Identity, caller: CallerIdentity): Difference[] {
  const tail = identity.kind === 'assumed-role' ? `:${identity.sessionName}` : ''
  const id = roleIdOf(caller)
  if (/^[A-Z0-9]{4,128}$/.test(id) && caller.userId === `${id}${tail}`) return []
  return [{ about: 'UserId vs. caller ARN', expected: `ID${tail}`, actual: caller.userId }]
}

/** What STS said of the session that it made must agree with the caller. */
function crossCheckDifferences({ assumedRole, claims }: Session, caller: CallerIdentity): Difference[] {
  const { arn } = assumedRole
  const differences = claims ? tokenDifferences(assumedRole, claims) : []
  if (arn === undefined || arn === caller.arn) return differences
  const about: About = 'AssumedRoleUser vs. caller ARN'
  return [{ about, expected: arn, actual: caller.arn }, ...differences]
}

/** What STS said of the token must agree with the token. */
function tokenDifferences({ subject, audience, provider }: AssumedRole, claims: Claims): Difference[] {
  const differences: Difference[] = []
  if (subject !== undefined && subject !== claims.subject) {
    differences.push({ about: 'SubjectFromWebIdentityToken', expected: claims.subject, actual: subject })
  }
  if (audience !== undefined && !claims.audiences.includes(audience)) {
    differences.push({
      about: 'Audience of the token',
      expected: claims.audiences.join(' or '),
      actual: audience,
    })
  }
  if (provider !== undefined && issuerOfProvider(provider) !== normalIssuer(claims.issuer)) {
    differences.push({
      about: 'Provider of the token',
      expected: normalIssuer(claims.issuer),
      actual: provider,
    })
  }
  return differences
}

/** `Provider` is an ARN in published answers and an issuer in the API's text: both are read. */
function issuerOfProvider(provider: string): string {
  return normalIssuer(provider.replace(/^.*?:oidc-provider\//s, ''))
}

/** Both sides are compared without their scheme and a final slash. */
function normalIssuer(issuer: string): string {
  return withoutScheme(issuer).replace(/\/$/, '')
}
