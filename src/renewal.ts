import { openContexts } from './context.ts'
import { renewalNotPermitted, settingsUnreadable } from './core/explanation.ts'
import { toGateError } from './core/failure.ts'
import { accountIdsOf, type Inputs, parseInputs } from './core/inputs.ts'
import { isNoVerdict, parseRenewalInputs } from './core/renewal.ts'
import { isAlive, usable } from './core/renewal-outcome.ts'
import type { Credentials, Session } from './core/session.ts'
import { bound, escapeLogLine } from './core/text.ts'
import { becomeRole } from './role-chain.ts'
import { readRenewalSurroundings } from './runner/inputs.ts'
import { formatFailure, hide, maskAccountIds, maskInheritedSecrets, maskSession } from './runner/log.ts'
import type { RenewalFiles } from './runner/renewal-files.ts'
import { fromGithubOidc } from './sources/github-oidc.ts'
import type { SourceContext } from './sources/source.ts'

/** Beyond the time that the holder of the lock has for its own renewal. */
const MARGIN_SECONDS = 15
const LONGEST_SECONDS = 900
/** Whoever could go on with the old credentials is not kept waiting for new ones. */
const SPARED_SECONDS = 20

/**
 * New credentials for a profile, which one process gets for all that wait.
 * @throws GateError
 */
export async function renewTogether(files: RenewalFiles): Promise<Credentials> {
  const began = Date.now()
  maskInheritedSecrets()
  const inputs = understand(files)
  const seconds = (inputs.timeoutSeconds || LONGEST_SECONDS) + MARGIN_SECONDS
  return files.locked(() => renewOnce(files, inputs, began), seconds * 1000)
}

/** A failure in one line, as tools show it with their own error. */
export function failureLine(cause: unknown): string {
  const text = bound(hide(formatFailure(toGateError(cause))))
  return escapeLogLine(text.replaceAll(/\s*\n\s*/g, ' | '))
}

/** The step's inputs once more, by the same rules. */
function understand(files: RenewalFiles): Inputs {
  const inputs = parseInputs(readInputs(files), readRenewalSurroundings())
  if (inputs.masksAccountIds) maskAccountIds(accountIdsOf(inputs))
  return inputs
}

function readInputs(files: RenewalFiles) {
  try {
    return parseRenewalInputs(files.readSettings())
  } catch (cause) {
    throw settingsUnreadable(files.settingsPath, cause)
  }
}

/** What another process came to while this one waited is this one's too, be it credentials or a failure. */
async function renewOnce(files: RenewalFiles, inputs: Inputs, began: number): Promise<Credentials> {
  const outcome = files.readOutcome()
  const kept = usable(outcome, Date.now())
  if (kept) return kept
  if (outcome?.kind === 'failed' && outcome.at.getTime() >= began) throw outcome.failure
  const spare = outcome?.kind === 'kept' && isAlive(outcome.kept, Date.now())
  try {
    const credentials = await renew(spare ? hurried(inputs) : inputs)
    files.save({ kind: 'kept', kept: { credentials, verifiedAt: new Date() } })
    return credentials
  } catch (cause) {
    const failure = toGateError(cause)
    if (outcome?.kind === 'kept' && isAlive(outcome.kept, Date.now()) && isNoVerdict(failure)) {
      files.save({ kind: 'kept', kept: { ...outcome.kept, triedAt: new Date() } })
      return outcome.kept.credentials
    }
    files.save({ kind: 'failed', failure, at: new Date() })
    throw failure
  }
}

function hurried(inputs: Inputs): Inputs {
  return { ...inputs, timeoutSeconds: Math.min(inputs.timeoutSeconds || SPARED_SECONDS, SPARED_SECONDS) }
}

/** A fresh token, a new session, and every guard again. */
async function renew(inputs: Inputs): Promise<Credentials> {
  if (inputs.source.kind !== 'oidc') throw renewalNotPermitted()
  const [context] = openContexts(inputs, { inputs })
  const { session } = await becomeRole(fromFreshToken, context)
  return session.credentials
}

async function fromFreshToken(context: SourceContext): Promise<Session> {
  const session = await fromGithubOidc(context)
  maskSession(session)
  return session
}
