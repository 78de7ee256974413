import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { duplicateKeysIn } from '../../../src/core/base/json-object.ts'
import { InvalidPolicy, parseTrustPolicy } from '../../../src/core/trust-policy/policy.ts'
import { anyCharacters } from '../arbitraries.ts'
import { millisecondsOf, thrownBy } from '../thrown.ts'
import { ACTION, allow, HOST, type Json, PROVIDER, policyOf } from './samples.ts'

const VALID = policyOf([allow({ 'StringEquals sub': 'a' })])
const without = (element: string) => policyOf([{ ...allow(), [element]: undefined }])
const withElement = (changes: Json) => policyOf([allow({}, changes)])
const BOM = '\ufeff'

const unknown = (what: string, element: string) => `${what} has an element that IAM does not know: ${element}`

// IAM User Guide, "Grammar of the IAM JSON policy language".
describe('an invalid policy', () => {
  test.each([
    ['no text', ''],
    ['white space', ' \n'],
    ['no JSON', 'Effect: Allow'],
    ['JSON that is cut', VALID.slice(0, -1)],
    ['JSON with something behind it', `${VALID}x`],
    ['JSON with a trailing comma', VALID.replace(/\}$/, ',}')],
    ['JSON with a comment', `// policy\n${VALID}`],
    ['JSON in single quotes', VALID.replaceAll('"', "'")],
    ['two byte order marks', `${BOM}${BOM}${VALID}`],
    ['a byte order mark alone', BOM],
    ['a byte order mark behind it', `${VALID}${BOM}`],
    ['an array at the top', `[${VALID}]`],
    ['a string', '"policy"'],
    ['a number', '7'],
    ['null', 'null'],
    ['true', 'true'],
    ['an empty object', '{}'],
    ['no Statement', '{"Version":"2012-10-17"}'],
    ['an empty Statement', policyOf([])],
    ['a Statement of null', policyOf(null)],
    ['a Statement of text', policyOf('Allow')],
    ['a statement of null', policyOf([allow(), null])],
    ['a statement that is a list', policyOf([[allow()]])],
    ['no Effect', without('Effect')],
    ['an Effect in lower case', withElement({ Effect: 'allow' })],
    ['an Effect of true', withElement({ Effect: true })],
    ['an Effect that is a list', withElement({ Effect: ['Allow'] })],
    ['neither Action nor NotAction', without('Action')],
    ['both Action and NotAction', withElement({ NotAction: 'iam:*' })],
    ['an Action of null', withElement({ Action: null })],
    ['a NotAction of null', withElement({ Action: undefined, NotAction: null })],
    ['an Action that is an object', withElement({ Action: {} })],
    ['a number for an Action', withElement({ Action: 5 })],
    ['a number in a NotAction', withElement({ Action: undefined, NotAction: [5] })],
    ['an Action that is a list of lists', withElement({ Action: [[ACTION]] })],
    ['a Principal of null', withElement({ Principal: null })],
    ['a Principal of a number', withElement({ Principal: 7 })],
    ['a Principal that is a list', withElement({ Principal: [PROVIDER] })],
    ['a Federated of null', withElement({ Principal: { Federated: null } })],
    ['a Federated that is an object', withElement({ Principal: { Federated: {} } })],
    ['a number for a Federated', withElement({ Principal: { Federated: 5 } })],
    ['a Condition of text', withElement({ Condition: 'x' })],
    ['a Condition of null', withElement({ Condition: null })],
    ['a Condition that is a list', withElement({ Condition: [] })],
    ['an operator of text', withElement({ Condition: { StringEquals: 'x' } })],
    ['an operator of null', withElement({ Condition: { StringEquals: null } })],
    ['a value of null', withElement({ Condition: { StringEquals: { [`${HOST}:sub`]: null } } })],
    ['a null among values', withElement({ Condition: { StringEquals: { [`${HOST}:sub`]: ['a', null] } } })],
    [
      'a value that is an object',
      withElement({ Condition: { StringEquals: { [`${HOST}:sub`]: { a: 1 } } } }),
    ],
    [
      'a value that is a list of lists',
      withElement({ Condition: { StringEquals: { [`${HOST}:sub`]: [['a']] } } }),
    ],
  ])('%s throws InvalidPolicy', (_, text) => {
    expect(thrownBy(() => parseTrustPolicy(text))).toBeInstanceOf(InvalidPolicy)
  })

  const STRING = 'holds a value that is no string'
  const keyed = (values: unknown) => withElement({ Condition: { StringEquals: { [`${HOST}:sub`]: values } } })
  const filled = (length: number) => policyOf(allow({}, { Sid: 'x' })).padEnd(length)

  test.each([
    ['no object', '[]', 'the policy is no JSON object'],
    ['an unknown element', VALID.replace('{', '{"Resource":1,'), unknown('the policy', 'Resource')],
    ['another version', policyOf(allow(), '2020-01-01'), 'its Version is neither 2012-10-17 nor 2008-10-17'],
    [
      'a version that is not a string',
      policyOf(allow(), 2012),
      'its Version is neither 2012-10-17 nor 2008-10-17',
    ],
    ['no statement', policyOf([]), 'it has no Statement'],
    ['no statement at all', '{}', 'it has no Statement'],
    ['too long a text', filled(100_001), 'it is longer than 100000 characters'],
    ['a statement that is not an object', policyOf([allow(), 'x']), 'statement 2 is no JSON object'],
    ['an unknown element of a statement', withElement({ Resource: '*' }), unknown('statement 1', 'Resource')],
    [
      'two sorts of principals',
      withElement({ NotPrincipal: { AWS: '*' } }),
      'statement 1 has both Principal and NotPrincipal',
    ],
    ['no effect', without('Effect'), 'statement 1 has no Effect of Allow or Deny'],
    ['an effect by another word', withElement({ Effect: '' }), 'statement 1 has no Effect of Allow or Deny'],
    ['no action', without('Action'), 'statement 1 needs one of Action and NotAction'],
    [
      'two sorts of actions',
      withElement({ NotAction: 'x' }),
      'statement 1 needs one of Action and NotAction',
    ],
    [
      'an action that is not a string',
      withElement({ Action: [ACTION, 1] }),
      `the Action of statement 1 ${STRING}`,
    ],
    [
      'a list of principals',
      withElement({ Principal: [] }),
      'the Principal of statement 1 is no JSON object',
    ],
    [
      'a principal that is not a string',
      withElement({ Principal: { AWS: 1 } }),
      `the Principal of statement 1 ${STRING}`,
    ],
    [
      'a list of conditions',
      withElement({ Condition: [] }),
      'the Condition of statement 1 is no JSON object',
    ],
    [
      'an operator without keys',
      withElement({ Condition: { Bool: 'x' } }),
      'the Condition of statement 1 is no JSON object',
    ],
    ['a condition that is not a string', keyed(['a', {}]), `the Condition of statement 1 ${STRING}`],
  ])('with %s is reported exactly', (_, text, message) => {
    const error = thrownBy(() => parseTrustPolicy(text))
    expect(error).toEqual(new InvalidPolicy(message))
    expect(error).toHaveProperty('name', 'InvalidPolicy')
  })

  test('is never just a long one, if it can be read at once', () => {
    expect(parseTrustPolicy(filled(100_000)).statements).toHaveLength(1)
  })

  test.each([
    ['a second line', '{\n  x', 'from line 2, character 3 on'],
    ['its first line', '{ x', 'from line 1, character 3 on'],
    ['its first line, not counting a byte order mark', `${BOM}{ x`, 'from line 1, character 3 on'],
  ])('that stops being JSON in %s is reported with the position', (_, text, place) => {
    expect(thrownBy(() => parseTrustPolicy(text))).toEqual(new InvalidPolicy(`it is no JSON ${place}`))
  })

  const throwsNothingElse = (text: string) => {
    const thrown = thrownBy(() => parseTrustPolicy(text))
    expect(thrown === undefined || thrown instanceof InvalidPolicy).toBe(true)
  }

  test('whatever the text, only InvalidPolicy is thrown', () => {
    fc.assert(fc.property(fc.oneof(anyCharacters, fc.json()), throwsNothingElse))
  })

  test('whatever the JSON in a statement, only InvalidPolicy is thrown', () => {
    const element = fc.constantFrom(
      'Sid',
      'Effect',
      'Principal',
      'Action',
      'NotAction',
      'Condition',
      '__proto__',
    )
    const value = fc.oneof(
      fc.jsonValue(),
      fc.dictionary(fc.constantFrom('Federated', 'StringEquals'), fc.jsonValue()),
    )
    fc.assert(
      fc.property(fc.dictionary(element, value), statement => {
        throwsNothingElse(policyOf([{ ...allow(), ...statement }]))
        throwsNothingElse(policyOf(statement))
      }),
    )
  })

  test('wherever a valid policy is damaged, only InvalidPolicy is thrown', () => {
    const damage = fc.constantFrom(
      '',
      '"',
      '\\',
      '{',
      '}',
      '[',
      ']',
      ':',
      ',',
      BOM,
      '\0',
      '\\u0041',
      'null',
      '1e999',
    )
    fc.assert(
      fc.property(fc.nat(VALID.length), fc.nat(9), damage, (at, length, piece) => {
        throwsNothingElse(VALID.slice(0, at) + piece + VALID.slice(at + length))
      }),
    )
  })

  test.each([
    ['deep nesting', `${'['.repeat(100_000)}${']'.repeat(100_000)}`],
    ['deep nesting that is not closed', '{"a":'.repeat(100_000)],
    [
      'deep nesting in a valid policy',
      VALID.replace(/\}$/, `,"Id":${'['.repeat(5_000)}${']'.repeat(5_000)}}`),
    ],
    ['a megabyte in a text', VALID.replace(/\}$/, `,"Id":"${'x'.repeat(1_000_000)}"}`)],
    ['ten megabytes in a text', VALID.replace(/\}$/, `,"Id":"${'x'.repeat(10_000_000)}"}`)],
    ['ten megabytes of escapes in a text', VALID.replace(/\}$/, `,"Id":"${'\\"'.repeat(5_000_000)}"}`)],
    ['many keys', VALID.replace(/\}$/, `,"Id":{${Array.from({ length: 200_000 }, (_, i) => `"${i}":0`)}}}`)],
  ])('with %s only InvalidPolicy is thrown', (_, text) => throwsNothingElse(text))

  test('a byte order mark is ignored or invalid, and nothing else', () => {
    const thrown = thrownBy(() => parseTrustPolicy(BOM + VALID))
    if (thrown === undefined) expect(parseTrustPolicy(BOM + VALID)).toEqual(parseTrustPolicy(VALID))
    else expect(thrown).toBeInstanceOf(InvalidPolicy)
  })
})

// IAM User Guide, "Grammar of the IAM JSON policy language": brackets are optional around a single element, blocks
// stand in any order, quotation marks are optional for numeric and Boolean values; "Version"; "Sid".
describe('a parsed policy', () => {
  test('is the same with and without brackets around single elements', () => {
    const bracketed = policyOf([
      {
        ...allow(),
        Principal: { Federated: [PROVIDER] },
        Action: [ACTION],
        Condition: { StringEquals: { [`${HOST}:sub`]: ['a'] } },
      },
    ])
    const bare = policyOf(allow({ 'StringEquals sub': 'a' }))
    expect(parseTrustPolicy(bare)).toEqual(parseTrustPolicy(bracketed))
  })

  test('is the same whatever the order of its blocks', () => {
    const reversed = Object.fromEntries(Object.entries(allow({ 'StringEquals sub': 'a' })).reverse())
    expect(parseTrustPolicy(policyOf([reversed]))).toEqual(parseTrustPolicy(VALID))
  })

  test('contains every key of every operator', () => {
    const tests = {
      'StringEquals sub': 'a',
      'StringEquals aud': ['b', 'c'],
      'Null environment': true,
      'Bool ref': 'x',
    }
    const [statement] = parseTrustPolicy(policyOf([allow(tests)])).statements
    expect(statement?.conditions).toEqual([
      { operator: 'StringEquals', key: `${HOST}:sub`, values: ['a'] },
      { operator: 'StringEquals', key: `${HOST}:aud`, values: ['b', 'c'] },
      { operator: 'Null', key: `${HOST}:environment`, values: ['true'] },
      { operator: 'Bool', key: `${HOST}:ref`, values: ['x'] },
    ])
  })

  test.each([
    ['2012-10-17', true],
    ['2008-10-17', false],
    [undefined, false],
  ])('of version %s has variables: %s', (Version, expected) => {
    expect(parseTrustPolicy(JSON.stringify({ Version, Statement: allow() })).hasVariables).toBe(expected)
  })

  test('names its statements by Sid, or else by position', () => {
    const statements = [allow({}, { Sid: 'First' }), allow(), allow({}, { Sid: '' })]
    expect(parseTrustPolicy(policyOf(statements)).statements.map(({ name }) => name)).toEqual([
      'First',
      'statement 2',
      'statement 3',
    ])
  })

  test('may have an Id', () => {
    const text = VALID.replace('{', '{"Id":"mine",')
    expect(parseTrustPolicy(text)).toEqual(parseTrustPolicy(VALID))
  })

  const parsed = (changes: Json) => parseTrustPolicy(withElement(changes)).statements[0]

  test.each<[string, unknown, string[] | undefined, boolean?]>([
    ['one provider', { Federated: PROVIDER }, [PROVIDER]],
    ['several among others', { AWS: '1', Federated: [PROVIDER, 'x'], Service: 's' }, [PROVIDER, 'x']],
    ['no provider', { AWS: '1' }, []],
    ['everyone', '*', undefined, true],
    ['everyone next to a provider', { AWS: ['1', '*'], Federated: PROVIDER }, [PROVIDER], true],
    ['every provider', { Federated: '*' }, ['*'], true],
  ])(
    'contains the providers of a Principal of %s, if they can be determined',
    (_, Principal, providers, isForEveryone = false) => {
      expect(parsed({ Principal })).toMatchObject({ isForEveryone })
      expect(parsed({ Principal })?.federatedPrincipals).toEqual(providers)
    },
  )

  test('contains no providers for a NotPrincipal, nor without either', () => {
    const other = parsed({ Principal: undefined, NotPrincipal: { Federated: PROVIDER } })
    expect(other).toMatchObject({ federatedPrincipals: undefined, effect: 'Allow' })
    expect(parsed({ Principal: undefined })?.federatedPrincipals).toBeUndefined()
  })

  test('contains effect and actions, and whether those are excluded', () => {
    expect(parsed({ Effect: 'Deny' })).toMatchObject({
      effect: 'Deny',
      actions: [ACTION],
      excludesActions: false,
    })
    expect(parsed({ Action: undefined, NotAction: ['a', 'b'] })).toMatchObject({
      effect: 'Allow',
      actions: ['a', 'b'],
      excludesActions: true,
    })
  })

  test('contains no conditions if there are none', () => {
    expect(parsed({ Condition: undefined })?.conditions).toEqual([])
  })

  test.each(['__proto__', 'condition', 'Conditions', 'effect', 'Resource'])(
    'contains no element that IAM does not know: %s',
    element => {
      const text = VALID.replace('"Effect"', `"${element}":{"NotAction":"x","Condition":{}},"Effect"`)
      expect(thrownBy(() => parseTrustPolicy(text))).toBeInstanceOf(InvalidPolicy)
    },
  )
})

// IAM User Guide, "Grammar of the IAM JSON policy language", notes: "Individual elements must not contain multiple
// instances of the same key."
describe('duplicateKeys', () => {
  const statement = (inner: string) =>
    `{"Statement":[{"Effect":"Allow","Principal":{"Federated":"p"},"Action":"a"${inner}}]}`
  test.each([
    ['of a policy without any are none', VALID, []],
    ['hold a key at the top', '{"Version":"x",'.concat(VALID.slice(1)), ['Version']],
    ['hold a key of a statement', statement(',"Effect":"Deny"'), ['Effect']],
    [
      'hold an operator',
      statement(',"Condition":{"Null":{"a":"true"},"Bool":{},"Null":{"b":"true"}}'),
      ['Null'],
    ],
    ['hold a condition key', statement(',"Condition":{"Null":{"a":"true","b":"true","a":"false"}}'), ['a']],
    [
      'do not include the same key in siblings',
      statement(',"Condition":{"Null":{"a":"true"},"Bool":{"a":"true"}}'),
      [],
    ],
    ['do not include the same key in statements', policyOf([allow(), allow()]), []],
    [
      'do not include the same key in parent and child',
      statement(',"Condition":{"Condition":{"Condition":"a"}}'),
      [],
    ],
    ['do not include the same key in objects of a list', statement(',"x":[{"k":1},{"k":2},[{"k":3}]]'), []],
    ['hold a key after an object that is its value', statement(',"x":{"y":{"x":1}},"x":2'), ['x']],
    ['hold a key of an object in lists', statement(',"x":[[{"k":1,"k":2}]]'), ['k']],
    ['hold a key that once has escapes', statement(',"\\u0045ffect":"Deny"'), ['Effect']],
    ['hold a key with a quotation mark', statement(',"a\\"b":1,"a\\u0022b":2'), ['a"b']],
    ['hold a key that ends in a backslash', statement(',"a\\\\":1,"a\\\\":2'), ['a\\']],
    ['hold the empty key', statement(',"":1,"":2'), ['']],
    ['hold __proto__', statement(',"__proto__":1,"__proto__":2'), ['__proto__']],
    ['hold a key with space before its colon', statement(',"Effect" \n\t: "Deny"'), ['Effect']],
    ['include no values', statement(',"x":["y","y"],"z":"x","w":"x"'), []],
    ['include no text that looks like keys', statement(',"x":"{\\"a\\":1,\\"a\\":2}"'), []],
    ['include no text with braces, brackets and colons', statement(',"x":"}{][:,","y":"}"'), []],
    ['mind case', statement(',"effect":"Deny"'), []],
    ['hold a key behind a byte order mark', `${BOM}${statement(',"Effect":"Deny"')}`, ['Effect']],
  ])('%s', (_, text, expected) => {
    expect(duplicateKeysIn(text)).toEqual(expected)
  })

  test('include a key that appears three times', () => {
    expect(new Set(duplicateKeysIn(statement(',"x":1,"x":2,"x":3')))).toEqual(new Set(['x']))
  })

  test('are empty for JSON from JSON.stringify, whatever it contains', () => {
    fc.assert(
      fc.property(fc.jsonValue(), value => {
        expect(duplicateKeysIn(JSON.stringify({ Statement: allow(), Id: value }))).toEqual([])
      }),
    )
  })

  test('include any key that is inserted again', () => {
    fc.assert(
      fc.property(anyCharacters, fc.jsonValue(), (key, value) => {
        const [name, one] = [JSON.stringify(key), JSON.stringify(value)]
        expect(duplicateKeysIn(statement(`,"x":{${name}:${one},"-":{},${name}:${one}}`))).toContain(key)
      }),
    )
  })

  test.each([
    ['a long text', `"${'x'.repeat(100_000)}"`],
    ['a long text of escapes', `"${'\\\\'.repeat(50_000)}"`],
    ['a long text of quotation marks', `"${'\\"'.repeat(50_000)}"`],
    ['many lists', `[${'[],'.repeat(33_000)}[]]`],
    ['many duplicates', `{${'"k":0,'.repeat(16_000)}"k":0}`],
    ['many keys', `{${Array.from({ length: 10_000 }, (_, index) => `"${index}":0`)}}`],
    ['white space', `${' '.repeat(100_000)}0`],
    ['a long number', '1'.repeat(100_000)],
  ])('take at most half a second for %s', (_, value) => {
    expect(millisecondsOf(() => duplicateKeysIn(statement(`,"Id":${value}`)))).toBeLessThan(500)
  })

  test.each([
    ['a text that is not closed', `"${'x'.repeat(100_000)}`],
    ['quotation marks', '"'.repeat(100_000)],
    ['backslashes', `"${'\\'.repeat(100_000)}`],
  ])('take at most half a second for invalid JSON, such as %s', (_, text) => {
    expect(millisecondsOf(() => thrownBy(() => parseTrustPolicy(text)))).toBeLessThan(500)
  })
})
