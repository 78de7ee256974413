import { posix, win32 } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { isProfileName, profilePaths, profileSettings } from '../../../src/core/profiles/settings.ts'
import { matchWithKeys } from '../samples.ts'

describe('isProfileName', () => {
  test.each(['dev', 'default', 'a.b', 'A_b@c+d%e:f-g', '0', 'x'.repeat(64), 'profile'])(
    'accepts %s',
    name => {
      expect(isProfileName(name)).toBe(true)
    },
  )

  test.each([
    '',
    ' ',
    'a b',
    'a]',
    '[a',
    'a/b',
    '"a"',
    "a'",
    'a\\b',
    'a\n',
    'é',
    'a#b',
    'a;b',
    'x'.repeat(65),
    '__proto__',
    'constructor',
    'DEFAULT',
  ])('rejects %j', name => {
    expect(isProfileName(name)).toBe(false)
  })
})

describe('profilePaths', () => {
  test('are in the home folder', () => {
    expect(profilePaths({}, '/home/me', posix.join)).toEqual({
      credentials: '/home/me/.aws/credentials',
      config: '/home/me/.aws/config',
    })
    expect(profilePaths({}, 'C:\\Users\\me', win32.join)).toEqual({
      credentials: 'C:\\Users\\me\\.aws\\credentials',
      config: 'C:\\Users\\me\\.aws\\config',
    })
  })

  test('are where the variables say, unless those are blank', () => {
    const environment = { AWS_SHARED_CREDENTIALS_FILE: '/a b/c', AWS_CONFIG_FILE: '' }
    expect(profilePaths(environment, '/h', posix.join)).toEqual({
      credentials: '/a b/c',
      config: '/h/.aws/config',
    })
  })

  test('expand a tilde to the home folder', () => {
    const environment = { AWS_SHARED_CREDENTIALS_FILE: '~/c', AWS_CONFIG_FILE: '~\\d' }
    expect(profilePaths(environment, 'C:\\$&', win32.join)).toEqual({
      credentials: 'C:\\$&/c',
      config: 'C:\\$&\\d',
    })
    for (const path of ['~me/d', '/a~/d', './~/d'])
      expect(profilePaths({ AWS_CONFIG_FILE: path }, '/h', posix.join).config).toBe(path)
  })
})

describe('profileSettings', () => {
  const keys = { accessKeyId: 'i', secretAccessKey: 's' }

  test('are the keys in one file and the region in the other', () => {
    expect(profileSettings(matchWithKeys({ ...keys, sessionToken: 't' }), 'eu-west-1')).toEqual({
      credentials: { aws_access_key_id: 'i', aws_secret_access_key: 's', aws_session_token: 't' },
      config: { region: 'eu-west-1' },
    })
  })

  test('have no session token if there is none', () => {
    expect(profileSettings(matchWithKeys(keys), 'x').credentials).toEqual({
      aws_access_key_id: 'i',
      aws_secret_access_key: 's',
    })
  })
})
