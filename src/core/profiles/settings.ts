import type { Environment } from '../base/environment.ts'
import { assertGenuine, type Match } from '../identity/verdict.ts'
import type { ProfileFile, Settings } from './section-editor.ts'

/** Configparser gives the settings of this section to all others. */
const DEFAULTS_OF_PYTHON = 'DEFAULT'

/**
 * Whether every SDK takes the text for a profile's name without quotes. The characters are those that the JavaScript
 * SDK's parser has in common with shlex, which splits botocore's headers.
 */
export function isProfileName(text: string): boolean {
  // That parser keeps sections in a plain object, where `constructor` is there before it is read
  return /^[\w.@+%:-]{1,64}$/.test(text) && text !== DEFAULTS_OF_PYTHON && !(text in {})
}

/**
 * Where the SDKs look for the shared files. A blank variable counts as none, and `~/` is the home folder.
 * Source: AWS SDKs and Tools Reference Guide, "Finding and changing the location of the shared files".
 * @param join of the platform's paths
 */
export function profilePaths(
  environment: Environment,
  home: string,
  join: (...parts: string[]) => string,
): Readonly<Record<ProfileFile, string>> {
  const place = (named: string | undefined, name: string) =>
    named ? named.replace(/^~(?=[\\/])/, () => home) : join(home, '.aws', name)
  return {
    credentials: place(environment.AWS_SHARED_CREDENTIALS_FILE, 'credentials'),
    config: place(environment.AWS_CONFIG_FILE, 'config'),
  }
}

/** What stands in each file under the profile's header. */
export function profileSettings(match: Match, region: string): Readonly<Record<ProfileFile, Settings>> {
  assertGenuine(match)
  const { accessKeyId, secretAccessKey, sessionToken } = match.session.credentials
  return {
    credentials: {
      aws_access_key_id: accessKeyId,
      aws_secret_access_key: secretAccessKey,
      ...(sessionToken ? { aws_session_token: sessionToken } : {}),
    },
    config: { region },
  }
}

/**
 * What stands there of a profile that renews itself: no keys, which in the credentials file would go before the command.
 */
export function renewingSettings(
  command: string,
  region: string,
): Readonly<Partial<Record<ProfileFile, Settings>>> {
  return { config: { credential_process: command, region } }
}
