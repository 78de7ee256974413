import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { InvalidValue } from '../../../src/core/base/invalid-value.ts'
import { parseJsonObject } from '../../../src/core/base/json-object.ts'
import { anyText } from '../arbitraries.ts'
import { thrownBy } from '../thrown.ts'

describe('parseJsonObject', () => {
  test('returns what the text contains, including keys that objects inherit', () => {
    expect(parseJsonObject('{}')).toEqual({})
    expect(parseJsonObject(' {"a": [1, null], "toString": "x"}\n')).toEqual({ a: [1, null], toString: 'x' })
    expect(Object.keys(parseJsonObject('{"__proto__": {"Statement": []}}'))).toEqual(['__proto__'])
  })

  test.each(['null', '[]', '[{}]', '"{}"', '1', 'true'])('rejects %s as not an object', text => {
    expect(thrownBy(() => parseJsonObject(text))).toEqual(
      new InvalidValue('is JSON, but no object: it must begin with { and end with }'),
    )
  })

  test.each([
    '',
    '{',
    "{'a': 1}",
    '{a: 1}',
    '{"a": 1} {}',
    '{"a": "\t"}',
    '{"a": 01}',
    '\ufeff{}',
    'arn:aws',
  ])('rejects %j as not JSON', text => {
    const error = thrownBy(() => parseJsonObject(text))
    expect(error).toBeInstanceOf(InvalidValue)
    expect((error as InvalidValue).message).toMatch(/^is not JSON.*: check its quotes, commas and braces$/)
  })

  test('says where the JSON stops being valid, if the engine does', () => {
    const error = thrownBy(() => parseJsonObject('{\n  "a": 1,\n  b: 2\n}'))
    expect((error as InvalidValue).message).toContain('from line 3, character 3 on')
  })

  test('names no position in a text that ends too early, since the engine gives none', () => {
    expect((thrownBy(() => parseJsonObject('')) as InvalidValue).message).toBe(
      'is not JSON: check its quotes, commas and braces',
    )
  })

  test('repeats nothing of a text it rejects', () => {
    for (const text of ['hunter2', '{"a": hunter2}', '{"hunter2', '["hunter2"]', '{"a": "hunter2" x}']) {
      expect((thrownBy(() => parseJsonObject(text)) as InvalidValue).message).not.toMatch(/hunter/)
    }
  })

  test('throws only InvalidValue, whatever the text', () => {
    fc.assert(
      fc.property(fc.oneof(anyText, fc.json()), text => {
        const error = thrownBy(() => parseJsonObject(text))
        expect(error === undefined || error instanceof InvalidValue).toBe(true)
      }),
    )
    expect(thrownBy(() => parseJsonObject('{"a":'.repeat(100_000)))).toBeInstanceOf(InvalidValue)
  })
})
