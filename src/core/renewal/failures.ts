import { GateError, reasonOf } from '../base/failure.ts'
import { escapeControls, quote } from '../base/text.ts'

/** A profile is to be renewed by a process that GitHub's variables were not given to. */
export function renewalNotPermitted(): GateError {
  return new GateError(
    'ERR_OIDC_NOT_PERMITTED',
    "ACTIONS_ID_TOKEN_REQUEST_URL and ACTIONS_ID_TOKEN_REQUEST_TOKEN aren't set in this process, so it can't request a token from GitHub",
    'Use the profile in the job that created it. A container needs both variables (`docker run --env`), and RUNNER_TEMP, the action, its Node and the AWS config files mounted at the same paths. Another job needs its own step.',
  )
}

/** What a profile keeps between renewals can't be read, written or locked. */
export function filesUnusable(cause: unknown): GateError {
  return new GateError(
    'ERR_PROFILE_WRITE',
    `the renewal files of this profile can't be used: ${escapeControls(reasonOf(cause))}`,
    'Check that RUNNER_TEMP exists, is writable and has free space.',
    { cause },
  )
}

/** What a profile is renewed by is not there, or is not what the step wrote. */
export function settingsUnreadable(path: string, cause: unknown): GateError {
  return new GateError(
    'ERR_CREDENTIALS_UNAVAILABLE',
    `the settings of this profile in ${quote(path)} can't be read: ${escapeControls(reasonOf(cause))}`,
    'The settings exist until the job ends. Either the job has ended or RUNNER_TEMP was emptied.',
    { cause },
  )
}
