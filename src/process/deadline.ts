import { setTimeout as sleep } from 'node:timers/promises'
import { GateError } from '../core/base/failure.ts'

/** The end of the step's time, which bounds everything that the step waits for. */
export class Deadline {
  readonly #seconds: number
  readonly #endMs: number
  readonly #cancellation = new AbortController()
  /** Aborts when the time is up, or the job is cancelled. */
  readonly signal: AbortSignal

  /** `seconds` from the start of the process, or from `beganMs` after it; 0 for no end. */
  constructor(seconds: number, beganMs = 0) {
    this.#seconds = seconds
    this.#endMs = seconds === 0 ? Infinity : beganMs + seconds * 1000
    const { signal } = this.#cancellation
    this.signal = seconds === 0 ? signal : AbortSignal.any([signal, timeout(this.#endMs - performance.now())])
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
      expire = () => reject(this.#expired(`waiting for ${waitingFor}`))
    })
    this.signal.addEventListener('abort', expire)
    if (this.signal.aborted) expire()
    try {
      return await Promise.race([work, expiry])
    } catch (error) {
      // What the end of the time broke off fails in its own words.
      throw this.signal.aborted ? this.#expired(`waiting for ${waitingFor}`) : error
    } finally {
      this.signal.removeEventListener('abort', expire)
    }
  }

  /** Lets time pass, but not beyond the end. */
  readonly pause = async (milliseconds: number, waitingFor: string): Promise<void> => {
    await this.race(waitingFor, sleep(milliseconds))
  }

  /**
   * Asks the clock itself: the time may have been used up by work that let no timer run. `before` is what is still to do.
   * @throws GateError ERR_TIMEOUT
   */
  assertTimeLeft(before: string): void {
    if (this.signal.aborted || performance.now() >= this.#endMs) throw this.#expired(`before ${before}`)
  }

  #expired(when: string): GateError {
    if (this.#cancellation.signal.aborted) {
      return new GateError(
        'ERR_TIMEOUT',
        `the job was cancelled ${when}`,
        "No credentials were exported. If you didn't cancel the job, run it again.",
      )
    }
    return new GateError(
      'ERR_TIMEOUT',
      `timed out after ${this.#seconds} s ${when}`,
      'Check what took so long, or raise action-timeout-s.',
    )
  }
}

function timeout(milliseconds: number): AbortSignal {
  return AbortSignal.timeout(Math.max(0, Math.ceil(milliseconds)))
}
