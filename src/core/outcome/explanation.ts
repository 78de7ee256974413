import { GateError } from '../base/failure.ts'
import type { LikelyCause } from '../base/likely-cause.ts'
import { escapeControls, quote } from '../base/text.ts'
import { formatArn } from '../identity/arn.ts'
import type { RemoteFailure } from '../network/remote-failure.ts'
import { type Decision, decide, isThrottling } from '../network/retry-policy.ts'
import { ignoredNote } from '../sts/ignored-variables.ts'
import type { RoleRequest } from '../sts/role-request.ts'
import type { Claims } from '../token/id-token.ts'
import { federatedPrincipal, keysOf } from '../trust-policy/issuers.ts'
import { type Asked, refusalAdvice } from './refusals.ts'

/** GitHub's variables are missing: the job may not ask for a token. `otherwise` is why nothing else could stand in. */
export function oidcNotPermitted(fork: boolean, otherwise = ''): GateError {
  const yaml =
    'Add to the job (or the workflow), and to the caller of a reusable workflow:\n  permissions:\n    id-token: write\n    contents: read'
  const forkNote =
    'This run is for a pull request from a fork. By default, GitHub gives it no OIDC token. Deploy from a run in your own repository.'
  return new GateError(
    'ERR_OIDC_NOT_PERMITTED',
    "This job can't request an OIDC token from GitHub",
    [
      fork ? `${forkNote}\n${yaml}` : `${yaml}\nBy default, a pull request from a fork gets no OIDC token.`,
      ...(otherwise ? [`The job has no credentials either: ${escapeControls(otherwise)}`] : []),
    ].join('\n'),
  )
}

/** A token was not asked for, and the job has no credentials either. */
export function credentialsUnavailable(
  reason: string,
  cause?: unknown,
  likelyCause?: LikelyCause,
): GateError {
  return new GateError(
    'ERR_CREDENTIALS_UNAVAILABLE',
    `the job has no usable credentials: ${escapeControls(reason)}`,
    "Checked: environment variables, the profile in AWS's shared files, container and instance roles. Run the step that creates credentials first, or assume a role with GitHub's OIDC token.",
    { cause, likelyCause },
  )
}

/** The job has credentials, but not the same ones for all tools. */
export class DisputedCredentials extends Error {}

/** Tools disagree which credentials the job has: others must not take their place without a word. */
export function credentialsDisputed(reason: string): GateError {
  return credentialsUnavailable(
    reason,
    new DisputedCredentials(reason),
    'credentials that tools read differently',
  )
}

/** The file of `web-identity-token-file` holds no token that could be sent. */
export function tokenFileUnusable(path: string, reason: string): GateError {
  return new GateError(
    'ERR_CREDENTIALS_UNAVAILABLE',
    `web-identity-token-file: ${quote(path)} can't be used: ${escapeControls(reason)}`,
    'Set the path of the token file itself, relative to the workspace or absolute, and check that its issuer keeps it current.',
    { likelyCause: 'web identity token file' },
  )
}

/** As many sessions as were allowed had keys with special characters. */
export function noPlainKey(attempts: number): GateError {
  return new GateError(
    'ERR_STS_UNAVAILABLE',
    attempts === 1
      ? 'the key of the only session had special characters'
      : `every key in ${attempts} sessions had special characters`,
    'About two in three do. Raise `retry-max-attempts`, or remove `special-characters-workaround` if your tools can handle them.',
  )
}

/** GitHub was asked for a token and gave none. */
export function idTokenFailure(failure: RemoteFailure, attempts: number): GateError {
  const message = `no OIDC token from GitHub after ${formatAttempts(attempts)}: ${failure.summary}`
  return new GateError('ERR_OIDC_REQUEST_FAILED', message, idTokenHint(failure), optionsFor(failure))
}

function optionsFor(cause: RemoteFailure): { cause: RemoteFailure; likelyCause?: LikelyCause } {
  return cause.kind === 'proxy-refusal' ? { cause, likelyCause: 'proxies' } : { cause }
}

function idTokenHint(failure: RemoteFailure): string {
  switch (failure.kind) {
    case 'proxy-refusal':
      return proxyHint(failure)
    case 'untrusted':
      return "The certificate isn't trusted, so no token was requested. For a GitHub server with a private CA, set NODE_EXTRA_CA_CERTS in the `.env` of the runner. For an HTTPS proxy, add its root CA to ca-bundle."
    case 'malformed-response':
      return "Something other than GitHub's token service responded, such as a proxy, a firewall or a login page. On a self-hosted runner, check its connection to the token service, http-proxy and no-proxy."
    case 'error-response':
    case 'no-response':
      return decide(failure) === 'final'
        ? "GitHub's token service refused this job: check its `id-token: write` permission, and the organization's OIDC settings."
        : "Check for a GitHub Actions incident, and run the job again. On a self-hosted runner, check that it can reach GitHub's token service."
  }
}

/** A call to STS failed for good, or all its attempts did. */
export function stsFailure(failure: RemoteFailure, attempts: number, asked: Asked): GateError {
  const decision = decide(failure)
  const options = optionsFor(failure)
  const { operation, summary, requestId } = failure
  const ofRequest = requestId === undefined ? '' : `\n- request ID: ${requestId}`
  const ignored = ignoredNote(asked.ignoredVariables)
  if (failure.kind === 'malformed-response') {
    const message = `unexpected response to ${operation} from ${asked.endpoints.at(-1)} after ${formatAttempts(attempts)}: ${summary}${ofRequest}`
    const hint = `Something between the runner and AWS responded instead, or sts-endpoint doesn't point to AWS STS.${ignored}`
    return new GateError('ERR_STS_BAD_RESPONSE', message, hint, options)
  }
  if (failure.kind === 'error-response' && isRefusal(decision)) {
    const who = failure.code ? 'AWS' : asked.endpoints.at(-1)
    const message = `${who} refused ${operation}: ${summary}${formatAsked(asked)}${ofRequest}`
    const { hint, likelyCause } = refusalAdvice(failure, asked)
    return new GateError('ERR_STS_REJECTED', message, hint, { ...options, likelyCause })
  }
  const message = `${operation} failed after ${formatAttempts(attempts)} at ${asked.endpoints.join(' and ')}: ${summary}${ofRequest}`
  return new GateError('ERR_STS_UNAVAILABLE', message, `${unavailableHint(failure)}${ignored}`, options)
}

function isRefusal(decision: Decision): boolean {
  return ['final', 'awaiting-propagation', 'retry-with-corrected-clock'].includes(decision)
}

function formatAttempts(attempts: number): string {
  return attempts === 1 ? '1 attempt' : `${attempts} attempts`
}

function formatAsked({ request, claims }: Asked): string {
  if (!request) return ''
  const role = `\n- role: ${formatArn(request.role)}`
  return claims ? `${role}${formatToken(request, claims)}` : `${role}${formatExtras(request)}`
}

function formatToken({ role }: RoleRequest, claims: Claims): string {
  return formatList([
    `required OIDC provider: ${federatedPrincipal(role, claims.issuer)}`,
    `sub: ${claims.subject}`,
    `aud: ${claims.audiences.join(', ')}`,
    `iss: ${claims.issuer}`,
    `other claims that IAM can test: ${formatOtherClaims(claims)}`,
  ])
}

function formatExtras({ externalId, sourceIdentity, tags }: RoleRequest): string {
  return formatList([
    `external ID: ${externalId ?? 'none'}`,
    ...(sourceIdentity === undefined ? [] : [`source identity: ${sourceIdentity}`]),
    `session tags: ${tags.map(({ key }) => key).join(', ') || 'none'}`,
  ])
}

function formatList(lines: readonly string[]): string {
  return lines.map(line => `\n- ${escapeControls(line)}`).join('')
}

function formatOtherClaims({ issuer, all }: Claims): string {
  const others = keysOf(issuer).filter(
    claim => claim !== 'sub' && claim !== 'aud' && typeof all[claim] === 'string',
  )
  return others.map(claim => `${claim}=${all[claim]}`).join(', ') || 'none'
}

/** A failure in which variables that were ignored may have had a part. */
export function withIgnored(failure: GateError, names: readonly string[]): GateError {
  return failure.reworded({ hint: `${failure.hint}${ignoredNote(names)}` })
}

function proxyHint({ status }: RemoteFailure): string {
  return status === 407
    ? 'The proxy requires a user name and password. Set http-proxy to http://USER:PASSWORD@HOST:PORT, from a secret, with special characters percent-encoded (@ as %40, % as %25). They are sent as Basic authentication: if the proxy requires NTLM, Kerberos or Digest, run a proxy such as px on the runner.'
    : 'Allow this host and port in the proxy. If the runner can reach the host without it, add the host to no-proxy.'
}

function unavailableHint(failure: RemoteFailure): string {
  const { kind, code } = failure
  if (kind === 'untrusted') {
    return "The server's certificate isn't trusted, so the request wasn't sent. If a proxy intercepts TLS, or its own certificate comes from a private CA, add its root CA to ca-bundle."
  }
  if (kind === 'proxy-refusal') return proxyHint(failure)
  if (code === 'InvalidIdentityToken' || code === 'IDPCommunicationError')
    return "AWS couldn't fetch the issuer's keys, which can happen when many jobs start at once. Run the job again. A self-hosted issuer (GHES) must be reachable from AWS."
  if (isThrottling(failure))
    return 'AWS throttled the call. Start fewer jobs at once, or raise retry-max-attempts.'
  if (code === 'ENOTFOUND')
    return "The host doesn't resolve. Check aws-region (or sts-endpoint, use-fips-endpoint, use-dualstack-endpoint, or the proxy's name) for a typo, and the runner's DNS."
  if (code === 'ECONNREFUSED')
    return "Nothing accepts connections there. Check the host, the runner's network, and the proxy if there is one."
  return 'Check for an AWS incident in this region and whether the runner can reach the host. Then run the job again.'
}
