import './process/start.ts' // before all else
import { writeSync } from 'node:fs'
import { formatProcessCredentials, type KeptCredentials, usable } from './core/renewal/outcome.ts'
import { endProcess } from './process/end.ts'
import { onUncaught } from './process/start.ts'
import { CredentialCache } from './profiles/credential-cache.ts'

const STDOUT = 1
const STDERR = 2

/** The credentials that are there, at once; what makes others is loaded when they are needed. */
async function currentCredentials(files: CredentialCache): Promise<KeptCredentials> {
  const kept = usable(files.readOutcome(), Date.now())
  if (kept) return kept
  const { renewTogether } = await import('./flow/renewal.ts')
  return renewTogether(files)
}

async function fail(cause: unknown): Promise<void> {
  const { failureLine } = await import('./flow/renewal.ts')
  writeSync(STDERR, `${failureLine(cause)}\n`)
  endProcess(false)
}

/** Standard output is for credentials alone: what a library says there is dropped. */
process.stdout.write = () => true
process.exitCode = 1 // an end without credentials is a failure
onUncaught(cause => void fail(cause))
void currentCredentials(CredentialCache.of(process.argv[2] ?? '')).then(kept => {
  writeSync(STDOUT, formatProcessCredentials(kept))
  endProcess(true)
}, fail)
