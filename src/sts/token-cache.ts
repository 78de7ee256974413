import type { Claims, IdToken } from '../core/token/id-token.ts'
import { maskSecret } from '../runner/log.ts'

/** A token with less than this share of its life left is replaced before it is sent. */
const RENEWAL_SHARE = 0.1

/** `refused` is the last token that AWS would not take any more: to get it again is of no use. */
export type TokenRequest = (refused: IdToken | undefined) => Promise<IdToken>

/**
 * Web identity tokens of one source: one at a time, and a new one when it is near its end. Whoever comes while one is
 * requested gets what comes of that request.
 */
export class TokenCache {
  readonly #request: TokenRequest
  readonly #onNewToken: (claims: Claims) => void
  #held: { readonly idToken: IdToken; readonly until: number } | undefined
  #requested: Promise<IdToken> | undefined
  #refused: IdToken | undefined

  /** `onNewToken` sees the claims of each new token first, and throws if it may not be used. */
  constructor(request: TokenRequest, onNewToken: (claims: Claims) => void) {
    this.#request = request
    this.#onNewToken = onNewToken
  }

  /** @throws GateError of the request, or what `onNewToken` throws */
  async current(): Promise<IdToken> {
    if (this.#held && performance.now() <= this.#held.until) return this.#held.idToken
    this.#requested ??= this.#renew().finally(() => {
      this.#requested = undefined
    })
    return this.#requested
  }

  /** Forgets the token, so that the next use asks for a new one. One that has come in its place since stays. */
  discard(idToken: IdToken): void {
    if (this.#held?.idToken !== idToken) return
    this.#refused = idToken
    this.#held = undefined
  }

  async #renew(): Promise<IdToken> {
    const idToken = await this.#request(this.#refused)
    maskSecret(idToken.jwt)
    maskSecret(idToken.signature)
    this.#onNewToken(idToken.claims)
    // Age is measured from the arrival, by a clock that nobody sets.
    const life = idToken.lifetimeSeconds * 1000 * (1 - RENEWAL_SHARE)
    this.#held = { idToken, until: performance.now() + life }
    return idToken
  }
}
