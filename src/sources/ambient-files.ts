import { readFileSync, type Stats, statSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { credentialsUnavailable } from '../core/explanation.ts'
import { profilePaths } from '../core/profile.ts'
import { quote } from '../core/text.ts'

/**
 * Stops before a file in which present credentials are looked for and that may never end: the SDK would wait for ever
 * for the end of a pipe, and no time limit could end it.
 * @throws GateError ERR_CREDENTIALS_UNAVAILABLE
 */
export function assertReadable(): void {
  const { credentials, config } = profilePaths(process.env, homedir(), join)
  for (const path of [credentials, config, process.env.AWS_WEB_IDENTITY_TOKEN_FILE ?? '']) {
    const status = statusOf(path)
    if (status && !status.isFile()) throw credentialsUnavailable(`${quote(path)} is no file`)
  }
  const { AWS_PROFILE: profile, AWS_ACCESS_KEY_ID: id, AWS_SECRET_ACCESS_KEY: secret } = process.env
  if (!profile && id && secret) return // they go before what is named below
  const tokens = [credentials, config].flatMap(tokenFilesIn)
  for (const path of [process.env.AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE ?? '', ...tokens]) {
    const status = statusOf(path)
    if (status && !status.isFile() && !status.isDirectory())
      throw credentialsUnavailable(`${quote(path)} is no file`)
  }
}

/** Undefined where it can't be looked at: the SDK can't either, and says why if it needs to. */
function statusOf(path: string): Stats | undefined {
  try {
    return path === '' ? undefined : statSync(path)
  } catch {
    return undefined
  }
}

/** Those that the profiles of a shared file name, as the SDK reads its lines. */
function tokenFilesIn(path: string): readonly string[] {
  return textOf(path)
    .split(/\r?\n/)
    .map(line => line.split(/(?:^|\s)[;#]/)[0]?.trim() ?? '')
    .filter(setting => /^web_identity_token_file\s*=/.test(setting))
    .map(setting => setting.slice(setting.indexOf('=') + 1).trim())
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}
