import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { InvalidValue } from '../../../src/core/base/invalid-value.ts'
import {
  essentialTags,
  parseCustomTags,
  sessionTags,
  type Tag,
  type TagSource,
  transitiveTagKeys,
} from '../../../src/core/sts/session-tags.ts'
import { anyText, swapCase } from '../arbitraries.ts'
import { millisecondsOf, thrownBy } from '../thrown.ts'

/** Everything that GitHub sets for a step in a pull request. */
const RUN = {
  GITHUB_REPOSITORY: 'octo-org/octo-repo',
  GITHUB_WORKFLOW: 'Deploy',
  GITHUB_ACTION: '__run_2',
  GITHUB_ACTOR: 'octocat',
  GITHUB_SHA: 'ffac537e6cbbf934b08745a378932722df287a53',
  GITHUB_REF: 'refs/pull/7/merge',
  GITHUB_EVENT_NAME: 'pull_request',
  GITHUB_BASE_REF: 'main',
  GITHUB_HEAD_REF: 'topic',
  GITHUB_RUN_ID: '1658821493',
  GITHUB_JOB: 'deploy',
  GITHUB_TRIGGERING_ACTOR: 'hubot',
} as const satisfies TagSource

const OWN_KEYS = sessionTags(RUN, []).map(({ key }) => key)

/** What AWS accepts, according to the STS API reference. */
const AWS_KEY = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]{1,128}$/u
const AWS_VALUE = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]{0,256}$/u

function custom(key: string, value = 'x'): Tag {
  return { key, value, droppable: false }
}

function problemOf(text: string): string {
  const error = thrownBy(() => parseCustomTags(text))
  if (!(error instanceof InvalidValue)) throw error ?? new Error('nothing was thrown')
  return error.message
}

describe('sessionTags', () => {
  test('describe the run, with the tags that configure-aws-credentials sends', () => {
    expect(sessionTags(RUN, [])).toEqual([
      { key: 'GitHub', value: 'Actions', droppable: false },
      { key: 'Repository', value: 'octo-org/octo-repo', droppable: false },
      { key: 'Workflow', value: 'Deploy', droppable: false },
      { key: 'Action', value: '__run_2', droppable: false },
      { key: 'Actor', value: 'octocat', droppable: false },
      { key: 'Commit', value: 'ffac537e6cbbf934b08745a378932722df287a53', droppable: false },
      { key: 'Branch', value: 'refs/pull/7/merge', droppable: false },
      { key: 'EventName', value: 'pull_request', droppable: true },
      { key: 'BaseRef', value: 'main', droppable: true },
      { key: 'HeadRef', value: 'topic', droppable: true },
      { key: 'RunId', value: '1658821493', droppable: true },
      { key: 'Job', value: 'deploy', droppable: true },
      { key: 'TriggeringActor', value: 'hubot', droppable: true },
    ])
  })

  test('leave out what GitHub does not set, such as pull request branches on a push', () => {
    const tags = sessionTags({ ...RUN, GITHUB_BASE_REF: '', GITHUB_HEAD_REF: undefined }, [])
    expect(tags.map(({ key }) => key)).toEqual(OWN_KEYS.filter(key => key !== 'BaseRef' && key !== 'HeadRef'))
    expect(sessionTags({}, []).map(({ key }) => key)).toEqual(['GitHub'])
  })

  test('add custom tags after the action’s own', () => {
    expect(sessionTags({}, [custom('Team')]).at(-1)).toEqual(custom('Team'))
  })

  test.each([
    ['Build & deploy!', 'Build _ deploy_'],
    ['dependabot[bot]', 'dependabot_bot_'],
    ['Überprüfung 検査 ٣', 'Überprüfung 検査 ٣'],
    ['a_.:/=+-@b', 'a_.:/=+-@b'],
    ['🚀', '_'],
    ['\ud83d', '_'],
    ['a\nb\tc', 'a_b_c'],
    ['x'.repeat(257), 'x'.repeat(256)],
    [`${'x'.repeat(255)}𠮷`, 'x'.repeat(255)],
    [`${'x'.repeat(254)}𠮷y`, `${'x'.repeat(254)}𠮷`],
  ])('turn %j into what AWS accepts', (name, value) => {
    expect(sessionTags({ GITHUB_WORKFLOW: name }, [])[1]?.value).toBe(value)
  })

  test('contain nothing that AWS rejects, whatever the run', () => {
    const text = fc.oneof(
      anyText,
      anyText.map(each => each.repeat(200)),
    )
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom(...Object.keys(RUN)), text), run => {
        const tags = sessionTags(run, [])
        expect(tags).toHaveLength(1 + Object.values(run).filter(Boolean).length)
        for (const { key, value } of tags) {
          expect(key).toMatch(AWS_KEY)
          expect(value).toMatch(AWS_VALUE)
          expect(value.isWellFormed()).toBe(true)
        }
      }),
    )
  })
})

describe('essentialTags', () => {
  test('are those that describe the run, and the custom ones', () => {
    const keys = essentialTags(sessionTags(RUN, [custom('Team')])).map(({ key }) => key)
    expect(keys).toEqual(['GitHub', 'Repository', 'Workflow', 'Action', 'Actor', 'Commit', 'Branch', 'Team'])
  })
})

describe('transitiveTagKeys', () => {
  const tags = sessionTags(RUN, [custom('Team')])

  test.each([
    ['none', [], [], []],
    ['keys of its own and custom ones', ['Team', 'Repository'], ['Team', 'Repository'], []],
    ['a key of no tag', ['Actor', 'Nobody'], ['Actor'], ['Nobody']],
    ['another case', ['repository'], [], ['repository']],
    ['the same twice', ['Actor', 'Actor', 'No', 'No'], ['Actor'], ['No']],
  ])('tells keys with a tag from others: %s', (_, wanted, keys, unknown) => {
    expect(transitiveTagKeys(wanted, tags)).toEqual({ keys, unknown })
  })

  test('ignores the key of a tag that was dropped or is blank', () => {
    expect(transitiveTagKeys(['RunId', 'Actor'], essentialTags(tags))).toEqual({
      keys: ['Actor'],
      unknown: ['RunId'],
    })
    expect(transitiveTagKeys(['Actor'], sessionTags({ GITHUB_ACTOR: '' }, [])).unknown).toEqual(['Actor'])
  })
})

describe('parseCustomTags', () => {
  test('accepts strings, numbers and booleans', () => {
    const text =
      '{"Team": "Platform", "Cost": 7.5, "On": true, "Off": false, "Blank": "", "Big": 9007199254740991}'
    expect(parseCustomTags(text)).toEqual([
      custom('Team', 'Platform'),
      custom('Cost', '7.5'),
      custom('On', 'true'),
      custom('Off', 'false'),
      custom('Blank', ''),
      custom('Big', '9007199254740991'),
    ])
  })

  test('keeps quoted digits unchanged, however many', () => {
    expect(parseCustomTags('{"Id": "12345678901234567890"}')).toEqual([custom('Id', '12345678901234567890')])
  })

  test('accepts no tags, the longest tags, and names that objects inherit', () => {
    expect(parseCustomTags('{}')).toEqual([])
    const longest = custom('k'.repeat(128), 'v'.repeat(256))
    expect(parseCustomTags(JSON.stringify({ [longest.key]: longest.value }))).toEqual([longest])
    expect(parseCustomTags('{"__proto__": "a", "constructor": "b"}')).toEqual([
      custom('__proto__', 'a'),
      custom('constructor', 'b'),
    ])
  })

  test.each([
    ['no JSON', 'Team=Platform', /^is not JSON/],
    ['a list', '["Team"]', /^is JSON, but no object/],
    ['null', '{"a": null}', /^the value of "a" is null: write a string/],
    ['a nested list', '{"a": ["b"]}', /^the value of "a" is a list: write/],
    ['a nested object', '{"a": {"b": "c"}}', /^the value of "a" is an object: write/],
    [
      'a number that JSON loses',
      '{"a": 12345678901234567890}',
      /^the value of "a" is a number too large.*in quotes$/,
    ],
    ['a number beyond all', '{"a": -1e999}', /^the value of "a" is a number too large.*in quotes$/],
    ['an empty key', '{"": "a"}', /^a key is empty: /],
    ['a long key', `{"${'k'.repeat(129)}": ""}`, /^the key "k+" has 129 characters: AWS takes 128$/],
    ['a long value', `{"a": "${'v'.repeat(257)}"}`, /^the value of "a" has 257 characters: AWS takes 256$/],
    ['foreign characters in a key', '{"a!b!": ""}', /^the key "a!b!" holds "!": AWS takes/],
    ['foreign characters in a value', '{"a": "x\\n🚀y"}', /^the value of "a" holds "\\u\{a\}🚀": AWS takes/],
    ['half a pair', '{"a": "\\ud83d"}', /^the value of "a" holds "\\u\{d83d\}": AWS takes/],
    ['a key of AWS', '{"aws:x": ""}', /^the key "aws:x" begins with aws:/],
    ['a value of AWS', '{"x": "aws:x"}', /^the value of "x" begins with aws:/],
    ['a key twice', '{"a": 1, "a": 1, "a": 1}', /^the key "a" stands twice: take one of them out$/],
    [
      'a key twice, spelt otherwise',
      '{"a": 1, "\\u0061": 1}',
      /^the key "a" stands twice: take one of them out$/,
    ],
    [
      'keys that differ in case alone',
      '{"Team": 1, "team": 1}',
      /^the keys "Team" and "team" differ in case alone/,
    ],
  ])('rejects %s', (_, text, problem) => {
    expect(problemOf(text)).toMatch(problem)
  })

  test.each(OWN_KEYS)('rejects the action’s own tags, in any case: %s', key => {
    for (const spelling of [key, key.toLowerCase(), key.toUpperCase(), swapCase(key)]) {
      expect(problemOf(JSON.stringify({ [spelling]: 'x' }))).toBe(
        `the key "${spelling}" is that of a tag that the action sends itself (${key}): choose another`,
      )
    }
  })

  test('accepts as many as fit with its own', () => {
    const tags = (count: number) =>
      JSON.stringify(Object.fromEntries(Array.from({ length: count }, (_, at) => [`k${at}`, at])))
    expect(parseCustomTags(tags(37))).toHaveLength(37)
    expect(sessionTags(RUN, parseCustomTags(tags(37)))).toHaveLength(50)
    expect(problemOf(tags(38))).toMatch(/^has 38 tags: .*13, so write 37 at most$/)
  })

  test('names every problem at once', () => {
    const problem = problemOf('{"actor": null, "!": "?", "b": {}, "B": 1, "b": {}}')
    expect(problem.split('; ')).toHaveLength(7)
  })

  test('compares every spelling of a key with the first', () => {
    const [second, third, ...others] = problemOf('{"Team": 1, "TEAM": 1, "team": 1}').split('; ')
    expect(others).toEqual([])
    expect(second).toMatch(/^the keys "Team" and "TEAM" differ in case alone/)
    expect(third).toMatch(/^the keys "Team" and "team" differ in case alone/)
  })

  test('reports no duplicate key inside a value, as the value is invalid', () => {
    expect(problemOf('{"a": {"b": 1, "b": 2}}')).toMatch(/^the value of "a" is an object: [^;]*$/)
  })

  test('repeats no long value', () => {
    const secret = 'hunter2'.repeat(40)
    expect(problemOf(JSON.stringify({ a: secret, [secret]: 'b' }))).not.toContain('hunter2')
  })

  test('returns tags that AWS accepts, exactly as written, or throws InvalidValue with an inert message', () => {
    const key = fc.oneof(fc.constantFrom('Team', 'team', 'Actor', 'actor', 'aws:x', ''), anyText)
    const value = fc.oneof(anyText, fc.double({ noNaN: true }), fc.boolean(), fc.jsonValue())
    fc.assert(
      fc.property(fc.dictionary(key, value), object => {
        const text = JSON.stringify(object)
        const error = thrownBy(() => {
          const tags = parseCustomTags(text)
          for (const tag of tags) {
            expect(tag.key).toMatch(AWS_KEY)
            expect(tag.value).toMatch(AWS_VALUE)
            expect(tag.value).toBe(String(JSON.parse(text)[tag.key]))
          }
          const keys = sessionTags(RUN, tags).map(tag => tag.key.toLowerCase())
          expect(new Set(keys).size).toBe(keys.length)
        })
        if (error === undefined) return
        if (!(error instanceof InvalidValue)) throw error
        expect(error.message).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u)
      }),
      { numRuns: 300 },
    )
  })

  test('throws only InvalidValue, whatever the text', () => {
    fc.assert(
      fc.property(fc.oneof(anyText, fc.json()), text => {
        const error = thrownBy(() => parseCustomTags(text))
        expect(error === undefined || error instanceof InvalidValue).toBe(true)
      }),
    )
  })

  test.each(['a', '\\"', '!', '['])('runs in linear time: %s', piece => {
    for (const text of [`{"a": "${piece.repeat(200_000)}"}`, piece.repeat(200_000)]) {
      expect(millisecondsOf(() => thrownBy(() => parseCustomTags(text)))).toBeLessThan(1000)
    }
  })
})
