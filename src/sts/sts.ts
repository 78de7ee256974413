import { GateError } from '../core/base/failure.ts'
import { formatArn, type RoleArn } from '../core/identity/arn.ts'
import type { CallerIdentity, Session } from '../core/identity/session.ts'
import { MAX_AT_ONCE, type Targets } from '../core/identity/target.ts'
import { type Operation, RemoteFailure } from '../core/network/remote-failure.ts'
import { noPlainKey, stsFailure, withIgnored } from '../core/outcome/explanation.ts'
import { ignoredVariables } from '../core/sts/ignored-variables.ts'
import { type RoleRequest, withTags } from '../core/sts/role-request.ts'
import { essentialTags } from '../core/sts/session-tags.ts'
import type { StsCall } from '../core/sts/sts-call.ts'
import type { StsSettings } from '../core/sts/sts-settings.ts'
import type { Claims } from '../core/token/id-token.ts'
import { type RetryLimits, withRetry } from '../network/retry.ts'
import { info, maskSession } from '../runner/log.ts'
import { Regions } from './regions.ts'
import type { StsClient } from './sts-client.ts'
import type { TokenCache } from './token-cache.ts'

/** A call to whichever region is asked. */
type Call<T> = {
  readonly operation: Operation
  readonly beforeRetry?: () => Promise<unknown>
  readonly attempt: (client: StsClient) => Promise<T>
  /** Whose session is asked for, or asked about. */
  readonly role: RoleArn | undefined
  /** For the words of a failure. */
  readonly request?: RoleRequest
  readonly claims?: () => Claims
  readonly renewToken?: () => void
}

/** AWS STS as the gate asks it: each call with the attempts that it may have, in the regions that may be asked. */
export class Sts {
  readonly #regions: Regions
  readonly #ignored: readonly string[]
  readonly #limits: RetryLimits
  /** Attempts that a region which can't be reached gets before the next one is called. */
  readonly #attemptsPerRegion: number

  readonly #onResponse: (call: StsCall) => void

  /**
   * `onResponse` is called for every response of STS that has a request id, errors included.
   * @throws GateError ERR_INPUT_INVALID
   */
  constructor(
    settings: StsSettings & { readonly targets: Targets },
    limits: RetryLimits,
    onResponse: (call: StsCall) => void,
  ) {
    this.#onResponse = onResponse
    const connections = Math.min(settings.targets.length, MAX_AT_ONCE)
    this.#regions = new Regions(settings, connections, limits.deadline.signal)
    this.#ignored = ignoredVariables(process.env, settings.stsEndpoint)
    this.#limits = limits
    this.#attemptsPerRegion = Math.max(
      1,
      Math.floor(limits.maxAttempts / (1 + settings.fallbackRegions.length)),
    )
  }

  /** For SDK clients that look up credentials. `isUsed` tells whether it sent a request. */
  async handler(): Promise<{ readonly isUsed: boolean }> {
    return (await this.#regions.client()).handler
  }

  /** Loads the client while the caller waits for something else. */
  prepare(): Promise<void> {
    return this.#regions.prepare()
  }

  /** @throws GateError ERR_STS_REJECTED, ERR_STS_UNAVAILABLE, ERR_STS_BAD_RESPONSE, or the tokens' own */
  async assumeRoleWithWebIdentity(request: RoleRequest, tokens: TokenCache): Promise<Session> {
    const token = tokens.current()
    void this.prepare() // while the token is on its way
    await token
    return this.#assume(request, () => this.#assumeByToken(request, tokens))
  }

  /** @throws GateError ERR_STS_REJECTED, ERR_STS_UNAVAILABLE, ERR_STS_BAD_RESPONSE */
  assumeRole(request: RoleRequest, by: Session): Promise<Session> {
    return this.#assume(request, () => this.#assumeBySession(request, by))
  }

  /** @throws GateError ERR_STS_REJECTED, ERR_STS_UNAVAILABLE, ERR_STS_BAD_RESPONSE */
  getCallerIdentity(session: Session): Promise<CallerIdentity> {
    return this.#ask({
      operation: 'GetCallerIdentity',
      attempt: client => client.getCallerIdentity(session),
      role: session.origin.kind === 'assumed' ? session.origin.role : undefined,
    })
  }

  /** Sessions until one has keys that are plain enough. */
  async #assume(
    { role, sessionName, plainKeyAttempts }: RoleRequest,
    ask: () => Promise<Session>,
  ): Promise<Session> {
    const { endpoint } = await this.#regions.client()
    info(`Assuming ${formatArn(role)} as ${sessionName} at ${endpoint}`)
    for (let attempt = 1; ; attempt++) {
      const session = await ask()
      maskSession(session)
      if (plainKeyAttempts === undefined || hasPlainKeys(session)) return session
      if (attempt >= plainKeyAttempts) throw noPlainKey(attempt)
      info(
        `The keys have special characters: session ${attempt + 1} of at most ${plainKeyAttempts} is asked for`,
      )
    }
  }

  async #assumeByToken(request: RoleRequest, tokens: TokenCache): Promise<Session> {
    let idToken = await tokens.current()
    return this.#ask({
      operation: 'AssumeRoleWithWebIdentity',
      beforeRetry: async () => {
        idToken = await tokens.current()
      },
      attempt: client => client.assumeRoleWithWebIdentity(request, idToken),
      role: request.role,
      request,
      claims: () => idToken.claims,
      renewToken: () => tokens.discard(idToken),
    })
  }

  /** If the request is too large, sends it once more without the optional tags. */
  async #assumeBySession(request: RoleRequest, by: Session): Promise<Session> {
    try {
      return await this.#assumeOnce(request, by)
    } catch (error) {
      const tags = essentialTags(request.tags)
      if (!isTooLong(error) || tags.length === request.tags.length) throw error
      info('Session tags and policies together are too long: retrying once without the less important tags')
      return this.#assumeOnce(withTags(request, tags), by)
    }
  }

  #assumeOnce(request: RoleRequest, by: Session): Promise<Session> {
    return this.#ask({
      operation: 'AssumeRole',
      attempt: client => client.assumeRole(request, by),
      role: request.role,
      request,
    })
  }

  /** Calls the current region, and where that can't be reached the next one. It stays with the one that answers. */
  async #ask<T extends Identified>(call: Call<T>): Promise<T> {
    const { operation, beforeRetry, role, request, claims, renewToken } = call
    const whose = role ? ` for ${formatArn(role)}` : ''
    const ignoredVariables = this.#ignored
    let client = await this.#regions.client()
    const endpoints = [client.endpoint]
    return withRetry(
      {
        what: () => `${operation}${whose} at ${client.endpoint}`,
        beforeRetry,
        attempt: () => this.#report(operation, client, call.attempt(client)),
        explain: (failure, attempts) =>
          stsFailure(failure, attempts, {
            endpoints,
            request,
            claims: claims?.(),
            ignoredVariables,
          }),
        fallBack: async (failure, attemptsHere) => {
          if (
            !isUnreachable(failure) ||
            attemptsHere < this.#attemptsPerRegion ||
            !this.#regions.moveOn(client)
          )
            return false
          client = await this.#regions.client()
          endpoints.push(client.endpoint)
          return true
        },
        renewToken,
        onTimeout: error => withIgnored(error, ignoredVariables),
      },
      this.#limits,
    )
  }

  /** Tells of each response with a request id, whatever it is. */
  async #report<T extends Identified>(
    operation: Operation,
    { region, host }: StsClient,
    response: Promise<T>,
  ): Promise<T> {
    const report = ({ requestId }: Identified) => {
      if (requestId !== undefined) this.#onResponse({ operation, requestId, region, host })
    }
    try {
      const result = await response
      report(result)
      return result
    } catch (error) {
      if (error instanceof RemoteFailure) report(error)
      throw error
    }
  }
}

/** What came of a request that may have an id of AWS's. */
type Identified = { readonly requestId?: string | undefined }

/** No response, or a 5xx status. */
function isUnreachable({ kind, status = 0 }: RemoteFailure): boolean {
  return kind === 'no-response' || status >= 500
}

function isTooLong(error: unknown): boolean {
  if (!(error instanceof GateError) || !(error.cause instanceof RemoteFailure)) return false
  return /^PackedPolicyTooLarge/.test(error.cause.code)
}

/** Some tools can't take anything else in a key. */
function hasPlainKeys({ credentials }: Session): boolean {
  return [credentials.accessKeyId, credentials.secretAccessKey].every(key => /^[A-Za-z0-9]+$/.test(key))
}
