import { type FailureCode, type GateError, RunnerError } from '../base/failure.ts'
import type { RoleArn } from '../identity/arn.ts'
import { Mismatch } from '../identity/verdict.ts'
import { isAboutTime } from '../network/clock-skew.ts'
import { RemoteFailure } from '../network/remote-failure.ts'
import { type DenyingPolicy, denyingPolicyIn } from '../sts/denying-policy.ts'

const AUTHOR = "the workflow's author"
const ORGANISATION = 'an administrator of the AWS organization'
const NETWORK = "whoever runs the runner's network"
const RUNNER = 'whoever runs the runner'
const NOBODY_YET = 'nobody yet: run the job again'

/** Who can end a failure, for the summary. `role` is the one that was to be assumed. */
export function whoMustAct({ code, cause }: GateError, role?: RoleArn): string {
  const owner = role ? `the owner of AWS account ${role.accountId}` : 'the owner of the AWS account'
  if (cause instanceof Mismatch && cause.isContradiction) return NETWORK
  if (cause instanceof RunnerError) return RUNNER
  if (!(cause instanceof RemoteFailure)) return BY_CODE[code]
  if (cause.kind === 'proxy-refusal' || cause.kind === 'untrusted') return NETWORK
  if (code === 'ERR_STS_REJECTED') return whoAfterRefusal(cause, owner)
  if (code === 'ERR_OIDC_REQUEST_FAILED' && cause.kind === 'error-response')
    return `${AUTHOR}, or an owner of the GitHub organization`
  return BY_CODE[code]
}

const BY_CODE: Readonly<Record<FailureCode, string>> = {
  ERR_INPUT_INVALID: AUTHOR,
  ERR_OIDC_NOT_PERMITTED: AUTHOR,
  ERR_OIDC_REQUEST_FAILED: NOBODY_YET,
  ERR_CLAIM_MISMATCH: AUTHOR,
  ERR_CREDENTIALS_UNAVAILABLE: AUTHOR,
  ERR_STS_REJECTED: AUTHOR,
  ERR_STS_UNAVAILABLE: NOBODY_YET,
  ERR_STS_BAD_RESPONSE: NETWORK,
  ERR_IDENTITY_MISMATCH: AUTHOR,
  ERR_PROFILE_WRITE: `${AUTHOR}, or ${RUNNER}`,
  ERR_TIMEOUT: NOBODY_YET,
  ERR_UNEXPECTED: 'you: report this bug',
}

function whoAfterRefusal(failure: RemoteFailure, owner: string): string {
  const { code, message } = failure
  if (code === '') return NETWORK
  if (isAboutTime(failure)) return `${RUNNER}: its clock is wrong`
  const policy = denyingPolicyIn(message)
  if (policy) return byPolicy(policy, owner)
  if (/^AccessDenied|^RegionDisabled/.test(code)) return `${owner}, or ${AUTHOR} if the role is wrong`
  if (/^InvalidIdentityToken/.test(code)) return /audience/i.test(message) ? `${AUTHOR}, or ${owner}` : owner
  return AUTHOR
}

function byPolicy({ kind }: DenyingPolicy, owner: string): string {
  switch (kind) {
    case 'service control policy':
    case 'resource control policy':
      return ORGANISATION
    case 'VPC endpoint policy':
      return NETWORK
    case 'session policy':
      return AUTHOR
    case 'role trust policy':
    case 'resource-based policy':
      return owner
    case 'permissions boundary':
    case 'identity-based policy':
      return "the owner of the caller's AWS account"
  }
}
