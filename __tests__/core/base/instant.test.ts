import { expect, test } from '@jest/globals'
import { formatInstant } from '../../../src/core/base/instant.ts'

test.each([
  ['2026-01-31T12:00:00.000Z', '2026-01-31T12:00:00Z'],
  ['2026-12-31T23:59:59.999Z', '2026-12-31T23:59:59Z'],
  ['2026-01-31T12:00:00+02:00', '2026-01-31T10:00:00Z'],
])('formatInstant writes %s as RFC 3339 in UTC, to the second: %s', (instant, text) => {
  expect(formatInstant(new Date(instant))).toBe(text)
})
