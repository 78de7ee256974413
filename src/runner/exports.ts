import * as core from '@actions/core'
import {
  blankedKeys,
  cleanedVariables,
  cleanupState,
  credentialOutputs,
  failureOutputs,
  identityOutputs,
  sessionVariables,
  tokenOutputs,
  type Variables,
} from '../core/exports.ts'
import type { GateError } from '../core/failure.ts'
import type { Findings } from '../core/findings.ts'
import type { Inputs } from '../core/inputs.ts'
import { profileSettings } from '../core/profile.ts'
import { quote } from '../core/text.ts'
import { assertProven, type Match } from '../core/verdict.ts'
import { appendTogether } from './command-file.ts'
import type { Pause } from './file-lock.ts'
import { hideSecrets, info, warning } from './log.ts'
import {
  assertAbsent,
  parseWrittenProfiles,
  planProfiles,
  removeProfiles,
  writeProfiles,
} from './profile-files.ts'

/**
 * Hands a verified session to the steps that follow. Takes nothing but a Match, and does all of it or nothing: what a
 * profile got is taken back where the rest can't be written. `pause` is how another job is waited for that writes AWS's
 * shared files.
 * @throws GateError ERR_PROFILE_WRITE, or that of `pause`
 */
export async function exportSession(
  match: Match,
  findings: Findings & { readonly inputs: Inputs },
  pause: Pause,
): Promise<void> {
  assertProven(match)
  const { inputs } = findings
  const variables = sessionVariables(match, inputs, process.env)
  const handOver = () =>
    appendTogether({
      GITHUB_STATE: cleanupState(variables, process.env),
      GITHUB_ENV: variables,
      GITHUB_OUTPUT: {
        ...withoutSecrets({ ...identityOutputs(match), ...tokenOutputs(findings) }),
        ...(inputs.outputsCredentials ? credentialOutputs(match) : {}),
      },
    })
  await withProfile(match, inputs, handOver, pause)
}

/** Writes the profile, if one is asked for, before the rest; without the rest it does not stay. */
async function withProfile(
  { session }: Match,
  inputs: Inputs,
  rest: () => void,
  pause: Pause,
): Promise<void> {
  const { profile, region } = inputs
  if (!profile) return rest()
  const settings = profileSettings(session.credentials, region)
  const plan = planProfiles([{ name: profile.name, settings }], process.env)
  if (!profile.overwrites) assertAbsent(plan)
  // Before it is written, so that a step that is killed leaves nothing that the post step would not find.
  appendTogether({ GITHUB_STATE: { profiles: JSON.stringify(plan.written) } })
  try {
    await writeProfiles(plan, { overwrite: profile.overwrites, pause })
  } catch (error) {
    appendTogether({ GITHUB_STATE: { profiles: '' } })
    throw error
  }
  try {
    rest()
  } catch (error) {
    await removeProfiles(plan.written)
    throw error
  }
}

/** Tells later steps of a failure; where a mismatch is only reported, takes the key variables that were there from them. */
export function exportFailure(failure: GateError, findings: Findings, reported: boolean): void {
  appendTogether({
    GITHUB_ENV: reported ? blankedKeys(process.env) : {},
    GITHUB_OUTPUT: withoutSecrets(failureOutputs(failure, findings)),
  })
}

/** Takes the key variables of earlier steps away, for this step too. */
export function unsetCurrentCredentials(): void {
  const blanked = blankedKeys(process.env)
  appendTogether({ GITHUB_ENV: blanked })
  for (const name of Object.keys(blanked)) delete process.env[name]
}

/** The post step: takes back what `exportSession` put into the environment. */
export function withdrawVariables(): void {
  const state = { exported: core.getState('exported'), earlier: core.getState('earlier') }
  appendTogether({ GITHUB_ENV: cleanedVariables(state) })
}

/** The post step: takes the profiles out of the files that they were written to. */
export async function withdrawProfiles(): Promise<void> {
  const written = parseWrittenProfiles(core.getState('profiles'))
  if (!written) return
  const failures = new Set<GateError>()
  for (const removal of await removeProfiles(written)) {
    const { profile, path, outcome } = removal
    if (outcome === 'failed') failures.add(removal.error)
    else info(`Profile ${quote(profile)} in ${quote(path)}: ${OUTCOMES[outcome]}`)
  }
  for (const { message } of failures) warning(message)
}

const OUTCOMES = {
  removed: 'taken out',
  gone: 'gone already',
  changed: 'left, as somebody has changed it since',
}

/** Outputs carry what AWS and GitHub said, and a server can send back what it was sent. */
function withoutSecrets(outputs: Variables): Variables {
  return Object.fromEntries(Object.entries(outputs).map(([name, value]) => [name, hideSecrets(value)]))
}
