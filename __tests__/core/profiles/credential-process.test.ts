import { execFileSync } from 'node:child_process'
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { formatCommand } from '../../../src/core/profiles/credential-process.ts'

/** What a profile's path may contain: visible ASCII and spaces, but nothing that looks like a comment. */
const word = fc
  .array(fc.integer({ min: 0x20, max: 0x7e }), { minLength: 1, maxLength: 30 })
  .map(codes => String.fromCharCode(...codes))
  .filter(text => !/(?:^| )[#;]/.test(text))

const UNUSABLE = "contains characters that can't be used in a profile's command"

describe('a command line', () => {
  test.each(['/home/josé/x', '/a\tb', '/job #1/x', '#a', 'a ;b'])('rejects %j, and names it', text => {
    for (const platform of ['linux', 'darwin', 'win32'] as const)
      expect(() => formatCommand(['node', text], platform)).toThrow(`${text} ${UNUSABLE}`)
  })
})

describe('a command line for POSIX', () => {
  test('leaves plain words unchanged, and quotes the others', () => {
    const command = formatCommand(
      ['/opt/node 24/bin/node', '/a/dist/renew/index.js', "it's", '$HOME'],
      'linux',
    )
    expect(command).toBe(`'/opt/node 24/bin/node' /a/dist/renew/index.js 'it'\\''s' '$HOME'`)
  })

  test('splits into the same words in a shell and in botocore', () => {
    const lists = fc.sample(fc.array(word, { minLength: 1, maxLength: 4 }), 300)
    const commands = lists.map(words => formatCommand(words, 'linux'))
    const script = commands.map(command => `printf '%s\\0' ${command}; printf '\\n\\0'`).join('\n')
    const byShell = execFileSync('sh', ['-s'], { input: script, encoding: 'utf8' })
      .split('\n\0')
      .slice(0, -1)
      .map(words => words.split('\0').slice(0, -1))
    expect(byShell).toEqual(lists)
    const python =
      'import json, shlex, sys; print(json.dumps([shlex.split(c) for c in json.load(sys.stdin)]))'
    const byPython = execFileSync('python3', ['-c', python], { input: JSON.stringify(commands) })
    expect(JSON.parse(byPython.toString())).toEqual(lists)
  })
})

describe('a command line for Windows', () => {
  test('leaves plain words unchanged, which every SDK understands', () => {
    const words = [
      'C:\\runner\\externals\\node24\\bin\\node.exe',
      'D:\\a\\_actions\\index.js',
      'C:\\Users\\JOS~1\\x',
    ]
    expect(formatCommand(words, 'win32')).toBe(words.join(' '))
  })

  test.each([' ', '&', '|', '<', '>', '(', ')', '^', ',', ';', '=', "'", '!', '`', '{'])(
    'quotes a word with %j, which means something to cmd.exe or to a tool',
    character => {
      const word = `C:\\a${character}b\\node.exe`
      expect(formatCommand([word, 'D:\\index.js'], 'win32')).toBe(`"${word}" D:\\index.js`)
    },
  )

  test.each(['a"b', '%PATH%', 'C:\\folder\\'])('rejects %s, which tools would parse differently', text => {
    expect(() => formatCommand(['node', text], 'win32')).toThrow(`${text} ${UNUSABLE}`)
  })
})
