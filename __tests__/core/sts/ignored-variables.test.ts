import { describe, expect, test } from '@jest/globals'
import { ignoredVariables } from '../../../src/core/sts/ignored-variables.ts'

describe('ignoredVariables', () => {
  test.each([
    ['AWS_ENDPOINT_URL', 'https://evil.example'],
    ['AWS_ENDPOINT_URL_STS', 'https://evil.example'],
    ['AWS_CA_BUNDLE', '/tmp/ca.pem'],
    ['NODE_EXTRA_CA_CERTS', '/tmp/ca.pem'],
    ['NODE_TLS_REJECT_UNAUTHORIZED', '0'],
    ['NODE_USE_SYSTEM_CA', '1'],
    ['AWS_STS_REGIONAL_ENDPOINTS', 'legacy'],
  ])('names %s when set, as it would redirect, expose or weaken the connection to STS', (name, value) => {
    expect(ignoredVariables({ [name]: value, PATH: '/bin' }, undefined)).toEqual([name])
  })

  test('names every variable that is set, by name only', () => {
    const environment = {
      AWS_ENDPOINT_URL: 'https://user:password@evil.example',
      NODE_EXTRA_CA_CERTS: '/tmp/ca.pem',
      NODE_TLS_REJECT_UNAUTHORIZED: '0',
    }
    expect([...ignoredVariables(environment, undefined)].sort()).toEqual(Object.keys(environment).sort())
  })

  test.each([
    ['nothing', {}],
    [
      'blank ones',
      { AWS_ENDPOINT_URL: '', AWS_ENDPOINT_URL_STS: '', AWS_CA_BUNDLE: '', NODE_EXTRA_CA_CERTS: '' },
    ],
    ['absent ones', { AWS_ENDPOINT_URL: undefined }],
    ['TLS that stays closed', { NODE_TLS_REJECT_UNAUTHORIZED: '1', NODE_USE_SYSTEM_CA: '0' }],
    ['the hosts that are asked anyway', { AWS_STS_REGIONAL_ENDPOINTS: 'regional' }],
    [
      'proxies, which are honored',
      { HTTPS_PROXY: 'http://proxy', HTTP_PROXY: 'http://proxy', NO_PROXY: 'x' },
    ],
    ['others of AWS', { AWS_REGION: 'eu-west-1', AWS_ACCESS_KEY_ID: 'x', AWS_PROFILE: 'x' }],
  ])('names nothing for %s', (_, environment) => {
    expect(ignoredVariables(environment, undefined)).toEqual([])
  })

  test('names variables that choose among AWS’s own hosts only with a custom endpoint', () => {
    const environment = { AWS_USE_FIPS_ENDPOINT: 'true', AWS_USE_DUALSTACK_ENDPOINT: 'TRUE' }
    expect(ignoredVariables(environment, undefined)).toEqual([])
    expect(ignoredVariables(environment, new URL('https://sts.example'))).toEqual(Object.keys(environment))
  })

  test.each([undefined, '', 'false', 'untrue', 'truest'])('does not name one of those that is %j', value => {
    const environment = { AWS_USE_FIPS_ENDPOINT: value, AWS_USE_DUALSTACK_ENDPOINT: value }
    expect(ignoredVariables(environment, new URL('https://sts.example'))).toEqual([])
  })
})
