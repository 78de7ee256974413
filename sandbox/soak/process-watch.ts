import { readdirSync, readFileSync } from 'node:fs'

/** The most memory that a process ever held; `at` is in milliseconds since the epoch. */
export interface Peak {
  readonly at: number
  readonly bytes: number
}

const INTERVAL_MS = 40

/** Looks, again and again, at the memory of all processes in which Node runs a certain file. Needs Linux. */
export class ProcessWatch {
  readonly #file: string
  readonly #timer = setInterval(() => this.#look(), INTERVAL_MS)
  readonly #peaks = new Map<string, Peak>()

  constructor(file: string) {
    this.#file = file
  }

  /** One for each process, in order of their starts. */
  end(): readonly Peak[] {
    clearInterval(this.#timer)
    return [...this.#peaks.values()]
  }

  #look(): void {
    for (const id of readdirSync('/proc')) {
      try {
        if (/^\d+$/.test(id)) this.#lookAt(id)
      } catch {
        // It has ended.
      }
    }
  }

  #lookAt(id: string): void {
    const [, argument] = readFileSync(`/proc/${id}/cmdline`, 'utf8').split('\0')
    if (argument !== this.#file) return
    const kibibytes = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${id}/status`, 'utf8'))?.[1]
    if (kibibytes !== undefined)
      this.#peaks.set(id, { at: this.#peaks.get(id)?.at ?? Date.now(), bytes: Number(kibibytes) * 1024 })
  }
}
