import { setTimeout as sleep } from 'node:timers/promises'
import { GateError } from './core/failure.ts'

/** The end of the step's time, which bounds everything that the step waits for. */
export class Deadline {
  readonly #seconds: number
  readonly #cancellation = new AbortController()
  /** Aborts when the time is up, or the job is cancelled. */
  readonly signal: AbortSignal

  /** `seconds` from now; 0 for no end. */
  constructor(seconds: number) {
    this.#seconds = seconds
    const { signal } = this.#cancellation
    this.signal = seconds === 0 ? signal : AbortSignal.any([signal, AbortSignal.timeout(seconds * 1000)])
  }

  /** Ends the time now. What is being written is written to its end, as that waits for nothing. */
  cancel(): void {
    this.#cancellation.abort()
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
  readonly pause = async (milliseconds: number, waitingFor: string): Promise<void> => {
    await this.race(waitingFor, sleep(milliseconds))
  }

  #expired(waitingFor: string): GateError {
    if (this.#cancellation.signal.aborted) {
      return new GateError(
        'ERR_TIMEOUT',
        `the job was cancelled, waiting for ${waitingFor}`,
        'Nothing was handed out. Run the job again if that was not meant.',
      )
    }
    return new GateError(
      'ERR_TIMEOUT',
      `${this.#seconds} seconds are over, waiting for ${waitingFor}`,
      'See what keeps that from answering, or allow more time with action-timeout-s.',
    )
  }
}
