import { describe, expect, test } from '@jest/globals'
import { type FailureCode, GateError } from '../../../src/core/base/failure.ts'
import { type FailureKind, type Operation, RemoteFailure } from '../../../src/core/network/remote-failure.ts'
import { HEADLINES } from '../../../src/core/outcome/headlines.ts'
import { whoMustAct } from '../../../src/core/outcome/responsible.ts'
import { ACCOUNT, ROLE_ARN, roleOf } from '../samples.ts'

const OWNER = new RegExp(`^the owner of AWS account ${ACCOUNT}`)
const AUTHOR = /^the workflow's author/

function actor(
  code: FailureCode,
  remote?: { kind?: FailureKind; code?: string; message?: string; operation?: Operation },
): string {
  const { kind = 'error-response', code: reason = '', message = '', operation = 'AssumeRole' } = remote ?? {}
  const cause = remote && new RemoteFailure(operation, { kind, code: reason, status: 403, message })
  return whoMustAct(new GateError(code, 'm', 'h', { cause }), roleOf(ROLE_ARN))
}

function refused(code: string, message = ''): string {
  return actor('ERR_STS_REJECTED', { code, message })
}

describe('whoMustAct', () => {
  test.each(Object.keys(HEADLINES) as FailureCode[])('names somebody for %s', code => {
    expect(actor(code)).toMatch(/^(the|you|nobody|whoever)/)
  })

  test.each([
    ['AccessDenied', 'Not authorized', OWNER],
    ['AccessDenied', 'with an explicit deny in a service control policy', /^an administrator of the AWS org/],
    [
      'AccessDenied',
      'with an explicit deny in a resource control policy',
      /^an administrator of the AWS org/,
    ],
    ['AccessDenied', 'because no role trust policy allows the sts:AssumeRole action', OWNER],
    ['AccessDenied', 'because no session policy allows the sts:AssumeRole action', AUTHOR],
    ['AccessDenied', 'with an explicit deny in a VPC endpoint policy', /runner's network/],
    ['AccessDenied', 'because no permissions boundary allows the sts:AssumeRole action', /the caller's AWS/],
    ['InvalidIdentityToken', 'Incorrect token audience', AUTHOR],
    ['InvalidIdentityToken', 'No OpenIDConnect provider found in your account', OWNER],
    ['RegionDisabledException', '', OWNER],
    ['ValidationError', '', AUTHOR],
    ['PackedPolicyTooLarge', '', AUTHOR],
    ['SignatureDoesNotMatch', 'Signature expired: 1 is now earlier than 2', /clock/],
    ['', 'text/html', /runner's network/],
  ])('after the refusal %s %s', (code, message, expected) => {
    expect(refused(code, message)).toMatch(expected)
  })

  test.each<[FailureCode, FailureKind]>([
    ['ERR_STS_UNAVAILABLE', 'proxy-refusal'],
    ['ERR_STS_UNAVAILABLE', 'untrusted'],
    ['ERR_OIDC_REQUEST_FAILED', 'proxy-refusal'],
  ])('is whoever runs the network where a proxy or a certificate is in the way: %s, %s', (code, kind) => {
    expect(actor(code, { kind })).toMatch(/runner's network/)
  })

  test('is nobody yet where trying again may help', () => {
    expect(actor('ERR_STS_UNAVAILABLE', { kind: 'no-response' })).toMatch(/^nobody yet/)
    expect(actor('ERR_OIDC_REQUEST_FAILED', { kind: 'no-response', operation: 'GetIdToken' })).toMatch(
      /^nobody yet/,
    )
  })
})
