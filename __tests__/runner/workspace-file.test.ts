import { posix, win32 } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { isSame, isWithin } from '../../src/runner/workspace-file.ts'

const SYSTEMS = { posix, win32 }

describe('a path', () => {
  test.each([
    ['posix', '/w/token', '/w/token', true],
    ['posix', '/w/token', '/w/Token', false],
    ['posix', '/w/token', '/w/token/x', false],
    ['win32', 'D:\\a\\token', 'd:\\A\\Token', true],
    ['win32', 'D:\\a\\token', 'D:/a/token', true],
    ['win32', 'D:\\a\\token', 'C:\\a\\token', false],
    ['win32', 'D:\\a\\token', 'D:\\a\\token2', false],
  ] as const)('on %s: %s is the same as %s: %s', (system, one, other, same) => {
    expect(isSame(one, other, SYSTEMS[system])).toBe(same)
  })

  test.each([
    ['posix', '/w', '/w/sub/token', true],
    ['posix', '/w', '/w', true],
    ['posix', '/w', '/w2/token', false],
    ['posix', '/w', '/token', false],
    ['posix', '/w', '/w/..token', true],
    ['win32', 'D:\\a', 'd:\\A\\sub\\token', true],
    ['win32', 'D:\\a', 'D:\\b\\token', false],
    ['win32', 'D:\\a', 'C:\\a\\token', false],
    ['win32', 'D:\\a', '\\\\server\\share\\token', false],
  ] as const)('on %s: within %s is %s: %s', (system, folder, file, within) => {
    expect(isWithin(folder, file, SYSTEMS[system])).toBe(within)
  })
})
