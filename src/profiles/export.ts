import { dirname, resolve } from 'node:path'
import { GateError, reasonOf, toGateError } from '../core/base/failure.ts'
import { oneLine, quote } from '../core/base/text.ts'
import type { Match } from '../core/identity/verdict.ts'
import { goalsOf } from '../core/inputs/goals.ts'
import type { Inputs } from '../core/inputs/inputs.ts'
import { formatCommand } from '../core/profiles/credential-process.ts'
import { profileSettings, renewingSettings } from '../core/profiles/settings.ts'
import { formatRenewalSettings, renewalInputs } from '../core/renewal/settings.ts'
import { tagSourceOf } from '../core/sts/session-tags.ts'
import { readRoots } from '../runner/ca-bundle.ts'
import { appendTogether } from '../runner/command-file.ts'
import { readInputs } from '../runner/inputs.ts'
import { info } from '../runner/log.ts'
import type { RenewalFiles } from './credential-cache.ts'
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

/**
 * Writes the profiles that are asked for, of one role or of several, before the rest; without the rest none stays.
 * @throws GateError ERR_PROFILE_WRITE, or those of `pause` and of the rest
 */
export async function withProfiles(
  matches: readonly Match[],
  inputs: Inputs,
  rest: () => void,
  pause: Pause,
): Promise<void> {
  const profile = inputs.profile ?? inputs.profiles[0]
  if (!profile) return rest()
  const { name, overwrites, refreshes } = profile
  const folder = StepFolder.plan()
  const entries = entriesOf(matches, inputs, folder)
  const profiles = entries.map(entry => told(name, () => profileOf(entry)))
  const plan = planProfiles(profiles, process.env)
  await assertWritable(plan, { overwrite: overwrites, pause })
  // Before anything is written, so that a step that is killed leaves nothing that the post step would not find.
  told(name, () => folder.create(plan.written))
  let isWritten = false
  try {
    appendTogether(['GITHUB_STATE', { profiles: folder.name }])
    if (refreshes) told(name, () => entries.forEach(createRenewal))
    await writeProfiles(plan, { overwrite: overwrites, pause })
    isWritten = true
    rest()
  } catch (error) {
    const left = await takeBack(folder, plan.written, isWritten || mayBeLeft(error))
    throw left.length === 0 ? error : toGateError(error).reworded({ hint: stillThere(left) })
  }
  const names = profiles.map(each => quote(each.name)).join(', ')
  info(`Written to AWS's shared files: ${names}${refreshes ? ', to be renewed when due' : ''}`)
}

/**
 * Leaves nothing of the step. What could not be removed is left to the post step, with the record of it.
 * @returns why profiles could not be removed, one reason a file
 */
async function takeBack(
  folder: StepFolder,
  written: WrittenProfiles,
  mayBeThere: boolean,
): Promise<readonly string[]> {
  const removals = mayBeThere ? await removeProfiles(written, { longestWaitMs: TAKE_BACK_WAIT_MS }) : []
  const left = removals.flatMap(removal => (removal.outcome === 'failed' ? [removal.error.message] : []))
  try {
    folder.removeRenewals()
    if (left.length === 0) {
      folder.remove()
      appendTogether(['GITHUB_STATE', { profiles: '' }])
    }
  } catch {
    // The error that led here is the one to tell; the post step finds nothing of the step.
  }
  return [...new Set(left)]
}

/** The step may be out of time: another job is waited for no longer, as the post step tries again. */
const TAKE_BACK_WAIT_MS = 2_000

function stillThere(left: readonly string[]): string {
  return [
    'Credentials of this step may still be in a profile, because it could not be removed:',
    ...left.map(reason => `- ${reason}`),
    'The post step tries again when the job ends. To keep them from later steps, cancel the job.',
  ].join('\n')
}

/** One profile to be written: whose session, and where what renews it would stand. */
type Entry = { readonly goal: Inputs; readonly match: Match; readonly files: RenewalFiles }

function entriesOf(matches: readonly Match[], inputs: Inputs, folder: StepFolder): readonly Entry[] {
  return goalsOf(inputs).map((goal, index) => {
    const match = matches[index]
    if (!match || (inputs.profiles.length > 0 && !isOf(goal, match)))
      throw new Error('the profiles and the sessions are not of the same roles')
    return { goal, match, files: folder.renewalFiles(index) }
  })
}

function isOf({ roles: [role] }: Inputs, { identity }: Match): boolean {
  if (role?.kind !== 'role' || identity.kind !== 'assumed-role') return false
  return role.accountId === identity.accountId && role.roleName === identity.roleName
}

function profileOf({ goal, match, files }: Entry): Profile {
  const { profile, region } = goal
  if (!profile) throw new Error('each of several roles has a profile')
  const { name, refreshes } = profile
  const settings = refreshes
    ? renewingSettings(renewCommand(files), region)
    : profileSettings(match.session.credentials, region)
  return { name, settings }
}

/** The entry beside this one, by the very Node that runs this step. */
function renewCommand({ settingsPath }: RenewalFiles): string {
  const entry = resolve(dirname(process.argv[1] ?? ''), '..', 'renew', 'index.js')
  return formatCommand([process.execPath, entry, settingsPath], process.platform)
}

function createRenewal({ goal, match, files }: Entry): void {
  const { caBundle } = goal
  const raw = renewalInputs(readInputs(), goal, files.rootsPath)
  const settings = formatRenewalSettings({ raw, run: tagSourceOf(process.env) })
  const roots = readRoots(caBundle)
  files.create(settings, { credentials: match.session.credentials, verifiedAt: new Date() }, roots)
}

/** Does the work; what it throws is told with the first profile's name. */
function told<T>(profile: string, work: () => T): T {
  try {
    return work()
  } catch (error) {
    if (error instanceof GateError) throw error
    throw new GateError(
      'ERR_PROFILE_WRITE',
      `what the profile ${quote(profile)} needs in RUNNER_TEMP: ${oneLine(reasonOf(error))}`,
      'Make sure that the runner can write to RUNNER_TEMP, and that the paths of RUNNER_TEMP, the action and Node hold no special characters.',
      { cause: error },
    )
  }
}
