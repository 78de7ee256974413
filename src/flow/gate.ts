import { toGateError } from '../core/base/failure.ts'
import { formatInstant } from '../core/base/instant.ts'
import { escapeControls, quote } from '../core/base/text.ts'
import type { Target } from '../core/identity/target.ts'
import type { Match } from '../core/identity/verdict.ts'
import {
  accountIdsOf,
  type Inputs,
  parseInputs,
  wantsAccountIdsMasked,
  wantsCurrentUnset,
} from '../core/inputs/inputs.ts'
import type { StepRecord } from '../core/outcome/step-record.ts'
import { ignoredVariables } from '../core/sts/ignored-variables.ts'
import { renderVerified } from '../core/summary/summary.ts'
import type { Claims } from '../core/token/id-token.ts'
import { assertClaims } from '../core/token/required-claims.ts'
import { readRunContext } from '../github/run-context.ts'
import { endOnCancellation } from '../process/cancellation.ts'
import { Deadline } from '../process/deadline.ts'
import { endProcess } from '../process/end.ts'
import { assertNode } from '../process/node.ts'
import { closeCommandFiles } from '../runner/command-file.ts'
import { readInputs, readSurroundings } from '../runner/inputs.ts'
import { info, logGroup, maskAccountIds, maskInheritedSecrets, notice, warning } from '../runner/log.ts'
import { writeSummary } from '../runner/summary.ts'
import { openSource } from '../sources/source.ts'
import { assumeAndVerify } from './assume-and-verify.ts'
import { exportMatches, unsetCurrentCredentials } from './export.ts'
import { predict } from './prediction.ts'
import { reportCrash, reportFailure } from './report.ts'
import { reuseExisting } from './reuse-existing.ts'
import { assertAllVerified, verifyAll } from './several-roles.ts'
import { openStep } from './step.ts'

/** For the report, whatever happens. Only this file adds to it. */
let record: StepRecord = {}
let isOver = false

/** The main step, to the end of the process. */
export async function run(): Promise<void> {
  try {
    await verifyThenExport()
    end(true)
  } catch (error) {
    end(reportFailure(toGateError(error), record))
  }
}

/** inputs → source → session → caller identity → verdict → summary → exports, only on a match. */
async function verifyThenExport(): Promise<void> {
  maskInheritedSecrets()
  const runContext = readRunContext()
  learn({ run: runContext })
  assertNode()
  const inputs = readStepInputs()
  learn({ inputs })
  const deadline = new Deadline(inputs.timeoutSeconds)
  endOnCancellation(deadline)
  const step = openStep(
    inputs,
    runContext,
    {
      onNewToken: claims => checkToken(claims, inputs),
      onStsCall: call => learn({ calls: [...(record.calls ?? []), call] }),
    },
    deadline,
  )

  const reused = await reuseExisting(step)
  if (reused) learn({ outcomes: [reused] })
  else {
    info(`Credential source: ${inputs.source.reason}`)
    const source = openSource(step)
    const verify = (target: Target) => assumeAndVerify(target, source, step)
    const { targets, isForSeveralRoles } = inputs
    learn({
      outcomes: isForSeveralRoles
        ? await logGroup(`Assuming ${targets.length} roles`, () => verifyAll(targets, verify))
        : [await verify(targets[0])],
    })
  }
  const matches = assertAllVerified(record)

  if (inputs.writesSummary) writeSummary(redact => renderVerified({ ...record, inputs }, matches, redact))
  await exportMatches(matches, { ...record, inputs }, deadline)
  await logVerified(matches)
}

function readStepInputs(): Inputs {
  const raw = readInputs()
  if (wantsCurrentUnset(raw)) unsetCurrentCredentials()
  if (wantsAccountIdsMasked(raw)) maskAccountIds()
  const inputs = parseInputs(raw, readSurroundings())
  if (inputs.masksAccountIds) maskAccountIds(accountIdsOf(inputs))
  for (const text of inputs.notices) notice(text)
  for (const text of [...inputs.warnings, ...ignoredWarnings(inputs)]) warning(text)
  return inputs
}

/** Checks the claims before the token is sent to AWS. */
function checkToken(claims: Claims, inputs: Inputs): void {
  learn({ claims })
  assertClaims(inputs.requiredClaims, claims)
  info(`Token: sub ${escapeControls(claims.subject)}, aud ${escapeControls(claims.audiences.join(', '))}`)
  learn({ forecast: predict(inputs, claims) })
}

function learn(part: StepRecord): void {
  record = { ...record, ...part }
}

/** Ends the step after an error that nobody waited for. What was exported by then stays. */
export function crash(cause: unknown): void {
  if (isOver) return
  reportCrash(toGateError(cause), record)
  closeCommandFiles() // nothing may be exported after this
  end(false)
}

function end(passes: boolean): void {
  if (isOver) return
  isOver = true
  endProcess(passes)
}

async function logVerified(matches: readonly Match[]): Promise<void> {
  const log = () => {
    for (const match of matches) info(`Verified: ${escapeControls(match.caller.arn)}${detailsOf(match)}`)
  }
  if (matches.length === 1) log()
  else await logGroup(`Verified: ${matches.length} roles`, async () => log())
}

function detailsOf({ session, requestId, target: { profile } }: Match): string {
  const { expiration } = session.credentials
  return [
    expiration ? `, expires ${formatInstant(expiration)}` : '',
    profile ? `, profile ${quote(profile.name)}${profile.refreshes ? ' (renews itself)' : ''}` : '',
    requestId ? `, request ID ${requestId}` : '',
  ].join('')
}

function ignoredWarnings({ stsEndpoint }: Inputs): string[] {
  const names = ignoredVariables(process.env, stsEndpoint)
  if (names.length === 0) return []
  return [
    `${names.join(', ')}: ignored, because an earlier step can set ${names.length === 1 ? 'it' : 'them'}. Environment variables can't redirect this step's calls to STS or change how it verifies TLS`,
  ]
}
