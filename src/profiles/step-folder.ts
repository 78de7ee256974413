import { randomUUID } from 'node:crypto'
import { type Dirent, existsSync, lstatSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { NO_FOLLOW, readRegularText } from '../runner/regular-file.ts'
import { CredentialCache } from './credential-cache.ts'
import { parseWrittenProfiles, type WrittenProfiles } from './profile-store.ts'

const NAME = /^aws-role-gate-[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/
const RECORD = 'profiles.json'

/**
 * A folder in RUNNER_TEMP, for its owner alone, with what a step leaves for its post step and its profiles: the record
 * of the sections that it writes, and a numbered folder for each renewing profile. Any step can put a name of its own
 * into the post step's state, so the state holds nothing but this folder's name: only what stands in RUNNER_TEMP counts.
 */
export class StepFolder {
  readonly path: string

  private constructor(path: string) {
    this.path = path
  }

  /** The path of a new one. Touches nothing. */
  static plan(): StepFolder {
    return new StepFolder(join(runnerTemp(), `aws-role-gate-${randomUUID()}`))
  }

  /** The folder of this name that a step made, with its record; undefined where there is none. */
  static find(name: string): { readonly folder: StepFolder; readonly written: WrittenProfiles } | undefined {
    if (!NAME.test(name)) return undefined
    const folder = new StepFolder(join(runnerTemp(), name))
    const written = folder.#readRecord()
    return written && { folder, written }
  }

  get name(): string {
    return basename(this.path)
  }

  /** @throws Error */
  create(written: WrittenProfiles): void {
    mkdirSync(runnerTemp(), { recursive: true })
    mkdirSync(this.path, { mode: 0o700 })
    try {
      writeFileSync(join(this.path, RECORD), JSON.stringify(written), { flag: 'wx', mode: 0o600 })
    } catch (error) {
      remove(this.path)
      throw error
    }
  }

  /** The files of one of the step's renewing profiles. */
  renewalFiles(index: number): CredentialCache {
    return new CredentialCache(join(this.path, String(index)))
  }

  /** Takes away what renews the profiles. */
  removeRenewals(): void {
    if (!existsSync(this.path)) return
    for (const name of readdirSync(this.path)) if (name !== RECORD) remove(join(this.path, name))
  }

  /**
   * Takes the folder away.
   * @returns whether it held nothing but what this action makes; else it stays as it is
   */
  remove(): boolean {
    const isOurs = this.#hasOnlyOwnFiles()
    if (isOurs) remove(this.path)
    return isOurs
  }

  #readRecord(): WrittenProfiles | undefined {
    try {
      if (!isOwnFolder(this.path)) return undefined
      return parseWrittenProfiles(readRegularText(join(this.path, RECORD), { flags: NO_FOLLOW }))
    } catch {
      return undefined
    }
  }

  #hasOnlyOwnFiles(): boolean {
    return readdirSync(this.path, { withFileTypes: true }).every(entry =>
      entry.name === RECORD ? entry.isFile() : isRenewalFolder(this.path, entry),
    )
  }
}

function isRenewalFolder(parent: string, entry: Dirent): boolean {
  if (!entry.isDirectory() || !/^\d{1,3}$/.test(entry.name)) return false
  const entries = readdirSync(join(parent, entry.name), { withFileTypes: true })
  return entries.every(each => each.isFile() && CredentialCache.isOwnName(each.name))
}

/** A folder itself, no link to one, of the user whom this process runs as; Windows has no ids for that. */
function isOwnFolder(path: string): boolean {
  const status = lstatSync(path)
  return status.isDirectory() && (process.getuid === undefined || status.uid === process.getuid())
}

/** A renewal that is under way may make a file at the same time. */
function remove(path: string): void {
  rmSync(path, { recursive: true, force: true, maxRetries: 3 })
}

/** The runner empties it with the job, and sets the variable itself: no step can change it. */
function runnerTemp(): string {
  return process.env.RUNNER_TEMP || tmpdir()
}
