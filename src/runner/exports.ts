import * as core from '@actions/core'
import {
  blankedKeys,
  cleanedVariables,
  cleanupState,
  credentialOutputs,
  failureOutputs,
  identityOutputs,
  sessionVariables,
  type Variables,
} from '../core/exports.ts'
import type { GateError } from '../core/failure.ts'
import type { Findings } from '../core/findings.ts'
import type { Inputs } from '../core/inputs.ts'
import { assertProven, type Match } from '../core/verdict.ts'
import { appendTogether } from './command-file.ts'
import { hideSecrets } from './log.ts'

/** Hands a verified session to the steps that follow. Takes nothing but a Match, and does all of it or nothing. */
export function exportSession(match: Match, inputs: Inputs): void {
  assertProven(match)
  const { exportsEnvironment, outputsCredentials, region } = inputs
  appendTogether({
    GITHUB_STATE: exportsEnvironment ? cleanupState(process.env) : {},
    GITHUB_ENV: exportsEnvironment ? sessionVariables(match, region, process.env) : {},
    GITHUB_OUTPUT: {
      ...withoutSecrets(identityOutputs(match)),
      ...(outputsCredentials ? credentialOutputs(match) : {}),
    },
  })
}

/** Tells later steps of a failure; where a mismatch is only reported, takes the key variables that were there from them. */
export function exportFailure(failure: GateError, findings: Findings, reported: boolean): void {
  appendTogether({
    GITHUB_ENV: reported ? blankedKeys(process.env) : {},
    GITHUB_OUTPUT: withoutSecrets(failureOutputs(failure, findings)),
  })
}

/** The post step: takes back what `exportSession` put into the environment. */
export function withdrawSession(): void {
  const state = { exported: core.getState('exported'), regions: core.getState('regions') }
  appendTogether({ GITHUB_ENV: cleanedVariables(state) })
}

/** Outputs carry what AWS and GitHub said, and a server can send back what it was sent. */
function withoutSecrets(outputs: Variables): Variables {
  return Object.fromEntries(Object.entries(outputs).map(([name, value]) => [name, hideSecrets(value)]))
}
