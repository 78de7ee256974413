import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { GateError } from '../../../src/core/base/failure.ts'
import { InvalidValue } from '../../../src/core/base/invalid-value.ts'
import { assertClaims, parseRequiredClaims } from '../../../src/core/token/required-claims.ts'
import { anyText, oneEditOf } from '../arbitraries.ts'
import { claimsWith, SUBJECT } from '../samples.ts'
import { millisecondsOf, thrownBy } from '../thrown.ts'

const ALL = {
  sub: SUBJECT,
  aud: ['sts.amazonaws.com', 'vault'],
  event_name: 'push',
  ref: 'refs/heads/release/1.2',
  run_attempt: 1,
  ref_protected: true,
  blank: '',
  nothing: null,
  nested: { event_name: 'push' },
  'repo_property_cost-center': 'R&D = 42',
}

/** The result for a token with these claims, with the input as written. */
function failureOf(input: string, all: Readonly<Record<string, unknown>> = ALL): GateError | undefined {
  const thrown = thrownBy(() => assertClaims(parseRequiredClaims(input), claimsWith({ all })))
  if (thrown === undefined || thrown instanceof GateError) return thrown
  throw thrown
}

const claimName = fc.stringMatching(/^[\w.-]{1,12}$/)
/** A value that fits on a line: surrounding white space is not part of it. */
const value = fc
  .oneof(fc.string({ minLength: 1 }), anyText)
  .filter(text => text !== '' && text === text.trim() && !/[\n\r\u2028\u2029]/.test(text))

describe('parseRequiredClaims', () => {
  test.each([
    ['the word none', 'none', []],
    ['blank lines', '\n  \n\r\n', []],
    [
      'a value',
      'event_name=push',
      [{ claim: 'event_name', alternatives: [{ kind: 'value', text: 'push' }] }],
    ],
    ['a pattern', 'ref~refs/*', [{ claim: 'ref', alternatives: [{ kind: 'pattern', text: 'refs/*' }] }]],
    [
      'white space around name, sign and value',
      '  ref  ~  refs/*  ',
      [{ claim: 'ref', alternatives: [{ kind: 'pattern', text: 'refs/*' }] }],
    ],
    [
      'a value with both signs in it',
      'x=a=b~c',
      [{ claim: 'x', alternatives: [{ kind: 'value', text: 'a=b~c' }] }],
    ],
    [
      'a pattern with both signs in it',
      'x~=a~b',
      [{ claim: 'x', alternatives: [{ kind: 'pattern', text: '=a~b' }] }],
    ],
    ['a comma as part of a value', 'x=a,b', [{ claim: 'x', alternatives: [{ kind: 'value', text: 'a,b' }] }]],
    [
      'lines for one claim as alternatives, whatever stands between them',
      'x=a\r\ny=b\nx~c*',
      [
        {
          claim: 'x',
          alternatives: [
            { kind: 'value', text: 'a' },
            { kind: 'pattern', text: 'c*' },
          ],
        },
        { claim: 'y', alternatives: [{ kind: 'value', text: 'b' }] },
      ],
    ],
    [
      'a name of the prototype as any other',
      '__proto__=x',
      [{ claim: '__proto__', alternatives: [{ kind: 'value', text: 'x' }] }],
    ],
  ])('reads %s', (_, text, required) => {
    expect(parseRequiredClaims(text)).toEqual(required)
  })

  test.each([
    ['a name alone', 'event_name'],
    ['no name', '=push'],
    ['no value', 'event_name='],
    ['no pattern', 'event_name~  '],
    ['a colon instead of a sign', 'event_name: push'],
    ['a blank in the name', 'event name=push'],
    ['the word none next to others', 'none\nevent_name=push'],
    ['the word none in capitals', 'NONE'],
    ['one wrong line among others', 'ref=x\nevent_name\nsub=y'],
    ['a line end that is none', 'x=a\ry=b'],
  ])('rejects %s', (_, text) => {
    expect(() => parseRequiredClaims(text)).toThrow(InvalidValue)
  })

  test('shows the line that it can’t parse', () => {
    expect(() => parseRequiredClaims('ref=x\nevent_name')).toThrow(/"event_name" is neither/)
  })

  test('parses any text or throws InvalidValue, and skips no line', () => {
    fc.assert(
      fc.property(anyText, text => {
        const thrown = thrownBy(() => {
          const lines = text === 'none' ? [] : text.split(/\r?\n/).filter(line => line.trim() !== '')
          const alternatives = parseRequiredClaims(text).flatMap(required => required.alternatives)
          expect(alternatives).toHaveLength(lines.length)
        })
        if (thrown !== undefined) expect(thrown).toBeInstanceOf(InvalidValue)
      }),
    )
  })

  test('keeps a value unchanged', () => {
    fc.assert(
      fc.property(claimName, fc.constantFrom('=', '~'), value, (claim, sign, text) => {
        const kind = sign === '=' ? 'value' : 'pattern'
        expect(parseRequiredClaims(`${claim}${sign}${text}`)).toEqual([
          { claim, alternatives: [{ kind, text }] },
        ])
      }),
    )
  })

  test('runs in linear time', () => {
    const text = `${'a'.repeat(20_000)}${' '.repeat(20_000)}\n`.repeat(5)
    expect(millisecondsOf(() => thrownBy(() => parseRequiredClaims(text)))).toBeLessThan(1000)
  })
})

describe('assertClaims', () => {
  test.each([
    ['no claims if none are required', 'none'],
    ['an equal value', 'event_name=push'],
    ['a pattern that fits the whole', 'ref~refs/heads/release/*'],
    ['a pattern with one character left open', 'ref~refs/heads/release/1.?'],
    ['a pattern of a star', 'event_name~*'],
    ['a star for a claim that is blank', 'blank~*'],
    ['one of several alternatives', 'event_name=workflow_dispatch\nevent_name=push'],
    ['a value or a pattern for one claim', 'ref=refs/heads/main\nref~refs/heads/release/*'],
    ['several claims that all hold', 'event_name=push\nref~refs/heads/*'],
    ['one of the values of a list', 'aud=vault'],
    ['a number by its digits', 'run_attempt=1'],
    ['a boolean by its word', 'ref_protected=true'],
    ['a custom property with signs and blanks in it', 'repo_property_cost-center=R&D = 42'],
  ])('passes %s', (_, input) => {
    expect(failureOf(input)).toBeUndefined()
  })

  test.each([
    ['another value', 'event_name=pull_request'],
    ['another case', 'event_name=Push'],
    ['the beginning of a value', 'ref=refs/heads/release'],
    ['more than the value', 'event_name=pushed'],
    ['a star under equality', 'ref=refs/heads/*'],
    ['a pattern that fits the beginning alone', 'ref~refs/heads'],
    ['a pattern that fits the end alone', 'ref~release/*'],
    ['a pattern that fits the middle alone', 'ref~heads'],
    ['a question mark for nothing', 'event_name~push?'],
    ['the signs of regular expressions', 'event_name~p.*'],
    ['a claim that the token lacks', 'environment=prod'],
    ['a star for a claim that the token lacks', 'environment~*'],
    ['a claim name that differs in case', 'Event_name=push'],
    ['a claim that is null', 'nothing=null'],
    ['a claim that is an object', 'nested~*'],
    ['a claim inside another', 'nested.event_name=push'],
    ['a list as one text', 'aud=sts.amazonaws.com,vault'],
    ['one claim of several that is otherwise', 'event_name=push\nref=refs/heads/main'],
  ])('fails for %s', (_, input) => {
    expect(failureOf(input)?.code).toBe('ERR_CLAIM_MISMATCH')
  })

  test.each(['constructor', '__proto__', 'toString', 'hasOwnProperty', 'valueOf'])(
    'does not mistake %s on the prototype for a claim',
    name => {
      expect(failureOf(`${name}~*`)?.message).toContain(`- ${name}: expected like "*", got no such claim`)
    },
  )

  test.each(['constructor', '__proto__'])('reads %s as a claim if the token has it', name => {
    const all: Record<string, unknown> = JSON.parse(`{"${name}": "x"}`)
    expect(failureOf(`${name}=x`, all)).toBeUndefined()
    expect(failureOf(`${name}=y`, all)?.code).toBe('ERR_CLAIM_MISMATCH')
  })

  test('names exactly the claims that differ, with expected and actual values', () => {
    const failure = failureOf(
      'event_name=push\nref=refs/heads/main\nref~refs/tags/*\nenvironment=prod\naud=x',
    )
    expect(failure?.message.split('\n').slice(1)).toEqual([
      '- ref: expected "refs/heads/main" or like "refs/tags/*", got "refs/heads/release/1.2"',
      '- environment: expected "prod", got no such claim',
      '- aud: expected "x", got "sts.amazonaws.com", "vault"',
    ])
    expect(failureOf('nested=x')?.message).toMatch(/nested: expected "x", got no text/)
    expect(failure?.hint).toMatch(/AWS was not called/)
  })

  test('passes a claim with the exact value, and none one edit away', () => {
    const pair = value.chain(text => fc.tuple(fc.constant(text), oneEditOf(text)))
    fc.assert(
      fc.property(claimName, pair, (claim, [text, edited]) => {
        expect(failureOf(`${claim}=${text}`, { [claim]: text })).toBeUndefined()
        expect(failureOf(`${claim}=${text}`, { [claim]: edited })?.code).toBe('ERR_CLAIM_MISMATCH')
      }),
    )
  })

  test('anchors a pattern at both ends', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[a-z/]{1,10}$/), fc.stringMatching(/^[A-Z]{1,5}$/), (text, more) => {
        expect(failureOf(`x~${text}`, { x: text })).toBeUndefined()
        expect(failureOf(`x~${text}`, { x: `${more}${text}` })?.code).toBe('ERR_CLAIM_MISMATCH')
        expect(failureOf(`x~${text}`, { x: `${text}${more}` })?.code).toBe('ERR_CLAIM_MISMATCH')
        expect(failureOf(`x~${text}*`, { x: `${text}${more}` })).toBeUndefined()
      }),
    )
  })

  test('keeps each claim on its line, whatever the token contains', () => {
    fc.assert(
      fc.property(fc.oneof(anyText, fc.array(anyText), fc.jsonValue()), found => {
        const message = failureOf('x=expected value', { x: found })?.message
        if (message === undefined) return
        expect(message.split('\n')).toHaveLength(2)
        expect(message).not.toMatch(/[^\P{Cc}\n]|[\u2028\u2029\u202e]/u)
      }),
    )
  })
})
