import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { parseRoleArn, type RoleArn } from '../../src/core/arn.ts'
import { type Asked, idTokenFailure, oidcNotPermitted, stsFailure } from '../../src/core/explanation.ts'
import type { FailureCode } from '../../src/core/failure.ts'
import { type FailureKind, type Operation, RemoteFailure } from '../../src/core/remote-failure.ts'
import { anyText } from './arbitraries.ts'
import { ACCOUNT, AUDIENCE, claimsWith, ISSUER, SUBJECT } from './samples.ts'

const ASSUME = 'AssumeRoleWithWebIdentity'
const ENDPOINT = 'https://sts.eu-west-1.amazonaws.com'
const ROLE_TEXT = `arn:aws:iam::${ACCOUNT}:role/team/Deploy`

function role(): RoleArn {
  const arn = parseRoleArn(ROLE_TEXT)
  if (!arn) throw new Error('no role ARN')
  return arn
}

function asked(changes: Partial<Asked> = {}): Asked {
  return { endpoint: ENDPOINT, role: role(), claims: claimsWith(), ignoredVariables: [], ...changes }
}

function remote(
  code: string,
  status: number | undefined,
  message = '',
  { operation = ASSUME as Operation, kind = 'error-answer' as FailureKind } = {},
): RemoteFailure {
  return new RemoteFailure(operation, { kind, code, status, message })
}

describe('oidcNotPermitted', () => {
  test('shows the permission to write into the workflow', () => {
    const failure = oidcNotPermitted(false)
    expect(failure.code).toBe('ERR_OIDC_NOT_PERMITTED')
    expect(failure.hint).toMatch(/permissions:\n\s+id-token: write/)
  })

  test('says of a run from a fork that it never gets a token, and of another one that it would be so', () => {
    expect(oidcNotPermitted(true).hint).toMatch(/this run is .*from a fork/i)
    expect(oidcNotPermitted(false).hint).toMatch(/fork/)
    expect(oidcNotPermitted(false).hint).not.toMatch(/this run is/i)
  })
})

describe('idTokenFailure', () => {
  test('points a refusal at the permission', () => {
    const failure = idTokenFailure(remote('', 403, 'denied', { operation: 'GetIdToken' }), 1)
    expect(failure.code).toBe('ERR_OIDC_REQUEST_FAILED')
    expect(failure.message).toMatch(/one attempt.*HTTP 403.*denied/)
    expect(failure.hint).toMatch(/id-token: write/)
  })

  test('points what did not pass at GitHub and the way to it, with the number of attempts', () => {
    const cause = remote('', 503, 'unavailable', { operation: 'GetIdToken' })
    const failure = idTokenFailure(cause, 12)
    expect(failure.code).toBe('ERR_OIDC_REQUEST_FAILED')
    expect(failure.message).toMatch(/12 attempts.*HTTP 503/)
    expect(failure.hint).not.toMatch(/permission/)
    expect(failure.cause).toBe(cause)
  })
})

describe('stsFailure', () => {
  test.each<[string, RemoteFailure, FailureCode]>([
    ['a final refusal', remote('AccessDenied', 403), 'ERR_STS_REJECTED'],
    ['an invalid token', remote('InvalidIdentityToken', 400, 'Incorrect token audience'), 'ERR_STS_REJECTED'],
    ['an error that is not known', remote('SomethingNew', 400), 'ERR_STS_REJECTED'],
    ['an error status with HTML', remote('', 403, 'a body of type text/html'), 'ERR_STS_REJECTED'],
    [
      'keys that never spread',
      remote('InvalidClientTokenId', 403, '', { operation: 'GetCallerIdentity' }),
      'ERR_STS_REJECTED',
    ],
    ['throttling in all attempts', remote('Throttling', 400), 'ERR_STS_UNAVAILABLE'],
    ['5xx in all attempts', remote('', 503), 'ERR_STS_UNAVAILABLE'],
    [
      "an issuer's key that could never be had",
      remote('InvalidIdentityToken', 400, "Couldn't retrieve verification key"),
      'ERR_STS_UNAVAILABLE',
    ],
    ['no answer', remote('ECONNRESET', undefined, '', { kind: 'no-answer' }), 'ERR_STS_UNAVAILABLE'],
    [
      'an untrusted certificate',
      remote('CERT_HAS_EXPIRED', undefined, '', { kind: 'untrusted' }),
      'ERR_STS_UNAVAILABLE',
    ],
    ["a proxy's refusal", remote('', 407, '', { kind: 'proxy-refusal' }), 'ERR_STS_UNAVAILABLE'],
    [
      'a 200 that was no answer',
      remote('', 200, 'a body of type text/html', { kind: 'not-an-answer' }),
      'ERR_STS_BAD_RESPONSE',
    ],
  ])('makes of %s a failure of its own code, which keeps its cause', (_, cause, code) => {
    const failure = stsFailure(cause, 1, asked())
    expect(failure.code).toBe(code)
    expect(failure.cause).toBe(cause)
    expect(failure.hint).not.toBe('')
    expect(failure.message).toContain(cause.operation)
  })

  test('lays what was asked and sent beside a refusal: role, provider, sub, aud, iss and what else IAM can test', () => {
    const claims = claimsWith({
      audiences: [AUDIENCE, 'vault'],
      all: {
        sub: SUBJECT,
        ref: 'refs/heads/main',
        environment: 'production',
        event_name: 'push',
        actor_id: 7,
      },
    })
    const { message } = stsFailure(remote('AccessDenied', 403, 'Not authorized'), 1, asked({ claims }))
    const [first, ...rest] = message.split('\n')
    expect(first).toContain('AccessDenied (HTTP 403): Not authorized')
    const provider = `arn:aws:iam::${ACCOUNT}:oidc-provider/${ISSUER.replace('https://', '')}`
    const others = 'environment=production, ref=refs/heads/main'
    const texts = [ROLE_TEXT, provider, SUBJECT, `${AUDIENCE}, vault`, ISSUER, others]
    expect(rest).toHaveLength(texts.length)
    for (const [index, text] of texts.entries()) expect(rest[index]?.endsWith(`: ${text}`)).toBe(true)
  })

  test.each<[string, RemoteFailure, readonly RegExp[]]>([
    [
      'an access denied: role or trust policy',
      remote('AccessDenied', 403),
      [/role does not exist/, /trust policy/],
    ],
    [
      'a wrong audience: the provider, its account and the input',
      remote('InvalidIdentityToken', 400, 'Incorrect token audience'),
      [/client id/, /sts\.amazonaws\.com/, /audience/, /111122223333/],
    ],
    [
      'no provider: the account and the issuer',
      remote('InvalidIdentityToken', 400, 'No OpenIDConnect provider found in your account for https://x'),
      [/111122223333/, /token\.actions\.githubusercontent\.com/],
    ],
    [
      'keys of another partition',
      remote('InvalidClientTokenId', 403, '', { operation: 'GetCallerIdentity' }),
      [/aws-region/, /partition/],
    ],
    ['a region that is switched off', remote('RegionDisabledException', 403), [/region/i, /Activate/]],
    [
      'a session that is too long for the role',
      remote('ValidationError', 400, 'The requested DurationSeconds exceeds the MaxSessionDuration'),
      [/MaxSessionDuration/, /Deploy/],
    ],
    [
      'a host that does not resolve',
      remote('ENOTFOUND', undefined, '', { kind: 'no-answer' }),
      [/resolve/, /aws-region/],
    ],
    [
      'an untrusted certificate',
      remote('SELF_SIGNED_CERT_IN_CHAIN', undefined, '', { kind: 'untrusted' }),
      [/certificate/, /not sent/],
    ],
    ["a proxy's refusal", remote('', 407, '', { kind: 'proxy-refusal' }), [/proxy/]],
  ])('hints at who must do what about %s', (_, cause, patterns) => {
    const { hint } = stsFailure(cause, 1, asked())
    for (const pattern of patterns) expect(hint).toMatch(pattern)
  })

  test.each<[string, RemoteFailure]>([
    ['could not be reached', remote('ECONNREFUSED', undefined, '', { kind: 'no-answer' })],
    ['is not trusted', remote('UNABLE_TO_VERIFY_LEAF_SIGNATURE', undefined, '', { kind: 'untrusted' })],
    ['is no STS', remote('', 200, '', { kind: 'not-an-answer' })],
  ])('names the ignored variables where the endpoint %s', (_, cause) => {
    const names = ['AWS_ENDPOINT_URL', 'NODE_EXTRA_CA_CERTS']
    const { hint, message } = stsFailure(cause, 2, asked({ ignoredVariables: names }))
    for (const name of names) expect(hint).toContain(name)
    expect(message).toContain(ENDPOINT)
    expect(stsFailure(cause, 2, asked()).hint).not.toMatch(/AWS_ENDPOINT_URL|ignored/i)
  })

  test.each([
    [1, /one attempt/],
    [12, /12 attempts/],
  ])('counts %d attempts', (attempts, words) => {
    expect(stsFailure(remote('', 503), attempts, asked()).message).toMatch(words)
  })

  test('holds, whatever AWS and the token say, no line that they could have written', () => {
    const kinds = fc.constantFrom<FailureKind>(
      'error-answer',
      'no-answer',
      'not-an-answer',
      'untrusted',
      'proxy-refusal',
    )
    const codes = fc.oneof(
      anyText,
      fc.constantFrom('AccessDenied', 'InvalidIdentityToken', 'ValidationError'),
    )
    const messages = fc.oneof(
      anyText,
      anyText.map(text => `audience ${text}`),
      anyText.map(text => `provider ${text}`),
    )
    fc.assert(
      fc.property(kinds, codes, messages, anyText, (kind, code, message, text) => {
        const claims = claimsWith({
          subject: text,
          issuer: text,
          audiences: [text],
          all: { ref: text, workflow: text },
        })
        const failure = stsFailure(remote(code, 400, message, { kind }), 1, asked({ claims }))
        expect(`${failure.message}${failure.hint}`.replaceAll('\n', '')).not.toMatch(
          /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u,
        )
        expect([1, 7]).toContain(failure.message.split('\n').length)
        expect(failure.hint).not.toContain('\n')
      }),
      { numRuns: 500 },
    )
  })
})
