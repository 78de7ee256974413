import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { GateError } from '../../../src/core/base/failure.ts'
import {
  formatOutcome,
  formatProcessCredentials,
  isAlive,
  isDue,
  KeptCredentials,
  parseOutcome,
  usable,
} from '../../../src/core/renewal/outcome.ts'
import { ACCESS_KEY_ID, matchWithKeys, SECRET_KEY, SESSION_TOKEN } from '../samples.ts'

const START = Date.parse('2026-11-25T12:00:00Z')

/** Credentials verified at the start that last this many seconds. */
function lasting(seconds: number, triedAfter?: number): KeptCredentials {
  const match = matchWithKeys({ sessionToken: SESSION_TOKEN, expiration: new Date(START + seconds * 1000) })
  const kept = KeptCredentials.of(match, new Date(START))
  return triedAfter === undefined ? kept : kept.triedAgain(new Date(START + triedAfter * 1000))
}

describe('a renewal is due', () => {
  test.each([
    ['an hour, just before its last 15 minutes', 3600, 2700, false],
    ['an hour, in its last 15 minutes', 3600, 2701, true],
    ['45 minutes, just before its last 15 minutes', 2700, 1800, false],
    ['45 minutes, in its last 15 minutes', 2700, 1801, true],
    ['15 minutes, before its last third', 900, 600, false],
    ['15 minutes, in its last third', 900, 601, true],
    ['3 seconds, in its last third', 3, 2.1, true],
    ['an hour, after its end', 3600, 3600, true],
  ])('for a session of %s', (_, life, age, due) => {
    expect(isDue(lasting(life), START + age * 1000)).toBe(due)
  })

  test('not again for half a minute after a failed try, but always at expiry', () => {
    const tried = lasting(3600, 3000)
    expect(isDue(tried, START + 3029_000)).toBe(false)
    expect(isDue(tried, START + 3030_000)).toBe(true)
    expect(isDue(lasting(3600, 3590), START + 3600_000)).toBe(true)
  })

  test('if the last try lies in the future, as when a clock was set back', () => {
    expect(isDue(lasting(3600, 9999), START + 3000_000)).toBe(true)
  })

  test('for credentials without an expiry', () => {
    const endless = KeptCredentials.of(matchWithKeys({ expiration: undefined }), new Date(START))
    expect(isDue(endless, START)).toBe(true)
    expect(isAlive(endless, START)).toBe(false)
  })
})

describe('an outcome in a file', () => {
  test('is read back unchanged, kept or failed', () => {
    for (const kept of [lasting(3600), lasting(900, 700)]) {
      expect(parseOutcome(formatOutcome({ kind: 'kept', kept }))).toEqual({ kind: 'kept', kept })
    }
    const failure = new GateError('ERR_STS_REJECTED', 'AWS refused', 'Look at the trust policy.')
    const at = new Date(START)
    expect(parseOutcome(formatOutcome({ kind: 'failed', failure, at }))).toEqual({
      kind: 'failed',
      failure,
      at,
    })
  })

  test('of any other kind is ignored', () => {
    const kept = formatOutcome({ kind: 'kept', kept: lasting(3600) })
    for (let length = 0; length < kept.length; length++) {
      expect(parseOutcome(kept.slice(0, length))).toBeUndefined()
    }
    for (const broken of [
      kept.replace(ACCESS_KEY_ID, ''),
      kept.replace(/"sessionToken":"[^"]+",/, ''),
      kept.replace('"verifiedAt":"2026', '"verifiedAt":"soon'),
      kept.replace('"expiration":"2026', '"expiration":"soon'),
    ]) {
      expect(parseOutcome(broken)).toBeUndefined()
    }
    fc.assert(fc.property(fc.json(), text => parseOutcome(text) === undefined))
  })
})

test('only kept credentials that need no renewal are usable', () => {
  const kept = lasting(3600)
  expect(usable({ kind: 'kept', kept }, START)).toBe(kept)
  expect(usable({ kind: 'kept', kept }, START + 3000_000)).toBeUndefined()
  const failure = new GateError('ERR_STS_REJECTED', '', '')
  expect(usable({ kind: 'failed', failure, at: new Date(START) }, START)).toBeUndefined()
  expect(usable(undefined, START)).toBeUndefined()
})

test('a credential_process prints verified credentials as the SDKs read them', () => {
  expect(JSON.parse(formatProcessCredentials(lasting(3600)))).toEqual({
    Version: 1,
    AccessKeyId: ACCESS_KEY_ID,
    SecretAccessKey: SECRET_KEY,
    SessionToken: SESSION_TOKEN,
    Expiration: '2026-11-25T13:00:00Z',
  })
})
