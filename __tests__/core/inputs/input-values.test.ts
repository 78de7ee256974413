import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { InvalidValue } from '../../../src/core/base/invalid-value.ts'
import { parseList, parseListOr } from '../../../src/core/base/list-values.ts'
import { parseBoolean, parseChoice, parseNumber } from '../../../src/core/base/plain-values.ts'
import { quote } from '../../../src/core/base/text.ts'
import { whyNotArn } from '../../../src/core/identity/arn-problems.ts'
import { isKey } from '../../../src/core/identity/session.ts'
import { parseProfileName, parseProfileRoles } from '../../../src/core/inputs/profile-values.ts'
import {
  parseAccountId,
  parseExternalId,
  parseKey,
  parseRegion,
  parseRole,
  parseRoleId,
  parseRoleToAssume,
  parseSessionName,
  parseSourceIdentity,
} from '../../../src/core/inputs/role-values.ts'
import { isLoopback, parseEndpoint } from '../../../src/core/network/endpoint-url.ts'
import { accountId, anyText, oneEditOf, roleName, sessionName } from '../arbitraries.ts'
import { ACCESS_KEY_ID, ROLE_ARN, ROLE_ID, SECRET_KEY, SESSION_TOKEN } from '../samples.ts'
import { millisecondsOf, thrownBy } from '../thrown.ts'

/** What is wrong with a value, from the one error that value parsers throw. */
function problemOf(parse: () => unknown): string {
  const error = thrownBy(parse)
  if (!(error instanceof InvalidValue)) throw error ?? new Error('nothing was thrown')
  return error.message
}

describe('parseBoolean', () => {
  test.each([
    ['true', true],
    ['True', true],
    ['TRUE', true],
    ['false', false],
    ['False', false],
    ['FALSE', false],
  ])('accepts %s, one of YAML’s six spellings', (text, value) => {
    expect(parseBoolean(text)).toBe(value)
  })

  test.each([
    '',
    ' ',
    'yes',
    'no',
    'on',
    'off',
    'y',
    '1',
    '0',
    'tRUE',
    'TRue',
    'fALSE',
    'FALse',
    'ture',
    'tru',
    'truee',
    'flase',
    'fals',
    ' true',
    'true ',
    'true\n',
    'true,',
    '"true"',
    'null',
    'undefined',
    'ｔｒｕｅ',
  ])('rejects near misses: %j', text => {
    expect(problemOf(() => parseBoolean(text))).toMatch(/true or false/)
  })
})

describe('parseNumber', () => {
  const bounds = { least: 900, most: 43_200, unit: 'seconds' }

  test.each([
    ['900', 900],
    ['901', 901],
    ['3600', 3600],
    ['43199', 43_199],
    ['43200', 43_200],
  ])('accepts %s', (text, value) => {
    expect(parseNumber(text, bounds)).toBe(value)
  })

  test.each([
    '899',
    '43201',
    '0',
    '-900',
    '+900',
    '900.0',
    '9e2',
    '0x384',
    '0b1110000100',
    '1_000',
    '1,000',
    '1 000',
    ' 900',
    '900 ',
    '900\n',
    '900s',
    '',
    'abc',
    'NaN',
    'Infinity',
    '９００',
    '٩٠٠',
    '99999999999999999999',
    '4294968196',
  ])('accepts only plain digits within its bounds: %j', text => {
    const problem = problemOf(() => parseNumber(text, bounds))
    for (const part of ['seconds', '900', '43200']) expect(problem).toContain(part)
  })

  test('accepts exactly the whole numbers from its minimum to its maximum', () => {
    fc.assert(
      fc.property(fc.nat(1000), fc.nat(1000), fc.integer({ min: -100, max: 2100 }), (least, size, number) => {
        const parse = () => parseNumber(String(number), { least, most: least + size, unit: 'attempts' })
        if (number >= least && number <= least + size) expect(parse()).toBe(number)
        else expect(problemOf(parse)).toContain('attempts')
      }),
    )
  })
})

describe('parseChoice', () => {
  test('accepts one of the words, and nothing similar', () => {
    expect(parseChoice('report', ['fail', 'report'])).toBe('report')
    for (const text of ['', 'Report', 'REPORT', 'reports', 'rep', ' report', 'fail,report', 'fail\nreport']) {
      expect(problemOf(() => parseChoice(text, ['fail', 'report']))).toMatch(/ is none of fail, report$/)
    }
  })
})

describe('parseList', () => {
  test.each([
    ['one element', 'a', ['a']],
    ['commas', 'a,b,c', ['a', 'b', 'c']],
    ['commas with blanks', ' a , b ,\tc ', ['a', 'b', 'c']],
    ['lines', 'a\nb\nc', ['a', 'b', 'c']],
    ['lines of Windows', 'a\r\nb\r\nc\r\n', ['a', 'b', 'c']],
    ['lines and commas', 'a,b\nc', ['a', 'b', 'c']],
    ['indented lines', '  a\n  b\n', ['a', 'b']],
    ['blank lines', '\n\na\n\n  \n\t\nb\n\n', ['a', 'b']],
    ['blank lines of Windows', '\r\na\r\n\r\nb\r\n', ['a', 'b']],
    ['nothing', '', []],
    ['blank lines alone', ' \n\r\n\t', []],
    ['blanks within an element', 'a b,c', ['a b', 'c']],
    ['the same twice', 'a,a', ['a', 'a']],
  ])('accepts %s', (_, text, elements) => {
    expect(parseList(text)).toEqual(elements)
  })

  test.each([',', 'a,,b', ',a', 'a,', 'a, ,b', 'a,\t,b', 'a,b\n,c', 'a,,\nb', 'a\n,\nb', ',,,'])(
    'rejects an empty element next to a comma, as an unset variable leaves it: %j',
    text => {
      expect(problemOf(() => parseList(text))).toMatch(/empty element/)
    },
  )

  const MIXED = /has an ARN and a name on one line/

  test.each([
    `${ROLE_ARN},Deploy`,
    `Deploy, ${ROLE_ARN}`,
    `${ROLE_ARN},${ROLE_ARN},x`,
    `x\n${ROLE_ARN}, y`,
    `${ROLE_ARN},,x`,
  ])('rejects a name after an ARN, as it may be the rest of a name with a comma: %j', text => {
    expect(problemOf(() => parseList(text))).toMatch(MIXED)
  })

  test.each([
    ['ARNs alone', `${ROLE_ARN},${ROLE_ARN}x`, [ROLE_ARN, `${ROLE_ARN}x`]],
    ['an ARN and a name on lines of their own', `${ROLE_ARN}\nDeploy`, [ROLE_ARN, 'Deploy']],
    ['names that hold what ARNs begin with', 'barn:x,Deploy', ['barn:x', 'Deploy']],
  ])('accepts %s on one line', (_, text, elements) => {
    expect(parseList(text)).toEqual(elements)
  })

  test('reports an empty element after an ARN as what it is', () => {
    expect(problemOf(() => parseList(`${ROLE_ARN},`))).toMatch(/empty element/)
  })

  test('parses joined values back, however they were joined', () => {
    const element = anyText.map(text => text.replaceAll(/[,\r\n]/g, '').trim()).filter(text => text !== '')
    const separator = fc.constantFrom(',', ', ', ' ,', '\n', '\r\n', '\n\n', '\n  ', ' \r\n\r\n ', '\n\t\n')
    fc.assert(
      fc.property(fc.array(fc.tuple(element, separator), { minLength: 1 }), pairs => {
        const text = pairs.map(([each, after], at) => (at < pairs.length - 1 ? each + after : each)).join('')
        expect(parseList(text)).toEqual(pairs.map(([each]) => each))
      }),
    )
  })

  test('has no empty element and no element with a comma or a line ending, whatever the text', () => {
    fc.assert(
      fc.property(anyText, text => {
        const error = thrownBy(() => {
          for (const element of parseList(text)) {
            if (element !== element.trim() || element === '' || /[,\n]/.test(element))
              throw new Error(element)
          }
        })
        expect(error === undefined || error instanceof InvalidValue).toBe(true)
      }),
    )
  })
})

describe('parseListOr', () => {
  test.each(['any', ' any ', 'any\n', '\r\nany\r\n'])('accepts the keyword on its own: %j', text => {
    expect(parseListOr(text, 'any')).toBe('any')
  })

  test.each(['any,a', 'a,any', 'a\nany\nb', 'any,any'])('rejects the keyword next to values: %j', text => {
    expect(problemOf(() => parseListOr(text, 'any'))).toMatch(/"any" .*alone/)
  })

  test.each(['Any', 'ANY', 'any\nANY'])(
    'rejects the keyword in another case, which its author would rely on: %j',
    text => {
      expect(problemOf(() => parseListOr(text, 'any'))).toMatch(/"any".*lower case/)
    },
  )

  test.each(['anyone', 'many', '"any"', '*', 'none'])('accepts nothing else as the keyword: %j', text => {
    expect(parseListOr(text, 'any')).toEqual([text])
  })

  test('returns the keyword only for the keyword, so no list can turn into it', () => {
    fc.assert(
      fc.property(fc.oneof(anyText, oneEditOf('any')), text => {
        let list: unknown
        const error = thrownBy(() => {
          list = parseListOr(text, 'any')
        })
        expect(error === undefined || error instanceof InvalidValue).toBe(true)
        if (list === 'any') expect(text.trim()).toBe('any')
      }),
      { numRuns: 500 },
    )
  })
})

describe('parseRegion', () => {
  test.each([
    'eu-west-1',
    'us-gov-east-1',
    'cn-north-1',
    'eu-isoe-west-1',
    'x',
    'x'.repeat(63),
    'globalia-1',
    'eu-xfips-1',
  ])('accepts %s', text => {
    expect(parseRegion(text)).toBe(text)
  })

  test.each([
    '',
    'EU-WEST-1',
    'eu_west_1',
    'eu west 1',
    'eu-west-1\n',
    '\neu-west-1',
    'eu-west-1.evil.example',
    'evil.example/',
    'eu-west-1#',
    'eu-west-1@evil.example',
    'x/../y',
    'eu-west-１',
    'é',
    '-eu-west-1',
    'eu-west-1-',
    'x'.repeat(64),
  ])('rejects anything that could lead to another host: %j', text => {
    expect(problemOf(() => parseRegion(text))).toMatch(/not a region/)
  })

  test.each(['fips', 'fips-us-east-1', 'us-east-1-fips', 'us-fips-east-1', 'aws-global', 'global'])(
    'rejects %s, for which SDKs would call another host',
    text => {
      expect(problemOf(() => parseRegion(text))).toMatch(/not a region/)
    },
  )

  test.each([
    ['"eu-west-1"', '; write the value alone, without quotes, brackets, dashes or comments'],
    ['eu west 1', '; it holds white space'],
    ['EU-WEST-1', ''],
  ])('says what is wrong with %j and what to write', (text, reason) => {
    expect(problemOf(() => parseRegion(text))).toBe(
      `${quote(text)} is not a region: write its code, such as eu-west-1${reason}`,
    )
  })

  test('accepts only lowercase letters, digits and hyphens, whatever the text', () => {
    fc.assert(
      fc.property(fc.oneof(anyText, oneEditOf('eu-west-1')), text => {
        const error = thrownBy(() => parseRegion(text))
        if (error === undefined) expect(text.replaceAll(/[a-z0-9-]/g, '')).toBe('')
        else expect(error).toBeInstanceOf(InvalidValue)
      }),
    )
  })
})

describe('parseAccountId', () => {
  test('accepts every twelve-digit id', () => {
    fc.assert(fc.property(accountId, id => parseAccountId(id) === id))
  })

  test.each([
    '',
    '11112222333',
    '1111222233334',
    '1111-2222-3333',
    '1111 2222 3333',
    '111122223333.0',
    '1.11122E+11',
    '111122223333\n',
    '*',
    'any',
    '１１１１２２２２３３３３',
  ])('rejects anything else: %j', text => {
    expect(problemOf(() => parseAccountId(text))).toMatch(/exactly 12 digits/)
  })
})

describe('parseAccountId, for an id that lost its first digit,', () => {
  const LOST = /YAML drops a leading 0/

  test.each(['11112222333', '1'])('explains how that happened: %s', text => {
    expect(problemOf(() => parseAccountId(text))).toMatch(LOST)
  })

  test.each(['1111222233334', '1111222233x', 'x1111222233', '1111-22223', ''])(
    'and for no other: %j',
    text => {
      expect(problemOf(() => parseAccountId(text))).not.toMatch(LOST)
    },
  )

  test('and says to leave out quotes', () => {
    expect(problemOf(() => parseAccountId('"111122223333"'))).toMatch(/12 digits; write the value alone/)
  })
})

describe('parseRoleId', () => {
  test.each([ROLE_ID, 'AROA1234567890EXAMPLE', 'AROA1234', `AROA${'X'.repeat(124)}`])('accepts %s', text => {
    expect(parseRoleId(text)).toBe(text)
  })

  test.each([
    '',
    'AROA',
    'AROA123',
    `AROA${'X'.repeat(125)}`,
    ROLE_ID.toLowerCase(),
    `${ROLE_ID}:run-7`,
    `${ROLE_ID}:*`,
    'AROA*',
    ` ${ROLE_ID}`,
    `${ROLE_ID}\n`,
    `x${ROLE_ID}`,
    'AIDACKCEVSQ6C2EXAMPLE',
    'ASIAIOSFODNN7EXAMPLE1',
    'Deploy',
    ROLE_ARN,
  ])('rejects anything that is not a role id: %j', text => {
    expect(problemOf(() => parseRoleId(text))).toMatch(/AROA/)
  })
})

describe('parseRoleToAssume', () => {
  test('accepts a bare name and the word none, but nothing similar to it', () => {
    expect(parseRoleToAssume('Deploy')).toEqual({ kind: 'role-name', roleName: 'Deploy' })
    expect(parseRoleToAssume('none')).toBe('none')
    for (const text of ['None', 'NONE']) expect(problemOf(() => parseRoleToAssume(text))).toMatch(/"none"/)
  })

  test('accepts a role ARN with or without a path', () => {
    expect(parseRoleToAssume(ROLE_ARN)).toMatchObject({ roleName: 'Deploy', path: '/' })
    expect(parseRoleToAssume('arn:aws:iam::111122223333:role/a/b/Deploy')).toMatchObject({ path: '/a/b/' })
  })

  test.each([
    ['white space', 'arn:aws:iam::111122223333:role/De ploy', /white space/],
    ['an account of 11 digits', 'arn:aws:iam::11112222333:role/Deploy', /"11112222333".*12 digits/],
    ['an account of 13 digits', 'arn:aws:iam::1111222233334:role/Deploy', /"1111222233334".*12 digits/],
    ['no account', 'arn:aws:iam:::role/Deploy', /12 digits/],
    ["a session's ARN", 'arn:aws:sts::111122223333:assumed-role/Deploy/run-7', /session/],
    ["a user's ARN", 'arn:aws:iam::111122223333:user/Deploy', /begin with role\//],
    ['a policy', 'arn:aws:iam::111122223333:policy/Deploy', /begin with role\//],
    ['a pattern', 'arn:aws:iam::111122223333:role/*', /not a role ARN/],
    ['garbage', 'role/garbage', /not a role ARN/],
  ])('says what is wrong with %s and what to write', (_, text, problem) => {
    expect(problemOf(() => parseRoleToAssume(text))).toMatch(problem)
    expect(problemOf(() => parseRoleToAssume(text))).toContain('arn:aws:iam::ACCOUNT:role/NAME')
  })
})

describe('parseRoleToAssume, given a bare name,', () => {
  test.each([
    ['the shortest', 'x'],
    ['one of all kinds of characters', 'a+b=c,d.e@f-g_H1'],
    ['the longest', 'n'.repeat(64)],
    ['a name that begins like the word none', 'nonesuch'],
    ['a name of digits alone', '111122223333'],
  ])('accepts %s', (_, roleName) => {
    expect(parseRoleToAssume(roleName)).toEqual({ kind: 'role-name', roleName })
  })

  test('accepts every role name except the word none in any case', () => {
    fc.assert(
      fc.property(roleName, name => {
        fc.pre(name.toLowerCase() !== 'none')
        expect(parseRoleToAssume(name)).toEqual({ kind: 'role-name', roleName: name })
      }),
    )
  })

  test.each([
    'team/Deploy',
    'role/Deploy',
    'De ploy',
    'Deploy*',
    'Deploy?',
    'Deploy:x',
    '[Deploy]',
    '"Deploy"',
    'Dépl',
    '',
    'n'.repeat(65),
  ])('rejects paths, patterns and garbage: %j', text => {
    expect(problemOf(() => parseRoleToAssume(text))).toMatch(/not a role ARN/)
  })

  test('returns none only for the word, so nothing else can switch the role off', () => {
    fc.assert(
      fc.property(fc.oneof(anyText, oneEditOf('none')), text => {
        let role: unknown
        const error = thrownBy(() => {
          role = parseRoleToAssume(text)
        })
        expect(error === undefined || error instanceof InvalidValue).toBe(true)
        if (role === 'none') expect(text).toBe('none')
      }),
      { numRuns: 500 },
    )
  })
})

describe('parseRole', () => {
  test.each(['Deploy', 'none', ''])('rejects names and keywords: %j', text => {
    expect(problemOf(() => parseRole(text))).toMatch(/not a role ARN/)
  })
})

describe('parseRole, given anything else,', () => {
  test.each([
    ['x/arn:aws:sts::111122223333:assumed-role/Deploy/run-7', ''],
    ['x/arn:aws:iam::111122223333:user/Deploy', ''],
    ['arn:aws:s3::111122223333:role/Deploy', ''],
    ['arn:aws:sts::111122223333:role/Deploy', "; this is a session's ARN, not the role's"],
    ['arn:aws:iam::111122223333:user/Deploy', '; what follows the account must begin with role/'],
  ])('names the mistake, if it sees one: %s', (text, reason) => {
    expect(problemOf(() => parseRole(text))).toBe(
      `"${text}" is not a role ARN: write arn:aws:iam::ACCOUNT:role/NAME${reason}`,
    )
  })
})

describe('parseExternalId', () => {
  test.each([
    ['the shortest', 'ab'],
    ['the longest', 'x'.repeat(1224)],
    ['every kind of character', 'aZ09_+=,.@:/-'],
    ['a UUID', '123e4567-e89b-12d3-a456-426614174000'],
  ])('accepts %s', (_, text) => {
    expect(parseExternalId(text)).toBe(text)
  })

  test.each([
    ['a single character', 'a'],
    ['one too many', 'x'.repeat(1225)],
    ['a blank', 'a b'],
    ['a line end', 'ab\n'],
    ['a pattern', 'ab*'],
    ['a quote', '"ab"'],
    ['a non-ASCII letter', 'äb'],
    ['nothing', ''],
  ])('rejects %s', (_, text) => {
    expect(problemOf(() => parseExternalId(text))).toMatch(/not an external ID.*2 to 1224/)
  })
})

describe('parseSourceIdentity', () => {
  test.each(['oc', 'octocat', 'a_b+c=d,e.f@g-h', 'x'.repeat(64)])('takes %s', text => {
    expect(parseSourceIdentity(text)).toBe(text)
  })

  test.each(['a', 'x'.repeat(65), 'a b', 'ab\n', 'a:b', 'a/b', 'ab*', 'äb', ''])('refuses %p', text => {
    expect(problemOf(() => parseSourceIdentity(text))).toMatch(/not a source identity.*2 to 64/)
  })
})

describe('parseKey', () => {
  test.each([ACCESS_KEY_ID, SECRET_KEY, SESSION_TOKEN, '!~', 'x'])('accepts %s', text => {
    expect(parseKey(text)).toBe(text)
    expect(isKey(text)).toBe(true)
  })

  test.each([
    ['a blank', 'SECRET KEY'],
    ['a line end, behind which no mask would hold', 'SECRET\nKEY'],
    ['a line end at its end', 'SECRET\n'],
    ['a tab', 'SECRET\tKEY'],
    ['a zero', 'SECRET\0'],
    ['a non-ASCII letter', 'SECRETé'],
    ['an invisible character', 'SECRET\u200b'],
    ['nothing', ''],
  ])('rejects %s, and does not show it', (_, text) => {
    const problem = problemOf(() => parseKey(text))
    expect(problem).toMatch(/characters that keys never have/)
    expect(problem).not.toContain('SECRET')
    expect(isKey(text)).toBe(false)
  })

  test('accepts only visible ASCII, and rejects the rest with one message that repeats nothing of the value', () => {
    const problem = problemOf(() => parseKey(' '))
    fc.assert(
      fc.property(fc.oneof(anyText, oneEditOf(SECRET_KEY)), text => {
        if (/^[!-~]+$/.test(text) && !text.endsWith('\n')) expect(parseKey(text)).toBe(text)
        else expect(problemOf(() => parseKey(text))).toBe(problem)
      }),
      { numRuns: 500 },
    )
  })

  test('returns nothing for no text', () => {
    expect(isKey(undefined)).toBe(false)
  })
})

describe('parseProfileName', () => {
  test.each(['default', 'deploy', 'a.b_c@d+e%f:g-h', '1', 'Default', 'n'.repeat(64)])('accepts %s', text => {
    expect(parseProfileName(text)).toBe(text)
  })

  test.each([
    ['brackets, which would begin a section', '[deploy]'],
    ['one bracket', 'deploy]'],
    ['a line end', 'deploy\n[default]'],
    ['a line end at its end', 'deploy\n'],
    ['a blank', 'my deploy'],
    ['a quote', "o'brien"],
    ['a comment', 'deploy#1'],
    ['another comment', 'deploy;1'],
    ['a path', '../deploy'],
    ['a setting', 'region=x'],
    ['the defaults of Python', 'DEFAULT'],
    ['a name that JavaScript has already', '__proto__'],
    ['another one', 'toString'],
    ['a non-ASCII letter', 'é'],
    ['nothing', ''],
    ['65 characters', 'n'.repeat(65)],
  ])('rejects %s', (_, text) => {
    expect(problemOf(() => parseProfileName(text))).toMatch(/not a profile name/)
  })

  test('rejects anything that could end a header or begin a line', () => {
    fc.assert(
      fc.property(fc.oneof(anyText, oneEditOf('deploy')), text => {
        if (thrownBy(() => parseProfileName(text)) === undefined) expect(text).toMatch(/^[\w.@+%:-]{1,64}$/)
      }),
      { numRuns: 500 },
    )
  })
})

describe('whyNotArn', () => {
  test('finds nothing wrong with a valid ARN', () => {
    expect(whyNotArn(ROLE_ARN)).toBe('')
    expect(whyNotArn('Deploy')).toBe('')
  })

  const NOT_ALONE = '; write the value alone, without quotes, brackets, dashes or comments'
  const WHITE_SPACE = '; it holds white space'
  const PATTERN = '; it holds a pattern, and only equality is known here'
  const BLANK = '; its name or a part of its path is blank'
  const RUN_TOGETHER = '; it looks like two ARNs run together: write one per line'
  const foreign = (character: string) =>
    `; it contains "${character}", and a path or name may only contain letters, digits and +=,.@_- here (IAM allows more in a path)`

  test.each([
    [`"${ROLE_ARN}"`, NOT_ALONE],
    [`'${ROLE_ARN}`, NOT_ALONE],
    [`[${ROLE_ARN}`, NOT_ALONE],
    [`${ROLE_ARN}]`, NOT_ALONE],
    [`- ${ROLE_ARN}`, NOT_ALONE],
    [`${ROLE_ARN} # mine`, NOT_ALONE],
    [`${ROLE_ARN}\t#`, NOT_ALONE],
    [`${ROLE_ARN} - x`, WHITE_SPACE],
    [`-${ROLE_ARN} x`, WHITE_SPACE],
    [`${ROLE_ARN}#mine`, foreign('#')],
    [`${ROLE_ARN.replace('role/', 'role/a(b/')}`, foreign('(')],
    [`${ROLE_ARN.replace('role/', 'role/a:b/')}`, foreign(':')],
    [`${ROLE_ARN};${ROLE_ARN}`, RUN_TOGETHER],
    [`${ROLE_ARN}${ROLE_ARN}`, RUN_TOGETHER],
    [`${ROLE_ARN}\\n${ROLE_ARN}`, RUN_TOGETHER],
    [`${ROLE_ARN}|${ROLE_ARN}*`, RUN_TOGETHER],
    [`${ROLE_ARN}*`, PATTERN],
    ['Deploy?', PATTERN],
    [ROLE_ARN.replace('arn', 'Arn'), '; it must begin with arn: in lower case'],
    [ROLE_ARN.replace('::', ':'), '; a colon is missing: arn:PARTITION:SERVICE::ACCOUNT:RESOURCE'],
    [ROLE_ARN.replace('1111', '111'), '; its account "11122223333" does not have exactly 12 digits'],
    ['arn:aws:iam:::role/Deploy', '; its account "" does not have exactly 12 digits'],
    ['arn:aws:iam::111122223333:role/', BLANK],
    ['arn:aws:iam::111122223333:role//Deploy', BLANK],
    ['barn:aws:iam', ''],
  ])('names the mistake in %j: %j', (text, reason) => {
    expect(whyNotArn(text)).toBe(reason)
  })

  test('never throws, and returns no invisible character, whatever the text', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          anyText,
          anyText.map(text => `arn:aws:iam::${text}`),
        ),
        text => {
          expect(whyNotArn(text)).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u)
        },
      ),
    )
  })
})

test.each([
  ['blanks before a missing sign', `${' '.repeat(120_000)}x`],
  ['blanks after a name', `a${' '.repeat(120_000)}x`],
  ['blanks and no second profile', `a=arn:aws:iam::111122223333:role/x${' '.repeat(120_000)}!`],
  ['commas', `a=arn:aws:iam::111122223333:role/x${','.repeat(120_000)}!`],
  ['commas and signs', `a=${',x='.repeat(40_000)}`],
  ['signs of equality', `a${'= '.repeat(60_000)}`],
  ['names', 'n'.repeat(120_000)],
])('an aws-profiles line with 120 kB of %s is rejected at once', (_, text) => {
  const parse = () => thrownBy(() => parseProfileRoles(text))
  expect(parse()).toBeInstanceOf(InvalidValue)
  expect(millisecondsOf(parse)).toBeLessThan(500)
})

describe('parseSessionName', () => {
  test('leaves every name that AWS accepts unchanged', () => {
    fc.assert(fc.property(sessionName, name => parseSessionName(name) === name))
  })

  test.each([
    ['a blank', 'deploy to prod', 'deploy-to-prod'],
    ['a slash and a colon', 'octo/repo:main', 'octo-repo-main'],
    ['a line end', 'a\nb', 'a-b'],
    ['a non-ASCII letter', 'Prüfung', 'Pr-fung'],
    ['a pair of code units, as one character', 'a😀b', 'a-b'],
    ['a non-ASCII digit', 'a１b', 'a-b'],
    ['a name of 65 characters', 'n'.repeat(65), 'n'.repeat(64)],
    ['a long name of strange characters', '/'.repeat(200), '-'.repeat(64)],
  ])('replaces %s with a hyphen, or truncates it', (_, text, name) => {
    expect(parseSessionName(text)).toBe(name)
  })

  test.each(['', 'a', '/', '😀'])('rejects anything shorter than two characters: %j', text => {
    expect(problemOf(() => parseSessionName(text))).toMatch(/2 to 64/)
  })

  test('returns a name that AWS accepts, whatever the text', () => {
    fc.assert(
      fc.property(anyText, text => {
        const error = thrownBy(() => {
          const name = parseSessionName(text)
          if (!/^[a-zA-Z0-9_+=,.@-]{2,64}$/.test(name)) throw new Error(name)
        })
        expect(error === undefined || error instanceof InvalidValue).toBe(true)
      }),
    )
  })
})

describe('parseEndpoint', () => {
  test.each([
    ['https://sts.example', 'https://sts.example/'],
    ['https://sts.example:8443/path', 'https://sts.example:8443/path'],
    ['http://127.0.0.1:4566', 'http://127.0.0.1:4566/'],
    ['http://[::1]:4566', 'http://[::1]:4566/'],
  ])('accepts %s', (text, href) => {
    expect(parseEndpoint(text).href).toBe(href)
  })

  test.each([
    ['no URL', 'sts.example'],
    ['no host', 'https://'],
    ['a blank host', 'https:// '],
    ['another scheme', 'ftp://sts.example'],
    ['a file', 'file:///etc/passwd'],
    ['a script', 'javascript:alert(1)'],
    ['data', 'data:text/xml,x'],
    ['a port that is none', 'https://sts.example:99999'],
    ['nothing', ''],
  ])('rejects %s as an endpoint, and says what to write', (_, text) => {
    expect(problemOf(() => parseEndpoint(text))).toMatch(/https:\/\/HOST/)
  })

  test.each(['https://user:hunter2@sts.example', 'https://:hunter2@sts.example', 'http://hunter2@127.0.0.1'])(
    'rejects users and passwords without repeating them: %s',
    text => {
      const problem = problemOf(() => parseEndpoint(text))
      expect(problem).toMatch(/user|password/)
      expect(problem).not.toContain('hunter2')
    },
  )

  test.each(['ftp://user:hunter2@sts.example', 'https://user:hunter2@', 'https//user:hunter2@sts.example'])(
    'does not repeat a password in an invalid endpoint either: %s',
    text => {
      expect(problemOf(() => parseEndpoint(text))).not.toContain('hunter2')
    },
  )

  test.each(['https://sts.example?x=1', 'https://sts.example/#x'])(
    'rejects queries and fragments: %s',
    text => {
      expect(problemOf(() => parseEndpoint(text))).toMatch(/query|fragment/)
    },
  )

  test('returns an http or https URL without a user, whatever the text', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          anyText,
          anyText.map(text => `https://${text}`),
          fc.webUrl({ withQueryParameters: true }),
        ),
        text => {
          const error = thrownBy(() => {
            const url = parseEndpoint(text)
            const isPlain = /^https?:\/\/[^/@?#]+\/[^?#]*\??#?$/.test(url.href)
            if (!isPlain) throw new Error(url.href)
          })
          expect(error === undefined || error instanceof InvalidValue).toBe(true)
        },
      ),
    )
  })
})

describe('isLoopback', () => {
  test.each([
    'http://localhost:1',
    'http://127.0.0.1',
    'http://127.1.2.3',
    'http://127.10.200.255',
    'http://[::1]',
    'http://2130706433',
    'http://LOCALHOST',
  ])('%s stays on this machine', text => {
    expect(isLoopback(new URL(text))).toBe(true)
  })

  test.each([
    'http://sts.example',
    'http://127.0.0.1.evil.example',
    'http://localhost.evil.example',
    'http://xlocalhost',
    'http://evil.example/127.0.0.1',
    'http://127.0.0.1@evil.example',
    'http://128.0.0.1',
    'http://10.127.0.0',
    'http://0.0.0.0',
    'http://[::2]',
    'http://169.254.169.254',
  ])('%s may lead elsewhere', text => {
    expect(isLoopback(new URL(text))).toBe(false)
  })
})

describe('parsers of values', () => {
  const parsers: readonly (readonly [string, (text: string) => unknown])[] = [
    ['parseBoolean', parseBoolean],
    ['parseNumber', text => parseNumber(text, { least: 0, most: 50, unit: 'attempts' })],
    ['parseChoice', text => parseChoice(text, ['fail', 'report'])],
    ['parseList', parseList],
    ['parseListOr', text => parseListOr(text, 'any')],
    ['parseRegion', parseRegion],
    ['parseAccountId', parseAccountId],
    ['parseRoleId', parseRoleId],
    ['parseRoleToAssume', parseRoleToAssume],
    ['parseSessionName', parseSessionName],
    ['parseEndpoint', parseEndpoint],
    ['parseExternalId', parseExternalId],
    ['parseKey', parseKey],
    ['parseProfileName', parseProfileName],
    ['parseRole', parseRole],
  ]

  test.each(parsers)('%s throws only InvalidValue, with an inert message, whatever the text', (_, parse) => {
    fc.assert(
      fc.property(anyText, text => {
        const error = thrownBy(() => parse(text))
        if (error === undefined) return
        if (!(error instanceof InvalidValue)) throw error
        expect(error.message).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u)
      }),
      { numRuns: 300 },
    )
  })

  test.each(parsers)('%s runs in linear time', (_, parse) => {
    for (const text of ['a', ',', '\n', ' ', '1', 'arn:', '/', 'a,', '\r', '::', 'https://']) {
      const long = text.repeat(50_000)
      expect(millisecondsOf(() => thrownBy(() => parse(long)))).toBeLessThan(1000)
    }
  })
})
