import { createHash } from 'node:crypto'
import * as core from '@actions/core'
import type { GateError } from '../core/base/failure.ts'
import { assertGenuine, type Match } from '../core/identity/verdict.ts'
import {
  blankedKeys,
  cleanedVariables,
  cleanupState,
  completedState,
  credentialOutputs,
  failureOutputs,
  identityOutputs,
  profileOutputs,
  sessionVariables,
  tokenOutputs,
  type Variables,
} from '../core/outcome/exports.ts'
import { type Ending, formatIdentityRecord } from '../core/outcome/identity-record.ts'
import type { StepRecord, VerifiedRecord } from '../core/outcome/step-record.ts'
import type { Deadline } from '../process/deadline.ts'
import { exportProfiles } from '../profiles/export.ts'
import { appendTogether } from '../runner/command-file.ts'
import { maskAccountIdsIn, redactReport, redactSecrets } from '../runner/log.ts'

/**
 * Exports verified sessions to the steps that follow: profiles first, then the environment and the outputs, which are of
 * the first match. Takes nothing but Matches, and does all of it or nothing.
 * @throws GateError ERR_PROFILE_WRITE, ERR_TIMEOUT, or ERR_UNEXPECTED where the runner's files can't be written
 */
export async function exportMatches(
  matches: readonly [Match, ...Match[]],
  record: VerifiedRecord,
  deadline: Deadline,
): Promise<void> {
  for (const match of matches) assertGenuine(match)
  const { inputs, claims } = record
  const [first] = matches
  const variables = sessionVariables(first, inputs, process.env)
  const outputs = {
    ...(inputs.outputsCredentials ? credentialOutputs(first) : {}),
    ...recordOutput(record, { matches }),
    ...withoutSecrets({
      ...(inputs.isForSeveralRoles ? profileOutputs(matches) : {}),
      ...tokenOutputs(claims ? { claims } : {}),
      ...identityOutputs(first),
    }),
  }
  const profiles = await exportProfiles(matches, inputs, deadline.pause)
  try {
    deadline.assertTimeLeft('credentials were exported')
    appendTogether(
      // First, so the post step finds what a step that is killed in between has exported.
      ['GITHUB_STATE', cleanupState(variables, process.env, sha256)],
      ['GITHUB_ENV', variables],
      ['GITHUB_OUTPUT', outputs],
      ['GITHUB_STATE', completedState(variables)],
    )
  } catch (error) {
    throw await profiles.takeBack(error)
  }
}

/** Tells later steps of a failure; where a mismatch is only reported, takes the key variables that were there from them. */
export function exportFailure(failure: GateError, record: StepRecord, reported: boolean): void {
  appendTogether(
    ['GITHUB_ENV', reported ? blankedKeys(process.env) : {}],
    [
      'GITHUB_OUTPUT',
      {
        ...withoutSecrets(failureOutputs(failure, record), redactReport),
        ...recordOutput(record, { failure }),
      },
    ],
  )
}

/** Takes the key variables of earlier steps away, for this step too. */
export function unsetCurrentCredentials(): void {
  const blanked = blankedKeys(process.env)
  appendTogether(['GITHUB_ENV', blanked])
  for (const name of Object.keys(blanked)) delete process.env[name]
}

/** The post step: takes back what `exportMatches` put into the environment. */
export function withdrawVariables(): void {
  const state = {
    exported: core.getState('exported'),
    keyIdHash: core.getState('keyIdHash'),
    earlier: core.getState('earlier'),
  }
  appendTogether(['GITHUB_ENV', cleanedVariables(state, process.env, sha256)])
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}

function recordOutput(record: StepRecord, ending: Ending): Variables {
  const redaction = { secrets: redactReport, accountIds: maskAccountIdsIn }
  return { 'identity-record': formatIdentityRecord(record, ending, new Date(), redaction) }
}

/** Outputs carry what AWS and GitHub said, and a server can send back what it was sent. */
function withoutSecrets(outputs: Variables, redact = redactSecrets): Variables {
  return Object.fromEntries(Object.entries(outputs).map(([name, value]) => [name, redact(value)]))
}
