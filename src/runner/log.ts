import * as core from '@actions/core'
import type { GateError } from '../core/failure.ts'
import type { Session } from '../core/session.ts'
import { bound, escapeLogLine, redactAccountIds, redactSecrets } from '../core/text.ts'

const secrets = new Set<string>()
let hidesAccountIds = false

/** Keeps a value out of everything that is printed or written from here on, by us and by the runner. */
export function maskSecret(secret: string): void {
  if (secret === '') return
  core.setSecret(secret)
  secrets.add(secret)
}

/** Masks the secrets that the step was born with: the key to GitHub's tokens, and the passwords of proxies. */
export function maskInheritedSecrets(): void {
  const { ACTIONS_ID_TOKEN_REQUEST_TOKEN, ...environment } = process.env
  maskSecret(ACTIONS_ID_TOKEN_REQUEST_TOKEN ?? '')
  for (const name of ['HTTPS_PROXY', 'https_proxy', 'HTTP_PROXY', 'http_proxy']) {
    const url = environment[name] ?? ''
    maskSecret(URL.canParse(url) ? new URL(url).password : '')
  }
}

export function maskSession({ credentials }: Session): void {
  maskSecret(credentials.secretAccessKey)
  maskSecret(credentials.sessionToken)
  maskSecret(credentials.accessKeyId)
}

/** Keeps whatever looks like an account id out of our own text, and the given ones out of the rest of the job's log. */
export function maskAccountIds(accountIds: readonly string[] = []): void {
  hidesAccountIds = true
  for (const accountId of accountIds) core.setSecret(accountId)
}

/** A value made of plain data, with the secrets taken out of every string in it. */
export function hideSecrets<Value>(value: Value): Value {
  const json = JSON.stringify(value)
  return (
    json && JSON.parse(json, (_, part) => (typeof part === 'string' ? redactSecrets(part, secrets) : part))
  )
}

/** The same for Markdown, where asterisks would be markup. Its texts must be free of secrets before they are escaped. */
export function hideFromSummary(markdown: string): string {
  const withoutSecrets = redactSecrets(markdown, secrets, MASKED)
  return hidesAccountIds ? redactAccountIds(withoutSecrets, MASKED) : withoutSecrets
}

const MASKED = '(masked)'

/** A text that may be read: no secrets, no account ids where those are hidden, no endless lines. */
export function clean(text: string): string {
  const withoutSecrets = redactSecrets(text, secrets)
  return bound(hidesAccountIds ? redactAccountIds(withoutSecrets) : withoutSecrets)
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
  core.error(clean(formatFailure(failure)))
}

export function formatFailure({ code, message, hint }: GateError): string {
  return `${code}: ${message}\n${hint}`
}
