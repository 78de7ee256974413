import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import type { FailureCode } from '../../../src/core/base/failure.ts'
import { type FailureKind, type Operation, RemoteFailure } from '../../../src/core/network/remote-failure.ts'
import {
  credentialsDisputed,
  credentialsUnavailable,
  idTokenFailure,
  noPlainKey,
  oidcNotPermitted,
  stsFailure,
  tokenFileUnusable,
} from '../../../src/core/outcome/explanation.ts'
import type { Asked } from '../../../src/core/outcome/refusals.ts'
import type { RoleRequest } from '../../../src/core/sts/role-request.ts'
import type { Tag } from '../../../src/core/sts/session-tags.ts'
import { anyText } from '../arbitraries.ts'
import {
  ACCOUNT,
  AUDIENCE,
  requestWith as anyRequestWith,
  claimsWith,
  ISSUER,
  roleOf,
  SUBJECT,
} from '../samples.ts'

const ASSUME = 'AssumeRoleWithWebIdentity'
const ENDPOINT = 'https://sts.eu-west-1.amazonaws.com'
const ROLE_TEXT = `arn:aws:iam::${ACCOUNT}:role/team/Deploy`

function requestWith(changes: Partial<RoleRequest> = {}): RoleRequest {
  return anyRequestWith({ role: roleOf(ROLE_TEXT), ...changes })
}

function asked(changes: Partial<Asked> = {}): Asked {
  return {
    endpoints: [ENDPOINT],
    request: requestWith(),
    claims: claimsWith(),
    ignoredVariables: [],
    ...changes,
  }
}

function remote(
  code: string,
  status: number | undefined,
  message = '',
  { operation = ASSUME as Operation, kind = 'error-response' as FailureKind } = {},
): RemoteFailure {
  return new RemoteFailure(operation, { kind, code, status, message })
}

describe('oidcNotPermitted', () => {
  test('shows the permission to add to the workflow', () => {
    const failure = oidcNotPermitted(false)
    expect(failure.code).toBe('ERR_OIDC_NOT_PERMITTED')
    expect(failure.hint).toMatch(/permissions:\n\s+id-token: write/)
  })

  test('says that the run is from a fork if it is, and otherwise mentions forks as a possible cause', () => {
    expect(oidcNotPermitted(true).hint).toMatch(/this run is .*from a fork/i)
    expect(oidcNotPermitted(false).hint).toMatch(/fork/)
    expect(oidcNotPermitted(false).hint).not.toMatch(/this run is/i)
  })
})

describe('credentialsUnavailable', () => {
  test('says why, where it looked and what to do', () => {
    const failure = credentialsUnavailable('Could not load credentials from any providers')
    expect(failure.code).toBe('ERR_CREDENTIALS_UNAVAILABLE')
    expect(failure.message).toContain('Could not load credentials from any providers')
    expect(failure.hint).toMatch(/environment.*profile.*container.*instance.*OIDC/)
  })
})

test('a failure names its likeliest cause where the action knows it', () => {
  const proxy = remote('', 407, '', { kind: 'proxy-refusal' })
  expect(stsFailure(proxy, 1, asked()).likelyCause).toBe('proxies')
  expect(idTokenFailure(proxy, 1).likelyCause).toBe('proxies')
  expect(stsFailure(remote('ENOTFOUND', 500, ''), 1, asked()).likelyCause).toBeUndefined()
  expect(stsFailure(remote('PackedPolicyTooLarge', 400, ''), 1, asked()).likelyCause).toBe(
    'policies and tags too long',
  )
  expect(credentialsDisputed('two kinds').likelyCause).toBe('credentials that tools read differently')
  expect(credentialsUnavailable('none').likelyCause).toBeUndefined()
  expect(tokenFileUnusable('token', 'gone').likelyCause).toBe('web identity token file')
})

describe('tokenFileUnusable', () => {
  test('names the input, the path, the reason and the folder that the path is relative to', () => {
    const failure = tokenFileUnusable('run/token.jwt', 'it is a symbolic link')
    expect(failure.code).toBe('ERR_CREDENTIALS_UNAVAILABLE')
    expect(failure.message).toMatch(/^web-identity-token-file: "run\/token\.jwt".*: it is a symbolic link$/)
    expect(failure.hint).toMatch(/workspace/)
  })
})

describe('noPlainKey', () => {
  test.each([
    [1, /^the key of the only session /],
    [12, /^every key in 12 sessions /],
  ])('counts %d sessions, and names the inputs involved', (attempts, words) => {
    const failure = noPlainKey(attempts)
    expect(failure.code).toBe('ERR_STS_UNAVAILABLE')
    expect(failure.message).toMatch(words)
    for (const name of ['retry-max-attempts', 'special-characters-workaround']) {
      expect(failure.hint).toContain(name)
    }
  })
})

test('no reason or path can add a line of its own', () => {
  fc.assert(
    fc.property(anyText, anyText, (path, reason) => {
      const failures = [credentialsUnavailable(reason), tokenFileUnusable(path, reason)]
      for (const { message, hint } of failures) {
        expect(message).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u)
        expect(hint).not.toContain('\n')
      }
    }),
  )
})

describe('idTokenFailure', () => {
  test('points to the permission on a refusal', () => {
    const failure = idTokenFailure(remote('', 403, 'denied', { operation: 'GetIdToken' }), 1)
    expect(failure.code).toBe('ERR_OIDC_REQUEST_FAILED')
    expect(failure.message).toMatch(/1 attempt: .*HTTP 403.*denied/)
    expect(failure.hint).toMatch(/id-token: write/)
  })

  test.each<[FailureKind, number | undefined, RegExp]>([
    ['proxy-refusal', 407, /user name and password.*http-proxy/],
    ['proxy-refusal', 407, /Basic authentication.*NTLM, Kerberos or Digest/],
    ['proxy-refusal', 403, /no-proxy/],
    ['untrusted', undefined, /no token was requested.*NODE_EXTRA_CA_CERTS.*ca-bundle/],
    ['malformed-response', 200, /other than GitHub's token service responded.*http-proxy/],
    ['malformed-response', 302, /other than GitHub's token service responded.*http-proxy/],
  ])('for %s (%s) says what to do', (kind, status, hint) => {
    const failure = idTokenFailure(
      new RemoteFailure('GetIdToken', { kind, code: '', status, message: '' }),
      1,
    )
    expect(failure.code).toBe('ERR_OIDC_REQUEST_FAILED')
    expect(failure.hint).toMatch(hint)
    expect(failure.hint).not.toMatch(/id-token: write/)
  })

  test('points to GitHub and the network when retries run out, with the number of attempts', () => {
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
    ['no answer', remote('ECONNRESET', undefined, '', { kind: 'no-response' }), 'ERR_STS_UNAVAILABLE'],
    [
      'an untrusted certificate',
      remote('CERT_HAS_EXPIRED', undefined, '', { kind: 'untrusted' }),
      'ERR_STS_UNAVAILABLE',
    ],
    ["a proxy's refusal", remote('', 407, '', { kind: 'proxy-refusal' }), 'ERR_STS_UNAVAILABLE'],
    [
      'a 200 that was no answer',
      remote('', 200, 'a body of type text/html', { kind: 'malformed-response' }),
      'ERR_STS_BAD_RESPONSE',
    ],
  ])('turns %s into a failure with its own code, which keeps its cause', (_, cause, code) => {
    const failure = stsFailure(cause, 1, asked())
    expect(failure.code).toBe(code)
    expect(failure.cause).toBe(cause)
    expect(failure.hint).not.toBe('')
    expect(failure.message).toContain(cause.operation)
  })

  test('shows what was requested and sent with a refusal: role, provider, sub, aud, iss and what else IAM can test', () => {
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
      'a wrong audience: the provider, its account and the input',
      remote('InvalidIdentityToken', 400, 'Incorrect token audience'),
      [/client ID/, /sts\.amazonaws\.com/, /audience/, /111122223333/],
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
      remote('ENOTFOUND', undefined, '', { kind: 'no-response' }),
      [/resolve/, /aws-region/],
    ],
    [
      'an untrusted certificate',
      remote('SELF_SIGNED_CERT_IN_CHAIN', undefined, '', { kind: 'untrusted' }),
      [/certificate/, /wasn't sent/],
    ],
    ["a proxy's refusal", remote('', 407, '', { kind: 'proxy-refusal' }), [/proxy/]],
  ])('hints at who must fix %s, and how', (_, cause, patterns) => {
    const { hint } = stsFailure(cause, 1, asked())
    for (const pattern of patterns) expect(hint).toMatch(pattern)
  })

  test.each<[string, Operation, string, string, readonly RegExp[]]>([
    [
      'session tags that may not be sent: the permission, and the input to do without',
      'AssumeRole',
      'AccessDenied',
      'User: arn:aws:iam::111122223333:user/Robot is not authorized to perform: sts:TagSession on resource: x',
      [/sts:TagSession/, /role-skip-session-tagging/],
    ],
    [
      'a role that may not be assumed: both policies, and the external id',
      'AssumeRole',
      'AccessDenied',
      'User: arn:aws:iam::111122223333:user/Robot is not authorized to perform: sts:AssumeRole on resource: x',
      [/trust policy/, /caller's own policy/, /role-external-id/, /sts:AssumeRole/, /doesn't exist/],
    ],
    [
      'a secret key that does not belong to its id',
      'AssumeRole',
      'SignatureDoesNotMatch',
      '',
      [/secret access key/, /access key ID/],
    ],
    [
      'the same, asked for the caller',
      'GetCallerIdentity',
      'SignatureDoesNotMatch',
      '',
      [/secret access key/],
    ],
    ['credentials at their end', 'AssumeRole', 'ExpiredToken', '', [/have expired/, /step/]],
    ['the same, by its other name', 'GetCallerIdentity', 'ExpiredTokenException', '', [/have expired/]],
    [
      'a key that AWS does not know',
      'AssumeRole',
      'InvalidClientTokenId',
      '',
      [/deleted or deactivated/, /partition/],
    ],
    [
      'the same, by its other name',
      'GetCallerIdentity',
      'UnrecognizedClientException',
      '',
      [/deleted or deactivated/],
    ],
    [
      'tags and policies that are too long',
      'AssumeRole',
      'PackedPolicyTooLarge',
      '',
      [/policies/, /custom-tags/],
    ],
    ['the same with a token', ASSUME, 'PackedPolicyTooLargeException', '', [/policies/]],
    [
      'a session too long for the role',
      'AssumeRole',
      'ValidationError',
      '',
      [/role-duration-seconds/, /MaxSessionDuration/, /Deploy/],
    ],
    ['what is not known', 'AssumeRole', 'SomethingNew', '', [/permanent/]],
  ])('hints at what to do about credentials: %s', (_, operation, code, message, patterns) => {
    const failure = stsFailure(remote(code, 403, message, { operation }), 1, asked({ claims: undefined }))
    expect(failure.code).toBe('ERR_STS_REJECTED')
    for (const pattern of patterns) expect(failure.hint).toMatch(pattern)
  })

  test('does not mention tags when the role itself is denied, nor policies when tags are', () => {
    const hint = (words: string) =>
      stsFailure(
        remote('AccessDenied', 403, `not authorized to perform: ${words}`, { operation: 'AssumeRole' }),
        1,
        asked({ claims: undefined }),
      ).hint
    expect(hint('sts:AssumeRole')).not.toMatch(/TagSession/)
    expect(hint('sts:TagSession')).not.toMatch(/external ID/)
  })

  test('suggests an external id only if none was sent', () => {
    const cause = remote('AccessDenied', 403, '', { operation: 'AssumeRole' })
    const hint = (externalId: string | undefined) =>
      stsFailure(cause, 1, asked({ claims: undefined, request: requestWith({ externalId }) })).hint
    expect(hint(undefined)).toMatch(/no external ID was sent.*role-external-id/)
    expect(hint('octo')).toMatch(/this external ID/)
    expect(hint('octo')).not.toMatch(/role-external-id/)
  })

  test('mentions no secret key or signature when a token was sent', () => {
    for (const code of ['AccessDenied', 'SomethingNew', 'ValidationError']) {
      const { hint } = stsFailure(remote(code, 403), 1, asked())
      expect(hint).not.toMatch(/secret access key|external ID|TagSession/)
    }
  })

  const TAGS: readonly Tag[] = [
    { key: 'GitHub', value: 'Actions', droppable: false },
    { key: 'Team', value: 'octo', droppable: false },
  ]

  test.each<[string, Partial<RoleRequest>, readonly string[]]>([
    ['nothing more', {}, ['- external ID: none', '- session tags: none']],
    ['an external id', { externalId: 'octo/42' }, ['- external ID: octo/42', '- session tags: none']],
    [
      'a source identity',
      { sourceIdentity: 'octocat' },
      ['- external ID: none', '- source identity: octocat', '- session tags: none'],
    ],
    ['tags, by their keys', { tags: TAGS }, ['- external ID: none', '- session tags: GitHub, Team']],
  ])('shows role, external id and tags when credentials are denied: %s', (_, changes, lines) => {
    const cause = remote('AccessDenied', 403, 'Not authorized', { operation: 'AssumeRole' })
    const failure = stsFailure(cause, 1, asked({ claims: undefined, request: requestWith(changes) }))
    const [, ...rest] = failure.message.split('\n')
    expect(rest).toEqual([`- role: ${ROLE_TEXT}`, ...lines])
  })

  test('adds nothing when GetCallerIdentity is denied, as no role was requested', () => {
    const cause = remote('ExpiredToken', 403, 'expired', { operation: 'GetCallerIdentity' })
    const { message } = stsFailure(cause, 1, asked({ claims: undefined, request: undefined }))
    expect(message.split('\n')).toHaveLength(1)
  })

  test('contains, for signed calls, no line that AWS or a tag could have written', () => {
    const operations = fc.constantFrom<Operation>('AssumeRole', 'GetCallerIdentity')
    const codes = fc.oneof(
      anyText,
      fc.constantFrom(
        'AccessDenied',
        'SignatureDoesNotMatch',
        'ExpiredToken',
        'ValidationError',
        'Throttling',
      ),
    )
    const messages = fc.oneof(
      anyText,
      anyText.map(text => `sts:TagSession ${text}`),
      anyText.map(text => `sts:SetSourceIdentity ${text}`),
    )
    const statuses = fc.constantFrom(400, 403, 500, undefined)
    fc.assert(
      fc.property(
        operations,
        codes,
        messages,
        statuses,
        anyText,
        (operation, code, message, status, text) => {
          const request =
            operation === 'AssumeRole'
              ? requestWith({
                  externalId: text,
                  sourceIdentity: text,
                  tags: [{ key: text, value: text, droppable: false }],
                })
              : undefined
          const failure = stsFailure(
            remote(code, status, message, { operation }),
            2,
            asked({ claims: undefined, request }),
          )
          const whole = `${failure.message}${failure.hint}`
          expect(whole.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u)
          expect(request ? [1, 5] : [1]).toContain(failure.message.split('\n').length)
          expect(failure.hint).not.toContain('\n')
        },
      ),
      { numRuns: 500 },
    )
  })

  test.each<[string, RemoteFailure]>([
    ['could not be reached', remote('ECONNREFUSED', undefined, '', { kind: 'no-response' })],
    ['is not trusted', remote('UNABLE_TO_VERIFY_LEAF_SIGNATURE', undefined, '', { kind: 'untrusted' })],
    ['is no STS', remote('', 200, '', { kind: 'malformed-response' })],
  ])('names the ignored variables when the endpoint %s', (_, cause) => {
    const names = ['AWS_ENDPOINT_URL', 'NODE_EXTRA_CA_CERTS']
    const { hint, message } = stsFailure(cause, 2, asked({ ignoredVariables: names }))
    for (const name of names) expect(hint).toContain(name)
    expect(message).toContain(ENDPOINT)
    expect(stsFailure(cause, 2, asked()).hint).not.toMatch(/AWS_ENDPOINT_URL|ignored/i)
  })

  test.each([
    [1, / after 1 attempt at /],
    [12, /12 attempts/],
  ])('counts %d attempts', (attempts, words) => {
    expect(stsFailure(remote('', 503), attempts, asked()).message).toMatch(words)
  })

  test('contains no line that AWS or the token could have written, whatever they say', () => {
    const kinds = fc.constantFrom<FailureKind>(
      'error-response',
      'no-response',
      'malformed-response',
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
