import { GateError, toGateError } from '../core/base/failure.ts'
import { escapeLogLine, truncateLines } from '../core/base/text.ts'
import type { Match } from '../core/identity/verdict.ts'
import { accountIdsOf, type Inputs, parseInputs } from '../core/inputs/inputs.ts'
import { filesUnusable, renewalNotPermitted, settingsUnreadable } from '../core/renewal/failures.ts'
import { isAlive, KeptCredentials, type RenewalOutcome, usable } from '../core/renewal/outcome.ts'
import { isInconclusive, parseRenewalSettings, type RenewalSettings } from '../core/renewal/settings.ts'
import type { Claims } from '../core/token/id-token.ts'
import { assertClaims } from '../core/token/required-claims.ts'
import { readRunContext } from '../github/run-context.ts'
import { Deadline } from '../process/deadline.ts'
import type { CredentialCache } from '../profiles/credential-cache.ts'
import type { FileLock } from '../profiles/file-lock.ts'
import { readRenewalSurroundings } from '../runner/inputs.ts'
import { formatFailure, maskAccountIds, maskInheritedSecrets, redact } from '../runner/log.ts'
import { openSource } from '../sources/source.ts'
import { assumeAndVerify } from './assume-and-verify.ts'
import { openStep } from './step.ts'

/** Beyond the time that the holder of the lock has for its own renewal. */
const MARGIN_SECONDS = 15
const MAX_SECONDS = 900
/** Whoever could go on with the old credentials is not kept waiting for new ones. */
const FALLBACK_SECONDS = 20

/**
 * Renews once for all waiting processes. Without a verdict from AWS or GitHub, returns the previous credentials while they
 * are valid.
 * @throws GateError
 */
export async function renewTogether(files: CredentialCache): Promise<KeptCredentials> {
  const began = Date.now()
  maskInheritedSecrets()
  try {
    const inputs = parseStoredInputs(files)
    if (inputs.source.kind !== 'oidc') throw renewalNotPermitted()
    const seconds = (inputs.timeoutSeconds || MAX_SECONDS) + MARGIN_SECONDS
    return await files.locked(lock => renewOnce(files, inputs, began, lock), seconds * 1000)
  } catch (cause) {
    const failure = cause instanceof GateError ? cause : filesUnusable(cause)
    const fallback = fallbackOf(files.readOutcome())
    if (fallback && isInconclusive(failure)) return fallback
    throw failure
  }
}

/** A failure in one line, as tools show it with their own error. */
export function failureLine(cause: unknown): string {
  const text = truncateLines(redact(formatFailure(toGateError(cause))))
  return escapeLogLine(text.replaceAll(/\s*\n\s*/g, ' | '))
}

/** The step's inputs once more, by the same rules. */
function parseStoredInputs(files: CredentialCache): Inputs {
  const { raw, run } = readSettings(files)
  Object.assign(process.env, run)
  const inputs = parseInputs(raw, readRenewalSurroundings())
  if (inputs.masksAccountIds) maskAccountIds(accountIdsOf(inputs))
  return inputs
}

function readSettings(files: CredentialCache): RenewalSettings {
  try {
    return parseRenewalSettings(files.readSettings())
  } catch (cause) {
    throw settingsUnreadable(files.settingsPath, cause)
  }
}

/** A result that another process stored while this one waited counts for this one, too. */
async function renewOnce(
  files: CredentialCache,
  inputs: Inputs,
  began: number,
  lock: FileLock,
): Promise<KeptCredentials> {
  const now = Date.now()
  const outcome = files.readOutcome()
  const kept = usable(outcome, now)
  if (kept) return kept
  if (outcome?.kind === 'failed' && isWithin(outcome.at, began, now)) throw outcome.failure
  const fallback = fallbackOf(outcome)
  try {
    const match = await renew(inputs, fallback ? FALLBACK_SECONDS : Number.POSITIVE_INFINITY)
    const renewed = KeptCredentials.of(match, new Date())
    await keep(files, { kind: 'kept', kept: renewed }, lock)
    return renewed
  } catch (cause) {
    const failure = toGateError(cause)
    const outcome: RenewalOutcome =
      fallback && isInconclusive(failure)
        ? { kind: 'kept', kept: fallback.triedAgain(new Date()) }
        : { kind: 'failed', failure: withoutSecrets(failure), at: new Date() }
    await keep(files, outcome, lock)
    throw failure
  }
}

/** A clock may have been set back since. */
function isWithin(time: Date, from: number, to: number): boolean {
  return from <= time.getTime() && time.getTime() <= to
}

/** What was verified before and still lives. */
function fallbackOf(outcome: RenewalOutcome | undefined): KeptCredentials | undefined {
  return outcome?.kind === 'kept' && isAlive(outcome.kept, Date.now()) ? outcome.kept : undefined
}

/** If saving fails, the next process repeats the work. After a refusal, the stored credentials are deleted. */
async function keep(files: CredentialCache, outcome: RenewalOutcome, lock: FileLock): Promise<void> {
  try {
    await files.save(outcome, lock)
  } catch {
    if (outcome.kind === 'failed') await files.forget(lock)
  }
}

/** Readers of the file don't know the secrets that this process has seen. */
function withoutSecrets({ code, message, hint }: GateError): GateError {
  return new GateError(code, redact(message), redact(hint))
}

/** A fresh token, a new session, and every guard again. */
async function renew(inputs: Inputs, mostSeconds: number): Promise<Match> {
  const seconds = Math.min(inputs.timeoutSeconds || MAX_SECONDS, mostSeconds)
  const deadline = new Deadline(seconds, performance.now())
  const onNewToken = (claims: Claims) => assertClaims(inputs.requiredClaims, claims)
  const step = openStep(inputs, readRunContext(), { onNewToken, onStsCall() {} }, deadline)
  return assumeAndVerify(inputs.targets[0], openSource(step), step)
}
