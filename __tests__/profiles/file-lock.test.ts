import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import fs, {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals'
import { withFileLock, withFileLocks } from '../../src/profiles/file-lock.ts'
import { ownHolder } from '../../src/profiles/lock-holder.ts'
import { type Child, endChildren, start } from './child-process.ts'

let folder = ''
let path = ''
let lock = ''

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'file-lock-'))
  path = join(folder, 'file')
  lock = `${path}.lock`
})
afterEach(async () => {
  await endChildren()
  rmSync(folder, { recursive: true })
})

/** A lock from another machine or container. */
const ELSEWHERE = JSON.stringify({ ...ownHolder(), machine: 'another-machine', id: 'x' })

function setAge(file: string, seconds: number): void {
  const then = Date.now() / 1000 - seconds
  utimesSync(file, then, then)
}

async function holdElsewhere(): Promise<Child> {
  const holder = start('lock-holder-process.ts', [path])
  await holder.printed('held')
  return holder
}

/** Tries to get the lock for a moment only. */
function askBriefly<T>(work: () => T): Promise<T> {
  return withFileLock(path, work, { maxWaitMs: 400 })
}

const REFUSED = 'has existed for more than 0.4 seconds'

describe('withFileLock', () => {
  test('locks a file for its user only while it works, and leaves no lock behind', async () => {
    const result = await withFileLock(path, () => {
      expect(statSync(lock).mode & 0o777).toBe(0o600)
      return 7
    })
    expect(result).toBe(7)
    expect(readdirSync(folder)).toEqual([])
  })

  test('is released when the work fails, and passes the error on', async () => {
    const work = () => Promise.reject(new Error('mine'))
    await expect(withFileLock(path, work)).rejects.toThrow('mine')
    expect(readdirSync(folder)).toEqual([])
  })

  test('runs one at a time, however many wait', async () => {
    expect(await atWorkAtOnce(30)).toBe(1)
  })

  test('runs one at a time even if all find the lock of a dead process', async () => {
    const { pid } = spawnSync(process.execPath, ['-e', ''])
    writeFileSync(lock, JSON.stringify({ ...ownHolder(), pid }))
    expect(await atWorkAtOnce(30)).toBe(1)
    expect(readdirSync(folder)).toEqual([])
  })

  /** The most that worked at the same time. */
  async function atWorkAtOnce(processes: number): Promise<number> {
    let working = 0
    let most = 0
    const work = async () => {
      most = Math.max(most, ++working)
      await sleep(2)
      working--
    }
    await Promise.all(Array.from({ length: processes }, () => withFileLock(path, work)))
    return most
  }

  test('shows other machines that it is alive', async () => {
    await withFileLock(path, async () => {
      setAge(lock, 60)
      await sleep(2_500)
      expect(Date.now() - statSync(lock).mtimeMs).toBeLessThan(2_500)
    })
  })

  test('gives up eventually, and says what is in its way', async () => {
    mkdirSync(lock)
    await expect(askBriefly(() => 7)).rejects.toThrow(`${lock} ${REFUSED}`)
  })

  test('reports a lock that can’t be created at once', async () => {
    await expect(withFileLock(join(folder, 'none', 'file'), () => 7)).rejects.toThrow('ENOENT')
  })
})

describe('the lock of a process that runs on this machine', () => {
  test.each([
    ['just now', 0],
    ['an hour ago', 3600],
    ['11 seconds from now', -11],
    ['in an hour', -3600],
  ])('is not taken while the process is stopped, though it was touched %s', async (_, seconds) => {
    const holder = await holdElsewhere()
    holder.signal('SIGSTOP')
    setAge(lock, seconds)
    const before = readFileSync(lock, 'utf8')
    await expect(askBriefly(() => 7)).rejects.toThrow(REFUSED)
    expect(readFileSync(lock, 'utf8')).toBe(before)
    holder.signal('SIGCONT')
    holder.tell()
    expect((await holder.ended()).output).toContain('still held')
    expect(await askBriefly(() => 7)).toBe(7)
  })

  test('is taken at once when the process was killed', async () => {
    const holder = await holdElsewhere()
    holder.signal('SIGKILL')
    await holder.ended()
    setAge(lock, -3600)
    expect(await askBriefly(() => 7)).toBe(7)
    expect(readdirSync(folder)).toEqual([])
  })

  test('is taken at once when another process has its process id', async () => {
    writeFileSync(lock, JSON.stringify({ ...ownHolder(), started: '1' }))
    expect(await askBriefly(() => 7)).toBe(7)
  })

  test('is taken at once when the process is a zombie', async () => {
    const parent = spawn('bash', ['-c', 'sleep 0.3 & echo $!; exec sleep 30'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const pid = Number((await once(parent.stdout, 'data'))[0])
    const status = () => readFileSync(`/proc/${pid}/stat`, 'utf8').split(' ')
    while (status()[2] !== 'Z') await sleep(20)
    const started = status()[21]
    writeFileSync(lock, JSON.stringify({ ...ownHolder(), pid, started }))
    expect(await askBriefly(() => 7)).toBe(7)
    parent.kill()
    await once(parent, 'close')
  })

  test('is this process’s own if it holds it', async () => {
    await withFileLock(path, async () => {
      setAge(lock, 3600)
      await expect(askBriefly(() => 7)).rejects.toThrow(REFUSED)
    })
  })
})

describe('a lock with an unknown owner', () => {
  const texts = {
    elsewhere: ELSEWHERE,
    // Containers on one machine share its boot ID, and may share its name, but not its process IDs.
    container: JSON.stringify({
      ...ownHolder(),
      machine: ownHolder().machine.replace(/pid:/, 'pid:9'),
      pid: 999_999,
    }),
    older: 'a-machine 999999',
    empty: '',
    past: ELSEWHERE,
    future: ELSEWHERE,
  }

  test('is taken after staying untouched for ten seconds, whatever its timestamp', async () => {
    const began = performance.now()
    const waits = Object.entries(texts).map(async ([name, text]) => {
      const file = join(folder, name)
      writeFileSync(`${file}.lock`, text)
      setAge(`${file}.lock`, { past: 3600, future: -3600 }[name] ?? 0)
      await withFileLock(file, () => 7)
      return performance.now() - began
    })
    const touched = touchFor(10_500)
    const stopped = await stoppedAsker()
    await sleep(10_500 - (performance.now() - began))
    stopped.signal('SIGCONT')
    for (const wait of await Promise.all(waits)) {
      expect(wait).toBeGreaterThan(9_900)
      expect(wait).toBeLessThan(14_500)
    }
    expect(await touched).toBe('not taken')
    // What it missed while it was stopped itself does not count.
    await sleep(500)
    expect(readFileSync(join(folder, 'stopped.lock'), 'utf8')).toBe(ELSEWHERE)
    expect(readdirSync(folder)).toEqual(['file.lock', 'stopped.lock'])
  })

  /** A process that waits for such a lock, and is stopped while waiting. */
  async function stoppedAsker(): Promise<Child> {
    writeFileSync(join(folder, 'stopped.lock'), ELSEWHERE)
    const asker = start('lock-holder-process.ts', [join(folder, 'stopped')])
    await asker.printed('asking')
    await sleep(300)
    asker.signal('SIGSTOP')
    return asker
  }

  /** Holds the lock of `path` like another machine, while this one waits for it. */
  async function touchFor(milliseconds: number): Promise<string> {
    writeFileSync(lock, ELSEWHERE)
    const touching = setInterval(() => setAge(lock, 0), 2_000)
    try {
      return await withFileLock(path, () => 'taken', { maxWaitMs: milliseconds }).catch(() => 'not taken')
    } finally {
      clearInterval(touching)
    }
  }

  test.each<[string, () => void]>([
    ['a folder', () => mkdirSync(lock)],
    ['a link', () => symlinkSync('/nowhere', lock)],
    ['a pipe', () => void execFileSync('mkfifo', [lock])],
    ['a large file', () => writeFileSync(lock, 'x'.repeat(2_000))],
  ])('is never taken if it is %s, and nobody waits for it', async (_, make) => {
    make()
    setAge(folder, 99)
    await expect(askBriefly(() => 7)).rejects.toThrow(REFUSED)
    expect(readdirSync(folder)).toEqual(['file.lock'])
  })
})

describe('a lock that another process took', () => {
  test('is noticed by its former holder, who does not release it', async () => {
    await withFileLock(path, ({ assertHeld }) => {
      assertHeld()
      writeFileSync(lock, ELSEWHERE)
      expect(assertHeld).toThrow('another process took the lock')
      rmSync(lock)
      expect(assertHeld).toThrow('another process took the lock')
      writeFileSync(lock, ELSEWHERE)
    })
    expect(readFileSync(lock, 'utf8')).toBe(ELSEWHERE)
  })

  test('is noticed among several', async () => {
    await withFileLocks([path, join(folder, 'other')], ({ assertHeld }) => {
      expect(readdirSync(folder)).toEqual(['file.lock', 'other.lock'])
      assertHeld()
      rmSync(lock)
      expect(assertHeld).toThrow('another process took the lock')
    })
    expect(readdirSync(folder)).toEqual([])
  })
})

describe('many processes', () => {
  test('that find the lock of a killed one, and are killed themselves, leave the lock to one at a time', async () => {
    const first = await holdElsewhere()
    first.signal('SIGKILL')
    await first.ended()
    const holders = Array.from({ length: 4 }, () => start('lock-holder-process.ts', [path]))
    let held = 0
    for (let round = 0; round < 4; round++) {
      await Promise.race(holders.map((holder, index) => holder.printed('held').then(() => index)))
      const atWork = await Promise.all(holders.map(holder => isAtWork(holder)))
      expect(atWork.filter(Boolean)).toHaveLength(1)
      const [holder] = holders.splice(atWork.indexOf(true), 1)
      holder?.signal('SIGKILL')
      await holder?.ended()
      held++
    }
    expect(held).toBe(4)
  })

  async function isAtWork(holder: Child): Promise<boolean> {
    return Promise.race([holder.printed('held').then(() => true), sleep(150).then(() => false)])
  }

  test('ignore what a process left when it was killed while taking a lock', async () => {
    const { pid } = spawnSync(process.execPath, ['-e', ''])
    const gone = JSON.stringify({ ...ownHolder(), pid })
    writeFileSync(lock, gone)
    const { ino, mtimeNs } = statSync(lock, { bigint: true })
    const claim = createHash('sha256').update(`${ino} ${mtimeNs} ${gone}`).digest('hex').slice(0, 32)
    writeFileSync(`${lock}.${claim}`, JSON.stringify(ownHolder()))
    await expect(askBriefly(() => 7)).rejects.toThrow(REFUSED)
    expect(readFileSync(lock, 'utf8')).toBe(gone)
    writeFileSync(`${lock}.${claim}`, gone)
    expect(await askBriefly(() => 7)).toBe(7)
    expect(readdirSync(folder)).toEqual([])
  })
})

describe('a lock that can no longer be deleted, as Windows refuses while a virus scanner reads it', () => {
  beforeEach(() => {
    const rmSync = fs.rmSync
    jest.spyOn(fs, 'rmSync').mockImplementation((file, options) => {
      if (file === lock) throw Object.assign(new Error('EBUSY'), { code: 'EBUSY' })
      rmSync(file, options)
    })
  })
  afterEach(() => {
    jest.restoreAllMocks()
  })

  test('leaves the outcome of the work as it is: what was written is known to be there', async () => {
    await expect(withFileLock(path, () => 'written')).resolves.toBe('written')
    expect(readdirSync(folder)).toEqual(['file.lock'])
  })

  test('leaves the error of the work as it is: it says whether anything was written', async () => {
    const work = () => {
      throw new Error('partly changed')
    }
    await expect(withFileLock(path, work)).rejects.toThrow('partly changed')
  })
})
