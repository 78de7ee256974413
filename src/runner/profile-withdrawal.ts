import * as core from '@actions/core'
import type { GateError } from '../core/failure.ts'
import { quote } from '../core/text.ts'
import { info, warning } from './log.ts'
import { parseWrittenProfiles, removeProfiles } from './profile-files.ts'
import { removeRenewalFolder } from './renewal-folder.ts'

/** The post step: takes away what renews profiles. */
export function withdrawRenewals(): void {
  removeRenewalFolder(core.getState('renewal'))
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
