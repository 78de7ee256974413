import type { GateError } from '../base/failure.ts'
import type { Target } from '../identity/target.ts'
import { RemoteFailure } from '../network/remote-failure.ts'
import { tellsReason } from '../outcome/refusals.ts'
import type { StepRecord } from '../outcome/step-record.ts'
import { cautionOf, suggestTrustPolicy } from '../trust-policy/suggestion.ts'
import { joinSections, type SummaryText } from './text.ts'

/** For a refused token: the trust policy that would admit it. */
export function renderSuggestion(
  text: SummaryText,
  { inputs, claims }: StepRecord,
  { code, cause }: GateError,
  target: Target,
): string {
  const isRefused = cause instanceof RemoteFailure && cause.operation === 'AssumeRoleWithWebIdentity'
  const [role] = target.roles
  if (code !== 'ERR_STS_REJECTED' || !isRefused || !inputs || !claims || role?.kind !== 'role') return ''
  if (tellsReason(cause)) return '' // another trust policy would not help
  const caution = cautionOf(claims)
  const masked = inputs.masksAccountIds ? ' Fill in the account ID.' : ''
  return joinSections([
    `**A trust policy for exactly this subject, audience and issuer.** If this job is meant to have the role, add the statement to its trust policy.${masked}`,
    caution ? `⚠️ ${text.lines(caution)}` : '',
    text.json(suggestTrustPolicy(role, claims)),
  ])
}
