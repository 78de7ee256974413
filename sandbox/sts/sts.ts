import { randomUUID } from 'node:crypto'
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http'
import { type AnswerFields, alter, befall, type Fault, FaultPlan } from '../fault.ts'
import { type Certificate, startLoopbackServer } from '../loopback-server.ts'
import type { Accounts } from './account.ts'
import { assumeRole } from './assume-role.ts'
import { type CallLimit, TokenBucket } from './call-limit.ts'
import { userCredentials } from './credential.ts'
import { defaultPackedPolicyLimit } from './packed-policy.ts'
import type { Parameters } from './parameter-constraint.ts'
import { type AssumedRole, issueRoleSession, namedRole } from './role-session.ts'
import type { Session } from './session.ts'
import { accessKeyIdOf, authenticate, readSigned, type SignedRequest } from './signature.ts'
import { StsError } from './sts-error.ts'
import type { StsSetting } from './sts-setting.ts'
import { writeError, writeResult } from './sts-xml.ts'
import { assumeRoleWithWebIdentity } from './web-identity.ts'
import type { TrustedIssuer } from './web-identity-token.ts'

export interface StsOptions {
  readonly accounts: Accounts
  /** Where the keys of issuers are. */
  readonly trust: readonly TrustedIssuer[]
  readonly faults?: readonly Fault[] | undefined
  /** Calls beyond it are throttled. */
  readonly callLimit?: CallLimit | undefined
  /** Characters of tags and session policies together; 4096 unless said otherwise. */
  readonly packedPolicyLimit?: number | undefined
  /** How long sessions last, whatever was asked for. */
  readonly sessionSeconds?: number | undefined
  /** The server's clock, in milliseconds since the epoch. */
  readonly now?: (() => number) | undefined
  readonly tls?: Certificate | undefined
  /** A free one unless said otherwise. */
  readonly port?: number | undefined
}

export interface StsRequest {
  /** The one that the answer tells, in the form of AWS's. */
  readonly requestId: string
  /** The parameter `Action`; empty where there was none. */
  readonly operation: string
  readonly path: string
  readonly headers: IncomingHttpHeaders
  readonly parameters: Parameters
  /** Of the key that it claims to be signed with; empty where it is not signed. */
  readonly accessKeyId: string
  readonly isThrottled: boolean
  /** Milliseconds since the epoch, of the real clock. */
  readonly at: number
}

export interface Sts {
  readonly url: string
  /** Every request that was read to its end, in order, whatever became of it. */
  readonly requests: readonly StsRequest[]
  /** Every session that was issued, in order. */
  readonly sessions: readonly Session[]
  /** TCP connections accepted so far. */
  readonly connections: number
  /** Those of them that were broken at once. */
  readonly refused: number
  /** Makes a session known as if it had been assumed elsewhere: for the credentials that a job already has. */
  issueSession(
    accountId: string,
    roleName: string,
    sessionName: string,
    options?: { readonly expiresInSeconds?: number },
  ): Session
  close(): Promise<void>
}

/** AWS's Security Token Service, as far as assuming roles needs it, over the query protocol. */
export async function startSts(options: StsOptions): Promise<Sts> {
  const { accounts, callLimit, now = Date.now } = options
  const requests: StsRequest[] = []
  const sessions: Session[] = []
  const users = userCredentials(accounts)
  const plan = new FaultPlan(options.faults ?? [])
  const bucket = callLimit && new TokenBucket(callLimit)

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const signed = await readSigned(request)
    const parameters = Object.fromEntries(new URLSearchParams(signed.body))
    const operation = parameters.Action ?? ''
    const isThrottled = bucket !== undefined && !bucket.take()
    const requestId = randomUUID()
    requests.push({
      requestId,
      operation,
      path: signed.path,
      headers: signed.headers,
      parameters,
      accessKeyId: accessKeyIdOf(signed),
      isThrottled,
      at: Date.now(),
    })
    response.setHeader('date', new Date(now()).toUTCString())
    response.shouldKeepAlive = plan.keepsConnections
    const outcome = await befall(plan.take(operation), response, error =>
      writeError(response, requestId, error),
    )
    if (outcome === 'finished') return
    try {
      if (isThrottled) throw new StsError(400, 'Throttling', 'Rate exceeded')
      const result = alter(await perform(operation, parameters, signed), outcome.alterations)
      await writeResult(response, operation, requestId, result, outcome.delivery)
    } catch (error) {
      if (!(error instanceof StsError)) throw error
      writeError(response, requestId, error)
    }
  }

  async function perform(
    operation: string,
    parameters: Parameters,
    signed: SignedRequest,
  ): Promise<AnswerFields> {
    switch (operation) {
      case 'AssumeRoleWithWebIdentity': {
        return issued(await assumeRoleWithWebIdentity(parameters, settingOf(options, now())))
      }
      case 'AssumeRole': {
        const caller = authenticate(signed, [...users, ...sessions], now())
        return issued(assumeRole(parameters, caller, settingOf(options, now())))
      }
      case 'GetCallerIdentity': {
        const { arn, userId, accountId } = authenticate(signed, [...users, ...sessions], now())
        return { Arn: arn, UserId: userId, Account: accountId }
      }
      default:
        throw new StsError(
          400,
          'InvalidAction',
          `Could not find operation ${operation} for version 2011-06-15`,
        )
    }
  }

  function issued({ session, result }: AssumedRole): AnswerFields {
    sessions.push(session)
    return result
  }

  const server = await startLoopbackServer(answer, {
    tls: options.tls,
    port: options.port,
    refuses: () => plan.takesConnection(['AssumeRole', 'AssumeRoleWithWebIdentity', 'GetCallerIdentity']),
  })
  return {
    url: server.origin,
    requests,
    sessions,
    get connections() {
      return server.connections
    },
    get refused() {
      return server.refused
    },
    issueSession(accountId, roleName, sessionName, { expiresInSeconds = 3600 } = {}) {
      const placed = namedRole(accounts, accountId, roleName)
      const session = issueRoleSession(placed, sessionName, now() + expiresInSeconds * 1000)
      sessions.push(session)
      return session
    },
    close: server.close,
  }
}

function settingOf(
  { accounts, trust, packedPolicyLimit, sessionSeconds }: StsOptions,
  now: number,
): StsSetting {
  return {
    accounts,
    trust,
    packedPolicyLimit: packedPolicyLimit ?? defaultPackedPolicyLimit,
    sessionSeconds,
    now,
  }
}
