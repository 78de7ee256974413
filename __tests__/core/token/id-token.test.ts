import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { parseIdToken, readIdToken } from '../../../src/core/token/id-token.ts'
import { anyCharacters, anyText } from '../arbitraries.ts'
import { AUDIENCE, ISSUER, SUBJECT } from '../samples.ts'

const PAYLOAD = {
  iss: ISSUER,
  sub: SUBJECT,
  aud: AUDIENCE,
  iat: 1_800_000_000,
  exp: 1_800_000_300,
  repository: 'octo-org/octo-repo',
}

function encode(text: string): string {
  return Buffer.from(text).toString('base64url')
}

function tokenOf(payload: unknown, signature = 'c2lnbmF0dXJl'): string {
  return `${encode('{"alg":"RS256"}')}.${encode(JSON.stringify(payload))}.${signature}`
}

describe('parseIdToken', () => {
  test('reads issuer, subject, audience, all claims, the signature and the lifetime of a token', () => {
    const jwt = tokenOf(PAYLOAD)
    expect(parseIdToken(jwt)).toEqual({
      jwt,
      signature: 'c2lnbmF0dXJl',
      claims: { issuer: ISSUER, subject: SUBJECT, audiences: [AUDIENCE], all: PAYLOAD },
      lifetimeSeconds: 300,
    })
  })

  test('reads several audiences, in order', () => {
    const aud = ['vault', AUDIENCE]
    expect(parseIdToken(tokenOf({ ...PAYLOAD, aud }))?.claims.audiences).toEqual(aud)
  })

  test('keeps a claim unchanged', () => {
    fc.assert(
      fc.property(anyCharacters, sub => {
        expect(parseIdToken(tokenOf({ ...PAYLOAD, sub }))?.claims.subject).toBe(sub)
      }),
    )
  })

  test.each(['iss', 'sub', 'aud', 'iat', 'exp'])('returns undefined for a token without %s', claim => {
    expect(parseIdToken(tokenOf({ ...PAYLOAD, [claim]: undefined }))).toBeUndefined()
  })

  test.each([
    ['iss', 7],
    ['iss', null],
    ['sub', ['a']],
    ['sub', {}],
    ['aud', []],
    ['aud', ['a', 7]],
    ['aud', [['a']]],
    ['aud', {}],
    ['aud', null],
    ['iat', '1800000000'],
    ['exp', null],
    ['exp', '1800000300'],
  ])('returns undefined if a token’s %s is %j', (claim, value) => {
    expect(parseIdToken(tokenOf({ ...PAYLOAD, [claim]: value }))).toBeUndefined()
  })

  test.each([
    ['at its very beginning', 0],
    ['before it', -1],
  ])('returns undefined if a token’s lifetime ends %s', (_, lifetime) => {
    expect(parseIdToken(tokenOf({ ...PAYLOAD, exp: PAYLOAD.iat + lifetime }))).toBeUndefined()
  })

  test('reads a token valid for one second', () => {
    expect(parseIdToken(tokenOf({ ...PAYLOAD, exp: PAYLOAD.iat + 1 }))?.lifetimeSeconds).toBe(1)
  })

  test('reads a token of 20,000 characters, the most that STS accepts, and none longer', () => {
    const longest = tokenOf(PAYLOAD).padEnd(20_000, 'x')
    expect(parseIdToken(longest)?.jwt).toBe(longest)
    expect(parseIdToken(`${longest}x`)).toBeUndefined()
  })

  test.each([
    ['nothing', ''],
    ['two parts', tokenOf(PAYLOAD).split('.').slice(0, 2).join('.')],
    ['four parts', `${tokenOf(PAYLOAD)}.x`],
    ['five parts', `${tokenOf(PAYLOAD)}.x.y`],
    ['a payload that is not JSON', `${encode('{}')}.${encode('{')}.x`],
    ['a payload that is a list', tokenOf([PAYLOAD])],
    ['a payload that is null', tokenOf(null)],
    ['a payload that is a text', tokenOf('text')],
    ['a payload that is not base64', `${encode('{}')}.***.x`],
    ['no signature', `${encode('{}')}.${encode(JSON.stringify(PAYLOAD))}.`],
    ['a signature that is not base64url', tokenOf(PAYLOAD, 'a\nb')],
    ['a line end after it', `${tokenOf(PAYLOAD)}\n`],
    ['a blank before it', ` ${tokenOf(PAYLOAD)}`],
    ['an HTML page', '<html><body>502</body></html>'],
  ])('returns undefined for %s', (_, text) => {
    expect(parseIdToken(text)).toBeUndefined()
  })

  test('returns undefined for a time that is too large for arithmetic', () => {
    const jwt = `${encode('{}')}.${encode(JSON.stringify(PAYLOAD).replace('1800000300', '1e999'))}.x`
    expect(parseIdToken(jwt)).toBeUndefined()
    expect(readIdToken(jwt)).toMatch(/exp .*is not a number/)
  })

  test('never throws, whatever the text and whatever the payload', () => {
    const token = fc.oneof(
      fc.json().map(json => `${encode('{}')}.${encode(json)}.x`),
      fc.tuple(anyText, anyText, anyText).map(parts => parts.join('.')),
      anyText,
    )
    fc.assert(
      fc.property(token, text => {
        const idToken = parseIdToken(text)
        expect(idToken === undefined || idToken.jwt === text).toBe(true)
      }),
      { numRuns: 500 },
    )
  })
})

describe('readIdToken', () => {
  test('reads what parseIdToken reads', () => {
    expect(readIdToken(tokenOf(PAYLOAD))).toEqual(parseIdToken(tokenOf(PAYLOAD)))
  })

  test.each(['iss', 'sub', 'aud', 'iat', 'exp'])('names a missing claim: %s', claim => {
    expect(readIdToken(tokenOf({ ...PAYLOAD, [claim]: undefined }))).toBe(
      `its token lacks the claim ${claim}`,
    )
  })

  test('names all missing claims', () => {
    expect(readIdToken(tokenOf({ iss: ISSUER, sub: SUBJECT }))).toBe(
      'its token lacks the claims aud, iat, exp',
    )
  })

  test.each([
    ['iss', 7, /iss .*not a string/],
    ['sub', null, /sub .*not a string/],
    ['aud', [7], /aud .*neither a string nor a list/],
    ['iat', '1', /iat .*not a number/],
    ['exp', '1', /exp .*not a number/],
    ['exp', PAYLOAD.iat, /exp .*not after iat/],
  ])('names an invalid claim: %s of %j', (claim, value, reason) => {
    expect(readIdToken(tokenOf({ ...PAYLOAD, [claim]: value }))).toMatch(reason)
  })

  test.each([
    ['nothing', '', /not a JSON Web Token/],
    ['another text', 'no token', /not a JSON Web Token/],
    ['more than STS takes', 'x'.repeat(20_001), /20001 characters/],
  ])('says that %s is not a token', (_, text, reason) => {
    expect(readIdToken(text)).toMatch(reason)
  })

  test('repeats nothing of a text that is not a token', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 12 }), secret => {
        for (const text of [secret, tokenOf({ ...PAYLOAD, sub: [secret] }), tokenOf({ [secret]: secret })]) {
          const reason = readIdToken(text)
          if (typeof reason === 'string') expect(reason).not.toContain(secret)
        }
      }),
    )
  })
})
