import { describe, expect, test } from '@jest/globals'
import type { LikelyCause } from '../../../src/core/base/likely-cause.ts'
import { type Operation, RemoteFailure, type SigningClock } from '../../../src/core/network/remote-failure.ts'
import { type Asked, refusalAdvice } from '../../../src/core/outcome/refusals.ts'
import { ACCOUNT, claimsWith, ISSUER, requestWith, roleOf } from '../samples.ts'

const BY_TOKEN = 'AssumeRoleWithWebIdentity'
const ROLE = roleOf(`arn:aws:iam::${ACCOUNT}:role/team/Deploy`)
const WHO = 'User: arn:aws:iam::444455556666:user/Robot is not authorized to perform: '
const SCP = 'arn:aws:organizations::777788889999:policy/o-abc123/service_control_policy/p-xyz789'

const REQUEST = requestWith({ role: ROLE })

type Refusal = {
  readonly operation?: Operation
  readonly code?: string
  readonly clock?: SigningClock
  readonly isOfNewSession?: boolean
  readonly asked?: Partial<Asked>
}

function hintOn(message: string, refusal: Refusal = {}): string {
  return adviceOn(message, refusal).hint
}

function adviceOn(message: string, refusal: Refusal = {}) {
  const { operation = 'AssumeRole', code = 'AccessDenied', asked, ...rest } = refusal
  const failure = new RemoteFailure(operation, {
    kind: 'error-response',
    code,
    status: 403,
    message,
    ...rest,
  })
  const claims = operation === BY_TOKEN ? claimsWith() : undefined
  return refusalAdvice(failure, {
    endpoints: ['https://sts.test'],
    request: REQUEST,
    claims,
    ignoredVariables: [],
    ...asked,
  })
}

describe('a refusal that names a policy', () => {
  test.each([
    ['service control policy', /administrator of the AWS organization/],
    ['resource control policy', /administrator of the AWS organization/],
    ['permissions boundary', /administrator of the caller's account.*boundary/],
    ['session policy', /step or the tool that created the session/],
    ['VPC endpoint policy', /runner's network.*VPC endpoint/],
    ['identity-based policy', /administrator of the caller's account/],
    ['resource-based policy', /administrator of the role's account.*trust policy/],
    ['role trust policy', /administrator of the role's account.*trust policy/],
  ])('says who can change it: a %s', (kind, who) => {
    for (const operation of [BY_TOKEN, 'AssumeRole'] as const) {
      const explicit = hintOn(`${WHO}sts:AssumeRole with an explicit deny in a ${kind}`, { operation })
      expect(explicit).toContain(`A Deny in a ${kind} applies to sts:AssumeRole.`)
      expect(explicit).toMatch(who)
      const implicit = hintOn(`${WHO}sts:AssumeRole because no ${kind} allows the sts:AssumeRole action`, {
        operation,
      })
      expect(implicit).toContain(`No ${kind} allows sts:AssumeRole.`)
      expect(implicit).toMatch(who)
      expect(implicit).not.toMatch(/allow this caller/)
    }
  })

  test('names its ARN', () => {
    expect(
      hintOn(`${WHO}sts:AssumeRole with an explicit deny in a service control policy: ${SCP}`),
    ).toContain(`(${SCP})`)
  })

  test('keeps what only the trust policy may require: the external id', () => {
    const message = `${WHO}sts:AssumeRole because no role trust policy allows the sts:AssumeRole action`
    expect(hintOn(message)).toMatch(/role-external-id/)
    expect(hintOn(message, { asked: { request: { ...REQUEST, externalId: 'octo' } } })).not.toMatch(
      /external/,
    )
    expect(hintOn(message.replace('role trust policy', 'session policy'))).not.toMatch(/external/)
  })

  test('keeps the input that drops tags, if it is about them', () => {
    const message = `${WHO}sts:TagSession because no identity-based policy allows the sts:TagSession action`
    expect(hintOn(message)).toMatch(/allows sts:TagSession.*role-skip-session-tagging/)
  })
})

describe('a source identity', () => {
  const message = `${WHO}sts:SetSourceIdentity on resource: role`
  const operation = 'AssumeRole'

  test('that was sent: both policies must allow it, and a session that has another one keeps it', () => {
    const asked = { request: { ...REQUEST, sourceIdentity: 'octocat' } }
    const hint = hintOn(message, { operation, asked })
    expect(hint).toMatch(/must allow sts:SetSourceIdentity/)
    expect(hint).toMatch(/can't be changed/)
    expect(hint).toMatch(/sts:SourceIdentity, it must match octocat/)
  })

  test('that was not sent: the calling session has it', () => {
    expect(hintOn(message, { operation })).toMatch(/inherits.*must allow sts:SetSourceIdentity/)
  })

  test('keeps its advice where AWS names the kind of policy', () => {
    const reason = `${WHO}sts:SetSourceIdentity because no role trust policy allows the sts:SetSourceIdentity action`
    expect(hintOn(reason, { operation })).toMatch(
      /No role trust policy allows sts:SetSourceIdentity.*inherits/,
    )
  })
})

test.each<[string, LikelyCause, RegExp[], Refusal]>([
  [
    "OpenIDConnect provider's HTTPS certificate doesn't match configured thumbprint",
    'certificate of the issuer',
    [/thumbprint/, new RegExp(`oidc-provider/${ISSUER.slice(8)}`), /administrator/],
    { operation: BY_TOKEN, code: 'InvalidIdentityToken' },
  ],
  [
    'No OpenIDConnect provider found in your account for https://x',
    'missing OIDC provider',
    [/has no OIDC provider/],
    { operation: BY_TOKEN, code: 'InvalidIdentityToken' },
  ],
  [
    'Incorrect token audience',
    'incorrect audience',
    [/client ID/],
    { operation: BY_TOKEN, code: 'InvalidIdentityToken' },
  ],
  [
    'Missing a required claim: sub',
    'token not accepted',
    [/claim/, /access token/],
    { operation: BY_TOKEN, code: 'InvalidIdentityToken' },
  ],
  [
    'Missing a required claim: aud (audience)',
    'token not accepted',
    [/issuer must add it/],
    { operation: BY_TOKEN, code: 'InvalidIdentityToken' },
  ],
  [
    'Token must be issued within the last 24 hours',
    'token not accepted',
    [/too old/, /new one/],
    { operation: BY_TOKEN, code: 'InvalidIdentityToken' },
  ],
  [
    'The ID Token provided is not a valid JWT.',
    'token not accepted',
    [/isn't an ID token/],
    { operation: BY_TOKEN, code: 'InvalidIdentityToken' },
  ],
  [
    '',
    'token not accepted',
    [/expired/, /run the job again/i],
    { operation: BY_TOKEN, code: 'IDPRejectedClaim' },
  ],
  ['Roles may not be assumed by root accounts.', 'root user', [/root user/, /IAM user or a role/], {}],
  [`${WHO}sts:TagSession on resource: x`, 'session tags not allowed', [/role-skip-session-tagging/], {}],
  [
    `${WHO}sts:SetSourceIdentity on resource: x`,
    'source identity not allowed',
    [/sts:SetSourceIdentity/],
    {},
  ],
  [
    `${WHO}sts:AssumeRole on resource: x`,
    'credentials refused by the role',
    [/allow this caller/, /caller's own policy/, /doesn't exist/],
    {},
  ],
  [
    'The requested DurationSeconds exceeds the MaxSessionDuration set for this role.',
    'duration or other validation',
    [/role-duration-seconds/, /MaxSessionDuration of Deploy/, /administrator/],
    { code: 'ValidationError' },
  ],
  [
    'The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.',
    'duration or other validation',
    [/one hour/, /3600/],
    { code: 'ValidationError' },
  ],
  [
    'Request ARN is invalid',
    'duration or other validation',
    [/role\/team\/Deploy/, /from IAM/],
    { code: 'ValidationError', operation: BY_TOKEN },
  ],
  [
    "1 validation error detected: Value 'a' at 'roleSessionName' failed to satisfy constraint",
    'duration or other validation',
    [/the input role-session-name/],
    { code: 'ValidationError' },
  ],
  [
    "1 validation error detected: Value 'x' at 'policyArns' failed to satisfy constraint",
    'duration or other validation',
    [/the input managed-session-policies/],
    { code: 'ValidationError' },
  ],
  [
    "1 validation error detected: Value 'x' at 'tags.1.member.key' failed",
    'duration or other validation',
    [/the input custom-tags/],
    { code: 'ValidationError' },
  ],
  [
    "One of the specified transitive tag keys can't be set because it conflicts with a transitive tag key from the calling session.",
    'session tags not allowed',
    [/role-skip-session-tagging/, /custom-tags/],
    { code: 'InvalidParameterValue' },
  ],
  [
    'This policy contains invalid Json',
    'duration or other validation',
    [/inline-session-policy/],
    { code: 'MalformedPolicyDocument' },
  ],
  [
    'STS is not activated in this region for account:111122223333.',
    'region disabled',
    [/Activate STS/],
    { code: 'RegionDisabledException' },
  ],
  [
    'Cannot call GetCallerIdentity in region ap-east-1',
    'region disabled',
    [/aws-region/],
    { operation: 'GetCallerIdentity' },
  ],
  [
    'Unable to determine service/operation name to be authorized',
    'request changed in transit',
    [/changed in transit/, /sts-endpoint/],
    { code: 'AccessDeniedException' },
  ],
  [
    'Request is missing Authentication Token',
    'request changed in transit',
    [/changed in transit/],
    { code: 'MissingAuthenticationToken', operation: 'GetCallerIdentity' },
  ],
  [
    'The request signature we calculated does not match',
    'secret of another key',
    [/secret access key doesn't belong/],
    { code: 'SignatureDoesNotMatch' },
  ],
  [
    'The request signature we calculated does not match',
    'secret of another key',
    [/between the runner and AWS/],
    { code: 'SignatureDoesNotMatch', isOfNewSession: true },
  ],
  [
    'The security token included in the request is expired',
    'credentials expired',
    [/have expired/],
    { code: 'ExpiredToken' },
  ],
  [
    'The security token included in the request is invalid',
    'credentials not known',
    [/deleted or deactivated/],
    { code: 'InvalidClientTokenId', operation: 'GetCallerIdentity' },
  ],
  ['Packed size exceeds', 'policies and tags too long', [/size limit/], { code: 'PackedPolicyTooLarge' }],
  ['', 'refused by something before AWS', [/before it reached AWS/], { code: '' }],
  [
    `${WHO}sts:AssumeRole with an explicit deny in a service control policy`,
    'policy named by AWS',
    [/Deny/],
    {},
  ],
  ['Signature not yet current', 'clock of the runner', [/clock/], { code: 'SignatureDoesNotMatch' }],
])('"%s" gets a hint and a link to its cause: %s', (message, cause, patterns, refusal) => {
  for (const pattern of patterns) expect(hintOn(message, refusal)).toMatch(pattern)
  expect(adviceOn(message, refusal).likelyCause).toBe(cause)
})

test('a refusal that the action does not know leads to no cause', () => {
  expect(adviceOn('Something new', { code: 'NewError' }).likelyCause).toBeUndefined()
})

test('a thumbprint is not reported as a missing provider, nor a root user as a missing policy', () => {
  const token = { operation: BY_TOKEN, code: 'InvalidIdentityToken' } as const
  expect(
    hintOn("OpenIDConnect provider's HTTPS certificate doesn't match configured thumbprint", token),
  ).not.toMatch(/create/)
  expect(hintOn('Roles may not be assumed by root accounts.')).not.toMatch(/allow this caller/)
})

describe('a signature with the wrong time', () => {
  const EXPIRED = 'Signature expired: 20260131T120000Z is now earlier than 20260131T120500Z'
  const MINUTE = 60_000
  const hint = (clock?: SigningClock) =>
    hintOn(EXPIRED, { code: 'SignatureDoesNotMatch', ...(clock && { clock }) })

  test.each([
    [20 * MINUTE, '20 minutes behind'],
    [-20 * MINUTE, '20 minutes ahead of'],
    [5 * 60 * MINUTE, '5 hours behind'],
    [-72 * 60 * MINUTE, '3 days ahead of'],
  ])('is reported as a clock that is %d ms off', (aheadMs, words) => {
    const text = hint({ aheadMs, signedAheadMs: 0 })
    expect(text).toContain(`The runner's clock is ${words} AWS's`)
    expect(text).not.toMatch(/secret/)
  })

  test('is reported as one even if the offset is unknown or zero', () => {
    expect(hint()).toMatch(/time of the signature.*Correct the/)
    expect(hint({ aheadMs: 700, signedAheadMs: 0 })).toMatch(/delays requests/)
    for (const text of [hint(), hint({ aheadMs: 700, signedAheadMs: 0 })]) expect(text).not.toMatch(/secret/)
  })
})
