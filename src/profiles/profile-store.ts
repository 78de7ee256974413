import { createHash } from 'node:crypto'
import { existsSync, lstatSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, isAbsolute, join, resolve } from 'node:path'
import type { Environment } from '../core/base/environment.ts'
import { GateError, reasonOf } from '../core/base/failure.ts'
import { escapeControls, quote } from '../core/base/text.ts'
import {
  canonicalSettings,
  editSections,
  type ProfileFile,
  presentProfiles,
  removeSections,
  type SectionOutcome,
  type Settings,
  UnclearSection,
} from '../core/profiles/section-editor.ts'
import { profilePaths } from '../core/profiles/settings.ts'
import {
  type Change,
  ChangedMeanwhile,
  changeTogether,
  discardLeftovers,
  hasFolder,
  PartlyChanged,
  prepareFolder,
  readShared,
} from './atomic-file.ts'
import {
  type FileLock,
  LockLost,
  type Patience,
  type Pause,
  unhurried,
  withFileLock,
  withFileLocks,
} from './file-lock.ts'
import { assertParsable } from './parse-check.ts'

/** A profile as it is to stand in AWS's shared files. A file without settings gets no section of it. */
export type Profile = {
  readonly name: string
  readonly settings: Readonly<Partial<Record<ProfileFile, Settings>>>
}

/** A section that is, or may be, in a file. */
export type WrittenSection = {
  readonly profile: string
  /** SHA-256 of the section's settings, in hex. */
  readonly fingerprint: string
}

export type WrittenFile = {
  readonly file: ProfileFile
  /** Absolute. */
  readonly path: string
  /** Whether there was no such file before. */
  readonly created: boolean
  readonly sections: readonly WrittenSection[]
}

/** What the post step must know to take the profiles out again. Holds no secret, and is complete before anything is written. */
export type WrittenProfiles = { readonly files: readonly WrittenFile[] }

/** From the text that keeps them; undefined for any other text. */
export function parseWrittenProfiles(json: string): WrittenProfiles | undefined {
  try {
    const { files } = JSON.parse(json)
    return Array.isArray(files) && files.every(isWrittenFile) ? { files } : undefined
  } catch {
    return undefined
  }
}

function isWrittenFile(value: unknown): value is WrittenFile {
  const { file, path, created, sections } = Object(value)
  if (file !== 'credentials' && file !== 'config') return false
  if (typeof path !== 'string' || !isAbsolute(path) || typeof created !== 'boolean') return false
  return Array.isArray(sections) && sections.every(isWrittenSection)
}

function isWrittenSection(value: unknown): value is WrittenSection {
  const { profile, fingerprint } = Object(value)
  return typeof profile === 'string' && typeof fingerprint === 'string'
}

export type ProfilesPlan = {
  readonly written: WrittenProfiles
  /** No two of one name. */
  readonly profiles: readonly Profile[]
}

/** What became of a section. What fails does so for all of a file. */
export type Removal = { readonly profile: string; readonly path: string } & (
  | { readonly outcome: SectionOutcome }
  | { readonly outcome: 'failed'; readonly error: GateError }
)

/**
 * What is to be written where. Touches nothing.
 * @throws GateError ERR_PROFILE_WRITE if there is no place for it
 */
export function planProfiles(profiles: readonly Profile[], environment: Environment): ProfilesPlan {
  const paths = profilePaths(environment, requireHome(profiles), join)
  const files = (['credentials', 'config'] as const).map(file => {
    const path = resolve(paths[file])
    const sections = profiles.flatMap(profile => sectionOf(profile, file, path))
    return { file, path, created: !existsSync(path), sections }
  })
  return { written: { files }, profiles }
}

function sectionOf({ name, settings }: Profile, file: ProfileFile, path: string): WrittenSection[] {
  const own = settings[file]
  if (!own) return []
  return [{ profile: name, fingerprint: naming([name], path, () => hash(canonicalSettings(own))) }]
}

/** A blank HOME would lead into the working folder. */
function requireHome(profiles: readonly Profile[]): string {
  const home = homedir()
  if (home === '') throw failure(namesOf(profiles), 'the home folder', new Error('HOME is blank'))
  return home
}

type WriteOptions = { readonly overwrite: boolean; readonly pause?: Pause }

/**
 * Whether the profiles could be written into the files as they are now. Touches nothing: a step that must fail fails
 * before it leaves anything, and a section of somebody else's is never taken for the step's own.
 * @throws GateError ERR_PROFILE_WRITE, or that of `pause`
 */
export async function assertWritable(
  { written, profiles }: ProfilesPlan,
  { overwrite, pause = unhurried }: WriteOptions,
): Promise<void> {
  for (const file of written.files) {
    naming(namesOf(profiles), file.path, () => hasFolder(dirname(file.path)))
    edit(file, profiles, overwrite)
    await breathe(pause)
  }
}

function assertNoSection(text: string, file: ProfileFile, path: string, profiles: readonly Profile[]): void {
  const present = presentProfiles(text, file, namesOf(profiles))
  const first = profiles.find(({ name }) => present.has(name))
  if (first) throw alreadyThere(first.name, path)
}

/** Between steps that may take long with a large file: lets the time end, and shows that the lock's holder lives. */
function breathe(pause: Pause): Promise<void> {
  return pause(0, 'AWS’s shared files to be read and written')
}

/**
 * Writes all sections or none. To overwrite a profile is to drop it from the file that it has no settings for. `pause`
 * is how another job is waited for that writes.
 * @throws GateError ERR_PROFILE_WRITE, which quotes nothing of the files, or that of `pause`. See `mayBeLeft`.
 */
export async function writeProfiles(
  { written: { files }, profiles }: ProfilesPlan,
  { overwrite, pause = unhurried }: WriteOptions,
): Promise<void> {
  const names = namesOf(profiles)
  const paths = files.map(({ path }) => path)
  const write = async (lock: FileLock) => {
    const changes: Change[] = []
    for (const file of files) {
      naming(names, file.path, () => discardLeftovers(file.path))
      changes.push(...edit(file, profiles, overwrite))
      await breathe(pause)
    }
    await changeTogether(changes, lock, () => breathe(pause))
  }
  try {
    for (const path of paths) naming(names, path, () => prepareFolder(dirname(path)))
    assertTwoFiles(files)
    await withFileLocks(paths, lock => undisturbed(() => write(lock)), { pause })
  } catch (error) {
    throw failure(names, paths.join(', '), error)
  }
}

/** Whether a write that failed with this error may have left a section. */
export function mayBeLeft(error: unknown): boolean {
  return error instanceof GateError && error.cause instanceof PartlyChanged
}

const MAX_ATTEMPTS = 3

/** Does the work again where a tool that takes no lock came between. */
async function undisturbed<T>(work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work()
    } catch (error) {
      if (!(error instanceof ChangedMeanwhile) || attempt === MAX_ATTEMPTS) throw error
    }
  }
}

/** One change with all profiles in it; none to a file that has, and had, no section of them. */
function edit(
  { file, path, sections }: WrittenFile,
  profiles: readonly Profile[],
  overwrite: boolean,
): Change[] {
  const before = naming(namesOf(profiles), path, () => readShared(path))
  const text = before.text ?? ''
  if (!overwrite) assertNoSection(text, file, path, profiles)
  const after = edited(text, file, path, profiles)
  assertParsable(path, text, after)
  return sections.length === 0 && after === text ? [] : [{ file: before, after }]
}

function edited(text: string, file: ProfileFile, path: string, profiles: readonly Profile[]): string {
  const edits = profiles.map(({ name, settings }) => ({ profile: name, settings: settings[file] }))
  try {
    return editSections(text, file, edits)
  } catch (error) {
    throw failure(error instanceof UnclearSection ? [error.profile] : namesOf(profiles), path, error)
  }
}

/**
 * Takes the sections out of the files that they were written to, if they still are what was written. For the post
 * step, and for when what follows the writing fails. Throws nothing: what could not be done is told.
 */
export function removeProfiles(
  { files }: WrittenProfiles,
  patience: Patience = {},
): Promise<readonly Removal[]> {
  return removeInTurn(files, new Set(), patience)
}

/**
 * Keeps each lock until the later files are done, so that no other job sees half a profile. Once a profile's section is
 * changed its later ones stay as well: another job that wrote its own keys under this name may have the same region.
 */
async function removeInTurn(
  [file, ...later]: readonly WrittenFile[],
  taken: ReadonlySet<string>,
  patience: Patience,
): Promise<Removal[]> {
  if (!file) return []
  const { path, sections } = file
  const goOn = async (removals: readonly Removal[]) => {
    const changed = removals.filter(({ outcome }) => outcome === 'changed').map(({ profile }) => profile)
    return [...removals, ...(await removeInTurn(later, new Set([...taken, ...changed]), patience))]
  }
  try {
    if (!hasFolder(dirname(path)))
      return await goOn(sections.map(({ profile }) => ({ profile, path, outcome: 'gone' })))
    return await withFileLock(path, async lock => goOn(await removeFrom(file, taken, lock)), patience)
  } catch (error) {
    return goOn(failed(file, error))
  }
}

async function removeFrom(file: WrittenFile, taken: ReadonlySet<string>, lock: FileLock): Promise<Removal[]> {
  try {
    return await undisturbed(() => takeOut(file, taken, lock))
  } catch (error) {
    return failed(file, error)
  }
}

async function takeOut(
  { file, path, created, sections }: WrittenFile,
  taken: ReadonlySet<string>,
  lock: FileLock,
): Promise<Removal[]> {
  discardLeftovers(path)
  const before = readShared(path)
  const fingerprints = new Map(sections.map(({ profile, fingerprint }) => [profile, fingerprint]))
  const isOurs = (profile: string, settings: string) =>
    !taken.has(profile) && hash(settings) === fingerprints.get(profile)
  const { text, outcomes } = removeSections(before.text ?? '', file, [...fingerprints.keys()], isOurs)
  const after = text === '' && created ? undefined : text
  if ([...outcomes.values()].includes('removed')) await changeTogether([{ file: before, after }], lock)
  return sections.map(({ profile }) => ({ profile, path, outcome: outcomes.get(profile) ?? 'gone' }))
}

function failed({ path, sections }: WrittenFile, cause: unknown): Removal[] {
  const profiles = sections.map(({ profile }) => profile)
  const error = failure(profiles, path, cause)
  return profiles.map(profile => ({ profile, path, outcome: 'failed', error }))
}

/** One inode, where the paths differ in links above the folder, or the file has two names. */
function assertTwoFiles(files: readonly WrittenFile[]): void {
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

function namesOf(profiles: readonly Profile[]): string[] {
  return profiles.map(({ name }) => name)
}

/** Does the work; what it throws is told with the profiles that it is about, and the file. */
function naming<T>(profiles: readonly string[], path: string, work: () => T): T {
  try {
    return work()
  } catch (error) {
    throw failure(profiles, path, error)
  }
}

function failure(profiles: readonly string[], path: string, error: unknown): GateError {
  if (error instanceof GateError) return error
  const reason = reasonOf(error)
  return new GateError(
    'ERR_PROFILE_WRITE',
    `${inWords(profiles)} in ${quote(path)}: ${escapeControls(reason)}`,
    isDisturbed(error)
      ? 'Run the job again. If jobs or tools often change these files at the same time, give each job files of its own with AWS_SHARED_CREDENTIALS_FILE and AWS_CONFIG_FILE.'
      : 'Make sure that the file and its folder are regular ones that the runner can read and write, or set AWS_SHARED_CREDENTIALS_FILE and AWS_CONFIG_FILE to others.',
    { cause: error },
  )
}

function isDisturbed(error: unknown): boolean {
  return [LockLost, ChangedMeanwhile, PartlyChanged].some(kind => error instanceof kind)
}

/** The first of several, as a hundred would hide the reason. */
function inWords([first = '', ...others]: readonly string[]): string {
  if (others.length === 0) return `the profile ${quote(first)}`
  return `the profiles ${quote(first)} and ${others.length} more`
}

function alreadyThere(profile: string, path: string): GateError {
  return new GateError(
    'ERR_PROFILE_WRITE',
    `${quote(path)} has a profile ${quote(profile)} already`,
    'Set overwrite-aws-profile: true to replace it in both files, or choose another name for it.',
  )
}
