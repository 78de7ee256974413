import fc from 'fast-check'

/** Outside text at its worst: control and bidirectional characters, half a pair, commands, markup. */
const HOSTILE_PIECES = [
  '\n',
  '\r\n',
  '\u0085',
  '\u2028',
  '\u2029',
  '\0',
  '\u001b[31m',
  '\u200b',
  '\u202e',
  '\ufeff',
  '\ud800',
  '\udc00',
  '::',
  '::add-mask::',
  '##[',
  '##[group]',
  '|',
  '`',
  '<script>',
  '</details>',
  '"',
  "'",
  ';',
  '#34;',
  '&#60;',
  '](x)',
  'https://evil.example',
  'www.evil.example',
  '%0A',
  '- ',
  '=',
  '*',
  ',',
  '😀',
  '１２',
]

/** Any sequence of UTF-16 code units, half surrogate pairs included. */
const codeUnits = fc
  .array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 30 })
  .map(units => String.fromCharCode(...units))

/** Any Unicode characters. (`unit: 'binary'` takes most of a second to build, in every file.) */
export const anyCharacters = fc
  .array(fc.integer({ min: 0, max: 0x10ffff }), { maxLength: 10 })
  .map(points => String.fromCodePoint(...points))

const hostilePieces = fc
  .array(fc.oneof(fc.constantFrom(...HOSTILE_PIECES), fc.string({ maxLength: 4 })), { maxLength: 12 })
  .map(pieces => pieces.join(''))

/** Any string, biased towards those that break things. */
export const anyText = fc.oneof(
  fc.string(),
  fc.string({ unit: 'grapheme' }),
  anyCharacters,
  codeUnits,
  hostilePieces,
)

export const partition = fc.constantFrom('aws', 'aws-cn', 'aws-us-gov', 'aws-iso-b', 'aws-eusc')

export const accountId = fc.string({
  unit: fc.constantFrom(...'0123456789'),
  minLength: 12,
  maxLength: 12,
})

/** The characters of IAM names and of session names: `[\w+=,.@-]`. */
export const NAME_CHARACTERS = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_+=,.@-'

export const roleName = fc.string({
  unit: fc.constantFrom(...NAME_CHARACTERS),
  minLength: 1,
  maxLength: 64,
})

export const sessionName = fc.string({
  unit: fc.constantFrom(...NAME_CHARACTERS),
  minLength: 2,
  maxLength: 64,
})

/** `/` or `/a/b/`, with the characters that an input may have in a path. */
export const path = fc
  .array(fc.string({ unit: fc.constantFrom(...NAME_CHARACTERS), minLength: 1, maxLength: 8 }), {
    maxLength: 3,
  })
  .map(segments => (segments.length === 0 ? '/' : `/${segments.join('/')}/`))

export const roleArn = fc.record({ kind: fc.constant('role' as const), partition, accountId, path, roleName })
export const userArn = fc.record({
  kind: fc.constant('user' as const),
  partition,
  accountId,
  path,
  userName: roleName,
})
export const assumedRoleArn = fc.record({
  kind: fc.constant('assumed-role' as const),
  partition,
  accountId,
  roleName,
  sessionName,
})

const EDIT_CHARACTERS = [...NAME_CHARACTERS, ...' \n\r\t\0*?/:%\u200bé１', '\ud83d\ude00']

/** A text that differs from the given one by one character: replaced, added, removed, or in the other case. */
export function oneEditOf(text: string): fc.Arbitrary<string> {
  const characters = Array.from(text)
  const position = fc.nat({ max: characters.length - 1 })
  const character = fc.constantFrom(...EDIT_CHARACTERS)
  return fc
    .oneof(
      fc.tuple(position, character).map(([at, other]) => characters.with(at, other)),
      fc.tuple(position, character).map(([at, other]) => characters.toSpliced(at, 0, other)),
      character.map(other => [...characters, other]),
      position.map(at => characters.toSpliced(at, 1)),
      position.map(at => characters.with(at, swapCase(characters[at] ?? ''))),
    )
    .map(edited => edited.join(''))
    .filter(edited => edited !== text)
}

export function swapCase(text: string): string {
  return text === text.toLowerCase() ? text.toUpperCase() : text.toLowerCase()
}
