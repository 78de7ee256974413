import { writeSync } from 'node:fs'
import { formatProcessCredentials } from './core/credential-process.ts'
import { usable } from './core/renewal-outcome.ts'
import type { Credentials } from './core/session.ts'
import { RenewalFiles } from './runner/renewal-files.ts'

const STDOUT = 1
const STDERR = 2

/** The credentials that are there, at once; what makes others is loaded when they are needed. */
async function currentCredentials(files: RenewalFiles): Promise<Credentials> {
  const kept = usable(files.readOutcome(), Date.now())
  if (kept) return kept
  const { renewTogether } = await import('./renewal.ts')
  return renewTogether(files)
}

async function fail(cause: unknown): Promise<void> {
  const { failureLine } = await import('./renewal.ts')
  writeSync(STDERR, `${failureLine(cause)}\n`)
  process.exit(1)
}

/** Standard output is for credentials alone: what a library says there is dropped. */
process.stdout.write = () => true
process.once('uncaughtException', fail)
void currentCredentials(RenewalFiles.of(process.argv[2] ?? '')).then(credentials => {
  writeSync(STDOUT, formatProcessCredentials(credentials))
  process.exit(0)
}, fail)
