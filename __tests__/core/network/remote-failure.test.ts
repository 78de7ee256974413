import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { RemoteFailure } from '../../../src/core/network/remote-failure.ts'
import { anyText } from '../arbitraries.ts'

function failed(code: string, status: number | undefined, message: string): RemoteFailure {
  return new RemoteFailure('GetCallerIdentity', { kind: 'error-response', code, status, message })
}

describe('RemoteFailure', () => {
  test('keeps what failed, how, with which code and status, and its cause', () => {
    const cause = new Error('socket hang up')
    const failure = new RemoteFailure(
      'AssumeRoleWithWebIdentity',
      { kind: 'no-response', code: 'ECONNRESET', status: undefined, message: 'socket hang up' },
      { cause },
    )
    expect(failure).toBeInstanceOf(Error)
    expect(failure).toMatchObject({
      name: 'RemoteFailure',
      operation: 'AssumeRoleWithWebIdentity',
      kind: 'no-response',
      code: 'ECONNRESET',
      status: undefined,
      message: 'socket hang up',
      cause,
    })
  })

  test('reports two clocks, a new session and a wait time only if it was given them', () => {
    const failure = { kind: 'error-response', code: 'X', status: 503, message: '' } as const
    const told = { clock: { aheadMs: 9, signedAheadMs: 0 }, isOfNewSession: true, retryAfterSeconds: 7 }
    expect(new RemoteFailure('AssumeRole', { ...failure, ...told })).toMatchObject(told)
    expect(new RemoteFailure('AssumeRole', failure)).toMatchObject({
      clock: undefined,
      isOfNewSession: false,
      retryAfterSeconds: 0,
    })
  })

  test.each([
    [
      'code, status and message',
      'AccessDenied',
      403,
      'Not authorized',
      'AccessDenied (HTTP 403): Not authorized',
    ],
    ['status and message', '', 502, 'a body of type text/html', 'HTTP 502: a body of type text/html'],
    ['code and message', 'ECONNRESET', undefined, 'socket hang up', 'ECONNRESET: socket hang up'],
    ['message alone', '', undefined, 'no answer in 10 s', 'no answer in 10 s'],
    ['code and status alone', 'Throttling', 400, '', 'Throttling (HTTP 400)'],
    ['nothing', '', undefined, '', ''],
  ])('includes %s in its summary', (_, code, status, message, summary) => {
    expect(failed(code, status, message).summary).toBe(summary)
  })

  test('is one inert line, whatever the server said', () => {
    fc.assert(
      fc.property(anyText, anyText, (code, message) => {
        expect(failed(code, 400, message).summary).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u)
      }),
    )
  })
})
