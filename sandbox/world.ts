import { withoutScheme } from '../src/core/issuer.ts'
import type { Fault } from './fault.ts'
import { type IdTokenIssuer, startIdTokenIssuer } from './id-token-issuer.ts'
import { defaultJob, githubIssuer, githubSubject, issuerOf, type Job } from './job.ts'
import type { Certificate } from './loopback-server.ts'
import { type Accounts, providerArn } from './sts/account.ts'
import { type CallLimit, type Sts, startSts } from './sts/sts.ts'
import type { TrustPolicy } from './sts/trust-policy.ts'

/** Everything outside the action, as one plain record. */
export interface World {
  readonly job: Job
  /** Further or other claims of the token; null takes one away. */
  readonly claims?: Readonly<Record<string, unknown>>
  readonly lifetimeSeconds?: number
  readonly accounts: Accounts
  readonly faults: readonly Fault[]
  readonly callLimit?: CallLimit
  /** Milliseconds by which the STS's clock is ahead. */
  readonly clockAheadMs?: number
  /** Makes the STS speak https. */
  readonly tls?: Certificate
}

export interface RunningWorld {
  readonly job: Job
  readonly idTokenIssuer: IdTokenIssuer
  readonly sts: Sts
  /** Every secret of the run so far: what must stand in no log, summary or file. */
  secrets(): readonly string[]
  close(): Promise<void>
}

const audience = 'sts.amazonaws.com'
const provider = { issuer: githubIssuer, audiences: [audience] }
const defaultSubjects = [true, false].map(immutableSubject =>
  githubSubject({ ...defaultJob, immutableSubject }),
)

/** Two accounts that trust GitHub: `deploy` in 111122223333 and `reader` in 444455556666, both for the default job. */
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
      ],
    },
    '444455556666': {
      providers: [provider],
      roles: [
        {
          name: 'reader',
          id: 'AROA6ODU7LX2EXAMPLE44',
          trustPolicy: trustPolicyFor('444455556666', githubIssuer, defaultSubjects, audience),
        },
      ],
    },
  },
  faults: [],
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
    tls,
    now: () => Date.now() + clockAheadMs,
  })
  return {
    job,
    idTokenIssuer,
    sts,
    secrets: () => secretsOf(idTokenIssuer, sts),
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

function secretsOf({ requestToken, tokens }: IdTokenIssuer, { sessions }: Sts): readonly string[] {
  return [
    requestToken,
    ...tokens.flatMap(token => [token, token.slice(token.lastIndexOf('.') + 1)]),
    ...sessions.flatMap(({ secretAccessKey, sessionToken }) => [secretAccessKey, sessionToken]),
  ]
}
