import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { InvalidValue } from '../../../src/core/base/invalid-value.ts'
import { formatProxy, parseProxy } from '../../../src/core/network/proxy-address.ts'
import { anyCharacters, anyText } from '../arbitraries.ts'
import { thrownBy } from '../thrown.ts'

describe('parseProxy', () => {
  test.each([
    ['http://proxy.example:3128', 'http:', 'proxy.example:3128'],
    ['http://proxy.example:3128/', 'http:', 'proxy.example:3128'],
    ['HTTP://Proxy.Example:3128', 'http:', 'proxy.example:3128'],
    ['https://proxy.example', 'https:', 'proxy.example:443'],
    ['http://proxy.example', 'http:', 'proxy.example:80'],
    ['proxy.example:3128', 'http:', 'proxy.example:3128'],
    ['proxy', 'http:', 'proxy:80'],
    ['10.1.2.3:8080', 'http:', '10.1.2.3:8080'],
    ['http://[::1]:3128', 'http:', '[::1]:3128'],
    ['ci:pass@[2001:DB8::1]:3128', 'http:', '[2001:db8::1]:3128'],
    ['https://[2001:db8::1]', 'https:', '[2001:db8::1]:443'],
    ['ci:pa:ss@proxy.example:3128', 'http:', 'proxy.example:3128'],
  ])('accepts %s', (text, protocol, host) => {
    const proxy = parseProxy(text)
    expect(proxy.protocol).toBe(protocol)
    expect(formatProxy(proxy)).toBe(host)
  })

  test.each([
    ['http://ci:pa%24%24word@proxy', 'ci', 'pa$$word'],
    ['http://ci:pa$$word@proxy', 'ci', 'pa$$word'],
    ['http://ci:100%@proxy', 'ci', '100%'],
    ['http://ci:%zz%4@proxy', 'ci', '%zz%4'],
    ['http://ci:a@b@proxy', 'ci', 'a@b'],
    ['http://ci:a:b@proxy', 'ci', 'a:b'],
    ['http://DOMAIN%5Cci:%C3%A9%F0%9F%98%80@proxy', 'DOMAIN\\ci', 'é😀'],
    ['http://ci@proxy', 'ci', ''],
    ['http://proxy', '', ''],
  ])('reads from %s a user and password that every library decodes alike', (text, user, password) => {
    const { username, password: encoded } = parseProxy(text)
    expect([decodeURIComponent(username), decodeURIComponent(encoded)]).toEqual([user, password])
  })

  const ADVICE = 'write http://HOST:PORT, or http://USER:PASSWORD@HOST:PORT'
  const NO_URL = `is not the URL of a proxy: ${ADVICE}`
  const NO_URL_WITH_USER = `${NO_URL}; in USER and PASSWORD, write @ as %40, : as %3A and % as %25`
  const NOT_HTTP = `is a proxy that is neither http nor https: ${ADVICE}`
  const MORE = `has something behind the proxy's host and port: ${ADVICE}`
  const encode = (advice: string) =>
    `has characters in its user or password that must be percent-encoded: write ${advice}`

  test.each([
    ['', NO_URL],
    ['http://', NO_URL],
    ['http://:3128', NO_URL],
    ['http://proxy:port', NO_URL],
    ['http://proxy:65536', NO_URL],
    ['http://proxy example', NO_URL],
    ['http://pro\nxy', NO_URL],
    ['http:proxy:3128', NO_URL],
    ['http:\\\\proxy:3128', MORE],
    ['http://[::1:3128', NO_URL],
    ['http://ci:hunter2@', NO_URL_WITH_USER],
    ['http://ci:hunter2@proxy:port', NO_URL_WITH_USER],
    ['http://ci:hunter2@pro xy', NO_URL_WITH_USER],
    ['socks5://ci:hunter2@proxy:1080', NOT_HTTP],
    ['socks5h://ci:hunter2@proxy:1080', NOT_HTTP],
    ['ftp://ci:hunter2@proxy', NOT_HTTP],
    ['file:///etc/hunter2', NOT_HTTP],
    ['http://proxy:3128/hunter2', MORE],
    ['http://ci:hunter2@proxy:3128/proxy.pac', MORE],
    ['http://ci:hunter2@proxy:3128?x', MORE],
    ['http://ci:hunter2@proxy:3128#x', MORE],
    ['http://ci:1#hunter2@proxy:3128', encode('# as %23')],
    ['http://ci:1/hunter2@proxy:3128', encode('/ as %2F')],
    ['http://ci:hunter2/1@proxy:3128', encode('/ as %2F')],
    ['http://ci:hunter2?@proxy:3128', encode('? as %3F')],
    ['http://DOMAIN\\ci:hunter2@proxy:3128', encode('\\ as %5C')],
    ['http://ci:h@nter2/x@proxy:3128', encode('/ as %2F')],
    ['ci:?#hunter2#/@proxy:3128', encode('? as %3F, # as %23, / as %2F')],
    ['ci:ftp://hunter2@proxy', encode('/ as %2F')],
    ['http://ci:hunter2 and more@proxy:3128', encode('a space as %20')],
    ['http://ci:hunter2\t@proxy:3128', encode('a tab as %09')],
    ['http://ci:hunter2\r\n@proxy:3128', encode('U+000D as %0D, a line break as %0A')],
    ['http://ci:hunter2\u00a0@proxy:3128', encode('U+00A0 as %C2%A0')],
    ['http://ci:hunter2\0@proxy:3128', encode('U+0000 as %00')],
    [
      'http://ci:hunter2%FF@proxy:3128',
      'has a user or a password with a % that begins no UTF-8 character: write % as %25, and other characters percent-encoded as UTF-8',
    ],
  ])('rejects %j, and shows nothing of it', (text, message) => {
    const error = thrownBy(() => parseProxy(text))
    expect(error).toBeInstanceOf(InvalidValue)
    expect((error as Error).message).toBe(message)
    expect(message).not.toContain('hunter2')
  })

  test('carries any user and password, percent-encoded', () => {
    const text = anyCharacters.filter(part => part.isWellFormed())
    fc.assert(
      fc.property(text, text, (user, password) => {
        const proxy = parseProxy(`http://${encodeURIComponent(user)}:${encodeURIComponent(password)}@proxy:1`)
        expect(decodeURIComponent(proxy.username)).toBe(user)
        expect(decodeURIComponent(proxy.password)).toBe(password)
        expect(formatProxy(proxy)).toBe('proxy:1')
      }),
    )
  })

  test('says how to write any character that can’t be in a password, and accepts it written like that', () => {
    const character = fc.constantFrom(...'/?# \\\t\n\u0085\u2028')
    const password = fc.tuple(anyCharacters, character, anyCharacters)
    fc.assert(
      fc.property(password, parts => {
        const [, wrong] = parts
        const error = thrownBy(() => parseProxy(`http://ci:${parts.join('')}@proxy`))
        expect((error as Error).message).toContain(` as ${encodeURIComponent(wrong)}`)
        expect(parseProxy(`http://ci:${encodeURIComponent(wrong)}@proxy`).hostname).toBe('proxy')
      }),
    )
  })

  test('returns a proxy or an InvalidValue for any text', () => {
    const texts = fc.oneof(
      anyText,
      anyText.map(text => `http://ci:${text}@proxy`),
      anyText.map(text => `http://${text}`),
    )
    fc.assert(
      fc.property(texts, text => {
        const error = thrownBy(() => {
          const { protocol, username, password } = parseProxy(text)
          expect(['http:', 'https:']).toContain(protocol)
          expect(() => decodeURIComponent(username) + decodeURIComponent(password)).not.toThrow()
        })
        if (error !== undefined) expect(error).toBeInstanceOf(InvalidValue)
      }),
    )
  })
})
