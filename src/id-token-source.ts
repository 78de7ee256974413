import { getIDToken } from '@actions/core'
import { idTokenFailure } from './core/explanation.ts'
import { type Claims, type IdToken, parseIdToken } from './core/id-token.ts'
import { RemoteFailure } from './core/remote-failure.ts'
import { type RetryLimits, withRetry } from './retry.ts'
import { maskSecret } from './runner/log.ts'

const ATTEMPT_MS = 10_000
/** A token with less than this share of its life left is replaced before it is sent. */
const RENEWAL_SHARE = 0.1

/** Whether the runner offers this job a token at all. */
export function offersIdToken(): boolean {
  return Boolean(process.env.ACTIONS_ID_TOKEN_REQUEST_URL && process.env.ACTIONS_ID_TOKEN_REQUEST_TOKEN)
}

/** GitHub's OIDC tokens for one audience: one at a time, and a new one when it is near its end. */
export class IdTokenSource {
  readonly #audience: string
  readonly #limits: RetryLimits
  readonly #accept: (claims: Claims) => void
  #held: { readonly idToken: IdToken; readonly until: number } | undefined

  /** `accept` sees the claims of each new token first, and throws if it may not be used. */
  constructor(audience: string, limits: RetryLimits, accept: (claims: Claims) => void) {
    this.#audience = audience
    this.#limits = limits
    this.#accept = accept
  }

  /** @throws GateError ERR_OIDC_REQUEST_FAILED, or what `accept` throws */
  async current(): Promise<IdToken> {
    if (!this.#held || performance.now() > this.#held.until) {
      const idToken = await this.#request()
      this.#accept(idToken.claims)
      // Age is measured from the arrival, by a clock that nobody sets.
      const life = idToken.lifetimeSeconds * 1000 * (1 - RENEWAL_SHARE)
      this.#held = { idToken, until: performance.now() + life }
    }
    return this.#held.idToken
  }

  /** Forgets the token, so that the next use asks for a new one. */
  discard(): void {
    this.#held = undefined
  }

  #request(): Promise<IdToken> {
    return withRetry(
      {
        what: "GitHub's OIDC token",
        attempt: () => requestIdToken(this.#audience),
        explain: idTokenFailure,
      },
      this.#limits,
    )
  }
}

async function requestIdToken(audience: string): Promise<IdToken> {
  const jwt = await bounded(getIDToken(audience)).catch(error => {
    throw toRemoteFailure(error)
  })
  const idToken = parseIdToken(jwt)
  if (!idToken)
    throw failed('not-an-answer', 'what came is not a JSON Web Token with iss, sub, aud, iat and exp')
  maskSecret(idToken.jwt)
  maskSecret(idToken.signature)
  return idToken
}

async function bounded<T>(work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const expiry = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(failed('no-answer', `no answer in ${ATTEMPT_MS / 1000} s`)), ATTEMPT_MS)
  })
  return Promise.race([work, expiry]).finally(() => clearTimeout(timer))
}

/** `getIDToken` tells a status only in the words of its message. */
function toRemoteFailure(error: unknown): RemoteFailure {
  if (error instanceof RemoteFailure) return error
  const text = error instanceof Error ? error.message : String(error)
  const status = /Error Code : (\d{3})/.exec(text)?.[1]
  const message = text.split('Error Message: ').at(-1)?.trim() ?? text
  if (status) return failed('error-answer', message, Number(status))
  return failed(/ID Token field/.test(text) ? 'not-an-answer' : 'no-answer', message)
}

function failed(kind: RemoteFailure['kind'], message: string, status?: number): RemoteFailure {
  return new RemoteFailure('GetIdToken', { kind, code: '', status, message })
}
