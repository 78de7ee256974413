import { type FailureCode, GateError } from '../core/base/failure.ts'
import type { Match } from '../core/identity/verdict.ts'
import { DisputedCredentials } from '../core/outcome/explanation.ts'
import { info } from '../runner/log.ts'
import { findExisting } from '../sources/existing.ts'
import { verifySession } from './assume-and-verify.ts'
import type { Step } from './step.ts'

/** Existing credentials that fail like this are replaced. After any other failure new ones could not be had either. */
const REPLACED: readonly FailureCode[] = [
  'ERR_CREDENTIALS_UNAVAILABLE',
  'ERR_OIDC_NOT_PERMITTED',
  'ERR_STS_REJECTED',
  'ERR_IDENTITY_MISMATCH',
]

/** Where tools disagree which credentials there are, later steps might not use the new ones either. */
function isReplaced({ code, cause }: GateError): boolean {
  return REPLACED.includes(code) && !(cause instanceof DisputedCredentials)
}

/**
 * The job's existing credentials, if `use-existing-credentials` is true and they satisfy every guard. Nothing shows
 * whether they satisfy a required claim, or have a session policy or a source identity. Undefined where a role is to be assumed instead.
 */
export async function reuseExisting(step: Step): Promise<Match | undefined> {
  const { reusesExisting, requiredClaims, inlinePolicy, managedPolicies, sourceIdentity, targets } =
    step.inputs
  if (!reusesExisting) return undefined
  const isRestricted = inlinePolicy !== undefined || managedPolicies.length > 0
  const needsToken = requiredClaims.length > 0 || targets.some(({ profile }) => profile?.refreshes)
  if (isRestricted || needsToken || sourceIdentity !== undefined) {
    info(
      'Existing credentials: not kept, because nothing shows their claims, session policies or source identity',
    )
    return undefined
  }
  try {
    const session = await findExisting(step, { isVerifyOnly: true })
    const match = await verifySession(targets[0], session, step)
    info('Credential source: existing credentials (use-existing-credentials is true)')
    return match
  } catch (error) {
    if (!(error instanceof GateError) || !isReplaced(error)) throw error
    info(`Existing credentials: not kept: ${error.code}: ${error.message}`)
    return undefined
  }
}
