import { spawnSync } from 'node:child_process'
import { BlockList } from 'node:net'
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { InvalidValue } from '../../../src/core/base/invalid-value.ts'
import { bypassesProxy, parseKnownNoProxy, parseNoProxy } from '../../../src/core/network/no-proxy.ts'
import { anyText } from '../arbitraries.ts'
import { millisecondsOf, thrownBy } from '../thrown.ts'

type Row = readonly [list: string, url: string, bypasses: boolean]

/** What curl does, and we do too. */
const AS_CURL: readonly Row[] = [
  ['*', 'https://sts.example.com', true],
  ['*', 'http://10.1.2.3', true],
  ['*', 'http://[2001:db8::1]', true],
  ['', 'https://sts.example.com', false],
  [' , ,', 'https://sts.example.com', false],
  ['example.com', 'https://example.com', true],
  ['example.com', 'https://sts.example.com', true],
  ['example.com', 'https://a.b.example.com', true],
  ['.example.com', 'https://example.com', true],
  ['.example.com', 'https://sts.example.com', true],
  ['example.com', 'https://notexample.com', false],
  ['.example.com', 'https://notexample.com', false],
  ['example.com', 'https://example.com.evil.test', false],
  ['sts.example.com', 'https://example.com', false],
  ['com', 'https://example.com', true],
  ['EXAMPLE.com', 'https://Sts.Example.COM', true],
  ['example.com.', 'https://sts.example.com', true],
  ['.example.com.', 'https://sts.example.com', true],
  ['example.com', 'https://sts.example.com.', true],
  ['localhost,example.com', 'https://example.com', true],
  ['localhost, example.com', 'https://example.com', true],
  ['  example.com  ', 'https://example.com', true],
  ['localhost', 'http://localhost:8080', true],
  ['localhost', 'http://127.0.0.1', false],
  ['host1', 'http://host1', true],
  ['1host', 'http://a.1host', true],
  ['my_host-1.local', 'http://my_host-1.local', true],
  ['127.0.0.1', 'http://localhost', false],
  ['10.1.2.3', 'http://10.1.2.3', true],
  ['10.1.2.3', 'http://10.1.2.30', false],
  ['2.3', 'http://10.1.2.3', false],
  ['10.1.2', 'http://10.1.2.3', false],
  ['10.1.2.3', 'http://host.10.1.2.3.example', false],
  ['10.0.0.0/8', 'http://10.255.0.1', true],
  ['10.0.0.0/8', 'http://11.0.0.1', false],
  ['10.9.9.9/8', 'http://10.1.2.3', true],
  ['192.168.0.0/23', 'http://192.168.1.255', true],
  ['192.168.0.0/23', 'http://192.168.2.0', false],
  ['10.1.2.3/32', 'http://10.1.2.3', true],
  ['10.1.2.3/33', 'http://10.1.2.3', false],
  ['10.0.0.0/8', 'http://[::a00:1]', false],
  ['2001:db8::/32', 'http://[2001:db9::1]', false],
  ['2001:db8::/33', 'http://[2001:db8:8000::1]', false],
  ['2001:db8::1', 'http://[2001:db8::1]', true],
  ['::1', 'http://[::1]', true],
  ['::1', 'http://127.0.0.1', false],
]

/** What curl (or 7.88, for IPv6) does not support, and other tools do. */
const BEYOND_CURL: readonly Row[] = [
  ['2001:db8::/32', 'http://[2001:db8:1::1]', true],
  ['2001:0DB8:0:0:0:0:0:1', 'http://[2001:db8::1]', true],
  ['localhost example.com', 'https://example.com', true],
  ['localhost\nexample.com', 'https://example.com', true],
  ['*.example.com', 'https://sts.example.com', true],
  ['*.example.com', 'https://a.b.example.com', true],
  ['*.example.com', 'https://example.com', false],
  ['*.example.com', 'https://notexample.com', false],
  ['example.com:443', 'https://sts.example.com', true],
  ['example.com:443', 'https://sts.example.com:8443', false],
  ['example.com:443', 'http://sts.example.com', false],
  ['example.com:80', 'http://sts.example.com', true],
  ['*.example.com:8443', 'https://sts.example.com:8443', true],
  ['10.1.2.3:8080', 'http://10.1.2.3:8080', true],
  ['10.1.2.3:8080', 'http://10.1.2.3', false],
  ['10.0.0.0/8:8080', 'http://10.1.2.3:8080', true],
  ['[::1]', 'http://[::1]:8080', true],
  ['[::1]:8080', 'http://[::1]:8080', true],
  ['[::1]:8080', 'http://[::1]:8081', false],
  ['example.com:65535', 'https://example.com:65535', true],
  ['[2001:db8::12]', 'http://[2001:db8::12]', true],
  ['[2001:db8::]/32', 'http://[2001:db8:1::1]', true],
  ['0.0.0.0/0', 'http://10.1.2.3', true],
  ['0.0.0.0/0', 'http://[::1]', false],
  ['::/0', 'http://[2001:db8::1]', true],
  ['::/0', 'http://10.1.2.3', false],
  ['::ffff:10.1.2.3', 'http://[::ffff:a01:203]', true],
]

describe('no-proxy', () => {
  test.each([...AS_CURL, ...BEYOND_CURL])('%j for %s: %s', (list, url, expected) => {
    expect(bypassesProxy(new URL(url), parseKnownNoProxy(list))).toBe(expected)
  })

  const testWithCurl = hasCurl() ? test : test.skip
  testWithCurl.each(AS_CURL)('curl itself, of %j for %s: %s', (list, url, expected) => {
    // Nothing listens on either port: the message shows which one was tried.
    const told = curl('-gsS', '-x', '127.0.0.1:2', '--connect-to', '::127.0.0.1:1', '--noproxy', list, url)
    expect(told).toContain(`127.0.0.1 port ${expected ? 1 : 2} `)
  })

  test.each([
    '10.0.0.0/33',
    '10.0.0/8',
    '10.0.0.0/',
    '10.0.0.0/a',
    '10.0.0.0/-1',
    '10.0.0.256',
    '10.0.0',
    '10.0.0.0.1',
    '010.0.0.1',
    '2001:db8::/129',
    '2001:db8:::1',
    '[::1',
    '::1]',
    '[10.0.0.1]',
    'example.com/24',
    'https://example.com',
    'a..example.com',
    'ex*mple.com',
    '**',
    '*:443',
    '.',
    '*.',
    'example.com:',
    'example.com:65536',
    'example.com:https',
  ])('%j has no effect: an input error, and ignored in the environment', element => {
    const error = thrownBy(() => parseNoProxy(`a.example,${element}, b.example`))
    expect(error).toBeInstanceOf(InvalidValue)
    expect((error as Error).message).toContain(JSON.stringify(element))
    expect((error as Error).message).not.toContain('a.example')
    expect(parseKnownNoProxy(`a.example,${element}`)).toEqual(parseNoProxy('a.example'))
  })

  test('an element with a user or a password is an error that does not show it', () => {
    const error = thrownBy(() => parseNoProxy('a.example, http://u:PASSWORD@b.example:1'))
    expect(error).toBeInstanceOf(InvalidValue)
    expect(String(error)).not.toContain('PASSWORD')
    for (const element of ['user@example.com', '[1@[::1]', '[1@[::1]:443'])
      expect(parseKnownNoProxy(element)).toEqual([])
  })

  test('a * next to other elements is an input error, and ignored in the environment', () => {
    expect(thrownBy(() => parseNoProxy('localhost,*'))).toBeInstanceOf(InvalidValue)
    expect(bypassesProxy(new URL('https://example.com'), parseKnownNoProxy('localhost,*'))).toBe(false)
  })

  test.each(['*', ' * ', '*\n'])(
    'a * on its own matches all hosts, in the input as in the environment: %j',
    text => {
      expect(parseNoProxy(text)).toEqual([{ kind: 'all' }])
      expect(parseKnownNoProxy(text)).toEqual([{ kind: 'all' }])
    },
  )

  test.each([' a.example', ',a.example', 'a.example ,\n', ', a.example,,'])(
    'spaces and commas around an element are ignored: %j',
    text => {
      expect(parseNoProxy(text)).toEqual(parseNoProxy('a.example'))
    },
  )

  test('an empty list has no rules', () => {
    expect(parseNoProxy(' , ')).toEqual([])
  })

  test('every element without effect is named', () => {
    expect(() => parseNoProxy('x/1 y/2')).toThrow(/"x\/1", "y\/2"/)
  })

  test('blocks contain the addresses that Node counts among them', () => {
    const ipv4 = fc.tuple(fc.ipV4(), fc.ipV4(), fc.integer({ min: 0, max: 32 }), fc.constant('ipv4' as const))
    const ipv6 = fc.tuple(
      fc.ipV6(),
      fc.ipV6(),
      fc.integer({ min: 0, max: 128 }),
      fc.constant('ipv6' as const),
    )
    fc.assert(
      fc.property(fc.oneof(ipv4, ipv6), ([network, host, prefix, family]) => {
        const block = new BlockList()
        block.addSubnet(network, prefix, family)
        const rules = parseNoProxy(`${network}/${prefix}`)
        for (const one of [host, network]) {
          const url = new URL(`http://${family === 'ipv6' ? `[${one}]` : one}`)
          expect(bypassesProxy(url, rules)).toBe(block.check(one, family))
        }
      }),
      { numRuns: 500 },
    )
  })

  test('a domain matches itself and its subdomains, and nothing that merely ends alike', () => {
    fc.assert(
      fc.property(fc.domain(), fc.stringMatching(/^[a-z]{1,9}$/), (domain, label) => {
        const rules = parseNoProxy(domain)
        expect(bypassesProxy(new URL(`https://${domain}`), rules)).toBe(true)
        expect(bypassesProxy(new URL(`https://${label}.${domain}`), rules)).toBe(true)
        expect(bypassesProxy(new URL(`https://${label}${domain}`), rules)).toBe(false)
      }),
    )
  })

  test('no text in the environment throws or takes long', () => {
    const url = new URL('https://sts.eu-west-1.amazonaws.com')
    fc.assert(
      fc.property(anyText, text => expect(() => bypassesProxy(url, parseKnownNoProxy(text))).not.toThrow()),
    )
    for (const piece of ['a.', 'a', '1.', ':', '[', 'a,', '*.']) {
      for (const begin of ['', '['])
        expect(millisecondsOf(() => parseKnownNoProxy(begin + piece.repeat(50_000)))).toBeLessThan(1000)
    }
  })
})

/** Blocks of addresses came with 7.86. */
function hasCurl(): boolean {
  const { stdout } = spawnSync('curl', ['--version'], { encoding: 'utf8', env: { PATH: process.env.PATH } })
  const [, major = 0, minor = 0] = /^curl (\d+)\.(\d+)/.exec(stdout ?? '') ?? []
  return Number(major) > 7 || (Number(major) === 7 && Number(minor) >= 86)
}

/** What curl prints on standard error. */
function curl(...options: readonly string[]): string {
  const { stderr } = spawnSync('curl', options, { encoding: 'utf8', env: { PATH: process.env.PATH } })
  return stderr
}
