import { endOnCancellation } from './cancellation.ts'
import type { Expectation } from './core/expectation.ts'
import { formatInstant } from './core/exports.ts'
import { toGateError } from './core/failure.ts'
import type { Findings } from './core/findings.ts'
import type { Claims } from './core/id-token.ts'
import { ignoredVariables } from './core/ignored-variables.ts'
import {
  accountIdsOf,
  type Inputs,
  parseInputs,
  wantsAccountIdsMasked,
  wantsCurrentUnset,
} from './core/inputs.ts'
import { assertClaims } from './core/required-claims.ts'
import type { Session } from './core/session.ts'
import { renderVerified } from './core/summary.ts'
import { oneLine } from './core/text.ts'
import { assertMatch, type Match, verifyIdentity } from './core/verdict.ts'
import { Deadline } from './deadline.ts'
import { keepExisting } from './existing-credentials.ts'
import { predict } from './prediction.ts'
import { reportFailure } from './report.ts'
import { followRoles, type Prove } from './role-chain.ts'
import { exportSession, unsetCurrentCredentials } from './runner/exports.ts'
import { readInputs, readSurroundings } from './runner/inputs.ts'
import { info, maskAccountIds, maskInheritedSecrets, notice, warning } from './runner/log.ts'
import { readRunContext } from './runner/run-context.ts'
import { writeSummary } from './runner/summary.ts'
import { openSource, type SourceContext } from './sources/source.ts'
import { Sts } from './sts/sts.ts'

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

  const { maxAttempts, accessDeniedSeconds, timeoutSeconds } = inputs
  const limits = { maxAttempts, accessDeniedSeconds, deadline: new Deadline(timeoutSeconds) }
  endOnCancellation(limits.deadline)
  const sts = new Sts(inputs, limits)
  const context = {
    inputs,
    limits,
    sts,
    findings,
    accept: (claims: Claims) => accept(claims, inputs, findings),
  }
  const prove = (expected: Expectation, session: Session) => proveBy(sts, expected, session, findings)
  const match = (await keepExisting(context, prove)) ?? (await becomeRole(context, prove))

  if (inputs.writesSummary) {
    await writeSummary(hide => renderVerified({ ...findings, inputs }, match, new Date(), hide))
  }
  await exportSession(match, { ...findings, inputs }, limits.deadline.pause)
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

/** The session that the inputs ask for, proved to be the expected one. */
async function becomeRole(context: SourceContext, prove: Prove): Promise<Match> {
  const { source, expected } = context.inputs
  info(`Source: ${source.reason}`)
  const first = await openSource(source.kind, context)
  const session = await followRoles(first, context, prove)
  return prove(expected, session)
}

/** Whether a token may go to AWS, and what is known of it then. */
function accept(claims: Claims, inputs: Inputs, findings: Findings): void {
  findings.claims = claims
  assertClaims(inputs.requiredClaims, claims)
  info(`Token: sub ${oneLine(claims.subject)}, aud ${oneLine(claims.audiences.join(', '))}`)
  findings.forecast = predict(inputs, claims)
}

/** The proof of a session: AWS's own answer to its holder, held against what is expected. */
async function proveBy(
  sts: Sts,
  expected: Expectation,
  session: Session,
  findings: Findings,
): Promise<Match> {
  const caller = await sts.getCallerIdentity(session)
  Object.assign(findings, { caller, expected, answeredBy: sts.region })
  if (findings.inputs?.masksAccountIds) maskAccountIds([caller.accountId])
  return assertMatch(verifyIdentity(expected, session, caller))
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
