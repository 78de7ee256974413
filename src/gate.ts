import { formatArn } from './core/arn.ts'
import { oidcNotPermitted } from './core/explanation.ts'
import { formatInstant } from './core/exports.ts'
import { toGateError } from './core/failure.ts'
import type { Findings } from './core/findings.ts'
import type { Claims } from './core/id-token.ts'
import { ignoredVariables } from './core/ignored-variables.ts'
import { accountIdsOf, type Inputs, parseInputs, wantsAccountIdsMasked } from './core/inputs.ts'
import { assertClaims } from './core/required-claims.ts'
import { renderVerified } from './core/summary.ts'
import { oneLine, quote } from './core/text.ts'
import { type Forecast, forecast } from './core/trust-policy/forecast.ts'
import { assertMatch, verifyIdentity } from './core/verdict.ts'
import { Deadline } from './deadline.ts'
import { IdTokenSource, offersIdToken } from './id-token-source.ts'
import { reportFailure } from './report.ts'
import { exportSession } from './runner/exports.ts'
import { readInputs, readSurroundings } from './runner/inputs.ts'
import { info, maskAccountIds, maskInheritedSecrets, maskSession, notice, warning } from './runner/log.ts'
import { readRunContext } from './runner/run-context.ts'
import { writeSummary } from './runner/summary.ts'
import { readWorkspaceFile } from './runner/workspace-file.ts'
import { Sts } from './sts.ts'

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
  if (!offersIdToken()) throw oidcNotPermitted(findings.run.fork)

  const limits = { maxAttempts: inputs.maxAttempts, deadline: new Deadline(inputs.timeoutSeconds) }
  const idTokens = new IdTokenSource(inputs.audience, limits, claims => {
    findings.claims = claims
    assertClaims(inputs.requiredClaims, claims)
  })
  const sts = new Sts(inputs, limits)
  info("Source: GitHub's OIDC token, as a role is to be assumed and the runner offers a token")
  const { claims } = await idTokens.current()
  info(`Token: sub ${oneLine(claims.subject)}, aud ${oneLine(inputs.audience)}`)
  findings.forecast = predict(inputs, claims)
  info(`Assuming ${formatArn(inputs.roleToAssume)} as ${inputs.sessionName} at ${sts.endpoint}`)
  const session = await sts.assumeRole(idTokens)
  maskSession(session)
  const caller = await sts.getCallerIdentity(session)
  findings.caller = caller
  if (inputs.masksAccountIds) maskAccountIds([caller.accountId])
  const match = assertMatch(verifyIdentity(inputs.expected, session, caller))

  if (inputs.writesSummary) {
    await writeSummary(hide => renderVerified({ ...findings, inputs }, match, new Date(), hide))
  }
  exportSession(match, inputs)
  info(`Verified: ${oneLine(caller.arn)}, until ${formatInstant(session.credentials.expiration)}`)
}

function understandInputs(): Inputs {
  const raw = readInputs()
  if (wantsAccountIdsMasked(raw)) maskAccountIds()
  const inputs = parseInputs(raw, readSurroundings())
  if (inputs.masksAccountIds) maskAccountIds(accountIdsOf(inputs))
  for (const text of inputs.notices) notice(text)
  for (const text of [...inputs.warnings, ...ignoredWarnings()]) warning(text)
  return inputs
}

/** What a copy of the trust policy says of the token. It explains, and never stops: AWS is asked whatever it says. */
function predict({ trustPolicyPath: path, roleToAssume }: Inputs, claims: Claims): Forecast | undefined {
  if (path === undefined) return undefined
  try {
    const result = forecast(path, readWorkspaceFile(path), roleToAssume, claims)
    info(`Trust policy ${oneLine(path)}: predicts ${PREDICTIONS[result.prediction.decision]}`)
    for (const weakness of result.weaknesses) warning(`trust-policy: ${oneLine(weakness)}`)
    return result
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    warning(`trust-policy: ${quote(path)} can't be used: ${oneLine(reason)}`)
    return undefined
  }
}

const PREDICTIONS = {
  allowed: 'that AWS allows',
  refused: 'that AWS refuses',
  unknown: 'nothing, as it holds what is not evaluated here',
}

function ignoredWarnings(): string[] {
  const names = ignoredVariables(process.env)
  if (names.length === 0) return []
  return [
    `${names.join(', ')}: ignored, as an earlier step can set ${names.length === 1 ? 'it' : 'them'}: nothing in the environment moves or opens the way to AWS STS`,
  ]
}
