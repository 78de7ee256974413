import { spawnSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { withFileLock, withFileLocks } from '../../src/runner/file-lock.ts'

let folder = ''
let path = ''
let lock = ''

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'file-lock-'))
  path = join(folder, 'file')
  lock = `${path}.lock`
})
afterEach(() => rmSync(folder, { recursive: true }))

/** A lock that someone made so many seconds ago. */
function plantLock(secondsOld: number, holder = ''): void {
  writeFileSync(lock, holder)
  const then = Date.now() / 1000 - secondsOld
  utimesSync(lock, then, then)
}

describe('withFileLock', () => {
  test('holds a file for its user alone while it works, and leaves none behind', async () => {
    const result = await withFileLock(path, () => {
      expect(statSync(lock).mode & 0o777).toBe(0o600)
      return 7
    })
    expect(result).toBe(7)
    expect(readdirSync(folder)).toEqual([])
  })

  test('is released when the work fails, whose error it passes on', async () => {
    const work = () => Promise.reject(new Error('mine'))
    await expect(withFileLock(path, work)).rejects.toThrow('mine')
    expect(readdirSync(folder)).toEqual([])
  })

  test('lets one work at a time, however many ask', async () => {
    let working = 0
    let done = 0
    const work = async () => {
      expect(++working).toBe(1)
      await sleep(2)
      working--
      done++
    }
    await Promise.all(Array.from({ length: 30 }, () => withFileLock(path, work)))
    expect(done).toBe(30)
  })

  test('lets one work at a time where all find the lock of a process that is gone', async () => {
    plantLock(31)
    let working = 0
    const work = async () => {
      expect(++working).toBe(1)
      await sleep(2)
      working--
    }
    await Promise.all(Array.from({ length: 30 }, () => withFileLock(path, work)))
    expect(readdirSync(folder)).toEqual([])
  })

  test('waits ten seconds for a lock of which nobody knows whether its holder is gone', async () => {
    plantLock(0)
    const start = performance.now()
    expect(await withFileLock(path, () => 7)).toBe(7)
    expect(performance.now() - start).toBeGreaterThan(9_900)
    expect(performance.now() - start).toBeLessThan(12_000)
  })

  test('waits no longer where a clock that was set back makes it look new', async () => {
    plantLock(-3600)
    const start = performance.now()
    expect(await withFileLock(path, () => 7)).toBe(7)
    expect(performance.now() - start).toBeLessThan(12_000)
  })

  test('leaves the lock of one who works for longer, and shows it', async () => {
    let isDone = false
    const first = withFileLock(path, async () => {
      await sleep(11_000)
      isDone = true
    })
    await sleep(100)
    const second = withFileLock(path, () => expect(isDone).toBe(true))
    await Promise.all([first, second])
  })

  test('takes the lock of a process of this machine that was killed at once, but not of one that runs', async () => {
    const { pid } = spawnSync(process.execPath, ['-e', ''])
    plantLock(0, `${hostname()} ${pid}`)
    const start = performance.now()
    expect(await withFileLock(path, () => 7)).toBe(7)
    expect(performance.now() - start).toBeLessThan(2_000)
    plantLock(9, `${hostname()} ${process.pid}`)
    const later = performance.now()
    expect(await withFileLock(path, () => 7)).toBe(7)
    expect(performance.now() - later).toBeGreaterThan(900)
  })

  test('gives up after fifteen seconds, and says what stands in the way', async () => {
    mkdirSync(lock)
    const start = performance.now()
    await expect(withFileLock(path, () => 7)).rejects.toThrow(`${lock} is there for longer than 15 seconds`)
    expect(performance.now() - start).toBeLessThan(17_000)
  })

  test('breaks nothing that is no lock of ours, however old', async () => {
    const then = Date.now() / 1000 - 99
    mkdirSync(lock)
    utimesSync(lock, then, then)
    symlinkSync('/nowhere', join(folder, 'other.lock'))
    const both = [withFileLock(path, () => 7), withFileLock(join(folder, 'other'), () => 7)]
    for (const result of await Promise.allSettled(both)) expect(result.status).toBe('rejected')
    expect(readdirSync(folder)).toEqual(['file.lock', 'other.lock'])
  })

  test('does not release the lock of another who took it for abandoned', async () => {
    await withFileLock(path, () => {
      renameSync(lock, `${lock}.${randomUUID()}`)
      plantLock(0)
    })
    expect(existsSync(lock)).toBe(true)
  })

  test('tells at once of a lock that can not be made', async () => {
    await expect(withFileLock(join(folder, 'none', 'file'), () => 7)).rejects.toThrow('ENOENT')
  })
})

test('withFileLocks holds all of them while it works', async () => {
  const paths = ['b', 'a'].map(name => join(folder, name))
  await withFileLocks(paths, () => expect(readdirSync(folder)).toEqual(['a.lock', 'b.lock']))
  expect(readdirSync(folder)).toEqual([])
})
