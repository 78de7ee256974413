import * as core from '@actions/core'
import type { GateError } from '../core/base/failure.ts'
import { formsOf, redactText } from '../core/base/redaction.ts'
import { escapeLogLine, truncateLines } from '../core/base/text.ts'
import type { Session } from '../core/identity/session.ts'
import { proxySecrets } from '../core/network/proxy-secrets.ts'
import { HEADLINES } from '../core/outcome/headlines.ts'

const secretForms = new Set<string>()
/** Those that AWS or GitHub know, and could send back. A proxy's password is told to neither. */
const knownForms = new Set<string>()
let redactsAccountIds = false

/** Keeps a value out of everything that is printed or written from here on, by us and by the runner. */
export function maskSecret(secret: string): void {
  maskPassword(secret)
  if (secret !== '') for (const form of formsOf(secret)) knownForms.add(form)
}

/** The same for a secret that only a proxy is told: it may be a short word, which outputs may hold by chance. */
function maskPassword(secret: string): void {
  if (secret === '') return
  core.setSecret(secret)
  for (const form of formsOf(secret)) secretForms.add(form)
}

const BORN_WITH = [
  'ACTIONS_ID_TOKEN_REQUEST_TOKEN',
  'INPUT_AWS-ACCESS-KEY-ID',
  'INPUT_AWS-SECRET-ACCESS-KEY',
  'INPUT_AWS-SESSION-TOKEN',
]

/** Masks the secrets that the step was born with: the key to GitHub's tokens, the keys among the inputs, and what proxies are told. */
export function maskInheritedSecrets(): void {
  for (const name of BORN_WITH) maskSecret(process.env[name]?.trim() ?? '')
  for (const secret of proxySecrets(process.env)) maskPassword(secret)
}

export function maskSession({ credentials }: Session): void {
  maskSecret(credentials.secretAccessKey)
  maskSecret(credentials.sessionToken ?? '')
  maskSecret(credentials.accessKeyId)
}

/** Keeps whatever looks like an account id out of our own text, and the given ones out of the rest of the job's log. */
export function maskAccountIds(accountIds: readonly string[] = []): void {
  redactsAccountIds = true
  for (const accountId of accountIds) core.setSecret(accountId)
}

/** A text that readers may see: without secrets, and without account ids where those are hidden. */
export function redact(text: string, mark?: string): string {
  return redactText(text, { secretForms, accountIds: redactsAccountIds }, mark)
}

/** A value of AWS or GitHub for later steps: without secrets, but with its account ids, which they may need. */
export function redactSecrets(text: string): string {
  return redactText(text, { secretForms: knownForms, accountIds: false })
}

/** For outputs that people read and no step decides by: without proxies' passwords too, unless they are short words. */
export function redactReport(text: string): string {
  const long = Array.from(secretForms).filter(form => form.length >= 8)
  return redactText(text, { secretForms: [...knownForms, ...long], accountIds: false })
}

/** Without anything that looks like an account id, where those are masked. */
export function maskAccountIdsIn(text: string, mark: string): string {
  return redactText(text, { secretForms: [], accountIds: redactsAccountIds }, mark)
}

/** A text for the log, where nobody reads endless lines. */
function clean(text: string): string {
  return truncateLines(redact(text))
}

export function info(text: string): void {
  core.info(escapeLogLine(clean(text)))
}

export function notice(text: string): void {
  core.notice(clean(text))
}

export function warning(text: string): void {
  core.warning(clean(text))
}

export function error(failure: GateError): void {
  endGroup()
  core.error(clean(formatFailure(failure)), { title: titleOf(failure) })
}

/** A mismatch that the step passes in spite of. */
export function reportedMismatch(failure: GateError): void {
  core.warning(clean(formatFailure(failure)), { title: titleOf(failure) })
}

/** For the list of annotations, where a title stands above the message. */
function titleOf({ code }: GateError): string {
  return `AWS Role Gate: ${HEADLINES[code]} (${code})`
}

/** Lines that GitHub folds under a title. */
export async function logGroup<T>(title: string, work: () => Promise<T>): Promise<T> {
  core.startGroup(escapeLogLine(clean(title)))
  hasOpenGroup = true
  try {
    return await work()
  } finally {
    endGroup()
  }
}

let hasOpenGroup = false

/** Also before an error that ends the step: GitHub would fold it into the group. */
function endGroup(): void {
  if (hasOpenGroup) core.endGroup()
  hasOpenGroup = false
}

export function formatFailure({ code, message, hint }: GateError): string {
  return `${code}: ${message}\n${hint}`
}
