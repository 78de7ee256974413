import { setTimeout as sleep } from 'node:timers/promises'
import { GateError } from './core/failure.ts'

/** The end of the step's time, which bounds everything that the step waits for. */
export class Deadline {
  readonly #seconds: number
  /** Aborts when the time is up. */
  readonly signal: AbortSignal

  /** `seconds` from now; 0 for no end. */
  constructor(seconds: number) {
    this.#seconds = seconds
    this.signal = seconds === 0 ? new AbortController().signal : AbortSignal.timeout(seconds * 1000)
  }

  /**
   * The work's own outcome, if it comes in time.
   * @throws GateError ERR_TIMEOUT that says what was waited for.
   */
  async race<T>(waitingFor: string, work: Promise<T>): Promise<T> {
    let expire = () => {}
    const expiry = new Promise<never>((_, reject) => {
      expire = () => reject(this.#expired(waitingFor))
    })
    this.signal.addEventListener('abort', expire)
    if (this.signal.aborted) expire()
    try {
      return await Promise.race([work, expiry])
    } catch (error) {
      // What the end of the time broke off fails in its own words.
      throw this.signal.aborted ? this.#expired(waitingFor) : error
    } finally {
      this.signal.removeEventListener('abort', expire)
    }
  }

  /** Lets time pass, but not beyond the end. */
  async pause(milliseconds: number, waitingFor: string): Promise<void> {
    await this.race(waitingFor, sleep(milliseconds))
  }

  #expired(waitingFor: string): GateError {
    return new GateError(
      'ERR_TIMEOUT',
      `${this.#seconds} seconds are over, waiting for ${waitingFor}`,
      'See what keeps that from answering, or allow more time with action-timeout-s.',
    )
  }
}
