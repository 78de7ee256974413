import { type FailureCode, GateError } from '../core/base/failure.ts'
import type { Match } from '../core/identity/verdict.ts'
import { DisputedCredentials } from '../core/outcome/explanation.ts'
import { info } from '../runner/log.ts'
import { openSource } from '../sources/source.ts'
import type { RoleContext } from './context.ts'
import { prove } from './verify-session.ts'

/** Reasons for which credentials that are there are replaced. With any other one new credentials would not come either. */
const REPLACED: readonly FailureCode[] = [
  'ERR_CREDENTIALS_UNAVAILABLE',
  'ERR_OIDC_NOT_PERMITTED',
  'ERR_STS_REJECTED',
  'ERR_IDENTITY_MISMATCH',
]

/** Where tools disagree which credentials there are, later steps may not use the new ones either. */
function isReplaced({ code, cause }: GateError): boolean {
  return REPLACED.includes(code) && !(cause instanceof DisputedCredentials)
}

/**
 * The credentials that the job has already, if `use-existing-credentials` asks for them and they satisfy every guard.
 * What they can't be proved to satisfy, a claim or a session policy, they don't. They are opened as in a step that only
 * verifies: later steps must find the very same.
 */
export async function keepExisting(context: RoleContext): Promise<Match | undefined> {
  const { findings } = context
  const { keepsExisting, requiredClaims, inlinePolicy, managedPolicies, expected } = context.inputs
  if (!keepsExisting) return undefined
  if (requiredClaims.length > 0 || inlinePolicy !== undefined || managedPolicies.length > 0) {
    info('Existing credentials: not kept, as they show neither the required claims nor the session policies')
    return undefined
  }
  try {
    const session = await openSource('ambient', { ...context, inputs: { ...context.inputs, roles: [] } })
    const match = await prove(context, expected, session)
    findings.isKept = true
    info('Source: the credentials that the job has already, as use-existing-credentials is true')
    return match
  } catch (error) {
    if (!(error instanceof GateError) || !isReplaced(error)) throw error
    info(`Existing credentials: not kept: ${error.code}: ${error.message}`)
    findings.caller = undefined
    return undefined
  }
}
