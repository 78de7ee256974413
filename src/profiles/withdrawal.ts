import * as core from '@actions/core'
import type { GateError } from '../core/base/failure.ts'
import { quote } from '../core/base/text.ts'
import { info, warning } from '../runner/log.ts'
import { removeProfiles, type WrittenProfiles } from './profile-store.ts'
import { StepFolder } from './step-folder.ts'

/** The post step: takes the profiles out of the files that they were written to, and then what renews them away. */
export async function withdrawProfiles(): Promise<void> {
  const name = core.getState('profiles')
  if (name === '') return
  const found = StepFolder.find(name)
  if (!found) return warning(NOTHING_KNOWN)
  try {
    await withdraw(found.written)
  } finally {
    if (!found.folder.remove())
      warning(
        `${quote(found.folder.path)} was not deleted, because it contains files that this action did not create.`,
      )
  }
}

async function withdraw(written: WrittenProfiles): Promise<void> {
  const failures = new Set<GateError>()
  for (const removal of await removeProfiles(written)) {
    const { profile, path, outcome } = removal
    if (outcome === 'failed') failures.add(removal.error)
    else info(`Profile ${quote(profile)} in ${quote(path)}: ${OUTCOMES[outcome]}`)
  }
  for (const { message } of failures) warning(message)
}

const NOTHING_KNOWN =
  "No profiles were removed, because this step's record of them in RUNNER_TEMP is missing or isn't its own. Let no step delete files in RUNNER_TEMP. On a self-hosted runner, remove the profiles from AWS's shared files yourself."

const OUTCOMES = {
  removed: 'taken out',
  gone: 'gone already',
  changed: 'left, as somebody has changed it since',
}
