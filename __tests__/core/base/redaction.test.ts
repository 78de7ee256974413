import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { formsOf, redactText } from '../../../src/core/base/redaction.ts'
import { accountId, anyText } from '../arbitraries.ts'
import { millisecondsOf } from '../thrown.ts'

function redactSecrets(text: string, secrets: readonly string[], mark?: string): string {
  return redactText(text, { secretForms: secrets.flatMap(formsOf), accountIds: false }, mark)
}

function redactAccountIds(text: string, mark?: string): string {
  return redactText(text, { secretForms: [], accountIds: true }, mark)
}

describe('redactSecrets', () => {
  const SECRET = 'wJalrXUtnFEMI/K7MDENG+bPxRfiCY=='

  test.each([
    ['alone', SECRET],
    ['at the beginning', `${SECRET} is the key`],
    ['at the end', `the key is ${SECRET}`],
    ['within a word', `x${SECRET}x`],
    ['several times', `${SECRET}, ${SECRET}`],
    ['several times without a gap', `${SECRET}${SECRET}${SECRET}`],
    ['on lines of its own', `a\n${SECRET}\nb`],
    ['in a URL, percent-encoded', `https://sts.example/?key=${encodeURIComponent(SECRET)}&x=1`],
    ['percent-encoded with small letters', 'key=wJalrXUtnFEMI%2fK7MDENG%2bbPxRfiCY%3d%3d'],
    ['in JSON', JSON.stringify({ key: SECRET })],
  ])('removes a secret, %s', (_, text) => {
    const clean = redactSecrets(text, [SECRET])
    expect(decodeURIComponent(clean)).not.toContain(SECRET)
    expect(clean).toContain('***')
  })

  test('removes every secret, wherever it appears', () => {
    const secret = fc.string({ unit: fc.constantFrom(...'abcXYZ019+/='), minLength: 12, maxLength: 40 })
    const texts = fc.array(secret, { minLength: 1, maxLength: 4 }).chain(secrets =>
      fc
        .array(fc.oneof(fc.string(), fc.constantFrom(...secrets, ...secrets.map(encodeURIComponent))), {
          maxLength: 12,
        })
        .map(pieces => ({ secrets, text: pieces.join('') })),
    )
    fc.assert(
      fc.property(texts, ({ secrets, text }) => {
        const clean = redactSecrets(text, secrets)
        for (const each of secrets) {
          expect(clean).not.toContain(each)
          expect(clean).not.toContain(encodeURIComponent(each))
        }
      }),
    )
  })

  test.each([
    ['shorter first', ['AKIDsecret', 'AKIDsecretAndMore']],
    ['longer first', ['AKIDsecretAndMore', 'AKIDsecret']],
  ])('leaves no part of a secret that begins with another one, %s', (_, secrets) => {
    expect(redactSecrets('key AKIDsecretAndMore.', secrets)).not.toContain('AndMore')
  })

  test('is not confused by a one-letter secret that appears in all the others', () => {
    const token = 'IQoJb3JpZ2luX2VjQQ'
    expect(redactSecrets(`token ${token}.`, ['Q', token])).toBe('token ***.')
    expect(redactSecrets(`token ${token}.`, [token, 'Q'])).toBe('token ***.')
    expect(redactText('account 111122223333', { secretForms: ['2'], accountIds: true })).toBe('account ***')
  })

  test('treats the characters of a secret and of the mark literally', () => {
    expect(redactSecrets('a.c abc', ['a.c'])).toBe('*** abc')
    expect(redactSecrets('x (a|b)* y', ['(a|b)*'])).toBe('x *** y')
    expect(redactSecrets('my secret', ['secret'], '(masked)')).toBe('my (masked)')
  })

  test('leaves a text without secrets unchanged, and ignores a blank secret', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'abc :/.\n1') }), text => {
        expect(redactSecrets(text, [])).toBe(text)
        expect(redactSecrets(text, [''])).toBe(text)
      }),
    )
  })

  test('removes even a secret that is not well-formed text, and never throws', () => {
    expect(redactSecrets('x \ud800secret y', ['\ud800secret'])).not.toContain('secret')
    fc.assert(
      fc.property(
        anyText,
        fc.array(anyText),
        (text, secrets) => typeof redactSecrets(text, secrets) === 'string',
      ),
    )
  })

  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const JWT = `${part({ alg: 'RS256', typ: 'JWT' })}.${part({ sub: 'repo:o/r', aud: 'x' })}.c2lnbmF0dXJl-_c2ln`

  test.each([
    ['whole', JWT],
    ['in a header', `Authorization: bearer ${JWT}`],
    ['in a URL', `https://sts.example/?WebIdentityToken=${JWT}&Version=2011-06-15`],
    ['without its signature', JWT.split('.').slice(0, 2).join('.')],
    ['with an empty signature', `${JWT.split('.').slice(0, 2).join('.')}.`],
    ['twice', `${JWT} ${JWT}`],
    ['twice without a gap', `${JWT}.${JWT}`],
    ['after dots', `a.b.c.${JWT}`],
    ['behind a dot', `.${JWT}`],
    ['with the shortest header', `eyJ${'x'.repeat(8)}.${JWT.split('.')[1]}`],
    ['after what only begins like one', `eyJ.eyJ${JWT}`],
    ['after a word', `token_${JWT}`],
  ])('removes a JSON Web Token that was never registered as a secret, %s', (_, text) => {
    const clean = redactSecrets(text, [])
    for (const piece of JWT.split('.')) expect(clean).not.toContain(piece)
    expect(clean).toContain('***')
  })

  test.each([`eyJ${'x'.repeat(7)}.example`, 'no-token-at-all.eyJx.example', 'eyJ.eyJ.eyJ'])(
    'keeps %s, because its parts are too short for the header of a token',
    text => {
      expect(redactSecrets(text, [])).toBe(text)
    },
  )

  test('replaces adjacent secrets with one mark', () => {
    expect(redactSecrets('a1234b', ['12', '34'])).toBe('a***b')
  })

  test('removes the rest of a token when its signature is also a secret', () => {
    const [header = '', payload = '', signature = ''] = JWT.split('.')
    const clean = redactSecrets(`token ${JWT}.`, [signature, JWT])
    for (const piece of [header, payload, signature]) expect(clean).not.toContain(piece)
  })

  test('runs in linear time', () => {
    expect(millisecondsOf(() => redactSecrets('eyJ'.repeat(20_000), []))).toBeLessThan(500)
  })
})

describe('redactAccountIds', () => {
  test.each([
    ['an ARN', 'arn:aws:iam::111122223333:role/Deploy', 'arn:aws:iam::***:role/Deploy'],
    ['a sentence', 'account 111122223333.', 'account ***.'],
    ['a list', '111122223333,444455556666', '***,***'],
    ['a word', 'x111122223333x', 'x***x'],
    ['an id of a digit too many', '1111222233334', '***'],
    ["the console's grouping of digits", 'account 1111-2222-3333', 'account ***'],
    ['an id that lost its zero in YAML', 'account 12345678901', 'account ***'],
    ['digits in groups', 'account 1111 2222 3333', 'account ***'],
  ])('removes an account ID from %s', (_, text, clean) => {
    expect(redactAccountIds(text)).toBe(clean)
  })

  test('replaces it with the given mark', () => {
    expect(redactAccountIds('account 111122223333', '(masked)')).toBe('account (masked)')
  })

  test('leaves no account ID, whatever surrounds it', () => {
    fc.assert(
      fc.property(anyText, accountId, anyText, (before, id, after) => {
        expect(redactAccountIds(`${before}${id}${after}`)).not.toMatch(/\d{12}/)
      }),
    )
  })

  test('keeps shorter numbers, which are not account IDs', () => {
    expect(redactAccountIds('run 123456789, 2026-01-31 11:00, 120 s')).toBe(
      'run 123456789, 2026-01-31 11:00, 120 s',
    )
  })

  test('runs in linear time', () => {
    expect(millisecondsOf(() => redactAccountIds('1'.repeat(100_000)))).toBeLessThan(500)
    expect(millisecondsOf(() => redactAccountIds('11111111111x'.repeat(10_000)))).toBeLessThan(500)
  })
})
