import { formatArn } from './arn.ts'
import { GateError, reasonOf } from './failure.ts'
import type { Claims } from './id-token.ts'
import type { RemoteFailure } from './remote-failure.ts'
import { type Decision, decide } from './retry-policy.ts'
import type { RoleRequest } from './role-request.ts'
import { oneLine, quote } from './text.ts'
import { CLAIMS_KNOWN_TO_IAM } from './trust-policy/evaluate.ts'
import { providerArn } from './trust-policy/forecast.ts'

/** What was asked of STS, for the words of a failure. */
export type Asked = {
  readonly endpoint: string
  /** Undefined where only the caller's identity was asked for. */
  readonly request: RoleRequest | undefined
  readonly claims: Claims | undefined
  /** Names of environment variables that would have moved or opened the way to STS, and were ignored. */
  readonly ignoredVariables: readonly string[]
}

/** GitHub's variables are missing: the job may not ask for a token. `otherwise` is why nothing else could stand in. */
export function oidcNotPermitted(fork: boolean, otherwise = ''): GateError {
  const yaml =
    'Add to the job (or the workflow), and to the caller of a reusable workflow:\n  permissions:\n    id-token: write\n    contents: read'
  const forkNote =
    'This run is of a pull request from a fork, to which GitHub gives no token by default: deploy from a run of your own repository instead.'
  return new GateError(
    'ERR_OIDC_NOT_PERMITTED',
    'GitHub offers this job no OIDC token',
    [
      fork ? `${forkNote}\n${yaml}` : `${yaml}\nA pull request from a fork gets none in any case.`,
      ...(otherwise ? [`Nor has the job credentials of its own: ${oneLine(otherwise)}`] : []),
    ].join('\n'),
  )
}

/** A profile is to be renewed by a process that GitHub's variables were not given to. */
export function renewalNotPermitted(): GateError {
  return new GateError(
    'ERR_OIDC_NOT_PERMITTED',
    'ACTIONS_ID_TOKEN_REQUEST_URL and ACTIONS_ID_TOKEN_REQUEST_TOKEN are not in the environment of this process, so it can ask GitHub for no token',
    'Renew the profile in a step of the job that made it; a container that is started there needs both variables (docker run --env), and under the same paths RUNNER_TEMP, the action, its Node and AWS’s shared files. Another job needs a step of its own.',
  )
}

/** What a profile keeps between renewals can't be read, written or locked. */
export function filesUnusable(cause: unknown): GateError {
  return new GateError(
    'ERR_PROFILE_WRITE',
    `what is kept for the renewals of this profile can't be used: ${oneLine(reasonOf(cause))}`,
    'See that RUNNER_TEMP is there, may be written by this process, and has room.',
    { cause },
  )
}

/** What a profile is renewed by is not there, or is not what the step wrote. */
export function settingsUnreadable(path: string, cause: unknown): GateError {
  return new GateError(
    'ERR_CREDENTIALS_UNAVAILABLE',
    `the settings of this profile in ${quote(path)} can't be read: ${oneLine(reasonOf(cause))}`,
    'They are there from the step that made the profile to the end of its job: that is over, or RUNNER_TEMP was emptied.',
    { cause },
  )
}

/** A token was not asked for, and the job has no credentials either. */
export function credentialsUnavailable(reason: string): GateError {
  return new GateError(
    'ERR_CREDENTIALS_UNAVAILABLE',
    `the job has no usable credentials: ${oneLine(reason)}`,
    "Looked at, as the SDKs do: the AWS_… variables of the environment, the profile in AWS's shared files, a container's and an instance's role. Run the step that makes them before this one, or let this one assume a role by GitHub's OIDC token.",
  )
}

/** The file of `web-identity-token-file` holds no token that could be sent. */
export function tokenFileUnusable(path: string, reason: string): GateError {
  return new GateError(
    'ERR_CREDENTIALS_UNAVAILABLE',
    `web-identity-token-file: ${quote(path)} can't be used: ${oneLine(reason)}`,
    'Give the path of the file itself, from the workspace or from the root, and see that whoever writes the token there renews it.',
  )
}

/** As many sessions as were allowed had keys with special characters. */
export function noPlainKey(attempts: number): GateError {
  return new GateError(
    'ERR_STS_UNAVAILABLE',
    `AWS gave ${attempts} ${attempts === 1 ? 'session, and its key has' : 'sessions, and all their keys have'} special characters`,
    'About two in three keys have some: raise retry-max-attempts, or take special-characters-workaround out where the tools can take them.',
  )
}

/** GitHub was asked for a token and gave none. */
export function idTokenFailure(failure: RemoteFailure, attempts: number): GateError {
  const message = `no OIDC token from GitHub ${afterAttempts(attempts)}: ${failure.summary}`
  return new GateError('ERR_OIDC_REQUEST_FAILED', message, idTokenHint(failure), { cause: failure })
}

function idTokenHint(failure: RemoteFailure): string {
  if (failure.kind === 'proxy-refusal') return proxyHint(failure)
  return decide(failure) === 'final'
    ? "GitHub's token service refused this job: check its `id-token: write` permission, and the organisation's OIDC settings."
    : "See whether GitHub Actions has an incident, and run the job again. On a self-hosted runner, check that it reaches GitHub's token service."
}

/** A call to STS failed for good, or all its attempts did. */
export function stsFailure(failure: RemoteFailure, attempts: number, asked: Asked): GateError {
  const decision = decide(failure)
  const options = { cause: failure }
  const { operation, summary } = failure
  const ignored = ignoredNote(asked.ignoredVariables)
  if (failure.kind === 'not-an-answer') {
    const message = `${asked.endpoint} did not answer ${operation} as STS does: ${summary}`
    const hint = `Something between the runner and AWS answered in its place, or sts-endpoint is not an STS.${ignored}`
    return new GateError('ERR_STS_BAD_RESPONSE', message, hint, options)
  }
  if (failure.kind === 'error-answer' && isRefusal(decision)) {
    const who = failure.code ? 'AWS' : asked.endpoint
    const message = `${who} refused ${operation}: ${summary}${formatAsked(asked)}`
    return new GateError('ERR_STS_REJECTED', message, refusalHint(failure, asked), options)
  }
  const message = `${operation} failed ${afterAttempts(attempts)} at ${asked.endpoint}: ${summary}`
  return new GateError('ERR_STS_UNAVAILABLE', message, `${unavailableHint(failure)}${ignored}`, options)
}

function isRefusal(decision: Decision): boolean {
  return ['final', 'again-soon', 'again-with-right-time'].includes(decision)
}

function afterAttempts(attempts: number): string {
  return attempts === 1 ? 'in one attempt' : `in ${attempts} attempts`
}

function formatAsked({ request, claims }: Asked): string {
  if (!request) return ''
  const role = `\n- role: ${formatArn(request.role)}`
  return claims ? `${role}${formatToken(request, claims)}` : `${role}${formatExtras(request)}`
}

function formatToken({ role }: RoleRequest, claims: Claims): string {
  return [
    '',
    `- provider that its account must have: ${oneLine(providerArn(role, claims.issuer))}`,
    `- sub: ${oneLine(claims.subject)}`,
    `- aud: ${oneLine(claims.audiences.join(', '))}`,
    `- iss: ${oneLine(claims.issuer)}`,
    `- other claims that IAM can test: ${formatOtherClaims(claims)}`,
  ].join('\n')
}

function formatExtras({ externalId, tags }: RoleRequest): string {
  return `\n- external id: ${externalId === undefined ? 'none' : oneLine(externalId)}\n- session tags: ${tags.map(({ key }) => oneLine(key)).join(', ') || 'none'}`
}

function formatOtherClaims({ all }: Claims): string {
  const others = CLAIMS_KNOWN_TO_IAM.filter(
    claim => claim !== 'sub' && claim !== 'aud' && typeof all[claim] === 'string',
  )
  return others.map(claim => `${claim}=${oneLine(String(all[claim]))}`).join(', ') || 'none'
}

/** A failure in which variables that were ignored may have had a part. */
export function withIgnored(failure: GateError, names: readonly string[]): GateError {
  return failure.reworded({ hint: `${failure.hint}${ignoredNote(names)}` })
}

function ignoredNote(names: readonly string[]): string {
  if (names.length === 0) return ''
  return ` Ignored on purpose, as an earlier step can set them: ${names.join(', ')}.`
}

function proxyHint({ status }: RemoteFailure): string {
  return status === 407
    ? 'The proxy wants a user and a password that it knows: give them in http-proxy as http://USER:PASSWORD@HOST:PORT, from a secret, with special characters percent-encoded (%40 for @).'
    : 'Allow this host and port in the proxy, or name the host in no-proxy if the runner reaches it without.'
}

function unavailableHint(failure: RemoteFailure): string {
  const { kind, code } = failure
  if (kind === 'untrusted') {
    return 'The certificate that came is of none of the roots that are trusted here, so the request was not sent. If a proxy opens TLS on purpose, name its root in ca-bundle.'
  }
  if (kind === 'proxy-refusal') return proxyHint(failure)
  if (code === 'InvalidIdentityToken' || code === 'IDPCommunicationError')
    return "AWS could not fetch the issuer's keys, which happens when many jobs start at once: run the job again. An issuer of your own (GHES) must be reachable from AWS."
  if (/^(Throttling|TooMany|RequestLimit)/.test(code))
    return 'AWS throttles this account: start fewer jobs at once, or raise retry-max-attempts.'
  if (code === 'ENOTFOUND')
    return "The host does not resolve: check aws-region (or sts-endpoint, use-fips-endpoint, use-dualstack-endpoint, or the proxy's name) for a typing error, and the runner's DNS."
  if (code === 'ECONNREFUSED')
    return 'Nothing accepts the connection there: check the host, the network of the runner, and the proxy if one is named.'
  return 'See whether AWS has an incident in this region and whether the runner reaches the host, and run the job again.'
}

type Refusal = {
  readonly code: RegExp
  readonly message?: RegExp
  readonly hint: (asked: Asked, failure: RemoteFailure) => string
}

/** Of a token. Why a policy refuses one is diagnosis.ts's to say. */
const TOKEN_REFUSALS: readonly Refusal[] = [
  {
    code: /^InvalidIdentityToken$/,
    message: /audience/i,
    hint: ({ claims, request }) =>
      `Leave the input audience out, which asks for the usual one; or add ${oneLine(claims?.audiences.join(', ') ?? '')} to the client ids of the OIDC provider in account ${request?.role.accountId}.`,
  },
  {
    code: /^InvalidIdentityToken$/,
    message: /provider/i,
    hint: ({ claims, request }) =>
      `Account ${request?.role.accountId} has no OIDC provider for ${oneLine(claims?.issuer ?? '')}: create it there, or correct the account in the role's ARN.`,
  },
]

/** Of credentials, with which a call was signed. */
const CREDENTIAL_REFUSALS: readonly Refusal[] = [
  {
    code: /^AccessDenied/,
    message: /sts:TagSession/,
    hint: () =>
      "Session tags are sent, so the role's trust policy and the caller's own policy must allow sts:TagSession beside sts:AssumeRole: allow it, or set role-skip-session-tagging to true.",
  },
  {
    code: /^AccessDenied/,
    hint: ({ request }) =>
      `Two policies must allow it: the role's trust policy must name this caller${request?.externalId === undefined ? ' (no external id was sent, which it may ask for: role-external-id)' : ' and this external id'}, and the caller's own policy, needed across accounts, sts:AssumeRole on the role. AWS says the same of a role that does not exist: check account, name, case and path.`,
  },
  {
    code: /^SignatureDoesNotMatch$/,
    hint: () =>
      'The secret access key does not belong to the access key id, or it was stored with a slip: store both again. If the clock of the runner is wrong, set it right.',
  },
  {
    code: /^ExpiredToken/,
    hint: () =>
      'The credentials are at their end: let the step that made them run again, closer to this one.',
  },
  {
    code: /^(InvalidClientTokenId|UnrecognizedClientException)$/,
    hint: ({ ignoredVariables }, { isOfNewSession }) =>
      isOfNewSession
        ? 'AWS does not know the credentials that it gave moments ago: check that aws-region is in the partition of the role.'
        : `AWS does not know these credentials: the key was deleted or made inactive, or it is of another partition than aws-region.${ignoredNote(ignoredVariables)}`,
  },
]

const REFUSALS: readonly Refusal[] = [
  {
    code: /^PackedPolicyTooLarge/,
    hint: ({ claims }) =>
      claims
        ? 'The session policies are too long together: shorten inline-session-policy, or name fewer managed-session-policies.'
        : 'Session policies and tags are too long together: shorten the policies, or send fewer custom-tags.',
  },
  {
    code: /^RegionDisabledException$/,
    hint: () => 'Activate STS for this region in the account settings of IAM, or choose another aws-region.',
  },
  {
    code: /^ValidationError$/,
    hint: ({ request }) =>
      `Correct what AWS names. If it is the duration, lower role-duration-seconds (a session made from a session lasts at most 3600) or raise the MaxSessionDuration of ${request?.role.roleName ?? 'the role'}.`,
  },
]

function refusalHint(failure: RemoteFailure, asked: Asked): string {
  if (!failure.code)
    return 'What refused is not AWS STS but something before it: a proxy, a firewall or a wrong sts-endpoint.'
  const own = failure.operation === 'AssumeRoleWithWebIdentity' ? TOKEN_REFUSALS : CREDENTIAL_REFUSALS
  const refusal = [...own, ...REFUSALS].find(
    ({ code, message }) => code.test(failure.code) && (message?.test(failure.message) ?? true),
  )
  return (
    refusal?.hint(asked, failure) ??
    'AWS refuses this for good, so it was not asked again: correct what it names.'
  )
}
