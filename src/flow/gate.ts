import { toGateError } from '../core/base/failure.ts'
import { formatInstant } from '../core/base/instant.ts'
import { oneLine } from '../core/base/text.ts'
import type { Match } from '../core/identity/verdict.ts'
import {
  accountIdsOf,
  type Inputs,
  parseInputs,
  wantsAccountIdsMasked,
  wantsCurrentUnset,
} from '../core/inputs/inputs.ts'
import type { Findings } from '../core/outcome/findings.ts'
import { ignoredVariables } from '../core/sts/ignored-variables.ts'
import { renderVerified } from '../core/summary/summary.ts'
import { readRunContext } from '../github/run-context.ts'
import { endOnCancellation } from '../process/cancellation.ts'
import { Deadline } from '../process/deadline.ts'
import { readInputs, readSurroundings } from '../runner/inputs.ts'
import { info, maskAccountIds, maskInheritedSecrets, notice, warning } from '../runner/log.ts'
import { writeSummary } from '../runner/summary.ts'
import { fromChosenSource } from '../sources/source.ts'
import { becomeRole } from './become-role.ts'
import { openContexts, type RoleContext } from './context.ts'
import { keepExisting } from './existing-credentials.ts'
import { exportSessions, unsetCurrentCredentials } from './export.ts'
import { reportFailure } from './report.ts'
import { becomeAll } from './several-roles.ts'

/**
 * The main step. Whatever goes wrong ends in one report of the `findings`: nothing is thrown, and nothing is handed out.
 * @returns whether the step passes
 */
export async function gate(findings: Findings): Promise<boolean> {
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

  const deadline = new Deadline(inputs.timeoutSeconds)
  endOnCancellation(deadline)
  const contexts = openContexts(inputs, findings, deadline)
  const matches = await becomeAll(contexts, keepOrBecome, findings)

  if (inputs.writesSummary) {
    writeSummary(hide => renderVerified({ ...findings, inputs }, matches, new Date(), hide))
  }
  await exportSessions(matches, { ...findings, inputs }, deadline)
  for (const match of matches) info(`Verified: ${oneLine(match.caller.arn)}${until(match)}`)
}

async function keepOrBecome(context: RoleContext): Promise<Match> {
  return (await keepExisting(context)) ?? becomeRole(fromChosenSource, context)
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
