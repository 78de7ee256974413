import { withoutScheme } from '../src/core/token/issuer.ts'
import type { Fault } from './fault.ts'
import { type IdTokenIssuer, startIdTokenIssuer } from './id-token-issuer.ts'
import { defaultJob, githubIssuer, githubSubject, issuerOf, type Job } from './job.ts'
import type { Certificate } from './loopback-server.ts'
import { type AccessKey, newAccessKey } from './sts/access-key.ts'
import { type Accounts, type IamUser, providerArn, roleArn, userArn } from './sts/account.ts'
import type { CallLimit } from './sts/call-limit.ts'
import { type Sts, startSts } from './sts/sts.ts'
import type { TrustPolicy } from './sts/trust-policy.ts'

/** Everything outside the action, as one plain record. */
export interface World {
  readonly job: Job
  /** Further or other claims of the token; null takes one away. */
  readonly claims?: Readonly<Record<string, unknown>>
  readonly lifetimeSeconds?: number
  readonly accounts: Accounts
  readonly faults: readonly Fault[]
  /** Calls to STS beyond it are throttled. */
  readonly callLimit?: CallLimit
  /** Characters of tags and session policies together; 4096 unless said otherwise. */
  readonly packedPolicyLimit?: number
  /** How long sessions last, whatever was asked for. */
  readonly sessionSeconds?: number
  /** Milliseconds by which the STS's clock is ahead. */
  readonly clockAheadMs?: number
  /** Makes the STS speak https. */
  readonly tls?: Certificate
}

export interface RunningWorld {
  readonly job: Job
  readonly idTokenIssuer: IdTokenIssuer
  readonly sts: Sts
  /** By the user's name: the first active key of each. */
  readonly users: Readonly<Record<string, AccessKey>>
  /** Every secret of the run so far: what must stand in no log, summary or file. */
  secrets(): readonly string[]
  /** Those that the world's servers gave out: without users' keys, which a step knows only if it was handed them. */
  issuedSecrets(): readonly string[]
  close(): Promise<void>
}

const audience = 'sts.amazonaws.com'
const provider = { issuer: githubIssuer, audiences: [audience] }
const defaultSubjects = [true, false].map(immutableSubject =>
  githubSubject({ ...defaultJob, immutableSubject }),
)

/** Made anew in every process, so that no secret stands in the sources. */
const robot: IamUser = {
  name: 'ci-robot',
  id: 'AIDA5CIROBOT2WYHFM3ZE',
  accessKeys: [newAccessKey('AKIA')],
}
const robotArn = userArn('111122223333', robot)
const rolesOfTheFirstAccount = ['deploy', 'deployer'].map(name => roleArn('111122223333', { name }))

/**
 * Two accounts that trust GitHub: `deploy` in 111122223333 and `reader` in 444455556666, both for the default job. The
 * user ci-robot may assume `deployer` next to it, and `partner` in the other account if it knows the external id; from
 * `deploy` and `deployer` a chain leads to `production`.
 */
export const defaultWorld: World = {
  job: defaultJob,
  accounts: {
    '111122223333': {
      providers: [provider],
      roles: [
        {
          name: 'deploy',
          id: 'AROA3XFRBF535PLBIFPI4',
          trustPolicy: trustPolicyFor('111122223333', githubIssuer, defaultSubjects, audience),
        },
        {
          name: 'deployer',
          id: 'AROA5DEPLOYERQ7K2MWX4',
          trustPolicy: trustPolicyForPrincipals([robotArn], { tagging: true }),
        },
      ],
      users: [robot],
    },
    '444455556666': {
      providers: [provider],
      roles: [
        {
          name: 'reader',
          id: 'AROA6ODU7LX2EXAMPLE44',
          trustPolicy: trustPolicyFor('444455556666', githubIssuer, defaultSubjects, audience),
        },
        {
          name: 'production',
          id: 'AROA6PRODUCTION4T2HVZ',
          trustPolicy: trustPolicyForPrincipals(rolesOfTheFirstAccount, { tagging: true }),
          // Longer than a chain may last: there the limit of the chain is what refuses.
          maxSessionDuration: 43200,
        },
        {
          name: 'partner',
          id: 'AROA6PARTNER7XQJ3DNUK',
          trustPolicy: trustPolicyForPrincipals([robotArn], { externalId: 'octo-partner-7' }),
        },
      ],
    },
  },
  faults: [],
}

/** So many accounts, each with a role `deploy` that trusts GitHub for the default job. */
export function accountsWithDeploy(count: number): Accounts {
  const accounts = Array.from({ length: count }, (_, index) => {
    const accountId = String(100_000_000_001 + index)
    const role = {
      name: 'deploy',
      id: `AROA7MANY${String(index).padStart(12, '0')}`,
      trustPolicy: trustPolicyFor(accountId, githubIssuer, defaultSubjects, audience),
    }
    return [accountId, { providers: [provider], roles: [role] }] as const
  })
  return Object.fromEntries(accounts)
}

/** Lines of `aws-profiles` for the role `deploy` of each of these accounts. */
export function profileLines(accounts: Accounts): string {
  return Object.keys(accounts)
    .map((accountId, index) => `account-${index}=${roleArn(accountId, { name: 'deploy' })}`)
    .join('\n')
}

/** Starts the token endpoint and the STS of a world; what `data` leaves out is as in the default one. */
export async function startWorld(data: Partial<World> = {}): Promise<RunningWorld> {
  const {
    job,
    claims,
    lifetimeSeconds,
    accounts,
    faults,
    callLimit,
    packedPolicyLimit,
    sessionSeconds,
    clockAheadMs = 0,
    tls,
  } = { ...defaultWorld, ...data }
  const idTokenIssuer = await startIdTokenIssuer({ job, claims, lifetimeSeconds, faults })
  const trust = [{ issuer: issuerOf(job), jwksUri: idTokenIssuer.jwksUri }]
  const sts = await startSts({
    accounts,
    trust,
    faults,
    callLimit,
    packedPolicyLimit,
    sessionSeconds,
    tls,
    now: () => Date.now() + clockAheadMs,
  })
  return {
    job,
    idTokenIssuer,
    sts,
    users: activeKeys(accounts),
    secrets: () => [...issuedSecrets(idTokenIssuer, sts), ...userSecrets(accounts)],
    issuedSecrets: () => issuedSecrets(idTokenIssuer, sts),
    async close() {
      await Promise.all([idTokenIssuer.close(), sts.close()])
    },
  }
}

/** A trust policy that admits exactly these subjects with this audience: the form GitHub's and AWS's guides teach. */
export function trustPolicyFor(
  accountId: string,
  issuer: string,
  subjects: readonly string[],
  audience: string,
  partition = 'aws',
): TrustPolicy {
  const key = withoutScheme(issuer)
  return {
    Version: '2012-10-17',
    Statement: {
      Effect: 'Allow',
      Principal: { Federated: providerArn(accountId, issuer, partition) },
      Action: 'sts:AssumeRoleWithWebIdentity',
      Condition: { StringEquals: { [`${key}:aud`]: audience, [`${key}:sub`]: subjects } },
    },
  }
}

/** A trust policy that admits these principals by AssumeRole. */
export function trustPolicyForPrincipals(
  principals: readonly string[],
  {
    externalId,
    tagging = false,
    sourceIdentity = false,
  }: {
    readonly externalId?: string
    readonly tagging?: boolean
    readonly sourceIdentity?: boolean
  } = {},
): TrustPolicy {
  return {
    Version: '2012-10-17',
    Statement: {
      Effect: 'Allow',
      Principal: { AWS: principals },
      Action: [
        'sts:AssumeRole',
        ...(tagging ? ['sts:TagSession'] : []),
        ...(sourceIdentity ? ['sts:SetSourceIdentity'] : []),
      ],
      ...(externalId === undefined ? {} : { Condition: { StringEquals: { 'sts:ExternalId': externalId } } }),
    },
  }
}

function usersOf(accounts: Accounts): readonly IamUser[] {
  return Object.values(accounts).flatMap(({ users = [] }) => users)
}

function activeKeys(accounts: Accounts): Readonly<Record<string, AccessKey>> {
  const keys = usersOf(accounts).flatMap(({ name, accessKeys }) => {
    const key = accessKeys.find(({ active = true }) => active)
    return key ? [[name, key] as const] : []
  })
  return Object.fromEntries(keys)
}

function userSecrets(accounts: Accounts): readonly string[] {
  return usersOf(accounts).flatMap(({ accessKeys }) => accessKeys.map(key => key.secretAccessKey))
}

function issuedSecrets({ requestToken, tokens }: IdTokenIssuer, { sessions }: Sts): readonly string[] {
  return [
    requestToken,
    ...tokens.flatMap(token => [token, token.slice(token.lastIndexOf('.') + 1)]),
    ...sessions.flatMap(({ secretAccessKey, sessionToken }) => [secretAccessKey, sessionToken]),
  ]
}
