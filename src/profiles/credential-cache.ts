import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import {
  formatOutcome,
  type KeptCredentials,
  parseOutcome,
  type RenewalOutcome,
} from '../core/renewal/outcome.ts'
import { NO_FOLLOW, readRegularText } from '../runner/regular-file.ts'
import { isLeftover, replaceFile } from './atomic-file.ts'
import { onceClosed } from './file-in-use.ts'
import { type FileLock, withFileLock } from './file-lock.ts'

const SETTINGS = 'settings.json'
const ROOTS = 'roots.pem'
const OUTCOME = 'credentials.json'

/** The files of one renewing profile: the inputs that its credentials are got by, and what came of that last. */
export class CredentialCache {
  readonly settingsPath: string
  /** Of a copy of the step's further roots, where it has some. */
  readonly rootsPath: string
  readonly #outcomePath: string

  constructor(folder: string) {
    this.settingsPath = join(folder, SETTINGS)
    this.rootsPath = join(folder, ROOTS)
    this.#outcomePath = join(folder, OUTCOME)
  }

  static of(settingsPath: string): CredentialCache {
    return new CredentialCache(dirname(settingsPath))
  }

  /** Whether a file of this name is one of them, or of those that a renewal makes on its way. */
  static isOwnName(name: string): boolean {
    return [SETTINGS, ROOTS, OUTCOME, `${OUTCOME}.lock`].includes(name) || isLeftover(name, OUTCOME)
  }

  /** Makes them all, for their owner alone. */
  create(settings: string, kept: KeptCredentials, roots: readonly string[]): void {
    mkdirSync(dirname(this.settingsPath), { mode: 0o700 })
    writeNew(this.settingsPath, settings)
    if (roots.length > 0) writeNew(this.rootsPath, roots.join(''))
    writeNew(this.#outcomePath, formatOutcome({ kind: 'kept', kept }))
  }

  /** @throws Error */
  readSettings(): string {
    return readText(this.settingsPath)
  }

  /** What the last renewal came to, as far as that is known. */
  readOutcome(): RenewalOutcome | undefined {
    try {
      return parseOutcome(readText(this.#outcomePath))
    } catch {
      return undefined // whatever is wrong with it, a renewal makes it anew
    }
  }

  /**
   * Whoever reads meanwhile finds the old one or the new one.
   * @param lock that of `locked`
   * @throws Error
   */
  save(outcome: RenewalOutcome, lock: FileLock): Promise<void> {
    return replaceFile(this.#outcomePath, formatOutcome(outcome), lock)
  }

  /** Takes what the last renewal came to away, unless that is another process's by now. */
  async forget(lock: FileLock): Promise<void> {
    try {
      await onceClosed(() => {
        lock.assertHeld()
        rmSync(this.#outcomePath, { force: true })
      })
    } catch {
      // Why the renewal failed is what there is to tell.
    }
  }

  /** Does the work while no other process of the same profile does its own. */
  locked<T>(work: (lock: FileLock) => Promise<T>, maxWaitMs: number): Promise<T> {
    return withFileLock(this.#outcomePath, work, { maxWaitMs })
  }
}

function readText(path: string): string {
  return readRegularText(path, { flags: NO_FOLLOW })
}

function writeNew(path: string, text: string): void {
  writeFileSync(path, text, { flag: 'wx', mode: 0o600 })
}
