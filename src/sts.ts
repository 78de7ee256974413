import { type Asked, stsFailure } from './core/explanation.ts'
import { ignoredVariables } from './core/ignored-variables.ts'
import type { Inputs } from './core/inputs.ts'
import type { CallerIdentity, Session } from './core/session.ts'
import type { IdTokenSource } from './id-token-source.ts'
import { type RetryLimits, withRetry } from './retry.ts'
import { StsClient } from './sts-client.ts'

/** AWS STS as the gate asks it: each call with the attempts that it may have. */
export class Sts {
  readonly #client: StsClient
  readonly #inputs: Inputs
  readonly #limits: RetryLimits

  constructor(inputs: Inputs, limits: RetryLimits) {
    this.#client = new StsClient(inputs.region, inputs.stsEndpoint, limits.deadline.signal)
    this.#inputs = inputs
    this.#limits = limits
  }

  get endpoint(): string {
    return this.#client.endpoint
  }

  /** @throws GateError ERR_STS_REJECTED, ERR_STS_UNAVAILABLE, ERR_STS_BAD_RESPONSE, or the token source's own */
  async assumeRole(idTokens: IdTokenSource): Promise<Session> {
    const { roleToAssume } = this.#inputs
    let { claims } = await idTokens.current()
    return withRetry(
      {
        what: `AssumeRoleWithWebIdentity at ${this.endpoint}`,
        attempt: async () => {
          const idToken = await idTokens.current()
          claims = idToken.claims
          return this.#client.assumeRoleWithWebIdentity(roleToAssume, idToken, this.#inputs)
        },
        explain: (failure, attempts) => stsFailure(failure, attempts, this.#asked(claims)),
        renewToken: () => idTokens.discard(),
      },
      this.#limits,
    )
  }

  /** @throws GateError ERR_STS_REJECTED, ERR_STS_UNAVAILABLE, ERR_STS_BAD_RESPONSE */
  getCallerIdentity(session: Session): Promise<CallerIdentity> {
    return withRetry(
      {
        what: `GetCallerIdentity at ${this.endpoint}`,
        attempt: () => this.#client.getCallerIdentity(session),
        explain: (failure, attempts) => stsFailure(failure, attempts, this.#asked(session.claims)),
      },
      this.#limits,
    )
  }

  #asked(claims: Asked['claims']): Asked {
    return {
      endpoint: this.endpoint,
      role: this.#inputs.roleToAssume,
      claims,
      ignoredVariables: ignoredVariables(process.env),
    }
  }
}
