import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { clockAheadMs, isOff } from '../../../src/core/network/clock-skew.ts'
import { anyText } from '../arbitraries.ts'

const NOW = Date.parse('2026-01-31T12:00:00Z')

describe('the clock of a response', () => {
  test.each([
    ['Sat, 31 Jan 2026 12:20:00 GMT', 20 * 60_000],
    ['Sat, 31 Jan 2026 11:59:00 GMT', -60_000],
    ['Thu, 01 Jan 1970 00:00:00 GMT', -NOW],
    ['Fri, 31 Dec 9999 23:59:59 GMT', Date.parse('9999-12-31T23:59:59Z') - NOW],
  ])('is ahead by what its Date header says: %s', (date, milliseconds) => {
    expect(clockAheadMs({ date }, NOW)).toBe(milliseconds)
  })

  test.each([
    ['no header', {}],
    ['an empty one', { date: '' }],
    ['words', { date: 'yesterday' }],
    ['a number', { date: '1769860800' }],
    ['another form of time', { date: '2026-01-31T12:20:00Z' }],
    ['a day that does not exist', { date: 'Sat, 32 Jan 2026 12:20:00 GMT' }],
    ['a month that does not exist', { date: 'Sat, 31 Xyz 2026 12:20:00 GMT' }],
    ['the last year that JavaScript knows', { date: 'Sat, 13 Sep 275760 00:00:00 GMT' }],
    ['a year beyond it', { date: 'Sat, 13 Sep 275761 00:00:00 GMT' }],
    ['an answer that a cache kept', { date: 'Sat, 31 Jan 2026 12:20:00 GMT', age: '7' }],
  ])('is unknown from %s', (_, headers) => {
    expect(clockAheadMs(headers, NOW)).toBeUndefined()
  })

  test('gives a time that can be used in a signature, whatever the header', () => {
    const dates = fc.oneof(
      anyText,
      fc.date({ noInvalidDate: true }).map(date => date.toUTCString()),
    )
    fc.assert(
      fc.property(dates, date => {
        const time = new Date(NOW + (clockAheadMs({ date }, NOW) ?? 0))
        expect(time.toISOString()).toMatch(/^\d{4}-/)
      }),
    )
  })
})

test('clocks are too far apart from four minutes on, in either direction', () => {
  expect([239_999, 240_000, -239_999, -240_000].map(isOff)).toEqual([false, true, false, true])
})
