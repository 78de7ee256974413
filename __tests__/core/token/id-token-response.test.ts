import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import type { FailureKind } from '../../../src/core/network/remote-failure.ts'
import { RemoteFailure } from '../../../src/core/network/remote-failure.ts'
import { type HttpResponse, tokenInResponse } from '../../../src/core/token/id-token-response.ts'
import { anyText } from '../arbitraries.ts'
import { thrownBy } from '../thrown.ts'

const NOW = Date.parse('2026-01-31T12:00:00Z')
const JSON_TYPE = 'application/json; charset=utf-8'
const HTML = '<html><body>Please log in, hunter2</body></html>'

const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
const CLAIMS = { iss: 'https://i.example', sub: 's', aud: 'a', iat: 1, exp: 301 }
const JWT = `${encode({ alg: 'RS256' })}.${encode(CLAIMS)}.c2ln`

type Parts = { readonly type?: string; readonly body?: string; readonly headers?: HttpResponse['headers'] }

function answer(status: number, { type = JSON_TYPE, body = '', headers = {} }: Parts): HttpResponse {
  return { status, headers: { 'content-type': type, ...headers }, body }
}

function failureOf(response: HttpResponse): RemoteFailure {
  const error = thrownBy(() => tokenInResponse(response, NOW))
  expect(error).toBeInstanceOf(RemoteFailure)
  return error as RemoteFailure
}

describe('the token service’s response', () => {
  test.each([200, 201])('contains the token with status %i, whatever content type it names', status => {
    for (const type of [JSON_TYPE, 'text/plain', '']) {
      const body = JSON.stringify({ count: 1, value: JWT })
      const headers = { 'content-encoding': 'identity' }
      expect(tokenInResponse(answer(status, { type, body, headers }), NOW)).toMatchObject({
        jwt: JWT,
        claims: { subject: 's' },
      })
    }
  })

  const json = (value: unknown) => ({ body: JSON.stringify(value) })
  const gzipped = { body: 'x', headers: { 'content-encoding': 'gzip' } }
  const to = (location: string) => ({ headers: { location } })
  const NO_JWT = 'JSON whose value is not a JSON Web Token with iss, sub, aud, iat and exp'

  test.each<[string, number, Parts, FailureKind, string]>([
    ['nothing', 200, { body: ' \n' }, 'malformed-response', 'an empty answer instead of a token'],
    ['nothing', 204, {}, 'malformed-response', 'an empty answer instead of a token'],
    [
      'a page',
      200,
      { type: 'text/html; x', body: HTML },
      'malformed-response',
      'an HTML page instead of a token',
    ],
    [
      'half an object',
      200,
      { body: '{"value":"ey' },
      'malformed-response',
      'JSON that is cut off or malformed instead of a token',
    ],
    ['no value', 200, json({ count: 1 }), 'malformed-response', 'JSON instead of a token'],
    ['a blank value', 200, json({ value: '' }), 'malformed-response', 'JSON instead of a token'],
    ['a value of another kind', 200, json({ value: [JWT] }), 'malformed-response', 'JSON instead of a token'],
    [
      'no object',
      200,
      { body: 'null' },
      'malformed-response',
      'JSON that is cut off or malformed instead of a token',
    ],
    ['an error', 200, json({ message: 'no' }), 'malformed-response', 'a JSON error, "no" instead of a token'],
    ['a value that is not a token', 200, json({ value: 'x.y.z' }), 'malformed-response', NO_JWT],
    [
      'a token without a subject',
      200,
      json({ value: `${encode({})}.${encode({ ...CLAIMS, sub: 1 })}.c2ln` }),
      'malformed-response',
      NO_JWT,
    ],
    ['gzip', 200, gzipped, 'malformed-response', 'an answer compressed with gzip instead of a token'],
    [
      'a redirect',
      302,
      to('https://login.example:8443/?token=hunter2'),
      'malformed-response',
      'a redirect to login.example:8443, which is not followed',
    ],
    ['a redirect', 308, to('/elsewhere'), 'malformed-response', 'a redirect, which is not followed'],
    ['a status of redirects alone', 304, {}, 'malformed-response', 'an empty answer'],
    ['a page', 404, { type: 'TEXT/HTML', body: HTML }, 'error-response', 'an HTML page'],
    ['an error', 401, json({ message: 'Unauthorized' }), 'error-response', 'a JSON error, "Unauthorized"'],
    ['an error without words', 500, json({ message: { a: 1 } }), 'error-response', 'JSON'],
    [
      'an error of another type',
      503,
      { type: 'text/plain', body: 'x' },
      'error-response',
      'an answer of type text/plain',
    ],
    ['an error of no type', 502, { type: '', body: 'x' }, 'error-response', 'an answer of type unknown'],
    ['nothing', 502, {}, 'error-response', 'an empty answer'],
  ])('%s with status %i is reported by status and kind', (_, status, parts, kind, message) => {
    expect(failureOf(answer(status, parts))).toMatchObject({
      operation: 'GetIdToken',
      kind,
      status,
      code: '',
      message,
    })
  })

  test('that is too long is judged by its status', () => {
    const tooLong = { headers: {}, body: undefined }
    expect(failureOf({ ...tooLong, status: 200 })).toMatchObject({
      kind: 'malformed-response',
      message: 'an answer that is too long instead of a token',
    })
    expect(failureOf({ ...tooLong, status: 503 })).toMatchObject({ kind: 'error-response', status: 503 })
  })

  test('says how long to wait', () => {
    expect(failureOf(answer(503, { headers: { 'retry-after': '7' } })).retryAfterSeconds).toBe(7)
    const at = 'Sat, 31 Jan 2026 12:00:30 GMT'
    expect(failureOf(answer(429, { headers: { 'retry-after': at } })).retryAfterSeconds).toBe(30)
    expect(failureOf(answer(503, {})).retryAfterSeconds).toBe(0)
  })

  test('is never repeated, except the message of a JSON error on one inert line', () => {
    const status = fc.integer({ min: 200, max: 599 })
    const types = fc.constantFrom('text/html', 'application/json', 'text/plain', '')
    fc.assert(
      fc.property(status, types, anyText, anyText, (code, type, text, location) => {
        const body = `${text}hunter2`
        const { message } = failureOf(answer(code, { type, body, headers: { location } }))
        expect(message).not.toContain('hunter2')
        const told = failureOf(
          answer(code, { type, body: JSON.stringify({ message: body }), headers: { location } }),
        )
        expect(told.message).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u)
      }),
    )
  })
})
