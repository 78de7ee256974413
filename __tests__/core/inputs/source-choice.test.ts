import { describe, expect, test } from '@jest/globals'
import {
  chooseSource,
  type SourceFacts,
  type SourceKind,
  sourceConflicts,
} from '../../../src/core/inputs/source-choice.ts'

const NAMES = [
  'hasAccessKeys',
  'hasTokenFile',
  'roleChaining',
  'forceSkipOidc',
  'hasRole',
  'offersIdToken',
] as const satisfies readonly (keyof SourceFacts)[]

/** One digit per fact, in the order of NAMES: `000011` is a role to assume and a runner that offers a token. */
function factsOf(digits: string): SourceFacts {
  const entries = NAMES.map((name, at) => [name, digits[at] === '1'])
  return Object.fromEntries(entries)
}

const COMBINATIONS = Array.from({ length: 64 }, (_, at) => at.toString(2).padStart(6, '0'))

/** The rule, as patterns (exactly one matches each combination) and what the reason names. */
const RULE: readonly (readonly [RegExp, SourceKind, RegExp])[] = [
  [/^1...../, 'access-keys', /aws-access-key-id/],
  [/^01..../, 'token-file', /web-identity-token-file/],
  [/^001.../, 'existing', /role-chaining/],
  [/^0001../, 'existing', /force-skip-oidc/],
  [/^00000./, 'existing', /role-to-assume/],
  [/^000010/, 'existing', /id-token: write/],
  [/^000011/, 'oidc', /GitHub/],
]

describe('chooseSource', () => {
  test.each(COMBINATIONS)('takes the first source that applies, and says why: %s', digits => {
    const rules = RULE.filter(([pattern]) => pattern.test(digits))
    expect(rules).toHaveLength(1)
    const [[, kind, reason] = ['', 'oidc', /^$/]] = rules
    expect(chooseSource(factsOf(digits))).toEqual({ kind, reason: expect.stringMatching(reason) })
  })

  test('never requests a GitHub token when configured not to, or without a role', () => {
    const asked = COMBINATIONS.map(factsOf).filter(facts => chooseSource(facts).kind === 'oidc')
    expect(asked).toEqual([factsOf('000011')])
  })
})

describe('sourceConflicts', () => {
  test.each(COMBINATIONS)('says what is contradictory, and what has no effect: %s', digits => {
    const { problems, warnings } = sourceConflicts(factsOf(digits))
    const both = /^11/.test(digits)
    const roleless = /^.1..0/.test(digits)
    expect(problems).toEqual([
      ...(both ? [expect.stringMatching(/^web-identity-token-file: .*with aws-access-key-id.*remove/)] : []),
      ...(roleless
        ? [expect.stringMatching(/^web-identity-token-file: .*without a role: set role-to-assume/)]
        : []),
    ])
    const first = digits.startsWith('1') ? 'aws-access-key-id' : 'web-identity-token-file'
    expect(warnings).toEqual(
      /^(1.|.1)1/.test(digits) ? [expect.stringMatching(`^role-chaining: is true, but ${first} is set`)] : [],
    )
  })

  test('allows keys with role-chaining, as configure-aws-credentials documents for profiles', () => {
    expect(sourceConflicts(factsOf('101011')).problems).toEqual([])
  })
})
