import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { InvalidValue } from '../../../src/core/base/invalid-value.ts'
import {
  parseInlinePolicy,
  parseManagedPolicies,
  policyProblems,
} from '../../../src/core/inputs/session-policy.ts'
import { accountId, anyText, NAME_CHARACTERS, oneEditOf, partition } from '../arbitraries.ts'
import { ACCOUNT, ROLE_ARN, USER_ARN } from '../samples.ts'
import { millisecondsOf, thrownBy } from '../thrown.ts'

function problemOf(parse: () => unknown): string {
  const error = thrownBy(parse)
  if (!(error instanceof InvalidValue)) throw error ?? new Error('nothing was thrown')
  return error.message
}

const POLICY_ARN = `arn:aws:iam::${ACCOUNT}:policy/Deploy`

/** JSON with white space before any token and possibly duplicate keys. */
const spacedJson = fc
  .tuple(
    fc.json(),
    fc.array(fc.constantFrom('', ' ', '\n', '\t', '\r\n', ' \n  '), { minLength: 1, maxLength: 9 }),
  )
  .map(([json, blanks]) => {
    const tokens =
      `{"Statement":[],"S\\u0074":${json}}`.match(/"(?:[^"\\]|\\.)*"|[{}[\],:]|[^"{}[\],:\s]+/g) ?? []
    return tokens.map((token, at) => `${blanks[at % blanks.length]}${token}`).join('')
  })

describe('parseInlinePolicy', () => {
  test.each([
    ['white space between tokens', '{\r\n\t"Statement" : [ ]\n}', '{"Statement":[]}'],
    ['no white space within strings', '{"Statement": "a  b : c , d"}', '{"Statement":"a  b : c , d"}'],
    [
      'nothing after an escaped quote',
      '{"Statement": "a\\" : \\\\", "Id": ""}',
      '{"Statement":"a\\" : \\\\","Id":""}',
    ],
    ['no key that stands twice', '{"Statement": 1, "Statement": 2}', '{"Statement":1,"Statement":2}'],
    ['no escape', '{"Statement": "\\u00e9\\/\\n"}', '{"Statement":"\\u00e9\\/\\n"}'],
    [
      'no number',
      '{"Statement": 1.0e+2, "Id": 12345678901234567890}',
      '{"Statement":1.0e+2,"Id":12345678901234567890}',
    ],
    ['no character that AWS takes', '{"Statement": "é ÿ\u00a0\u007f"}', '{"Statement":"é ÿ\u00a0\u007f"}'],
  ])('strips %s', (_, text, minified) => {
    expect(parseInlinePolicy(text)).toBe(minified)
  })

  test.each([
    ['no JSON', '{"Statement": [}', /^is not JSON/],
    ['a list', '[{"Effect": "Allow"}]', /^is JSON, but no object/],
    ['a text', '"Statement"', /^is JSON, but no object/],
    ['a statement alone', '{"Effect": "Allow", "Action": "*"}', /^has no Statement: write \{/],
    ['a Statement elsewhere', '{"Id": {"Statement": []}}', /^has no Statement/],
    ['an inherited Statement', '{"__proto__": {"Statement": []}}', /^has no Statement/],
    ['a misspelled Statement', '{"Statements": []}', /^has no Statement/],
    ['characters beyond AWS’s', '{"Statement": "“x“ Ā"}', /^contains "“Ā", which AWS doesn't allow/],
    ['an emoji', '{"Statement": "🚀"}', /^contains "🚀", which AWS doesn't allow/],
  ])('rejects %s', (_, text, problem) => {
    expect(problemOf(() => parseInlinePolicy(text))).toMatch(problem)
  })

  test('names every problem at once, and repeats nothing of a policy', () => {
    const problem = problemOf(() => parseInlinePolicy('{"hunter2": "hunter2 ‘"}'))
    expect(problem).toMatch(/^has no Statement.*; contains "‘"/)
    expect(problem).not.toContain('hunter2')
    expect(problemOf(() => parseInlinePolicy('{"Statement": hunter2}'))).not.toContain('hunter2')
  })

  test('changes neither the value nor any token, and leaves no white space between them', () => {
    fc.assert(
      fc.property(spacedJson, text => {
        fc.pre(!/[^\u0000-\u00ff]/.test(text))
        const minified = parseInlinePolicy(text)
        expect(JSON.parse(minified)).toEqual(JSON.parse(text))
        expect(parseInlinePolicy(minified)).toBe(minified)
        const tokens = /"(?:[^"\\]|\\.)*"|[^\s"]/g
        expect(minified.match(tokens)).toEqual(text.match(tokens))
        expect(minified.replaceAll(/"(?:[^"\\]|\\.)*"/g, '')).not.toMatch(/\s/)
      }),
    )
  })

  test('is as short as JSON can be, unless something is spelled differently', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), object => {
        const policy = { ...object, Statement: [] }
        const pretty = JSON.stringify(policy, null, 2)
        expect(parseInlinePolicy(pretty)).toBe(JSON.stringify(policy))
      }),
    )
  })

  test('throws only InvalidValue, with an inert message, whatever the text', () => {
    const policy = fc.oneof(
      anyText,
      fc.json(),
      anyText.map(Statement => JSON.stringify({ Statement })),
    )
    fc.assert(
      fc.property(policy, text => {
        const error = thrownBy(() => expect(parseInlinePolicy(text)).toMatch(/^[\t\n\r\u0020-\u00ff]+$/))
        if (error === undefined) return
        if (!(error instanceof InvalidValue)) throw error
        expect(error.message).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u)
      }),
      { numRuns: 300 },
    )
  })

  test.each(['a', '\\"', '\\\\', ' ', '“'])('runs in linear time: %s', piece => {
    const text = `{"Statement": "${piece.repeat(200_000)}"}`
    expect(millisecondsOf(() => thrownBy(() => parseInlinePolicy(text)))).toBeLessThan(1000)
  })
})

describe('parseManagedPolicies', () => {
  test.each([
    ['one', POLICY_ARN, [POLICY_ARN]],
    ["AWS's own", 'arn:aws:iam::aws:policy/ReadOnlyAccess', ['arn:aws:iam::aws:policy/ReadOnlyAccess']],
    [
      'a path',
      'arn:aws-cn:iam::aws:policy/job-function/Billing',
      ['arn:aws-cn:iam::aws:policy/job-function/Billing'],
    ],
    [
      'lines and commas',
      `${POLICY_ARN}1, ${POLICY_ARN}2\n${POLICY_ARN}3\n`,
      [1, 2, 3].map(at => `${POLICY_ARN}${at}`),
    ],
    ['the same twice, once', `${POLICY_ARN}\n${POLICY_ARN}`, [POLICY_ARN]],
    ['none', '\n', []],
  ])('accepts %s', (_, text, arns) => {
    expect(parseManagedPolicies(text)).toEqual(arns)
  })

  test.each([
    'ReadOnlyAccess',
    ROLE_ARN,
    USER_ARN,
    'arn:aws:iam::policy/Deploy',
    'arn:aws:iam:::policy/Deploy',
    'arn:aws:iam::amazon:policy/Deploy',
    'arn:aws:iam::1111222233334:policy/Deploy',
    'arn:aws:iam:eu-west-1:aws:policy/Deploy',
    'arn:aws:sts::aws:policy/Deploy',
    'arn:gcp:iam::aws:policy/Deploy',
    `${POLICY_ARN}/`,
    `${POLICY_ARN}*`,
    `"${POLICY_ARN}"`,
    `- ${POLICY_ARN}`,
    `x${POLICY_ARN}`,
    `arn:aws:iam::aws:policy/${'n'.repeat(129)}`,
    'arn:aws:iam::aws:policy/',
    'arn:aws:iam::aws:policyDeploy',
    'arn:aws:iam::aws:policy/a(b/Deploy',
    'arn:aws:iam::aws:policy/a//Deploy',
    `${POLICY_ARN};${POLICY_ARN}`,
    `${POLICY_ARN}arn:aws:iam::aws:policy/ReadOnlyAccess`,
  ])('rejects %s as a managed policy, and says what to write', text => {
    const problem = problemOf(() => parseManagedPolicies(text))
    expect(problem).toContain(`"${text}" is not a managed policy: write arn:aws:iam::ACCOUNT:policy/NAME`)
  })

  test('says what is wrong with an account ID, but not with AWS’s own account', () => {
    expect(problemOf(() => parseManagedPolicies('arn:aws:iam::123:policy/A'))).toMatch(/; its account "123"/)
    expect(problemOf(() => parseManagedPolicies('arn:aws:iam::aws:policy/A/'))).toMatch(
      /of AWS managed policies$/,
    )
  })

  test('says that two ARNs are run together, even if one is AWS’s', () => {
    for (const one of [POLICY_ARN, 'arn:aws:iam::aws:policy/ReadOnlyAccess']) {
      expect(problemOf(() => parseManagedPolicies(`${one}|${POLICY_ARN}`))).toMatch(
        /; it looks like two ARNs run together: write one per line$/,
      )
    }
  })

  test('names every invalid element, and says if there are too many', () => {
    const arns = Array.from({ length: 11 }, (_, at) => `${POLICY_ARN}${at}`)
    expect(parseManagedPolicies(arns.slice(1).join('\n'))).toHaveLength(10)
    expect(problemOf(() => parseManagedPolicies(arns.join('\n')))).toBe(
      'has 11 policies: AWS allows at most 10',
    )
    expect(problemOf(() => parseManagedPolicies('a,b'))).toMatch(/^"a" is not a .*; "b" is not a /)
    const problem = problemOf(() => parseManagedPolicies([...arns, 'one', 'two'].join('\n')))
    for (const part of ['"one" is not', '"two" is not', 'has 13 policies']) expect(problem).toContain(part)
    expect(parseManagedPolicies([...arns.slice(1), ...arns.slice(1)].join('\n'))).toHaveLength(10)
  })

  test('rejects empty elements and names with a comma', () => {
    expect(problemOf(() => parseManagedPolicies(`${POLICY_ARN},`))).toMatch(/empty element/)
    expect(problemOf(() => parseManagedPolicies(`${POLICY_ARN},b`))).toMatch(/no name with a comma/)
  })

  test('accepts every ARN of its form, and tells an ARN one edit away from it or keeps it', () => {
    const name = fc.string({
      unit: fc.constantFrom(...NAME_CHARACTERS.replace(',', '')),
      minLength: 1,
      maxLength: 128,
    })
    const arn = fc
      .tuple(partition, fc.oneof(accountId, fc.constant('aws')), fc.constantFrom('', 'a/', 'a/b+/'), name)
      .map(([where, account, path, last]) => `arn:${where}:iam::${account}:policy/${path}${last}`)
    fc.assert(
      fc.property(
        arn.chain(each => fc.tuple(fc.constant(each), oneEditOf(each))),
        ([right, edited]) => {
          expect(parseManagedPolicies(right)).toEqual([right])
          const error = thrownBy(() => expect(parseManagedPolicies(edited)).toEqual([edited.trim()]))
          expect(error === undefined || error instanceof InvalidValue).toBe(true)
        },
      ),
    )
  })

  test('throws only InvalidValue, with an inert message, whatever the text', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          anyText,
          anyText.map(text => `${POLICY_ARN}${text}`),
        ),
        text => {
          const error = thrownBy(() => parseManagedPolicies(text))
          if (error === undefined) return
          if (!(error instanceof InvalidValue)) throw error
          expect(error.message).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u)
        },
      ),
    )
  })

  test.each(['a/', 'a', '/'])('runs in linear time: %s', piece => {
    const text = `arn:aws:iam::aws:policy/${piece.repeat(100_000)}!`
    expect(millisecondsOf(() => thrownBy(() => parseManagedPolicies(text)))).toBeLessThan(1000)
  })
})

describe('policyProblems', () => {
  const inlineOf = (length: number) => `{"Statement":"${'x'.repeat(length - 16)}"}`

  test('finds none in nothing, nor in the most that AWS accepts', () => {
    expect(policyProblems(undefined, [], 'aws')).toEqual([])
    expect(policyProblems(inlineOf(2048), [], 'aws')).toEqual([])
    expect(policyProblems(inlineOf(2048 - POLICY_ARN.length), [POLICY_ARN], 'aws')).toEqual([])
  })

  test('counts the policy and the ARNs together', () => {
    expect(policyProblems(inlineOf(2049), [], 'aws')).toEqual([
      expect.stringMatching(
        /^inline-session-policy: has 2049 characters .*, but AWS allows at most 2048: shorten it, or use managed-session-policies/,
      ),
    ])
    expect(policyProblems(inlineOf(2000), [POLICY_ARN, `${POLICY_ARN}2`], 'aws')).toEqual([
      expect.stringMatching(
        /^inline-session-policy, managed-session-policies: .* 2079 characters \(2000 and 79\)/,
      ),
    ])
    const long = Array.from({ length: 10 }, (_, at) => `${POLICY_ARN}${at}${'x'.repeat(170)}`)
    expect(policyProblems(undefined, long, 'aws')).toEqual([
      expect.stringMatching(/^managed-session-policies: has 2100 characters/),
    ])
  })

  test.each(['aws-cn', 'aws-us-gov', 'aw'])('names every ARN of another partition than %s', where => {
    const right = `arn:${where}:iam::aws:policy/A`
    expect(policyProblems(undefined, [right], where)).toEqual([])
    expect(policyProblems(undefined, [POLICY_ARN, right, `${POLICY_ARN}2`], where)).toEqual([
      `managed-session-policies: "${POLICY_ARN}", "${POLICY_ARN}2" must be in the region's partition: write arn:${where}:…`,
    ])
  })
})
