import { describe, expect, test } from '@jest/globals'
import { onceClosed } from '../../src/profiles/file-in-use.ts'

/** Work that the system refuses at first, and how often it was tried. */
function refused(code: string, times: number) {
  const tries = { count: 0 }
  const work = () => {
    tries.count++
    if (tries.count <= times) throw Object.assign(new Error(`${code}: refused`), { code })
    return 'done'
  }
  return { tries, work }
}

describe('onceClosed', () => {
  test.each(['EPERM', 'EACCES', 'EBUSY'])('tries again after %s on Windows', async code => {
    const { work } = refused(code, 3)
    expect(await onceClosed(work, 'win32')).toBe('done')
  })

  test('ends with what the system said if the file stays open', async () => {
    const began = performance.now()
    const { work } = refused('EBUSY', Number.POSITIVE_INFINITY)
    await expect(onceClosed(work, 'win32')).rejects.toThrow('EBUSY: refused')
    expect(performance.now() - began).toBeGreaterThan(1_900)
  })

  test.each([
    ['another error on Windows', 'ENOSPC', 'win32'],
    ['a refusal on Linux, which is about permissions', 'EACCES', 'linux'],
    ['a refusal on macOS', 'EPERM', 'darwin'],
  ] as const)('does not try again after %s', async (_, code, platform) => {
    const { work, tries } = refused(code, 1)
    await expect(onceClosed(work, platform)).rejects.toThrow(code)
    expect(tries.count).toBe(1)
  })
})
