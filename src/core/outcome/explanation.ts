import { GateError, reasonOf } from '../base/failure.ts'
import { escapeControls, quote } from '../base/text.ts'
import { formatArn } from '../identity/arn.ts'
import type { RemoteFailure } from '../network/remote-failure.ts'
import { type Decision, decide, isThrottling } from '../network/retry-policy.ts'
import { ignoredNote } from '../sts/ignored-variables.ts'
import type { RoleRequest } from '../sts/role-request.ts'
import type { Claims } from '../token/id-token.ts'
import { CLAIMS_KNOWN_TO_IAM } from '../trust-policy/evaluate.ts'
import { providerArn } from '../trust-policy/forecast.ts'
import { type Asked, refusalHint } from './refusals.ts'

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
      ...(otherwise ? [`Nor has the job credentials of its own: ${escapeControls(otherwise)}`] : []),
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
    `what is kept for the renewals of this profile can't be used: ${escapeControls(reasonOf(cause))}`,
    'See that RUNNER_TEMP is there, may be written by this process, and has room.',
    { cause },
  )
}

/** What a profile is renewed by is not there, or is not what the step wrote. */
export function settingsUnreadable(path: string, cause: unknown): GateError {
  return new GateError(
    'ERR_CREDENTIALS_UNAVAILABLE',
    `the settings of this profile in ${quote(path)} can't be read: ${escapeControls(reasonOf(cause))}`,
    'They are there from the step that made the profile to the end of its job: that is over, or RUNNER_TEMP was emptied.',
    { cause },
  )
}

/** A token was not asked for, and the job has no credentials either. */
export function credentialsUnavailable(reason: string, cause?: unknown): GateError {
  return new GateError(
    'ERR_CREDENTIALS_UNAVAILABLE',
    `the job has no usable credentials: ${escapeControls(reason)}`,
    "Looked at, as the SDKs do: the AWS_… variables of the environment, the profile in AWS's shared files, a container's and an instance's role. Run the step that makes them before this one, or let this one assume a role by GitHub's OIDC token.",
    { cause },
  )
}

/** The job has credentials, but not the same ones for all tools. */
export class DisputedCredentials extends Error {}

/** Tools disagree which credentials the job has: others must not take their place without a word. */
export function credentialsDisputed(reason: string): GateError {
  return credentialsUnavailable(reason, new DisputedCredentials(reason))
}

/** The file of `web-identity-token-file` holds no token that could be sent. */
export function tokenFileUnusable(path: string, reason: string): GateError {
  return new GateError(
    'ERR_CREDENTIALS_UNAVAILABLE',
    `web-identity-token-file: ${quote(path)} can't be used: ${escapeControls(reason)}`,
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
  switch (failure.kind) {
    case 'proxy-refusal':
      return proxyHint(failure)
    case 'untrusted':
      return "The certificate isn't trusted, so no token was requested. For a GitHub server with a private CA, set NODE_EXTRA_CA_CERTS in the `.env` of the runner. For a proxy that is reached by https, name the root of its certificate in ca-bundle."
    case 'malformed-response':
      return "Something answered in place of GitHub's token service, such as a proxy, a firewall or a login page. On a self-hosted runner, check how it reaches the token service, and http-proxy and no-proxy."
    case 'error-response':
    case 'no-response':
      return decide(failure) === 'final'
        ? "GitHub's token service refused this job: check its `id-token: write` permission, and the organisation's OIDC settings."
        : "Check for a GitHub Actions incident, and run the job again. On a self-hosted runner, check that it reaches GitHub's token service."
  }
}

/** A call to STS failed for good, or all its attempts did. */
export function stsFailure(failure: RemoteFailure, attempts: number, asked: Asked): GateError {
  const decision = decide(failure)
  const options = { cause: failure }
  const { operation, summary, requestId } = failure
  const ofRequest = requestId === undefined ? '' : `\n- request ID: ${requestId}`
  const ignored = ignoredNote(asked.ignoredVariables)
  if (failure.kind === 'malformed-response') {
    const message = `${asked.endpoints.at(-1)} did not answer ${operation} as STS does ${afterAttempts(attempts)}: ${summary}${ofRequest}`
    const hint = `Something between the runner and AWS answered in its place, or sts-endpoint is not an STS.${ignored}`
    return new GateError('ERR_STS_BAD_RESPONSE', message, hint, options)
  }
  if (failure.kind === 'error-response' && isRefusal(decision)) {
    const who = failure.code ? 'AWS' : asked.endpoints.at(-1)
    const message = `${who} refused ${operation}: ${summary}${formatAsked(asked)}${ofRequest}`
    return new GateError('ERR_STS_REJECTED', message, refusalHint(failure, asked), options)
  }
  const message = `${operation} failed ${afterAttempts(attempts)} at ${asked.endpoints.join(' and ')}: ${summary}${ofRequest}`
  return new GateError('ERR_STS_UNAVAILABLE', message, `${unavailableHint(failure)}${ignored}`, options)
}

function isRefusal(decision: Decision): boolean {
  return ['final', 'awaiting-propagation', 'retry-with-corrected-clock'].includes(decision)
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
    `- provider that its account must have: ${escapeControls(providerArn(role, claims.issuer))}`,
    `- sub: ${escapeControls(claims.subject)}`,
    `- aud: ${escapeControls(claims.audiences.join(', '))}`,
    `- iss: ${escapeControls(claims.issuer)}`,
    `- other claims that IAM can test: ${formatOtherClaims(claims)}`,
  ].join('\n')
}

function formatExtras({ externalId, sourceIdentity, tags }: RoleRequest): string {
  const lines = [
    `external id: ${escapeControls(externalId ?? 'none')}`,
    ...(sourceIdentity === undefined ? [] : [`source identity: ${escapeControls(sourceIdentity)}`]),
    `session tags: ${tags.map(({ key }) => escapeControls(key)).join(', ') || 'none'}`,
  ]
  return lines.map(line => `\n- ${line}`).join('')
}

function formatOtherClaims({ all }: Claims): string {
  const others = CLAIMS_KNOWN_TO_IAM.filter(
    claim => claim !== 'sub' && claim !== 'aud' && typeof all[claim] === 'string',
  )
  return others.map(claim => `${claim}=${escapeControls(String(all[claim]))}`).join(', ') || 'none'
}

/** A failure in which variables that were ignored may have had a part. */
export function withIgnored(failure: GateError, names: readonly string[]): GateError {
  return failure.reworded({ hint: `${failure.hint}${ignoredNote(names)}` })
}

function proxyHint({ status }: RemoteFailure): string {
  return status === 407
    ? 'The proxy requires a user name and a password. Set http-proxy to http://USER:PASSWORD@HOST:PORT, from a secret, with special characters percent-encoded (@ as %40, % as %25).'
    : 'Allow this host and port in the proxy. If the runner can reach the host without it, add the host to no-proxy.'
}

function unavailableHint(failure: RemoteFailure): string {
  const { kind, code } = failure
  if (kind === 'untrusted') {
    return "The server's certificate isn't trusted, so the request was not sent. If a proxy intercepts TLS, or has a certificate from a private CA itself, add its root to ca-bundle."
  }
  if (kind === 'proxy-refusal') return proxyHint(failure)
  if (code === 'InvalidIdentityToken' || code === 'IDPCommunicationError')
    return "AWS could not fetch the issuer's keys, which happens when many jobs start at once: run the job again. An issuer of your own (GHES) must be reachable from AWS."
  if (isThrottling(failure))
    return 'AWS throttled the call. Start fewer jobs at once, or raise retry-max-attempts.'
  if (code === 'ENOTFOUND')
    return "The host does not resolve. Check aws-region (or sts-endpoint, use-fips-endpoint, use-dualstack-endpoint, or the proxy's name) for a typo, and the runner's DNS."
  if (code === 'ECONNREFUSED')
    return "Nothing accepts connections there. Check the host, the runner's network, and the proxy if there is one."
  return 'Check for an AWS incident in this region and whether the runner can reach the host. Then run the job again.'
}
