const SECONDS_BETWEEN_LINES = 10

/** How far it is, on standard error: one line that is rewritten on a terminal, a line now and then elsewhere. */
export class Progress {
  readonly #start: number
  readonly #describe: () => string
  readonly #timer: NodeJS.Timeout
  readonly #isTerminal = process.stderr.isTTY === true

  constructor(start: number, describe: () => string) {
    this.#start = start
    this.#describe = describe
    const interval = (this.#isTerminal ? 1 : SECONDS_BETWEEN_LINES) * 1000
    this.#timer = setInterval(() => this.#show(), interval)
    this.#show()
  }

  update(): void {
    if (this.#isTerminal) this.#show()
  }

  end(): void {
    clearInterval(this.#timer)
    this.#show()
    if (this.#isTerminal) process.stderr.write('\n')
  }

  #show(): void {
    const line = `${this.#describe()}, ${Math.round((performance.now() - this.#start) / 1000)} s`
    process.stderr.write(this.#isTerminal ? `\r\x1b[K${line}` : `${line}\n`)
  }
}
