import { createHash } from 'node:crypto'
import { existsSync, lstatSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import type { Environment } from '../core/environment.ts'
import { GateError, reasonOf } from '../core/failure.ts'
import { type ProfileCredentials, profilePaths, profileSettings } from '../core/profile.ts'
import {
  canonicalSettings,
  hasSection,
  type ProfileFile,
  putSection,
  removeSection,
  type Settings,
} from '../core/profile-file.ts'
import { oneLine, quote } from '../core/text.ts'
import { type Pause, withFileLock, withFileLocks } from './file-lock.ts'
import {
  type Change,
  changeTogether,
  discardStaged,
  hasFolder,
  prepareFolder,
  readShared,
} from './shared-file.ts'

/** A section that is, or may be, in a file. */
export type WrittenSection = {
  readonly file: ProfileFile
  /** Absolute. */
  readonly path: string
  /** SHA-256 of the section's settings, in hex. */
  readonly fingerprint: string
  /** Whether there was no such file before. */
  readonly created: boolean
}

/** What the post step must know to take a profile out again. Holds no secret, and is complete before anything is written. */
export type WrittenProfile = { readonly profile: string; readonly files: readonly WrittenSection[] }

/** From the step's state; undefined where it holds none. */
export function parseWrittenProfile(json: string): WrittenProfile | undefined {
  if (json === '') return undefined
  const { profile, files }: Partial<WrittenProfile> = JSON.parse(json)
  return profile === undefined || !Array.isArray(files) ? undefined : { profile, files }
}

export type ProfilePlan = {
  readonly written: WrittenProfile
  readonly settings: Readonly<Record<ProfileFile, Settings>>
}

/** What became of a section: a `changed` one is left to whoever changed it. */
export type Removal =
  | { readonly path: string; readonly outcome: 'removed' | 'gone' | 'changed' }
  | { readonly path: string; readonly outcome: 'failed'; readonly error: GateError }

/**
 * What is to be written where. Touches nothing.
 * @throws GateError ERR_PROFILE_WRITE if there is no place for it
 */
export function planProfile(
  profile: string,
  credentials: ProfileCredentials,
  region: string,
  environment: Environment,
): ProfilePlan {
  const paths = profilePaths(environment, requireHome(profile), join)
  const settings = profileSettings(credentials, region)
  const files = (['credentials', 'config'] as const).map(file => {
    const path = resolve(paths[file])
    const fingerprint = naming(profile, path, () => hash(canonicalSettings(settings[file])))
    return { file, path, fingerprint, created: !existsSync(path) }
  })
  return { written: { profile, files }, settings }
}

/** A blank HOME would lead into the working folder. */
function requireHome(profile: string): string {
  const home = homedir()
  if (home === '') throw failure(profile, 'the home folder', new Error('HOME is blank'))
  return home
}

/**
 * Whether the profile is in neither file, so that a section of somebody else's is never taken for the step's own.
 * @throws GateError ERR_PROFILE_WRITE if it is in one
 */
export function assertAbsent({ written: { profile, files } }: ProfilePlan): void {
  for (const { file, path } of files) {
    const text = naming(profile, path, () => (hasFolder(dirname(path)) ? readShared(path) : undefined))
    if (hasSection(text ?? '', file, profile)) throw alreadyThere(profile, path)
  }
}

/**
 * Writes both sections or none. `pause` is how another job is waited for that writes.
 * @throws GateError ERR_PROFILE_WRITE, which quotes nothing of the files, or that of `pause`
 */
export async function writeProfile(
  { written, settings }: ProfilePlan,
  { overwrite, pause }: { readonly overwrite: boolean; readonly pause?: Pause },
): Promise<void> {
  const { profile, files } = written
  const paths = files.map(({ path }) => path)
  try {
    for (const { path } of files) naming(profile, path, () => prepareFolder(dirname(path)))
    assertTwoFiles(files)
    const write = () =>
      changeTogether(files.map(section => addition(profile, section, settings[section.file], overwrite)))
    await withFileLocks(paths, write, { pause })
  } catch (error) {
    throw failure(profile, paths.join(', '), error)
  }
}

function addition(
  profile: string,
  { file, path }: WrittenSection,
  settings: Settings,
  overwrite: boolean,
): Change {
  return naming(profile, path, () => {
    const before = readShared(path)
    if (!overwrite && hasSection(before ?? '', file, profile)) throw alreadyThere(profile, path)
    return { path, before, after: putSection(before ?? '', file, profile, settings) }
  })
}

/**
 * Takes the sections out of the files that they were written to, if they still are what was written. For the post
 * step, and for when what follows the writing fails. Throws nothing: what could not be done is told.
 */
export function removeProfile({ profile, files }: WrittenProfile): Promise<readonly Removal[]> {
  return removeInTurn(profile, files, false)
}

/**
 * Keeps each lock until the later files are done, so that no other job sees half a profile. Once a section is changed
 * the later ones stay as well: another job that wrote its own keys under this name may have the same region.
 */
async function removeInTurn(
  profile: string,
  [section, ...later]: readonly WrittenSection[],
  isTaken: boolean,
): Promise<Removal[]> {
  if (!section) return []
  const { path } = section
  const goOn = async (removal: Removal) => {
    const isTakenNow = isTaken || removal.outcome === 'changed'
    return [removal, ...(await removeInTurn(profile, later, isTakenNow))]
  }
  try {
    if (!hasFolder(dirname(path))) return await goOn({ path, outcome: 'gone' })
    return await withFileLock(path, () => goOn(removeOne(profile, section, isTaken)))
  } catch (error) {
    return goOn({ path, outcome: 'failed', error: failure(profile, path, error) })
  }
}

function removeOne(profile: string, section: WrittenSection, isTaken: boolean): Removal {
  const { path } = section
  try {
    return { path, outcome: takeOut(profile, section, isTaken) }
  } catch (error) {
    return { path, outcome: 'failed', error: failure(profile, path, error) }
  }
}

function takeOut(
  profile: string,
  { file, path, fingerprint, created }: WrittenSection,
  isTaken: boolean,
): 'removed' | 'gone' | 'changed' {
  discardStaged(path)
  const before = readShared(path)
  if (before === undefined || !hasSection(before, file, profile)) return 'gone'
  const rest = removeSection(before, file, profile, settings => hash(settings) === fingerprint)
  if (isTaken || rest === undefined) return 'changed'
  changeTogether([{ path, before, after: rest === '' && created ? undefined : rest }])
  return 'removed'
}

/** One inode, where the paths differ in links above the folder, or the file has two names. */
function assertTwoFiles(files: readonly WrittenSection[]): void {
  const places = files.map(({ path }) => {
    const status = lstatSync(path, { bigint: true, throwIfNoEntry: false })
    return status ? `${status.dev} ${status.ino}` : path
  })
  if (new Set(places).size < places.length)
    throw new Error('AWS_SHARED_CREDENTIALS_FILE and AWS_CONFIG_FILE name one file')
}

function hash(settings: string): string {
  return createHash('sha256').update(settings).digest('hex')
}

/** Does the work; what it throws is told with the profile and the file. */
function naming<T>(profile: string, path: string, work: () => T): T {
  try {
    return work()
  } catch (error) {
    throw failure(profile, path, error)
  }
}

function failure(profile: string, path: string, error: unknown): GateError {
  if (error instanceof GateError) return error
  const reason = reasonOf(error)
  return new GateError(
    'ERR_PROFILE_WRITE',
    `the profile ${quote(profile)} in ${quote(path)}: ${oneLine(reason)}`,
    'See that the file and its folder are plain ones which the runner may read and write, or name others with AWS_SHARED_CREDENTIALS_FILE and AWS_CONFIG_FILE.',
    { cause: error },
  )
}

function alreadyThere(profile: string, path: string): GateError {
  return new GateError(
    'ERR_PROFILE_WRITE',
    `${quote(path)} has a profile ${quote(profile)} already`,
    'Set overwrite-aws-profile: true to replace it in both files, or choose another name for aws-profile.',
  )
}
