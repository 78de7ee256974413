import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import {
  formatOutcome,
  type KeptCredentials,
  parseOutcome,
  type RenewalOutcome,
} from '../core/renewal-outcome.ts'
import { withFileLock } from './file-lock.ts'

/** The files of one renewing profile: the inputs that its credentials are got by, and what came of that last. */
export class RenewalFiles {
  readonly settingsPath: string
  /** Of a copy of the step's further roots, where it has some. */
  readonly rootsPath: string
  readonly #outcomePath: string

  constructor(folder: string) {
    this.settingsPath = join(folder, 'settings.json')
    this.rootsPath = join(folder, 'roots.pem')
    this.#outcomePath = join(folder, 'credentials.json')
  }

  static of(settingsPath: string): RenewalFiles {
    return new RenewalFiles(dirname(settingsPath))
  }

  /** Makes them all, for their owner alone. */
  create(settings: string, kept: KeptCredentials, roots: readonly string[]): void {
    mkdirSync(dirname(this.settingsPath), { recursive: true, mode: 0o700 })
    writeNew(this.settingsPath, settings)
    if (roots.length > 0) writeNew(this.rootsPath, roots.join(''))
    this.save({ kind: 'kept', kept })
  }

  /** @throws Error */
  readSettings(): string {
    return readFileSync(this.settingsPath, 'utf8')
  }

  /** What the last renewal came to, as far as that is known. */
  readOutcome(): RenewalOutcome | undefined {
    try {
      return parseOutcome(readFileSync(this.#outcomePath, 'utf8'))
    } catch {
      return undefined // whatever is wrong with it, a renewal makes it anew
    }
  }

  /** Whoever reads meanwhile finds the old one or the new one. */
  save(outcome: RenewalOutcome): void {
    const temporary = `${this.#outcomePath}.tmp`
    rmSync(temporary, { force: true })
    writeNew(temporary, formatOutcome(outcome))
    renameSync(temporary, this.#outcomePath)
  }

  /** Takes what the last renewal came to away. */
  forget(): void {
    rmSync(this.#outcomePath, { force: true })
  }

  /** Does the work while no other process of the same profile does its own. */
  locked<T>(work: () => Promise<T>, longestWaitMs: number): Promise<T> {
    return withFileLock(this.#outcomePath, work, { longestWaitMs })
  }
}

function writeNew(path: string, text: string): void {
  writeFileSync(path, text, { flag: 'wx', mode: 0o600 })
}
