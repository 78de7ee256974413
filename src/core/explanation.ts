import { formatArn, type RoleArn } from './arn.ts'
import { GateError } from './failure.ts'
import type { Claims } from './id-token.ts'
import type { Operation, RemoteFailure } from './remote-failure.ts'
import { type Decision, decide } from './retry-policy.ts'
import { isImmutableSubject } from './subject.ts'
import { oneLine } from './text.ts'
import { CLAIMS_KNOWN_TO_IAM } from './trust-policy/evaluate.ts'
import { providerArn } from './trust-policy/forecast.ts'

/** What was asked of STS, for the words of a failure. */
export type Asked = {
  readonly endpoint: string
  readonly role: RoleArn
  readonly claims: Claims
  /** Names of environment variables that would have moved or opened the way to STS, and were ignored. */
  readonly ignoredVariables: readonly string[]
}

/** GitHub's variables are missing: the job may not ask for a token. */
export function oidcNotPermitted(fork: boolean): GateError {
  const yaml =
    'Add to the job (or the workflow), and to the caller of a reusable workflow:\n  permissions:\n    id-token: write\n    contents: read'
  const forkNote =
    'This run is of a pull request from a fork, to which GitHub gives no token by default: deploy from a run of your own repository instead.'
  return new GateError(
    'ERR_OIDC_NOT_PERMITTED',
    'GitHub offers this job no OIDC token',
    fork ? `${forkNote}\n${yaml}` : `${yaml}\nA pull request from a fork gets none in any case.`,
  )
}

/** GitHub was asked for a token and gave none. */
export function idTokenFailure(failure: RemoteFailure, attempts: number): GateError {
  const hint =
    decide(failure) === 'final'
      ? "GitHub's token service refused this job: check its `id-token: write` permission, and the organisation's OIDC settings."
      : "See whether GitHub Actions has an incident, and run the job again. On a self-hosted runner, check that it reaches GitHub's token service."
  const message = `no OIDC token from GitHub ${afterAttempts(attempts)}: ${failure.summary}`
  return new GateError('ERR_OIDC_REQUEST_FAILED', message, hint, { cause: failure })
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
    const message = `${who} refused ${operation}: ${summary}\n${formatAsked(asked)}`
    return new GateError('ERR_STS_REJECTED', message, refusalHint(failure, asked), options)
  }
  const message = `${operation} failed ${afterAttempts(attempts)} at ${asked.endpoint}: ${summary}`
  return new GateError('ERR_STS_UNAVAILABLE', message, `${unavailableHint(failure)}${ignored}`, options)
}

function isRefusal(decision: Decision): boolean {
  return decision === 'final' || decision === 'again-soon'
}

function afterAttempts(attempts: number): string {
  return attempts === 1 ? 'in one attempt' : `in ${attempts} attempts`
}

function formatAsked({ role, claims }: Asked): string {
  return [
    `- role: ${formatArn(role)}`,
    `- provider that its account must have: ${oneLine(providerArn(role, claims.issuer))}`,
    `- sub: ${oneLine(claims.subject)}`,
    `- aud: ${oneLine(claims.audiences.join(', '))}`,
    `- iss: ${oneLine(claims.issuer)}`,
    `- other claims that IAM can test: ${formatOtherClaims(claims)}`,
  ].join('\n')
}

function formatOtherClaims({ all }: Claims): string {
  const others = CLAIMS_KNOWN_TO_IAM.filter(
    claim => claim !== 'sub' && claim !== 'aud' && typeof all[claim] === 'string',
  )
  return others.map(claim => `${claim}=${oneLine(String(all[claim]))}`).join(', ') || 'none'
}

function ignoredNote(names: readonly string[]): string {
  if (names.length === 0) return ''
  return ` Ignored on purpose, as an earlier step can set them: ${names.join(', ')}.`
}

function unavailableHint({ kind, code }: RemoteFailure): string {
  if (kind === 'untrusted') {
    return "The certificate that came is not signed by a public root, so the token was not sent. A proxy that opens TLS can't be passed."
  }
  if (kind === 'proxy-refusal')
    return 'Allow this host in the proxy, or set NO_PROXY if the runner reaches it without.'
  if (code === 'InvalidIdentityToken' || code === 'IDPCommunicationError')
    return "AWS could not fetch the issuer's keys, which happens when many jobs start at once: run the job again. An issuer of your own (GHES) must be reachable from AWS."
  if (/^(Throttling|TooMany|RequestLimit)/.test(code))
    return 'AWS throttles this account: start fewer jobs at once, or raise retry-max-attempts.'
  if (code === 'ENOTFOUND')
    return "The host does not resolve: check aws-region (or sts-endpoint) for a typing error, and the runner's DNS."
  return 'See whether AWS has an incident in this region and whether the runner reaches the host, and run the job again.'
}

const REFUSALS: readonly {
  readonly code: RegExp
  readonly message?: RegExp
  readonly operation?: Operation
  readonly hint: (asked: Asked) => string
}[] = [
  {
    code: /^InvalidIdentityToken$/,
    message: /audience/i,
    hint: ({ claims, role }) =>
      `Leave the input audience out, which asks for the usual one; or add ${oneLine(claims.audiences.join(', '))} to the client ids of the OIDC provider in account ${role.accountId}.`,
  },
  {
    code: /^InvalidIdentityToken$/,
    message: /provider/i,
    hint: ({ claims, role }) =>
      `Account ${role.accountId} has no OIDC provider for ${oneLine(claims.issuer)}: create it there, or correct the account in role-to-assume.`,
  },
  {
    code: /^AccessDenied/,
    operation: 'AssumeRoleWithWebIdentity',
    hint: ({ claims }) =>
      `AWS says the same whether the role does not exist in that account or its trust policy does not allow this token. Check the role's name, its case and path; then compare sub and aud above with the policy's conditions, letter by letter.${immutableNote(claims)}`,
  },
  {
    code: /^(InvalidClientTokenId|UnrecognizedClientException)$/,
    hint: () =>
      'AWS does not know the credentials that it gave: check that aws-region is in the partition of the role.',
  },
  {
    code: /^RegionDisabledException$/,
    hint: () => 'Activate STS for this region in the account settings of IAM, or choose another aws-region.',
  },
  {
    code: /^ValidationError$/,
    hint: ({ role }) =>
      `Correct what AWS names. If it is the duration, lower role-duration-seconds or raise the MaxSessionDuration of ${role.roleName}.`,
  },
]

function immutableNote({ subject }: Claims): string {
  if (!isImmutableSubject(subject)) return ''
  return " This subject is of GitHub's immutable form (owner and repository with their ids), which a policy written for the classic form refuses."
}

function refusalHint(failure: RemoteFailure, asked: Asked): string {
  if (!failure.code)
    return 'What refused is not AWS STS but something before it: a proxy, a firewall or a wrong sts-endpoint.'
  const refusal = REFUSALS.find(
    ({ code, message, operation }) =>
      code.test(failure.code) &&
      (message?.test(failure.message) ?? true) &&
      (operation === undefined || operation === failure.operation),
  )
  return (
    refusal?.hint(asked) ?? 'AWS refuses this for good, so it was not asked again: correct what it names.'
  )
}
