import type { Surroundings } from '../../src/core/base/environment.ts'
import type { RunContext } from '../../src/core/base/run-context.ts'
import { parseRoleArn, type RoleArn } from '../../src/core/identity/arn.ts'
import {
  type Expectation,
  type ExpectedIdentity,
  parseExpectedIdentity,
} from '../../src/core/identity/expectation.ts'
import type { AssumedRole, CallerIdentity, Credentials, Session } from '../../src/core/identity/session.ts'
import type { Target } from '../../src/core/identity/target.ts'
import { assertMatch, type Match, verifyIdentity } from '../../src/core/identity/verdict.ts'
import type { RawInputs } from '../../src/core/inputs/declared-inputs.ts'
import { type Inputs, parseInputs } from '../../src/core/inputs/inputs.ts'
import type { RoleRequest } from '../../src/core/sts/role-request.ts'
import type { Claims } from '../../src/core/token/id-token.ts'

/** The accounts in AWS's own examples. */
export const ACCOUNT = '111122223333'
export const OTHER_ACCOUNT = '444455556666'

export const ROLE_ARN = `arn:aws:iam::${ACCOUNT}:role/Deploy`
export const SESSION_ARN = `arn:aws:sts::${ACCOUNT}:assumed-role/Deploy/run-7`
export const USER_ARN = `arn:aws:iam::${ACCOUNT}:user/ci/Robot`
export const ROLE_ID = 'AROADBQP57FF2AEXAMPLE'

export const ISSUER = 'https://token.actions.githubusercontent.com'
export const SUBJECT = 'repo:octo-org/octo-repo:ref:refs/heads/main'
export const AUDIENCE = 'sts.amazonaws.com'

export const SECRET_KEY = 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY'
export const SESSION_TOKEN = 'AQoDYXdzEJr+EXAMPLE/TOKEN=='
export const REQUEST_ID = '01234567-89ab-cdef-0123-456789abcdef'
export const ACCESS_KEY_ID = 'ASIAIOSFODNN7EXAMPLE'

export function claimsWith(changes: Partial<Claims> = {}): Claims {
  const claims = { issuer: ISSUER, subject: SUBJECT, audiences: [AUDIENCE], ...changes }
  return { all: { iss: claims.issuer, sub: claims.subject, aud: claims.audiences }, ...claims }
}

/** A session of the role in `ROLE_ARN`; STS returned the given fields and nothing else. */
export function sessionWith(assumedRole: AssumedRole = {}, claims: Claims = claimsWith()): Session {
  return {
    origin: { kind: 'assumed', role: roleOf(ROLE_ARN) },
    credentials: {
      accessKeyId: ACCESS_KEY_ID,
      secretAccessKey: SECRET_KEY,
      sessionToken: SESSION_TOKEN,
      expiration: new Date('2026-01-31T12:00:00.000Z'),
    },
    assumedRole,
    claims,
    requestId: undefined,
  }
}

/** A session with keys that this step did not get from AWS. */
export function sessionOf(kind: 'given' | 'existing', credentials: Partial<Credentials> = {}): Session {
  const session = sessionWith()
  return {
    origin: { kind },
    credentials: { ...session.credentials, ...credentials },
    assumedRole: {},
    claims: undefined,
    requestId: undefined,
  }
}

/** A request for a session of the role in `ROLE_ARN`, without optional fields. */
export function requestWith(changes: Partial<RoleRequest> = {}): RoleRequest {
  return {
    role: roleOf(ROLE_ARN),
    sessionName: 'run-7',
    durationSeconds: 3600,
    inlinePolicy: undefined,
    managedPolicies: [],
    externalId: undefined,
    sourceIdentity: undefined,
    tags: [],
    transitiveTagKeys: [],
    plainKeyAttempts: undefined,
    ...changes,
  }
}

export function roleOf(text: string): RoleArn {
  const role = parseRoleArn(text)
  if (!role) throw new Error(`no role ARN: ${text}`)
  return role
}

/** A consistent GetCallerIdentity response for an ARN. */
export function callerOf(arn: string, changes: Partial<CallerIdentity> = {}): CallerIdentity {
  const userId = arn.includes(':user/') ? 'AIDADBQP57FF2AEXAMPLE' : `${ROLE_ID}:${arn.split('/').at(-1)}`
  return { arn, accountId: arn.split(':')[4] ?? '', userId, ...changes }
}

/** An expectation with the given parts; the others compare nothing. */
export function expecting(parts: Partial<Expectation> = {}): Expectation {
  return { identities: 'any', roleIds: 'any', allowedAccountIds: 'any', forbiddenAccountIds: [], ...parts }
}

/** An identity as written in `expected-role`. */
export function identityOf(text: string): ExpectedIdentity {
  const identity = parseExpectedIdentity(text, undefined)
  if (!identity) throw new Error(`not an identity: ${text}`)
  return identity
}

/** A target reached through the role in `ROLE_ARN`. */
export function targetWith(changes: Partial<Target> = {}): Target {
  return { roles: [roleOf(ROLE_ARN)], expected: expecting(), profile: undefined, ...changes }
}

export function matchOf(arn = SESSION_ARN, session: Session = sessionWith(), target = targetWith()): Match {
  return assertMatch(verifyIdentity(target, session, callerOf(arn)))
}

/** A match with these keys; a user's have no session token. */
export function matchWithKeys(keys: Partial<Credentials>): Match {
  return matchOf(SESSION_ARN, sessionOf('given', { sessionToken: undefined, ...keys }))
}

/** A match for the first target of the inputs. It matches even if the caller is not expected. */
export function matchFor(inputs: Inputs, arn = SESSION_ARN, session: Session = sessionWith()): Match {
  const [target] = inputs.targets
  const verdict = verifyIdentity(target, session, callerOf(arn))
  return verdict.kind === 'match' ? verdict : matchOf(arn, session, { ...target, expected: expecting() })
}

/** A run of octo-org/octo-repo on its main branch. */
export const RUN: RunContext = {
  serverUrl: 'https://github.com',
  repository: 'octo-org/octo-repo',
  repositoryId: '74',
  runId: '16876543210',
  runNumber: '42',
  runAttempt: '1',
  workflowRef: 'octo-org/octo-repo/.github/workflows/deploy.yml@refs/heads/main',
  ref: 'refs/heads/main',
  sha: '6dcb09b5b57875f334f61aebed695e2e4193db5e',
  actor: 'octocat',
  action: { repository: 'octo-org/aws-role-gate', ref: 'v1' },
  fork: false,
}

/** A runner that offers a token, in a world of two partitions. */
export const OFFER = { ACTIONS_ID_TOKEN_REQUEST_URL: 'https://x', ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'x' }

export function surroundings(changes: Partial<Surroundings> = {}): Surroundings {
  return {
    partitionOf: region => (region.startsWith('cn-') ? 'aws-cn' : 'aws'),
    caBundleProblem: () => undefined,
    environment: OFFER,
    ...changes,
  }
}

/** The minimum that a step needs, with changes (`undefined` removes an input). Names are written as in `with:`. */
export function rawInputs(changes: Readonly<Record<string, string | undefined>> = {}): RawInputs {
  const given = Object.entries({ 'aws-region': 'eu-west-1', 'role-to-assume': ROLE_ARN, ...changes })
  return Object.fromEntries(
    given.flatMap(([name, value]) => (value === undefined ? [] : [[name.toUpperCase(), value]])),
  )
}

export function inputsWith(
  changes: Readonly<Record<string, string | undefined>> = {},
  environment: Surroundings['environment'] = OFFER,
): Inputs {
  return parseInputs(rawInputs(changes), surroundings({ environment }))
}

/** A user's keys, as inputs. */
export const KEY_INPUTS = { 'aws-access-key-id': 'AKIAIOSFODNN7EXAMPLE', 'aws-secret-access-key': SECRET_KEY }
export const NEXT_ROLE_ARN = `arn:aws:iam::${OTHER_ACCOUNT}:role/Next`
