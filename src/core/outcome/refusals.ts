import type { LikelyCause } from '../base/likely-cause.ts'
import { escapeControls } from '../base/text.ts'
import { formatArn } from '../identity/arn.ts'
import { isAboutTime, isOff } from '../network/clock-skew.ts'
import type { RemoteFailure } from '../network/remote-failure.ts'
import { type DenyingPolicy, denyingPolicyIn, isTrustPolicy } from '../sts/denying-policy.ts'
import { ignoredNote } from '../sts/ignored-variables.ts'
import type { RoleRequest } from '../sts/role-request.ts'
import type { Claims } from '../token/id-token.ts'
import { federatedPrincipal } from '../trust-policy/issuers.ts'

/** What was asked of STS, for the words of a failure. */
export type Asked = {
  /** In the order of the calls: the last one gave the last answer. */
  readonly endpoints: readonly string[]
  /** Undefined where only the caller's identity was asked for. */
  readonly request: RoleRequest | undefined
  readonly claims: Claims | undefined
  /** Names of environment variables that would have moved or opened the way to STS, and were ignored. */
  readonly ignoredVariables: readonly string[]
}

type Refusal = readonly [
  /** Of AWS's code and message, as `CODE: MESSAGE`. */
  pattern: RegExp,
  likelyCause: LikelyCause,
  hint: (asked: Asked, failure: RemoteFailure) => string,
]

/** What to do about a refusal of STS, who must do it, and the cause if it is known. */
export function refusalAdvice(
  failure: RemoteFailure,
  asked: Asked,
): { readonly hint: string; readonly likelyCause?: LikelyCause } {
  if (!failure.code)
    return {
      hint: 'The request was refused before it reached AWS STS: by a proxy, a firewall or a wrong sts-endpoint.',
      likelyCause: 'refused by something before AWS',
    }
  if (isAboutTime(failure)) return { hint: clockHint(failure), likelyCause: 'clock of the runner' }
  const policy = denyingPolicyIn(failure.message)
  if (policy)
    return { hint: escapeControls(policyHint(policy, failure, asked)), likelyCause: 'policy named by AWS' }
  const own = failure.operation === 'AssumeRoleWithWebIdentity' ? TOKEN_REFUSALS : CREDENTIAL_REFUSALS
  const refusal = [...REFUSALS, ...own].find(rule => isAbout(failure, rule))
  if (!refusal)
    return { hint: "This error is permanent, so the call wasn't retried. Fix what AWS's message names." }
  const [, likelyCause, hint] = refusal
  return { hint: escapeControls(hint(asked, failure)), likelyCause }
}

/** Whether AWS's message tells the reason itself, so there is nothing to guess. */
export function tellsReason(failure: RemoteFailure): boolean {
  const policy = denyingPolicyIn(failure.message)
  if (policy) return !isTrustPolicy(policy) // of which AWS doesn't tell the condition
  return REFUSALS.some(rule => isAbout(failure, rule))
}

function isAbout({ code, message }: RemoteFailure, [pattern]: Refusal): boolean {
  return pattern.test(`${code}: ${message}`)
}

/** Of any call. */
const REFUSALS: readonly Refusal[] = [
  [
    /^PackedPolicyTooLarge/,
    'policies and tags too long',
    ({ claims }) =>
      claims
        ? "The session policies exceed AWS's size limit: shorten inline-session-policy, or list fewer managed-session-policies."
        : "The session policies and tags exceed AWS's size limit: shorten the policies, or send fewer custom-tags.",
  ],
  [
    /^MalformedPolicyDocument/,
    'duration or other validation',
    () =>
      "AWS rejected a session policy. Fix inline-session-policy, or the ARNs in managed-session-policies, as AWS's message says.",
  ],
  [
    /^(RegionDisabledException:|[^:]*: Cannot call .* region)/i,
    'region disabled',
    () => "Activate STS for this region in IAM's account settings, or choose another aws-region.",
  ],
  [
    /DurationSeconds exceeds the 1 hour/i,
    'duration or other validation',
    () =>
      'Role chaining limits a session to one hour, whatever the role allows. Lower role-duration-seconds to 3600, or remove it.',
  ],
  [
    /DurationSeconds exceeds/i,
    'duration or other validation',
    ({ request }) =>
      `Lower role-duration-seconds, or ask the administrator of the role's account to raise the MaxSessionDuration of ${request?.role.roleName ?? 'the role'}.`,
  ],
  [
    /Request ARN is invalid/i,
    'duration or other validation',
    ({ request }) =>
      `AWS rejected ${request ? `the ARN ${formatArn(request.role)}` : "the role's ARN"}. Copy the ARN from IAM.`,
  ],
  [
    /transitive tag key/i,
    'session tags not allowed',
    () =>
      "The calling session has this key as a transitive tag, which can't be overridden. Set role-skip-session-tagging to true, or remove the key from custom-tags.",
  ],
  [
    /^ValidationError:/,
    'duration or other validation',
    ({ request }, { message }) => {
      const input = INPUTS_BY_PARAMETER.find(([parameter]) => message.includes(`at '${parameter}`))?.[1]
      return input
        ? `Fix the input ${input} as AWS's message says.`
        : `Fix what AWS's message names. If it's the duration, lower role-duration-seconds (role chaining limits a session to one hour, 3600) or raise the MaxSessionDuration of ${request?.role.roleName ?? 'the role'}.`
    },
  ],
  [
    /^(MissingAuthenticationToken|IncompleteSignature|InvalidAction|MissingAction|UnknownOperation|[^:]*: Unable to determine service\/operation name)/i,
    'request changed in transit',
    () => 'The request was changed in transit, or sts-endpoint points to another service.',
  ],
]

/** As AWS names them in a validation error. */
const INPUTS_BY_PARAMETER = [
  ['roleArn', 'role-to-assume'],
  ['roleSessionName', 'role-session-name'],
  ['durationSeconds', 'role-duration-seconds'],
  ['externalId', 'role-external-id'],
  ['sourceIdentity', 'source-identity'],
  ['policyArns', 'managed-session-policies'],
  ['policy', 'inline-session-policy'],
  ['tags', 'custom-tags'],
  ['transitiveTagKeys', 'transitive-tag-keys'],
] as const

/** Of a token. Why a policy refuses one is diagnosis.ts's to say. */
const TOKEN_REFUSALS: readonly Refusal[] = [
  [
    /^InvalidIdentityToken.*: .*thumbprint/i,
    'certificate of the issuer',
    asked =>
      `The provider ${providerOf(asked)} doesn't trust the issuer's certificate. The account's administrator must update the provider's thumbprints (aws iam update-open-id-connect-provider-thumbprint).`,
  ],
  [
    /^InvalidIdentityToken.*: .*missing a required claim/i,
    'token not accepted',
    () =>
      "AWS requires a claim that the token doesn't have. The token's issuer must add it. If another tool wrote the token, check that it's an ID token and not an access token.",
  ],
  [
    /^InvalidIdentityToken.*: .*audience/i,
    'incorrect audience',
    ({ claims, request }) =>
      `Remove the input audience to use the default, or add ${claims?.audiences.join(', ') ?? ''} as an audience (client ID) of the OIDC provider in account ${request?.role.accountId}.`,
  ],
  [
    /^InvalidIdentityToken.*: .*no openidconnect provider/i,
    'missing OIDC provider',
    ({ claims, request }) =>
      `Account ${request?.role.accountId} has no OIDC provider for ${claims?.issuer ?? ''}. Create it there, or correct the account in the role's ARN.`,
  ],
  [
    /^InvalidIdentityToken.*: .*(issued within|not a valid JWT|valid JSON Web Token)/i,
    'token not accepted',
    () =>
      "AWS rejected the token: it's too old, or isn't an ID token. Issue a new one right before this step.",
  ],
  [
    /^IDPRejectedClaim/,
    'token not accepted',
    () =>
      "The token has expired, its issuer has revoked it, or one of its claims isn't valid. Run the job again. If it fails again, check the issuer's clock and settings.",
  ],
]

function providerOf({ request, claims }: Asked): string {
  return request && claims ? federatedPrincipal(request.role, claims.issuer) : 'for the issuer'
}

/** Of credentials, with which a call was signed. */
const CREDENTIAL_REFUSALS: readonly Refusal[] = [
  [
    /^AccessDenied.*: .*sts:TagSession/,
    'session tags not allowed',
    () =>
      "The call sends session tags, so the role's trust policy and, across accounts, the caller's own policy must allow sts:TagSession too. Allow it, or set role-skip-session-tagging to true.",
  ],
  [
    /^AccessDenied.*: .*sts:SetSourceIdentity/,
    'source identity not allowed',
    ({ request }) => sourceIdentityHint(request?.sourceIdentity),
  ],
  [
    /^AccessDenied.*: .*root account/i,
    'root user',
    () =>
      "These are root user keys, which can't assume a role. Use the keys of an IAM user or a role, or GitHub's OIDC token.",
  ],
  [
    /^AccessDenied/,
    'credentials refused by the role',
    ({ request }) =>
      `The role's trust policy must allow this caller${request?.externalId === undefined ? ' (no external ID was sent; if it requires one, set role-external-id)' : ' and this external ID'}. Across accounts, the caller's own policy must allow sts:AssumeRole too. AWS returns the same error if the role doesn't exist: check account, name, case and path.`,
  ],
  [
    /^SignatureDoesNotMatch:/,
    'secret of another key',
    (_, { isOfNewSession }) =>
      isOfNewSession
        ? 'AWS issued these credentials moments ago, so the secret is correct. Something between the runner and AWS changed the request.'
        : "The secret access key doesn't belong to the access key ID, or one was stored incorrectly. Store both again.",
  ],
  [
    /^ExpiredToken/,
    'credentials expired',
    () => 'The credentials have expired. Run the step that creates them again, right before this one.',
  ],
  [
    /^(InvalidClientTokenId|UnrecognizedClientException):/,
    'credentials not known',
    ({ ignoredVariables }, { isOfNewSession }) =>
      isOfNewSession
        ? "AWS doesn't recognize the credentials that it issued moments ago. Check that aws-region is in the role's partition."
        : `AWS doesn't recognize these credentials. The key was deleted or deactivated, or belongs to a different partition from aws-region.${ignoredNote(ignoredVariables)}`,
  ],
]

/** Source: IAM User Guide, "Monitor and control actions taken with assumed roles". */
function sourceIdentityHint(sent: string | undefined): string {
  const grant =
    "The role's trust policy and, across accounts, the caller's own policy must allow sts:SetSourceIdentity too."
  return sent === undefined
    ? `The calling session has a source identity, which every role of a chain inherits. ${grant}`
    : `${grant} If the calling session already has a source identity, it can't be changed: set source-identity to the same value, or remove it. If the trust policy has a condition on sts:SourceIdentity, it must match ${sent}.`
}

/** Who can change the policy that AWS names. */
const WHO_MUST_ACT: Readonly<Record<DenyingPolicy['kind'], string>> = {
  'service control policy':
    "An administrator of the AWS organization must change it; nobody in the caller's account can.",
  'resource control policy':
    "An administrator of the AWS organization must change it; nobody in the role's account can.",
  'permissions boundary': "The administrator of the caller's account must change the caller's boundary.",
  'session policy':
    'The calling session has this session policy. Change the step or the tool that created the session.',
  'VPC endpoint policy':
    "Whoever runs the runner's network must change the policy of its VPC endpoint for STS.",
  'identity-based policy': "The administrator of the caller's account must change the caller's own policies.",
  'resource-based policy': "The administrator of the role's account must change the role's trust policy.",
  'role trust policy': "The administrator of the role's account must change the role's trust policy.",
}

function policyHint(
  policy: DenyingPolicy,
  { message, operation }: RemoteFailure,
  { request }: Asked,
): string {
  const { kind, isExplicit, arn } = policy
  const action = /\bsts:\w+/.exec(message)?.[0] ?? `sts:${operation}`
  const named = arn === undefined ? '' : ` (${arn})`
  return [
    isExplicit ? `A Deny in a ${kind}${named} applies to ${action}.` : `No ${kind}${named} allows ${action}.`,
    WHO_MUST_ACT[kind],
    isTrustPolicy(policy) && operation === 'AssumeRole' && request?.externalId === undefined
      ? 'The policy may require an external ID, and none was sent: set role-external-id.'
      : '',
    action === 'sts:TagSession' ? 'Or set role-skip-session-tagging to true to send no tags.' : '',
    action === 'sts:SetSourceIdentity' ? sourceIdentityHint(request?.sourceIdentity) : '',
  ]
    .filter(Boolean)
    .join(' ')
}

/** A wrong clock spoils every signature, whatever the keys. */
function clockHint({ clock }: RemoteFailure): string {
  if (!clock)
    return "AWS rejected the time of the signature, not the keys. Correct the runner's clock. The response doesn't say how far off it is."
  const { aheadMs } = clock
  return isOff(aheadMs)
    ? `The runner's clock is ${formatSpan(Math.abs(aheadMs))} ${aheadMs > 0 ? 'behind' : 'ahead of'} AWS's. Correct it. The keys are not at fault.`
    : "AWS rejected the time of the signature, not the keys, although the runner's clock agrees with the response's. Check what delays requests between the runner and AWS."
}

function formatSpan(milliseconds: number): string {
  const minutes = Math.round(milliseconds / 60_000)
  if (minutes < 120) return `${minutes} minutes`
  const hours = Math.round(minutes / 60)
  return hours < 48 ? `${hours} hours` : `${Math.round(hours / 24)} days`
}
