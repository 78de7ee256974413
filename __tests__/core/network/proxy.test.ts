import { describe, expect, test } from '@jest/globals'
import { GateError } from '../../../src/core/base/failure.ts'
import { parseNoProxy } from '../../../src/core/network/no-proxy.ts'
import { type ProxySettings, proxyFor } from '../../../src/core/network/proxy.ts'
import { proxySecrets } from '../../../src/core/network/proxy-secrets.ts'
import { thrownBy } from '../thrown.ts'

const HTTPS = new URL('https://sts.eu-west-1.amazonaws.com')
const HTTP = new URL('http://127.0.0.1:8080')
const A = 'http://a.example:1'
const B = 'http://b.example:2'

function hostFor(url: URL, settings: Partial<ProxySettings>): string | undefined {
  return proxyFor(url, { httpProxy: undefined, noProxy: undefined, environment: {}, ...settings })
    ?.hostname[0]
}

describe('proxyFor', () => {
  test.each<[string, URL, Record<string, string>, 'a' | 'b' | undefined]>([
    ['nothing is set', HTTPS, {}, undefined],
    ['HTTPS_PROXY is set', HTTPS, { HTTPS_PROXY: A }, 'a'],
    ['https_proxy is set', HTTPS, { https_proxy: A }, 'a'],
    ['small and capital letters differ', HTTPS, { https_proxy: A, HTTPS_PROXY: B }, 'a'],
    ['the small one is blank', HTTPS, { https_proxy: ' ', HTTPS_PROXY: A }, 'a'],
    ['HTTP_PROXY is set too', HTTPS, { HTTPS_PROXY: A, http_proxy: B }, 'a'],
    ['HTTP_PROXY alone is set', HTTPS, { HTTP_PROXY: A }, 'a'],
    ['http_proxy and HTTP_PROXY differ', HTTPS, { http_proxy: A, HTTP_PROXY: B }, 'a'],
    ['ALL_PROXY alone is set', HTTPS, { ALL_PROXY: A, all_proxy: A }, undefined],
    ['the target is http', HTTP, { HTTP_PROXY: A, HTTPS_PROXY: B }, 'a'],
    ['the target is http, and HTTPS_PROXY alone is set', HTTP, { HTTPS_PROXY: A }, undefined],
    ['a name without a scheme is set', HTTPS, { HTTPS_PROXY: 'a.example:1' }, 'a'],
    ['NO_PROXY names it', HTTPS, { HTTPS_PROXY: A, NO_PROXY: 'amazonaws.com' }, undefined],
    ['NO_PROXY names another', HTTPS, { HTTPS_PROXY: A, NO_PROXY: 'example.com' }, 'a'],
    ['no_proxy and NO_PROXY differ', HTTPS, { HTTPS_PROXY: A, no_proxy: 'x.example', NO_PROXY: '*' }, 'a'],
    ['no_proxy is blank', HTTPS, { HTTPS_PROXY: A, no_proxy: '', NO_PROXY: '*' }, undefined],
    ['NO_PROXY holds what means nothing', HTTPS, { HTTPS_PROXY: A, NO_PROXY: 'x/y,10.0.0.0/99' }, 'a'],
    ['the target is this machine', new URL('https://localhost'), { HTTPS_PROXY: A }, 'a'],
    ['an unusable one is not looked at', HTTPS, { HTTPS_PROXY: A, HTTP_PROXY: 'socks5://b' }, 'a'],
    ['an unusable one is exempt', HTTPS, { HTTPS_PROXY: 'socks5://b', NO_PROXY: '*' }, undefined],
  ])('when %s', (_, url, environment, expected) => {
    expect(hostFor(url, { environment })).toBe(expected)
  })

  test('prefers the input over any variable, usable or not', () => {
    const httpProxy = new URL(A)
    for (const value of [B, 'socks5://b']) {
      const environment = { https_proxy: value, HTTPS_PROXY: value, http_proxy: value, HTTP_PROXY: value }
      expect(hostFor(HTTPS, { httpProxy, environment })).toBe('a')
      expect(hostFor(HTTP, { httpProxy, environment })).toBe('a')
    }
  })

  test('uses the input no-proxy instead of NO_PROXY, wherever the proxy was set', () => {
    const noProxy = parseNoProxy('amazonaws.com')
    for (const settings of [{ httpProxy: new URL(A) }, { environment: { HTTPS_PROXY: A, HTTP_PROXY: A } }]) {
      const environment = { ...settings.environment, NO_PROXY: '127.0.0.1' }
      expect(hostFor(HTTPS, { ...settings, environment, noProxy })).toBeUndefined()
      expect(hostFor(HTTP, { ...settings, environment, noProxy })).toBe('a')
    }
  })

  test.each(['socks5://ci:hunter2@b', 'http://ci:12#hunter2@b', 'http://[::1:3128'])(
    'names the variable that holds %s, and shows no password',
    value => {
      const error = thrownBy(() => hostFor(HTTPS, { environment: { https_proxy: ' ', HTTPS_PROXY: value } }))
      expect(error).toBeInstanceOf(GateError)
      const { code, message, hint } = error as GateError
      expect(code).toBe('ERR_INPUT_INVALID')
      expect(message).toContain('HTTPS_PROXY')
      expect(message + hint).not.toContain('hunter2')
    },
  )
})

describe('proxySecrets', () => {
  test.each([
    ['INPUT_HTTP-PROXY', 'http://ci:pa%24%24word@proxy:1', ['pa%24%24word', 'pa$$word', btoa('ci:pa$$word')]],
    ['INPUT_HTTP-PROXY', '  ci:plain@proxy:1\n', ['plain', btoa('ci:plain')]],
    ['https_proxy', 'http://ci:100%@proxy', ['100%', btoa('ci:100%')]],
    ['HTTP_PROXY', 'http://ci:a@b@proxy', ['a@b', btoa('ci:a@b')]],
    ['ALL_PROXY', 'socks5://ci:plain@proxy', ['plain']],
    ['HTTPS_PROXY', 'http://ci:12#hunter2@proxy', ['12#hunter2']],
    ['HTTPS_PROXY', 'http://ci:a/b?c@proxy:port', ['a/b?c']],
    ['http_proxy', 'http://:only@proxy', ['only', btoa(':only')]],
    ['http_proxy', 'http://ci:%FF@proxy', ['%FF']],
  ])('finds in %s=%s what must stay secret', (name, value, secrets) => {
    expect(proxySecrets({ [name]: value })).toEqual(expect.arrayContaining(secrets))
  })

  test.each(['', 'proxy:3128', 'http://proxy:3128', 'http://ci@proxy:3128', 'http://ci:@proxy'])(
    'finds nothing in %j',
    value => {
      expect(proxySecrets({ HTTPS_PROXY: value })).toEqual([])
    },
  )
})
