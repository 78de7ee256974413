import { formatArn } from './core/arn.ts'
import { type Asked, noPlainKey, stsFailure } from './core/explanation.ts'
import { GateError } from './core/failure.ts'
import { ignoredVariables } from './core/ignored-variables.ts'
import type { Inputs } from './core/inputs.ts'
import { RemoteFailure } from './core/remote-failure.ts'
import { type RoleRequest, withTags } from './core/role-request.ts'
import type { CallerIdentity, Session } from './core/session.ts'
import { essentialTags } from './core/session-tags.ts'
import type { IdTokens } from './id-tokens.ts'
import { type RetryLimits, withRetry } from './retry.ts'
import { info, maskSession } from './runner/log.ts'
import { StsClient } from './sts-client.ts'
import { wayToSts } from './way-to-sts.ts'

/** AWS STS as the gate asks it: each call with the attempts that it may have. */
export class Sts {
  readonly #client: StsClient
  readonly #ignored: readonly string[]
  readonly #limits: RetryLimits

  constructor(inputs: Inputs, limits: RetryLimits) {
    this.#client = new StsClient(wayToSts(inputs), limits.deadline.signal)
    this.#ignored = ignoredVariables(process.env, inputs.stsEndpoint)
    this.#limits = limits
  }

  get endpoint(): string {
    return this.#client.endpoint
  }

  /** For clients of other services that find credentials on the way. */
  get handler(): object {
    return this.#client.handler
  }

  /** @throws GateError ERR_STS_REJECTED, ERR_STS_UNAVAILABLE, ERR_STS_BAD_RESPONSE, or the tokens' own */
  assumeRoleWithWebIdentity(request: RoleRequest, idTokens: IdTokens): Promise<Session> {
    return this.#assume(request, () => this.#assumeByToken(request, idTokens))
  }

  /** @throws GateError ERR_STS_REJECTED, ERR_STS_UNAVAILABLE, ERR_STS_BAD_RESPONSE */
  assumeRole(request: RoleRequest, by: Session): Promise<Session> {
    return this.#assume(request, () => this.#assumeBySession(request, by))
  }

  /** @throws GateError ERR_STS_REJECTED, ERR_STS_UNAVAILABLE, ERR_STS_BAD_RESPONSE */
  getCallerIdentity(session: Session): Promise<CallerIdentity> {
    return withRetry(
      {
        what: `GetCallerIdentity at ${this.endpoint}`,
        attempt: () => this.#client.getCallerIdentity(session),
        explain: (failure, attempts) => stsFailure(failure, attempts, this.#asked(undefined, undefined)),
      },
      this.#limits,
    )
  }

  /** Sessions until one has keys that are plain enough. */
  async #assume(
    { role, sessionName, plainKeyAttempts }: RoleRequest,
    ask: () => Promise<Session>,
  ): Promise<Session> {
    info(`Assuming ${formatArn(role)} as ${sessionName} at ${this.endpoint}`)
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

  async #assumeByToken(request: RoleRequest, idTokens: IdTokens): Promise<Session> {
    let { claims } = await idTokens.current()
    return withRetry(
      {
        what: `AssumeRoleWithWebIdentity at ${this.endpoint}`,
        attempt: async () => {
          const idToken = await idTokens.current()
          claims = idToken.claims
          return this.#client.assumeRoleWithWebIdentity(request, idToken)
        },
        explain: (failure, attempts) => stsFailure(failure, attempts, this.#asked(request, claims)),
        renewToken: () => idTokens.discard(),
      },
      this.#limits,
    )
  }

  /** What AWS finds too long is asked for once more without the tags that are only a convenience. */
  async #assumeBySession(request: RoleRequest, by: Session): Promise<Session> {
    try {
      return await this.#assumeOnce(request, by)
    } catch (error) {
      const tags = essentialTags(request.tags)
      if (!isTooLong(error) || tags.length === request.tags.length) throw error
      info(
        'Session tags and policies are too long together: asking once more without the tags that can be spared',
      )
      return this.#assumeOnce(withTags(request, tags), by)
    }
  }

  #assumeOnce(request: RoleRequest, by: Session): Promise<Session> {
    return withRetry(
      {
        what: `AssumeRole at ${this.endpoint}`,
        attempt: () => this.#client.assumeRole(request, by),
        explain: (failure, attempts) => stsFailure(failure, attempts, this.#asked(request, undefined)),
      },
      this.#limits,
    )
  }

  #asked(request: Asked['request'], claims: Asked['claims']): Asked {
    return { endpoint: this.endpoint, request, claims, ignoredVariables: this.#ignored }
  }
}

function isTooLong(error: unknown): boolean {
  if (!(error instanceof GateError) || !(error.cause instanceof RemoteFailure)) return false
  return /^PackedPolicyTooLarge/.test(error.cause.code)
}

/** Some tools can't take anything else in a key. */
function hasPlainKeys({ credentials }: Session): boolean {
  return [credentials.accessKeyId, credentials.secretAccessKey].every(key => /^[A-Za-z0-9]+$/.test(key))
}
