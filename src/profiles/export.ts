import { dirname, resolve } from 'node:path'
import { GateError, reasonOf, toGateError } from '../core/base/failure.ts'
import { escapeControls, quote } from '../core/base/text.ts'
import type { ProfileSettings } from '../core/identity/target.ts'
import type { Match } from '../core/identity/verdict.ts'
import { formatCommand } from '../core/profiles/credential-process.ts'
import { profileSettings, renewingSettings } from '../core/profiles/settings.ts'
import { KeptCredentials } from '../core/renewal/outcome.ts'
import { formatRenewalSettings, renewalInputs } from '../core/renewal/settings.ts'
import { tagSourceOf } from '../core/sts/session-tags.ts'
import type { StsSettings } from '../core/sts/sts-settings.ts'
import { readRoots } from '../runner/ca-bundle.ts'
import { appendTogether } from '../runner/command-file.ts'
import { readInputs } from '../runner/inputs.ts'
import type { CredentialCache } from './credential-cache.ts'
import type { Pause } from './file-lock.ts'
import {
  assertWritable,
  mayBeLeft,
  type Profile,
  planProfiles,
  removeProfiles,
  type WrittenProfiles,
  writeProfiles,
} from './profile-store.ts'
import { StepFolder } from './step-folder.ts'

/** Profiles of this step. If what follows fails, they are taken back. */
export type ExportedProfiles = {
  /** @returns the error to end with: it says what could not be removed */
  readonly takeBack: (error: unknown) => Promise<unknown>
}

const NONE: ExportedProfiles = { takeBack: async error => error }

/**
 * Writes the profiles that the matches are for, all of them or none.
 * @throws GateError ERR_PROFILE_WRITE, or those of `pause`
 */
export async function exportProfiles(
  matches: readonly Match[],
  settings: StsSettings,
  pause: Pause,
): Promise<ExportedProfiles> {
  const folder = StepFolder.plan()
  const entries = matches.flatMap((match, index) => entryOf(match, folder.renewalFiles(index), settings))
  const [first] = entries
  if (!first) return NONE
  const { name, overwrites, refreshes } = first.profile
  const profiles = entries.map(entry => namingProfile(name, () => profileOf(entry)))
  const plan = planProfiles(profiles, process.env)
  await assertWritable(plan, { overwrite: overwrites, pause })
  // Before anything is written, so the post step finds whatever a step that is killed leaves.
  namingProfile(name, () => folder.create(plan.written))
  const takeBack = async (error: unknown, mayBeThere = true) => {
    const left = await removeAll(folder, plan.written, mayBeThere)
    return left.length === 0 ? error : toGateError(error).reworded({ hint: stillThere(left) })
  }
  try {
    appendTogether(['GITHUB_STATE', { profiles: folder.name }])
    if (refreshes) namingProfile(name, () => entries.forEach(createRenewal))
    await writeProfiles(plan, { overwrite: overwrites, pause })
  } catch (error) {
    throw await takeBack(error, mayBeLeft(error))
  }
  return { takeBack }
}

/**
 * Leaves nothing of the step. What could not be removed is left to the post step, with the record of it.
 * @returns why profiles could not be removed, one reason a file
 */
async function removeAll(
  folder: StepFolder,
  written: WrittenProfiles,
  mayBeThere: boolean,
): Promise<readonly string[]> {
  const removals = mayBeThere ? await removeProfiles(written, { maxWaitMs: TAKE_BACK_WAIT_MS }) : []
  const left = removals.flatMap(removal => (removal.outcome === 'failed' ? [removal.error.message] : []))
  try {
    folder.removeRenewals()
    if (left.length === 0) {
      folder.remove()
      appendTogether(['GITHUB_STATE', { profiles: '' }])
    }
  } catch {
    // Ignored: the original error matters more, and the post step cleans up what is left.
  }
  return [...new Set(left)]
}

/** The step may be out of time, so it waits only briefly for another job's lock. The post step tries again. */
const TAKE_BACK_WAIT_MS = 2_000

function stillThere(left: readonly string[]): string {
  return [
    'Credentials of this step may still be in a profile, because it could not be removed:',
    ...left.map(reason => `- ${reason}`),
    'The post step tries again when the job ends. To keep them from later steps, cancel the job.',
  ].join('\n')
}

/** One profile to be written: whose session, and where what renews it would stand. */
type Entry = {
  readonly profile: ProfileSettings
  readonly match: Match
  readonly files: CredentialCache
  readonly settings: StsSettings
}

function entryOf(match: Match, files: CredentialCache, settings: StsSettings): Entry[] {
  const { profile } = match.target
  return profile ? [{ profile, match, files, settings }] : []
}

function profileOf({ profile, match, files, settings: { region } }: Entry): Profile {
  const { name, refreshes } = profile
  const settings = refreshes ? renewingSettings(renewCommand(files), region) : profileSettings(match, region)
  return { name, settings }
}

/** `dist/renew`, run by the same Node. */
function renewCommand({ settingsPath }: CredentialCache): string {
  const entry = resolve(dirname(process.argv[1] ?? ''), '..', 'renew', 'index.js')
  return formatCommand([process.execPath, entry, settingsPath], process.platform)
}

function createRenewal({ match, files, settings }: Entry): void {
  const raw = renewalInputs(readInputs(), settings, match.target, files.rootsPath)
  const text = formatRenewalSettings({ raw, run: tagSourceOf(process.env) })
  files.create(text, KeptCredentials.of(match, new Date()), readRoots(settings.caBundle))
}

/** Does the work. An error of its own names the first profile. */
function namingProfile<T>(profile: string, work: () => T): T {
  try {
    return work()
  } catch (error) {
    if (error instanceof GateError) throw error
    throw new GateError(
      'ERR_PROFILE_WRITE',
      `can't write the files for the profile ${quote(profile)} in RUNNER_TEMP: ${escapeControls(reasonOf(error))}`,
      'Make sure that the runner can write to RUNNER_TEMP, and that the paths of RUNNER_TEMP, the action and Node hold no special characters.',
      { cause: error },
    )
  }
}
