/** A token bucket, as AWS throttles: `burst` calls at once, and `perSecond` more each second after that. */
export interface CallLimit {
  readonly perSecond: number
  readonly burst: number
}

export class TokenBucket {
  readonly #limit: CallLimit
  #tokens: number
  #filledAt = performance.now()

  constructor(limit: CallLimit) {
    this.#limit = limit
    this.#tokens = limit.burst
  }

  /** Takes one token if there is one; a call that finds none costs none. */
  take(): boolean {
    const { perSecond, burst } = this.#limit
    const now = performance.now()
    this.#tokens = Math.min(burst, this.#tokens + ((now - this.#filledAt) / 1000) * perSecond)
    this.#filledAt = now
    if (this.#tokens < 1) return false
    this.#tokens -= 1
    return true
  }
}
