import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import {
  canonicalSettings,
  editSections,
  type ProfileFile,
  presentProfiles,
  removeSections,
  type Settings,
  UnclearSection,
} from '../../../src/core/profiles/section-editor.ts'
import { millisecondsOf, thrownBy } from '../thrown.ts'

const SETTINGS = { aws_access_key_id: 'ASIAX', aws_secret_access_key: 'a/b+c=' }
const OURS = canonicalSettings(SETTINGS)
const BOM = '\xef\xbb\xbf'

function putSection(text: string, file: ProfileFile, profile: string, settings: Settings): string {
  return editSections(text, file, [{ profile, settings }])
}

function put(text: string, profile = 'dev', file: ProfileFile = 'credentials'): string {
  return putSection(text, file, profile, SETTINGS)
}

function drop(text: string, profile = 'dev', file: ProfileFile = 'credentials'): string {
  return editSections(text, file, [{ profile, settings: undefined }])
}

function hasSection(text: string, file: ProfileFile, profile: string): boolean {
  return presentProfiles(text, file, [profile]).has(profile)
}

/** The text without ours; undefined if there is none. */
function remove(text: string, profile = 'dev', file: ProfileFile = 'credentials'): string | undefined {
  const { text: rest, outcomes } = removeSections(text, file, [profile], (_, settings) => settings === OURS)
  return outcomes.get(profile) === 'removed' ? rest : undefined
}

const SECTION = '[dev]\naws_access_key_id = ASIAX\naws_secret_access_key = a/b+c=\n'

describe('a section', () => {
  test.each([
    ['an empty file', '', SECTION],
    ['a file with a line ending on its last line', '[a]\nk=v\n', `[a]\nk=v\n\n${SECTION}`],
    ['a file without a line ending on its last line', '[a]\nk=v', `[a]\nk=v\n\n${SECTION.trimEnd()}`],
    ['a file with a blank line at its end', '[a]\n\n', `[a]\n\n\n${SECTION}`],
    ['a file of comments', '# mine\n', `# mine\n\n${SECTION}`],
    ['a file of comments without a last line end', '# mine', `# mine\n\n${SECTION.trimEnd()}`],
    ['a file with a byte order mark', `${BOM}[a]\n`, `${BOM}[a]\n\n${SECTION}`],
  ])('is added at the end of %s', (_, text, expected) => {
    expect(put(text)).toBe(expected)
    expect(remove(expected)).toBe(text)
  })

  test('with long runs of spaces takes no time', () => {
    const blanks = ' '.repeat(100_000)
    for (const line of [`a${blanks}b`, `a${blanks}=${blanks}b`, `${blanks}=`])
      expect(millisecondsOf(() => remove(`[dev]\n${line}\n`))).toBeLessThan(500)
  })

  test('uses the line endings of its file, the first ones if they are mixed', () => {
    expect(put('[a]\r\nk=v\r\n')).toBe(`[a]\r\nk=v\r\n\r\n${SECTION.replaceAll('\n', '\r\n')}`)
    expect(put('[a]\nk=v\r\n')).toBe(`[a]\nk=v\r\n\n${SECTION}`)
    expect(put('[a]\r\nk=v')).toBe(`[a]\r\nk=v\r\n\r\n${SECTION.trimEnd().replaceAll('\n', '\r\n')}`)
  })

  test('uses the header style of its file', () => {
    expect(put('', 'dev', 'config')).toMatch(/^\[profile dev\]\n/)
    expect(put('', 'default', 'config')).toMatch(/^\[default\]\n/)
    expect(put('', 'default')).toMatch(/^\[default\]\n/)
  })

  test.each(['', ' a', 'a ', 'a\nb', 'a\rb', 'é', '\0', '#a', 'a #b', 'a ;b', ';'])(
    'rejects a value that a parser would read differently: %j',
    value => {
      const error = thrownBy(() => putSection('', 'config', 'dev', { region: value }))
      expect(String(error)).toBe('Error: the value of region is none that can stand in a profile')
    },
  )

  test.each(['a', 'a b', 'a#b', 'a;b', 'a= b', '!', '~', '"a"'])('accepts any other value: %j', value => {
    expect(putSection('', 'config', 'dev', { region: value })).toBe(`[profile dev]\nregion = ${value}\n`)
  })
})

describe('hasSection', () => {
  test.each<[string, ProfileFile, string]>([
    ['[dev]', 'credentials', 'dev'],
    ['[a]\n[dev] # mine\n', 'credentials', 'dev'],
    ['  [ dev\t]\r\n', 'credentials', 'dev'],
    ['[a]\nk=v\n  [dev]\n', 'credentials', 'dev'],
    [`${BOM}[dev]`, 'credentials', 'dev'],
    ['[dev];c', 'credentials', 'dev'],
    ['\xc2\xa0[dev]', 'credentials', 'dev'],
    ['[dev] junk', 'credentials', 'dev'],
    ['[profile dev]', 'config', 'dev'],
    ['[profile\tdev]', 'config', 'dev'],
    ['[ profile   dev ]', 'config', 'dev'],
    ['[profile "dev"]', 'config', 'dev'],
    ["[profile 'dev']", 'config', 'dev'],
    ['[profiles dev]', 'config', 'dev'],
    ['[default]', 'config', 'default'],
    ['[profile default]', 'config', 'default'],
  ])('finds in %j (%s) the profile %s', (text, file, profile) => {
    expect(hasSection(text, file, profile)).toBe(true)
  })

  test.each<[string, ProfileFile, string]>([
    ['', 'credentials', 'dev'],
    ['# [dev]', 'credentials', 'dev'],
    ['k = [dev]', 'credentials', 'dev'],
    ['[dev', 'credentials', 'dev'],
    ['[Dev]', 'credentials', 'dev'],
    ['[dev2]', 'credentials', 'dev'],
    ['[profile dev]', 'credentials', 'dev'],
    ['[dev]', 'config', 'dev'],
    ['[sso-session dev]', 'config', 'dev'],
    ['[profile dev x]', 'config', 'dev'],
  ])('finds in %j (%s) no profile %s', (text, file, profile) => {
    expect(hasSection(text, file, profile)).toBe(false)
  })
})

describe('overwriting', () => {
  test('replaces every section with that name, and keeps the comments and blank lines before the next header', () => {
    const text = '# a\n[dev]\nk=v\n# mine\ns3 =\n  x = 1\n\n# of b\n[b]\nk=v\n[dev]\n'
    expect(put(text)).toBe(`# a\n\n# of b\n[b]\nk=v\n\n${SECTION}`)
  })

  test('keeps the byte order mark before what it replaces', () => {
    expect(put(`${BOM}[dev]\nk=v\n[b]\n`)).toBe(`${BOM}[b]\n\n${SECTION}`)
  })

  test.each([
    ['an indented header, which continues a value to Python', '[a]\nk=v\n [dev]\nk=v\n', 3],
    ['an indented header after it', '[dev]\nk=v\n [a]\nk=v\n', 1],
    ['a header with a comment that is none to the JavaScript SDK', '[dev]#c\n', 1],
    ['such a header after it', '[a]\n\n[dev]\nk=v\n[b] c\n', 3],
    ['white space that is not of ASCII', '\xc2\xa0[dev]\n', 1],
  ])('rejects what is read differently: %s', (_, text, line) => {
    expect(String(thrownBy(() => put(text)))).toContain(`the header in line ${line}, or the next one`)
  })

  test('allows such headers elsewhere', () => {
    const text = '[a]\nk=v\n [b]#c\n[c] d\nk=v\n'
    expect(put(text)).toBe(`${text}\n${SECTION}`)
  })

  test.each([
    ['NUL', '[\0a]', 'it is not in UTF-8'],
    ['a lone carriage return', '[a]\nk=v\rx\n', 'in line 2 a carriage return'],
    ['one at its end', '[a]\r', 'in line 1 a carriage return'],
  ])('rejects a text with %s, and quotes nothing of it', (_, text, reason) => {
    expect(String(thrownBy(() => put(text)))).toContain(reason)
  })
})

describe('an overwritten section', () => {
  const OLD = '[dev]\nk = v\n'

  test.each([
    ['alone', OLD, ''],
    ['alone, without a last line end', '[dev]\nk = v', ''],
    ['at the beginning', `${OLD}[b]\nk=v\n`, '[b]\nk=v\n'],
    ['at the beginning, before a blank line, which stays', `${OLD}\n[b]\n`, '\n[b]\n'],
    ['behind a byte order mark', `${BOM}${OLD}[b]\n`, `${BOM}[b]\n`],
    ['in the middle', `[a]\nk=v\n${OLD}[b]\nk=v\n`, '[a]\nk=v\n[b]\nk=v\n'],
    ['in the middle, between blank lines', `[a]\n\n${OLD}\n[b]\n`, '[a]\n\n[b]\n'],
    ['after two blank lines', `[a]\n\n\n${OLD}[b]\n`, '[a]\n\n[b]\n'],
    ['after a blank line of white space', `[a]\n \t\r\n${OLD}[b]\n`, '[a]\n[b]\n'],
    [
      'between comments, which stay',
      `[a]\n# on dev\n${OLD}\n# on b\n[b]\n`,
      '[a]\n# on dev\n\n# on b\n[b]\n',
    ],
    ['at the end', `[a]\nk=v\n${OLD}`, '[a]\nk=v\n'],
    ['at the end, after a blank line', `[a]\nk=v\n\n${OLD}`, '[a]\nk=v\n'],
    ['at the end, without a last line end', '[a]\nk=v\n\n[dev]\nk = v', '[a]\nk=v'],
    ['at the end, before blank lines, which stay', `[a]\n\n${OLD}\n\n`, '[a]\n\n\n'],
    ['in several places', `${OLD}\n[a]\n\n${OLD}\n[b]\n\n${OLD}${OLD}`, '\n[a]\n\n[b]\n'],
  ])('%s leaves the rest of the text unchanged to the byte', (_, text, rest) => {
    for (const [before, after] of [
      [text, rest],
      [text.replaceAll(/\r?\n/g, '\r\n'), rest.replaceAll('\n', '\r\n')],
    ] as const) {
      expect(drop(before)).toBe(after)
      expect(remove(put(before))).toBe(after)
      expect(remove(put(put(before)))).toBe(after)
    }
  })

  test('stays where it was if it was last, without an extra blank line', () => {
    const text = `[a]\nk=v\n\n${OLD}`
    expect(put(text)).toBe(`[a]\nk=v\n\n${SECTION}`)
    expect(put(put(put(text)))).toBe(`[a]\nk=v\n\n${SECTION}`)
  })
})

describe('several profiles', () => {
  const names = Array.from({ length: 100 }, (_, number) => `p${number}`)
  const edits = names.map(profile => ({ profile, settings: SETTINGS }))
  const isOurs = (_: string, settings: string) => settings === OURS

  test('are edited as if one after the other', () => {
    fc.assert(
      fc.property(text, file, (lines, file) => {
        const before = `# its line end is that of ours\n${lines}`
        const profiles = ['dev', 'default', 'other']
        const together = resultOf(() =>
          editSections(before, file, [
            { profile: 'dev', settings: SETTINGS },
            { profile: 'default', settings: undefined },
            { profile: 'other', settings: { region: 'x' } },
          ]),
        )
        fc.pre(together !== undefined)
        const none = profiles.map(profile => ({ profile, settings: undefined }))
        const dropped = editSections(before, file, none)
        expect(together).toBe(putSection(put(dropped, 'dev', file), file, 'other', { region: 'x' }))
        for (const profile of profiles) {
          expect(presentProfiles(before, file, profiles).has(profile)).toBe(hasSection(before, file, profile))
        }
      }),
      { numRuns: 2000 },
    )
  })

  test('are removed one by one, each with its own result', () => {
    const text = editSections('[a]\nk=v\n', 'credentials', edits.slice(0, 4)).replace('[p1]', '[p1]\nk = v')
    const { text: rest, outcomes } = removeSections(text, 'credentials', ['p0', 'p1', 'p3', 'p9'], isOurs)
    expect([...outcomes]).toEqual([
      ['p0', 'removed'],
      ['p1', 'changed'],
      ['p3', 'removed'],
      ['p9', 'gone'],
    ])
    expect(rest).toBe(
      `[a]\nk=v\n\n${SECTION.replace('[dev]', '[p1]\nk = v')}\n${SECTION.replace('dev', 'p2')}`,
    )
  })

  test('name the one that can’t be replaced', () => {
    const error = thrownBy(() => editSections('[p7]\n[p8]#c\n', 'credentials', edits))
    expect(error).toBeInstanceOf(UnclearSection)
    expect((error as UnclearSection).profile).toBe('p7')
  })
})

describe('dropping', () => {
  test('removes every section with that name, and keeps the comments and blank lines before the next header', () => {
    expect(drop('# a\n[dev]\nk=v\n# mine\ns3 =\n  x = 1\n\n# of b\n[b]\nk=v\n[dev]\n')).toBe(
      '# a\n\n# of b\n[b]\nk=v\n',
    )
    expect(drop(`${BOM}[dev]\r\nk=v\r\n[b]`)).toBe(`${BOM}[b]`)
    expect(drop('[dev]')).toBe('')
  })

  test.each(['', '[a]\nk=v', '[dev2]\n', '[DEFAULT]\nk=v\n', ' [a]#c\n'])(
    'leaves a text without one unchanged: %j',
    text => {
      expect(drop(text)).toBe(text)
    },
  )

  test.each([
    ['an indented header', '[a]\nk=v\n [dev]\n', 'the header in line 3'],
    ['such a header after it', '[dev]\nk=v\n [a]\n', 'the header in line 1'],
    ['invalid text', '[\0a]', 'it is not in UTF-8'],
  ])('rejects %s', (_, text, reason) => {
    expect(String(thrownBy(() => drop(text)))).toContain(reason)
  })
})

describe('configparser’s DEFAULT section', () => {
  test.each([
    ['alone', '[DEFAULT]\nrole_arn = SECRET\n', 1],
    ['behind another', '[a]\nk=v\n\n[DEFAULT]\n', 4],
    ['before the profile', '# a\n[DEFAULT]\n[dev]\nk=v\n', 2],
    ['with blanks', '[a]\n[ DEFAULT\t] # c\n', 2],
    ['indented', '[a]\n  [DEFAULT]\n', 2],
    ['behind a byte order mark', `${BOM}[DEFAULT]\n`, 1],
  ])('is rejected when it is %s, as the profile would inherit its settings', (_, text, line) => {
    for (const file of ['credentials', 'config'] as const) {
      const problem = String(thrownBy(() => put(text, 'dev', file)))
      expect(problem).toContain(`in line ${line} it has a section DEFAULT, whose settings`)
      expect(problem).not.toContain('SECRET')
    }
  })

  test.each(['[default]\n', '# [DEFAULT]\n', '[a]\nk = [DEFAULT]\n', '[DEFAULTS]\n', '[profile DEFAULT]\n'])(
    'is not recognized in %j',
    text => {
      expect(put(text)).toBe(`${text}\n${SECTION}`)
    },
  )
})

describe('removal', () => {
  test.each([
    ['no white space', '[dev]\naws_access_key_id=ASIAX\naws_secret_access_key=a/b+c=\n'],
    ['more white space', '[dev]\n\naws_access_key_id   =\tASIAX \n\naws_secret_access_key = a/b+c=\n'],
    ['other line ends', SECTION.replaceAll('\n', '\r\n')],
    ['no final line end', SECTION.trimEnd()],
  ])('finds a section that another tool rewrote, with %s', (_, section) => {
    expect(remove(section)?.trim()).toBe('')
    expect(remove(`[a]\n\n${section}`)?.trim()).toBe('[a]')
  })

  test.each([
    ['a further setting', `${SECTION}region = x\n`],
    ['another value', SECTION.replace('ASIAX', 'ASIAY')],
    ['a nested setting', `${SECTION} x = 1\n`],
    ['one setting less', '[dev]\naws_access_key_id = ASIAX\n'],
    ['another order', '[dev]\naws_secret_access_key = a/b+c=\naws_access_key_id = ASIAX\n'],
    ['a continuation that looks like a header', `${SECTION}  [x]\n`],
    ['another name', SECTION.replace('dev', 'prod')],
    ['nothing', ''],
  ])('keeps a section with %s', (_, text) => {
    expect(remove(text)).toBeUndefined()
  })

  test('keeps what others wrote around it', () => {
    expect(remove(`[a]\n\n${SECTION}\n[b]\nk=v\n`)).toBe('[a]\n\n[b]\nk=v\n')
    expect(remove(`# x\n${SECTION}[b]\n`)).toBe('# x\n[b]\n')
    expect(remove(SECTION.replace('aws_secret', '# mine\naws_secret'))).toBe('# mine\n')
    expect(remove(`${SECTION}# mine\n`)).toBe('# mine\n')
  })

  test('removes ours of two sections with that name', () => {
    expect(remove(`[dev]\nk=v\n\n${SECTION}`)).toBe('[dev]\nk=v\n')
    expect(remove(`${SECTION}\n[dev]\nk=v\n`)).toBe('\n[dev]\nk=v\n')
  })
})

const line = fc.constantFrom(
  '[a]',
  '[dev]',
  '[profile dev]',
  '[profile "dev"]',
  '[default]',
  ' [dev]',
  '[dev] # c',
  '[dev]#c',
  '[b] junk',
  '# comment',
  '; [dev]',
  '',
  '  ',
  'k = v',
  's3 =',
  '  nested = 1',
  'k = [x]',
  '\xff\xfe\x80',
  '\xe2\x80\xa8',
  'aws_access_key_id = ASIAX',
)
const lineEnd = fc.constantFrom('\n', '\r\n')
/** Texts with every kind of line and any line endings, perhaps none on the last. */
const text = fc
  .record({
    bom: fc.constantFrom('', BOM),
    lines: fc.array(fc.tuple(line, lineEnd), { maxLength: 12 }),
    last: fc.constantFrom('', '[a]', '# c', 'k = v', '  n = 1', ' '),
  })
  .map(({ bom, lines, last }) => `${bom}${lines.flat().join('')}${last}`)
const file = fc.constantFrom<ProfileFile>('credentials', 'config')
const profile = fc.constantFrom('dev', 'default', 'other')

/** A section or a comment, with the blank lines before it. */
const block = fc.record({
  blanks: fc.array(fc.constantFrom('', ' \t'), { maxLength: 3 }),
  lines: fc.oneof(
    fc.constantFrom(
      ['# c'],
      ['; [dev]'],
      ['[a]', 'k = v'],
      ['[b]'],
      ['[dev2]', 's3 =', '  n = 1', '# in it', 'k=v'],
    ),
    fc.constantFrom(['[dev]'], ['[dev] ; c', 'k = v'], ['[dev]', '# in it', '', 's3 =', '  n = 1']),
  ),
})
const blocks = fc.record({
  blocks: fc.array(block, { maxLength: 8 }),
  trailing: fc.array(fc.constantFrom('', ' '), { maxLength: 2 }),
  lineEnd,
  isTerminated: fc.boolean(),
})

type Blocks = typeof blocks extends fc.Arbitrary<infer T> ? T : never

/** The text, and the same without the sections of `dev`, built from its parts and not by searching for them. */
function written({ blocks, trailing, lineEnd, isTerminated }: Blocks): { text: string; rest: string } {
  const isDev = ({ lines }: Blocks['blocks'][number]) => /^\[dev\]/.test(lines[0] ?? '')
  const textOf = (lines: readonly string[]) => {
    const text = lines.map(line => line + lineEnd).join('')
    return isTerminated ? text : text.replace(/\r?\n$/, '')
  }
  const all = blocks.flatMap(({ blanks, lines }) => [...blanks, ...lines])
  const others = blocks.flatMap(each =>
    isDev(each) ? each.blanks.slice(0, -1) : [...each.blanks, ...each.lines],
  )
  return { text: textOf([...all, ...trailing]), rest: textOf([...others, ...trailing]) }
}

describe('whatever the text', () => {
  test('without the old section, the lines of the others stay the same once ours is removed', () => {
    fc.assert(
      fc.property(blocks, parts => {
        const { text, rest } = written(parts)
        expect(drop(text)).toBe(rest)
        expect(remove(put(text))).toBe(rest)
        expect(remove(put(put(text)))).toBe(rest)
      }),
      { numRuns: 3000 },
    )
  })

  test('what replaces a section, once or again, is removed to the byte', () => {
    fc.assert(
      fc.property(text, file, profile, (before, file, profile) => {
        const rest = resultOf(() => drop(before, profile, file))
        const after = resultOf(() => put(before, profile, file))
        fc.pre(rest !== undefined && after !== undefined)
        expect(remove(after ?? '', profile, file)).toBe(rest)
        expect(remove(put(after ?? '', profile, file), profile, file)).toBe(rest)
      }),
      { numRuns: 3000 },
    )
  })

  test('what was added is removed to the byte', () => {
    fc.assert(
      fc.property(text, file, profile, (before, file, profile) => {
        fc.pre(!hasSection(before, file, profile))
        expect(remove(put(before, profile, file), profile, file)).toBe(before)
      }),
      { numRuns: 3000 },
    )
  })

  test('all bytes are kept, if they are text', () => {
    const bytes = fc.string({ unit: fc.integer({ min: 1, max: 255 }).map(code => String.fromCharCode(code)) })
    fc.assert(
      fc.property(bytes, before => {
        fc.pre(!/\r(?!\n)/.test(before) && !hasSection(before, 'config', 'dev'))
        expect(remove(put(before, 'dev', 'config'), 'dev', 'config')).toBe(before)
      }),
      { numRuns: 3000 },
    )
  })

  test('two profiles are removed to the byte in either order', () => {
    fc.assert(
      fc.property(text, file, fc.boolean(), (before, file, firstFirst) => {
        fc.pre(!hasSection(before, file, 'one') && !hasSection(before, file, 'two'))
        const both = put(put(before, 'one', file), 'two', file)
        const [first, second] = firstFirst ? ['one', 'two'] : ['two', 'one']
        expect(remove(remove(both, first, file) ?? '', second, file)).toBe(before)
      }),
      { numRuns: 2000 },
    )
  })

  test('dropping leaves no section with that name, and the rest unchanged', () => {
    fc.assert(
      fc.property(text, file, profile, (before, file, profile) => {
        const after = resultOf(() => drop(before, profile, file))
        fc.pre(after !== undefined)
        expect(hasSection(after ?? '', file, profile)).toBe(false)
        expect(isSubsequence(after ?? '', before)).toBe(true)
        if (!hasSection(before, file, profile)) expect(after).toBe(before)
      }),
      { numRuns: 3000 },
    )
  })

  test('overwriting adds only ours, and leaves no section with that name once ours is removed', () => {
    fc.assert(
      fc.property(text, file, profile, (before, file, profile) => {
        const after = resultOf(() => put(before, profile, file))
        fc.pre(after !== undefined)
        const rest = remove(after ?? '', profile, file) ?? ''
        expect(hasSection(rest, file, profile)).toBe(false)
        expect(isSubsequence(rest, before)).toBe(true)
        if (!hasSection(before, file, profile)) expect(rest).toBe(before)
      }),
      { numRuns: 3000 },
    )
  })
})

/** What the work returns, or undefined if it throws. */
function resultOf<T>(work: () => T): T | undefined {
  try {
    return work()
  } catch {
    return undefined
  }
}

function isSubsequence(part: string, whole: string): boolean {
  let at = 0
  for (const character of whole) if (part[at] === character) at++
  return at === part.length
}
