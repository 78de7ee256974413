import { randomUUID } from 'node:crypto'
import { rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'

const FOLDER = /^aws-role-gate-[\da-f-]{36}$/

/** A new folder's path, for all that the renewals of one step need. The runner empties its place with the job. */
export function newRenewalFolder(): string {
  return join(process.env.RUNNER_TEMP || tmpdir(), `aws-role-gate-${randomUUID()}`)
}

/** Takes such a folder away with all that is in it, and nothing else. */
export function removeRenewalFolder(path: string): void {
  if (FOLDER.test(basename(path))) rmSync(path, { recursive: true, force: true, maxRetries: 3 })
}
