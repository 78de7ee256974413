import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { type FailureKind, type Operation, RemoteFailure } from '../../../src/core/network/remote-failure.ts'
import {
  type Decision,
  decide,
  isThrottling,
  PROPAGATION_SECONDS,
  parseRetryAfter,
  waitAfter,
} from '../../../src/core/network/retry-policy.ts'
import { anyText } from '../arbitraries.ts'

const ASSUME = 'AssumeRoleWithWebIdentity'
const CALLER = 'GetCallerIdentity'
const TOKEN = 'GetIdToken'

function answered(
  operation: Operation,
  code: string,
  status: number | undefined,
  message = '',
): RemoteFailure {
  return new RemoteFailure(operation, { kind: 'error-response', code, status, message })
}

function broken(operation: Operation, kind: FailureKind, code = '', status?: number): RemoteFailure {
  return new RemoteFailure(operation, { kind, code, status, message: '' })
}

/** A list that the SDK does not export. */
function sdkCodes(list: string): string[] {
  const path = '@smithy/core/dist-es/submodules/retry/service-error-classification/constants.js'
  const source = readFileSync(resolve(__dirname, '../../../node_modules', path), 'utf8')
  const [, codes = ''] = new RegExp(`const ${list} = \\[([^\\]]*)\\]`).exec(source) ?? []
  return Array.from(codes.matchAll(/"(\w+)"/g), ([, code = '']) => code)
}

describe('an error from AWS', () => {
  test.each<[Operation, string, number, string, Decision]>([
    [ASSUME, 'AccessDenied', 403, 'Not authorized to perform sts:AssumeRoleWithWebIdentity', 'final'],
    [
      ASSUME,
      'InvalidIdentityToken',
      400,
      "Couldn't retrieve verification key from your identity provider",
      'retry',
    ],
    [ASSUME, 'InvalidIdentityToken', 400, 'Incorrect token audience', 'final'],
    [ASSUME, 'AccessDenied', 403, "Couldn't retrieve verification key", 'final'],
    [
      ASSUME,
      'InvalidIdentityToken',
      400,
      'No OpenIDConnect provider found in your account for https://x',
      'final',
    ],
    [
      ASSUME,
      'ExpiredTokenException',
      400,
      'Token expired: current date/time must be before',
      'retry-with-new-token',
    ],
    [ASSUME, 'ExpiredToken', 400, '', 'retry-with-new-token'],
    [ASSUME, 'NotAnExpiredToken', 400, '', 'final'],
    [ASSUME, 'IDPCommunicationError', 400, '', 'retry'],
    [ASSUME, 'IDPRejectedClaim', 403, '', 'final'],
    [ASSUME, 'MalformedPolicyDocument', 400, '', 'final'],
    [ASSUME, 'PackedPolicyTooLarge', 400, '', 'final'],
    [ASSUME, 'RegionDisabledException', 403, '', 'final'],
    [ASSUME, 'ValidationError', 400, '', 'final'],
    [ASSUME, 'Throttling', 400, 'Rate exceeded', 'retry'],
    [ASSUME, 'ThrottlingException', 400, 'Rate exceeded', 'retry'],
    [ASSUME, 'TooManyRequestsException', 400, '', 'retry'],
    [ASSUME, 'RequestLimitExceeded', 400, '', 'retry'],
    [ASSUME, 'SomethingElse', 429, '', 'retry'],
    [ASSUME, 'SomethingElse', 408, '', 'retry'],
    [CALLER, '', 408, '', 'retry'],
    ['AssumeRole', 'IDPCommunicationErrorException', 400, '', 'retry'],
    [ASSUME, 'InternalFailure', 500, '', 'retry'],
    [ASSUME, 'ServiceUnavailable', 503, '', 'retry'],
    [ASSUME, '', 599, '', 'retry'],
    [ASSUME, 'SomethingNew', 400, '', 'final'],
    [ASSUME, 'InvalidClientTokenId', 403, '', 'final'],
    [CALLER, 'InvalidClientTokenId', 403, '', 'final'],
    [CALLER, 'UnrecognizedClientException', 403, '', 'final'],
    [CALLER, 'ExpiredToken', 403, '', 'final'],
    [CALLER, 'ExpiredTokenException', 403, '', 'final'],
    [CALLER, 'SignatureDoesNotMatch', 403, '', 'final'],
    [CALLER, 'Throttling', 400, '', 'retry'],
    [CALLER, '', 502, '', 'retry'],
    [CALLER, '', 403, '', 'final'],
  ])('%s: %s (HTTP %d) "%s" is: %s', (operation, code, status, message, decision) => {
    expect(decide(answered(operation, code, status, message))).toBe(decision)
  })

  test.each<[Operation, string, Decision]>([
    [CALLER, 'InvalidClientTokenId', 'awaiting-propagation'],
    [CALLER, 'UnrecognizedClientException', 'awaiting-propagation'],
    ['AssumeRole', 'InvalidClientTokenId', 'awaiting-propagation'],
    [CALLER, 'ExpiredToken', 'final'],
    [CALLER, 'SignatureDoesNotMatch', 'final'],
  ])('to newly issued credentials, %s: %s is: %s', (operation, code, decision) => {
    const failure = { kind: 'error-response', code, status: 403, message: '', isOfNewSession: true } as const
    expect(decide(new RemoteFailure(operation, failure))).toBe(decision)
  })

  test('is no reason to retry soon when the credentials are not new, whatever the operation', () => {
    const codes = fc.oneof(anyText, fc.constantFrom('InvalidClientTokenId', 'UnrecognizedClientException'))
    const operations = fc.constantFrom<Operation>(ASSUME, 'AssumeRole', CALLER, TOKEN)
    fc.assert(
      fc.property(operations, codes, fc.integer({ min: 400, max: 599 }), (operation, code, status) => {
        expect(decide(answered(operation, code, status))).not.toBe('awaiting-propagation')
      }),
    )
  })

  test('is retried soon with new credentials for two codes only', () => {
    fc.assert(
      fc.property(anyText, code => {
        fc.pre(!['InvalidClientTokenId', 'UnrecognizedClientException'].includes(code))
        const failure = {
          kind: 'error-response',
          code,
          status: 403,
          message: '',
          isOfNewSession: true,
        } as const
        expect(decide(new RemoteFailure(CALLER, failure))).not.toBe('awaiting-propagation')
      }),
    )
  })

  test.each<[string, Decision]>([
    ['ExpiredToken', 'final'],
    ['ExpiredTokenException', 'final'],
    ['AccessDenied', 'final'],
    ['SignatureDoesNotMatch', 'final'],
    ['PackedPolicyTooLarge', 'final'],
    ['Throttling', 'retry'],
  ])('to AssumeRole, %s is: %s, as there is no token to renew', (code, decision) => {
    expect(decide(answered('AssumeRole', code, 400))).toBe(decision)
  })

  describe('caused by the time in the signature', () => {
    const MINUTE = 60_000
    const EXPIRED = 'Signature expired: 20260131T120000Z is now earlier than 20260131T121500Z'
    const NOT_YET = 'Signature not yet current: 20260131T123000Z is still later than 20260131T121500Z'
    const WRONG_SECRET = 'The request signature we calculated does not match the signature you provided.'

    function signed(code: string, message: string, aheadMs: number, signedAheadMs = 0, status = 403) {
      const shape = { kind: 'error-response', code, status, message } as const
      return new RemoteFailure('AssumeRole', { ...shape, clock: { aheadMs, signedAheadMs } })
    }

    test.each([
      ['SignatureDoesNotMatch', EXPIRED],
      ['SignatureDoesNotMatch', NOT_YET],
      ['InvalidSignatureException', EXPIRED],
      ['InvalidSignatureException', NOT_YET],
      ['AuthFailure', EXPIRED],
      ['RequestTimeTooSkewed', ''],
      ['RequestExpired', ''],
      ['RequestInTheFuture', ''],
    ])('is retried with the right time: %s %s', (code, message) => {
      expect(decide(signed(code, message, 20 * MINUTE))).toBe('retry-with-corrected-clock')
      expect(decide(signed(code, message, -20 * MINUTE))).toBe('retry-with-corrected-clock')
    })

    test('is final without AWS’s time, and when the next call would be signed with the same time', () => {
      expect(decide(answered('AssumeRole', 'RequestTimeTooSkewed', 403))).toBe('final')
      expect(decide(signed('RequestTimeTooSkewed', '', 20 * MINUTE, 20 * MINUTE + 900))).toBe('final')
      expect(decide(signed('RequestTimeTooSkewed', '', 900))).toBe('final')
    })

    test('can undo a correction', () => {
      expect(decide(signed('SignatureDoesNotMatch', NOT_YET, 0, 20 * MINUTE))).toBe(
        'retry-with-corrected-clock',
      )
    })

    test.each([
      ['SignatureDoesNotMatch', WRONG_SECRET],
      ['SignatureDoesNotMatch', ''],
      ['InvalidSignatureException', WRONG_SECRET],
      ['AccessDenied', EXPIRED],
      ['ValidationError', ''],
      ['ExpiredToken', 'The security token included in the request is expired'],
    ])('is never seen in %s %s, whatever the time of the response', (code, message) => {
      fc.assert(
        fc.property(fc.integer(), fc.integer(), (aheadMs, signedAheadMs) => {
          expect(decide(signed(code, message, aheadMs, signedAheadMs))).toBe('final')
        }),
      )
    })

    test('is never seen in a transient error', () => {
      const codes = fc.constantFrom('RequestTimeTooSkewed', 'SignatureDoesNotMatch', 'Throttling')
      const statuses = fc.oneof(fc.constantFrom(408, 429), fc.integer({ min: 500, max: 599 }))
      fc.assert(
        fc.property(codes, statuses, fc.integer(), (code, status, aheadMs) => {
          expect(decide(signed(code, EXPIRED, aheadMs, 0, status))).toBe('retry')
        }),
      )
      expect(decide(signed('SlowDown', EXPIRED, 20 * MINUTE, 0, 400))).toBe('retry')
    })
  })

  describe('that the AWS SDKs call transient or throttling', () => {
    const throttling = sdkCodes('THROTTLING_ERROR_CODES')
    const transient = sdkCodes('TRANSIENT_ERROR_CODES')
    const listed = [...throttling, ...transient]

    test('is read from the lists of the installed SDK', () => {
      expect(throttling).toEqual(expect.arrayContaining(['SlowDown', 'Throttling', 'EC2ThrottledException']))
      expect(transient).toEqual(expect.arrayContaining(['RequestTimeout', 'RequestTimeoutException']))
    })

    test.each(listed)('is retried at every status and for every operation: %s', code => {
      for (const operation of [ASSUME, 'AssumeRole', CALLER] as const)
        for (const status of [200, 400, 403, 408, 429, 500, 503])
          expect(decide(answered(operation, code, status))).toBe('retry')
    })

    test('slows calls to AWS down if it is a throttling error', () => {
      for (const code of throttling) expect(isThrottling(answered(CALLER, code, 400))).toBe(true)
      for (const code of transient) expect(isThrottling(answered(CALLER, code, 400))).toBe(false)
      expect(isThrottling(answered(CALLER, '', 429))).toBe(true)
    })
  })

  test('is permanent for an access denied, whatever the message', () => {
    fc.assert(fc.property(anyText, words => decide(answered(ASSUME, 'AccessDenied', 403, words)) === 'final'))
  })

  test('is transient only if the whole code matches', () => {
    for (const code of ['NotThrottling', 'ThrottlingX', 'throttling', 'XIDPCommunicationError']) {
      expect(decide(answered(ASSUME, code, 400))).toBe('final')
    }
  })
})

describe('what keeps STS from being called', () => {
  test.each<[string, RemoteFailure, Decision]>([
    ['a socket that breaks', broken(ASSUME, 'no-response', 'ECONNRESET'), 'retry'],
    ['a host that refuses', broken(CALLER, 'no-response', 'ECONNREFUSED'), 'retry'],
    ['a host that is not known', broken(ASSUME, 'no-response', 'ENOTFOUND'), 'retry'],
    ['an answer that does not come', broken(CALLER, 'no-response', 'ETIMEDOUT'), 'retry'],
    ['a certificate that is not trusted', broken(ASSUME, 'untrusted', 'SELF_SIGNED_CERT_IN_CHAIN'), 'final'],
    ['a 200 that is not a response', broken(ASSUME, 'malformed-response', '', 200), 'retry'],
    ['a redirect', broken(CALLER, 'malformed-response', '', 302), 'final'],
    ['a proxy that waited in vain', broken(ASSUME, 'proxy-refusal', '', 408), 'retry'],
    [
      'a certificate that is not trusted for the token',
      broken(TOKEN, 'untrusted', 'SELF_SIGNED_CERT_IN_CHAIN'),
      'final',
    ],
    ['a proxy that wants a password', broken(ASSUME, 'proxy-refusal', '', 407), 'final'],
    ['a proxy that forbids', broken(ASSUME, 'proxy-refusal', '', 403), 'final'],
    ['a proxy that can not reach the host now', broken(ASSUME, 'proxy-refusal', '', 502), 'retry'],
    ['a proxy that wants a password for the token', broken(TOKEN, 'proxy-refusal', '', 407), 'final'],
    ['a proxy that refuses the token oddly', broken(TOKEN, 'proxy-refusal', '', 302), 'final'],
    ['a proxy that can not reach GitHub now', broken(TOKEN, 'proxy-refusal', '', 503), 'retry'],
  ])('%s', (_, failure, decision) => {
    expect(decide(failure)).toBe(decision)
  })
})

test.each<[string, FailureKind, number, number]>([
  ['who is not trusted', 'untrusted', 200, 599],
  ['a redirect', 'malformed-response', 300, 399],
])(
  'STS is not called again after a response that is %s, whatever code and status came with it',
  (_, kind, min, max) => {
    const codes = fc.oneof(
      anyText,
      fc.constantFrom('Throttling', 'IDPCommunicationError', 'ExpiredTokenException'),
    )
    const operations = fc.constantFrom<Operation>(ASSUME, 'AssumeRole', CALLER)
    fc.assert(
      fc.property(operations, codes, fc.integer({ min, max }), (operation, ...rest) => {
        expect(decide(broken(operation, kind, ...rest))).toBe('final')
      }),
    )
  },
)

describe("a request for GitHub's token", () => {
  test.each<[string, RemoteFailure, Decision]>([
    ['is refused for good with 401', answered(TOKEN, '', 401), 'final'],
    ['is refused for good with 403', answered(TOKEN, '', 403), 'final'],
    ['may pass after 400', answered(TOKEN, '', 400), 'retry'],
    ['may pass after 404', answered(TOKEN, '', 404), 'retry'],
    ['may pass after 429', answered(TOKEN, '', 429), 'retry'],
    ['may pass after 500', answered(TOKEN, '', 500), 'retry'],
    ['may pass after 503', answered(TOKEN, '', 503), 'retry'],
    ['may pass after a broken socket', broken(TOKEN, 'no-response', 'ECONNRESET'), 'retry'],
    ['may pass after something that is not a token', broken(TOKEN, 'malformed-response', '', 200), 'retry'],
    ['may pass after a redirect', broken(TOKEN, 'malformed-response', '', 302), 'retry'],
  ])('%s', (_, failure, decision) => {
    expect(decide(failure)).toBe(decision)
  })
})

test('newly issued credentials get some seconds, not minutes', () => {
  expect(PROPAGATION_SECONDS).toBeGreaterThanOrEqual(3)
  expect(PROPAGATION_SECONDS).toBeLessThanOrEqual(30)
})

describe('waitAfter', () => {
  const chance = fc.double({ min: 0, max: 1, noNaN: true })
  const attempt = fc.integer({ min: 1, max: 50 })

  test('is a whole number of milliseconds, from nothing to twenty seconds', () => {
    fc.assert(
      fc.property(attempt, chance, (attempts, luck) => {
        const wait = waitAfter(attempts, luck)
        expect(Number.isInteger(wait)).toBe(true)
        expect(wait).toBeGreaterThanOrEqual(0)
        expect(wait).toBeLessThanOrEqual(20_000)
      }),
    )
  })

  test('is full jitter: from no wait to the ceiling, in proportion to the draw', () => {
    fc.assert(
      fc.property(attempt, chance, (attempts, luck) => {
        expect(waitAfter(attempts, 0)).toBe(0)
        expect(Math.abs(waitAfter(attempts, luck) - luck * waitAfter(attempts, 1))).toBeLessThanOrEqual(1)
      }),
    )
  })

  test('has a ceiling that grows four times up to its maximum', () => {
    fc.assert(
      fc.property(attempt, attempts => {
        const [before, after] = [waitAfter(attempts, 1), waitAfter(attempts + 1, 1)]
        expect(after).toBe(Math.min(4 * before, 20_000))
      }),
    )
    expect(waitAfter(1, 1)).toBeGreaterThan(0)
    expect(waitAfter(1, 1)).toBeLessThanOrEqual(1000)
  })
})

describe('parseRetryAfter', () => {
  const NOW = Date.parse('2026-01-31T12:00:00Z')

  test.each([
    ['nothing', undefined, 0],
    ['seconds', '7', 7],
    ['seconds with blanks', ' 7 ', 7],
    ['minutes in seconds', '120', 120],
    ['the most seconds that it reads', '999999999', 999_999_999],
    ['more seconds than that', '1000000000', 0],
    ['no seconds', '0', 0],
    ['a time to come', 'Sat, 31 Jan 2026 12:00:30 GMT', 30],
    ['a time that begins with a number', '31 Jan 2026 12:00:30 GMT', 30],
    ['a time that ends with a number', 'Sat Jan 31 12:00:30 GMT 2026', 30],
    ['a time that has passed', 'Sat, 31 Jan 2026 11:00:00 GMT', 0],
    ['less than nothing', '-7', 0],
    ['words', 'soon', 0],
    ['blank', '', 0],
  ])('reads %s as the time it requests', (_, text, seconds) => {
    expect(parseRetryAfter(text, NOW)).toBe(seconds)
  })

  test('returns a number that can be waited for, whatever the header', () => {
    fc.assert(
      fc.property(fc.oneof(anyText, fc.date().map(String), fc.nat().map(String)), text => {
        const wait = waitAfter(1, 1, parseRetryAfter(text, NOW))
        expect(wait).toBeGreaterThanOrEqual(0)
        expect(wait).toBeLessThanOrEqual(301_000)
      }),
    )
  })
})

describe('a denied role', () => {
  test.each<[Operation, string, Decision]>([
    ['AssumeRoleWithWebIdentity', 'AccessDenied', 'retry-while-denied'],
    ['AssumeRole', 'AccessDenied', 'retry-while-denied'],
    ['AssumeRole', 'AccessDeniedException', 'retry-while-denied'],
    ['GetCallerIdentity', 'AccessDenied', 'final'],
    ['AssumeRole', 'NotAnAccessDenied', 'final'],
    ['AssumeRole', 'ValidationError', 'final'],
    ['AssumeRole', 'Throttling', 'retry'],
  ])('%s: %s is %s, when the user opts in', (operation, code, decision) => {
    const failure = new RemoteFailure(operation, { kind: 'error-response', code, status: 403, message: '' })
    expect(decide(failure, true)).toBe(decision)
    expect(decide(failure, false)).toBe(decision === 'retry-while-denied' ? 'final' : decision)
  })
})
