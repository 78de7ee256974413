import type { IncomingMessage, ServerResponse } from 'node:http'
import { type AnswerFields, alter, befall, type Fault, FaultPlan } from '../fault.ts'
import { type Certificate, readBody, startLoopbackServer } from '../loopback-server.ts'
import type { Accounts } from './account.ts'
import type { Parameters } from './parameter-constraint.ts'
import type { Session } from './session.ts'
import { authenticate, type SignedRequest } from './signature.ts'
import { StsError } from './sts-error.ts'
import { writeError, writeResult } from './sts-xml.ts'
import { assumeRoleWithWebIdentity } from './web-identity.ts'
import type { TrustedIssuer } from './web-identity-token.ts'

export interface StsOptions {
  readonly accounts: Accounts
  /** Where the keys of issuers are. */
  readonly trust: readonly TrustedIssuer[]
  readonly faults?: readonly Fault[] | undefined
  readonly callLimit?: CallLimit | undefined
  /** The server's clock, in milliseconds since the epoch. */
  readonly now?: (() => number) | undefined
  readonly tls?: Certificate | undefined
}

/** More calls than this within a time are throttled. */
export interface CallLimit {
  readonly calls: number
  readonly perMs: number
}

export interface StsRequest {
  /** The parameter `Action`; empty where there was none. */
  readonly operation: string
  /** The header, with a port where it has one. */
  readonly host: string
  readonly parameters: Parameters
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
  close(): Promise<void>
}

/** AWS's Security Token Service, as far as web identities need it, over the query protocol. */
export async function startSts(options: StsOptions): Promise<Sts> {
  const { accounts, trust, callLimit, now = Date.now } = options
  const requests: StsRequest[] = []
  const sessions: Session[] = []
  const plan = new FaultPlan(options.faults ?? [])

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const signed = await readSigned(request)
    const parameters = Object.fromEntries(new URLSearchParams(signed.body))
    const operation = parameters.Action ?? ''
    requests.push({ operation, host: signed.headers.host ?? '', parameters, at: Date.now() })
    response.setHeader('date', new Date(now()).toUTCString())
    const outcome = await befall(plan.take(operation), response, error => writeError(response, error))
    if (outcome === 'finished') return
    try {
      assertCallLimit(requests, callLimit)
      writeResult(response, operation, alter(await perform(operation, parameters, signed), outcome))
    } catch (error) {
      if (!(error instanceof StsError)) throw error
      writeError(response, error)
    }
  }

  async function perform(
    operation: string,
    parameters: Parameters,
    signed: SignedRequest,
  ): Promise<AnswerFields> {
    switch (operation) {
      case 'AssumeRoleWithWebIdentity': {
        const { session, result } = await assumeRoleWithWebIdentity(parameters, accounts, trust, now())
        sessions.push(session)
        return result
      }
      case 'GetCallerIdentity': {
        const { arn, userId, accountId } = authenticate(signed, sessions, now())
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

  const server = await startLoopbackServer(answer, options.tls)
  return {
    url: server.origin,
    requests,
    sessions,
    get connections() {
      return server.connections
    },
    close: server.close,
  }
}

async function readSigned(request: IncomingMessage): Promise<SignedRequest> {
  const { method = 'GET', url: path = '/', headers } = request
  return { method, path, headers, body: await readBody(request) }
}

function assertCallLimit(requests: readonly StsRequest[], limit: CallLimit | undefined): void {
  if (!limit) return
  const since = Date.now() - limit.perMs
  if (requests.filter(({ at }) => at > since).length > limit.calls) {
    throw new StsError(400, 'Throttling', 'Rate exceeded')
  }
}
