import { endOnCancellation } from './cancellation.ts'
import { openContext } from './context.ts'
import { formatInstant } from './core/exports.ts'
import { toGateError } from './core/failure.ts'
import type { Findings } from './core/findings.ts'
import { ignoredVariables } from './core/ignored-variables.ts'
import {
  accountIdsOf,
  type Inputs,
  parseInputs,
  wantsAccountIdsMasked,
  wantsCurrentUnset,
} from './core/inputs.ts'
import type { Session } from './core/session.ts'
import { renderVerified } from './core/summary.ts'
import { oneLine } from './core/text.ts'
import type { Match } from './core/verdict.ts'
import { keepExisting } from './existing-credentials.ts'
import { reportFailure } from './report.ts'
import { becomeRole } from './role-chain.ts'
import { exportSession, unsetCurrentCredentials } from './runner/exports.ts'
import { readInputs, readSurroundings } from './runner/inputs.ts'
import { info, maskAccountIds, maskInheritedSecrets, notice, warning } from './runner/log.ts'
import { readRunContext } from './runner/run-context.ts'
import { writeSummary } from './runner/summary.ts'
import { openSource, type SourceContext } from './sources/source.ts'

/**
 * The main step. Whatever goes wrong ends in one report: nothing is thrown, and nothing is handed out.
 * @returns whether the step passes
 */
export async function gate(): Promise<boolean> {
  const findings: Findings = {}
  try {
    await passThrough(findings)
    return true
  } catch (error) {
    return reportFailure(toGateError(error), findings)
  }
}

/** The order of things: nothing leaves the step before the verdict, and then only what the verdict is of. */
async function passThrough(findings: Findings): Promise<void> {
  maskInheritedSecrets()
  findings.run = readRunContext()
  const inputs = understandInputs()
  findings.inputs = inputs

  const context = openContext(inputs, findings)
  const { deadline } = context.limits
  endOnCancellation(deadline)
  const match = (await keepExisting(context)) ?? (await becomeRole(chosenSource, context))

  if (inputs.writesSummary) {
    await writeSummary(hide => renderVerified({ ...findings, inputs }, match, new Date(), hide))
  }
  await exportSession(match, { ...findings, inputs }, deadline.pause)
  info(`Verified: ${oneLine(match.caller.arn)}${until(match)}`)
}

function understandInputs(): Inputs {
  const raw = readInputs()
  if (wantsCurrentUnset(raw)) unsetCurrentCredentials()
  if (wantsAccountIdsMasked(raw)) maskAccountIds()
  const inputs = parseInputs(raw, readSurroundings())
  if (inputs.masksAccountIds) maskAccountIds(accountIdsOf(inputs))
  for (const text of inputs.notices) notice(text)
  for (const text of [...inputs.warnings, ...ignoredWarnings(inputs)]) warning(text)
  return inputs
}

function chosenSource(context: SourceContext): Promise<Session> {
  const { source } = context.inputs
  info(`Source: ${source.reason}`)
  return openSource(source.kind, context)
}

function until({ session }: Match): string {
  const { expiration } = session.credentials
  return expiration ? `, until ${formatInstant(expiration)}` : ''
}

function ignoredWarnings({ stsEndpoint }: Inputs): string[] {
  const names = ignoredVariables(process.env, stsEndpoint)
  if (names.length === 0) return []
  return [
    `${names.join(', ')}: ignored, as an earlier step can set ${names.length === 1 ? 'it' : 'them'}: nothing in the environment moves or opens the way on which this step asks AWS STS`,
  ]
}
