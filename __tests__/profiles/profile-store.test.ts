import { execFileSync } from 'node:child_process'
import {
  appendFileSync,
  chmodSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { GateError } from '../../src/core/base/failure.ts'
import type { Credentials } from '../../src/core/identity/session.ts'
import { profileSettings } from '../../src/core/profiles/settings.ts'
import { Deadline } from '../../src/process/deadline.ts'
import {
  ChangedMeanwhile,
  changeTogether,
  PartlyChanged,
  readShared,
  replaceFile,
} from '../../src/profiles/atomic-file.ts'
import type { Pause } from '../../src/profiles/file-lock.ts'
import {
  assertWritable,
  type Profile,
  type ProfilesPlan,
  parseWrittenProfiles,
  planProfiles,
  removeProfiles,
  writeProfiles,
} from '../../src/profiles/profile-store.ts'
import { matchWithKeys } from '../core/samples.ts'
import { type Child, endChildren, start } from './child-process.ts'

const SECRET = 'wJalrXUtnFEMI/K7MDENG+bPxRfiCY'
const TOKEN = 'FwoGZXIvYXdzEJr//////token'
const KEYS = { accessKeyId: 'ASIAEXAMPLE', secretAccessKey: SECRET, sessionToken: TOKEN }
const CREDENTIALS = `[dev]\naws_access_key_id = ASIAEXAMPLE\naws_secret_access_key = ${SECRET}\naws_session_token = ${TOKEN}\n`
const CONFIG = '[profile dev]\nregion = eu-west-1\n'

let root = ''
let folder = ''
let credentials = ''
let config = ''

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'profile-files-'))
  folder = join(root, '.aws')
  credentials = join(folder, 'credentials')
  config = join(folder, 'config')
})
afterEach(async () => {
  await endChildren()
  rmSync(root, { recursive: true })
})

function withKeys(name: string, keys: Partial<Credentials> = KEYS): Profile {
  return { name, settings: profileSettings(matchWithKeys(keys), 'eu-west-1') }
}

/** A profile in the config file only. */
function withProcess(name: string): Profile {
  return { name, settings: { config: { credential_process: 'node renew.js' } } }
}

function planOf(...profiles: Profile[]): ProfilesPlan {
  return planProfiles(profiles, { AWS_SHARED_CREDENTIALS_FILE: credentials, AWS_CONFIG_FILE: config })
}

function plan(keys?: Partial<Credentials>): ProfilesPlan {
  return planOf(withKeys('dev', keys))
}

async function write(options?: { overwrite: boolean }): Promise<ProfilesPlan> {
  const written = plan()
  await writeProfiles(written, options ?? { overwrite: false })
  return written
}

/** The error of a write that must fail; it must not contain a secret. */
function refusal(options?: { overwrite: boolean }): Promise<GateError> {
  return refusalOf(write(options))
}

async function refusalOf(writing: Promise<unknown>): Promise<GateError> {
  const error: unknown = await writing.catch(error => error)
  if (!(error instanceof GateError)) throw new Error(`not refused: ${String(error)}`)
  expect(error.code).toBe('ERR_PROFILE_WRITE')
  for (const secret of [SECRET, TOKEN]) expect(`${error.message} ${error.hint}`).not.toContain(secret)
  return error
}

function plant(texts: { credentials?: string; config?: string }, mode = 0o600): void {
  mkdirSync(folder, { recursive: true })
  for (const [name, text] of Object.entries(texts)) {
    writeFileSync(join(folder, name), text, { encoding: 'latin1' })
    chmodSync(join(folder, name), mode)
  }
}

/** Every file in the folder, byte by byte. */
function contents(): Record<string, string> {
  if (!existsSync(folder)) return {}
  const names = readdirSync(folder).filter(name => lstatSync(join(folder, name)).isFile())
  return Object.fromEntries(names.map(name => [name, readFileSync(join(folder, name), 'latin1')]))
}

function modeOf(path: string): number {
  return statSync(path).mode & 0o777
}

/** What a writer leaves if it is killed before it renames. */
const LEFTOVER = 'credentials.role-gate.00000000-1111-2222-3333-444444444444.tmp'

const OTHERS = {
  credentials: '# mine \xc3\xa9\r\n[a]\r\naws_access_key_id=AKIAA\r\n\r\n\r\n[b]\n  x = 1',
  config: '[default]\ns3 =\n    max_queue_size = 5\n; last\n',
}

describe('writeProfiles', () => {
  test('creates folder and files for their owner only', async () => {
    await write()
    expect(contents()).toEqual({ credentials: CREDENTIALS, config: CONFIG })
    expect([folder, credentials, config].map(modeOf)).toEqual([0o700, 0o600, 0o600])
  })

  test('keeps every byte of others, restricts the file modes and keeps the folder’s', async () => {
    plant(OTHERS, 0o644)
    chmodSync(folder, 0o755)
    await write()
    expect(contents().credentials?.startsWith(OTHERS.credentials)).toBe(true)
    expect(contents().config?.startsWith(OTHERS.config)).toBe(true)
    expect([folder, credentials, config].map(modeOf)).toEqual([0o755, 0o600, 0o600])
  })

  test('writes no session token if there is none', async () => {
    await writeProfiles(plan({ accessKeyId: 'AKIA', secretAccessKey: 's' }), { overwrite: false })
    expect(contents().credentials).toBe('[dev]\naws_access_key_id = AKIA\naws_secret_access_key = s\n')
  })

  test.each([
    ['credentials', { credentials: '[dev]\nk=v\n' }],
    ['config', { config: '[profile "dev"]\nk=v\n' }],
  ])('leaves a profile that is already in the %s file alone, and says what to do', async (name, texts) => {
    plant(texts)
    const error = await refusal()
    expect(error.message).toBe(`"${join(folder, name)}" has a profile "dev" already`)
    expect(error.hint).toContain('overwrite-aws-profile: true')
    expect(contents()).toEqual(texts)
  })

  test('replaces a profile in both files when overwriting', async () => {
    plant({ credentials: `[dev]\nrole_arn=x\n\n${OTHERS.config}`, config: '[profile dev]\nrole_arn=x' })
    await write({ overwrite: true })
    expect(contents()).toEqual({ credentials: `\n${OTHERS.config}\n${CREDENTIALS}`, config: CONFIG })
  })

  test('writes neither file if one is ambiguous, and quotes nothing of it', async () => {
    const texts = { credentials: '[a]\n', config: `[x]\nk = ${SECRET}\n  [profile dev] ${TOKEN}\n` }
    plant(texts)
    const { message } = await refusal({ overwrite: true })
    expect(message).toContain(`"${config}": the header in line 3`)
    expect(contents()).toEqual(texts)
  })

  test.each([
    ['credentials', { config: '[a]\n', credentials: `[a]\nk = ${SECRET}\n[a]\n` }],
    ['config', { credentials: '[a]\n', config: `[a]\n${TOKEN}\n` }],
  ])(
    'writes neither file if the AWS CLI can’t parse the %s file, even if it broke after the first look',
    async (name, texts) => {
      plant(texts)
      const { message } = await refusal({ overwrite: true })
      expect(message).toContain(`"${join(folder, name)}", line ${name === 'config' ? 2 : 3}: `)
      expect(contents()).toEqual(texts)
    },
  )

  test.each([['credentials'], ['config']])('rejects a %s file that is a symbolic link', async name => {
    mkdirSync(folder)
    const target = join(root, 'target')
    writeFileSync(target, 'theirs')
    symlinkSync(target, join(folder, name))
    expect((await refusal()).message).toContain(`"${join(folder, name)}": it is a symbolic link`)
    expect(readFileSync(target, 'utf8')).toBe('theirs')
    expect(readdirSync(folder)).toEqual([name])
  })

  test('rejects a folder that is a symbolic link, even a dangling one', async () => {
    symlinkSync(join(root, 'target'), folder)
    expect((await refusal()).message).toMatch(/folder .*symbolic link/)
    mkdirSync(join(root, 'target'))
    expect((await refusal()).message).toMatch(/folder .*symbolic link/)
    expect(readdirSync(join(root, 'target'))).toEqual([])
  })

  test('rejects a pipe or a folder instead of a file, and waits for neither', async () => {
    mkdirSync(folder)
    execFileSync('mkfifo', [config])
    expect((await refusal()).message).toContain("it isn't a regular file")
    rmSync(config)
    mkdirSync(config)
    expect((await refusal()).message).toContain("it isn't a regular file")
    expect(readdirSync(folder)).toEqual(['config'])
  })

  test('rejects a folder that can’t be created, and writes nothing in the other', async () => {
    plant({ credentials: '[a]\n' })
    writeFileSync(join(root, 'file'), '')
    config = join(root, 'file', 'config')
    expect((await refusal()).message).toContain(`"${config}": its parent isn't a folder`)
    config = join(root, 'file', 'further', 'config')
    expect((await refusal()).message).toContain(`"${config}": `)
    expect(contents()).toEqual({ credentials: '[a]\n' })
  })

  test('rejects one file for both, under one name or two', async () => {
    plant({ credentials: '[a]\n' })
    linkSync(credentials, config)
    expect((await refusal()).message).toContain('name one file')
    config = `${folder}/../.aws/credentials`
    expect((await refusal()).message).toContain('name one file')
    expect(contents().credentials).toBe('[a]\n')
  })

  test('rejects a value that would be more than a value', () => {
    const planned = () => plan({ ...KEYS, sessionToken: 'x\n[default]' })
    expect(planned).toThrow('the value of aws_session_token is none that can stand in a profile')
  })

  test('cleans up after a process that was killed while it wrote', async () => {
    plant({ [LEFTOVER]: SECRET, 'config.lock.0123456789abcdef0123456789abcdef': 'claim' } as object)
    await write()
    expect(readdirSync(folder)).toEqual(['config', 'credentials'])
  })

  test('leaves files alone that only have similar names to its own', async () => {
    const texts = {
      'credentials.role-gate.tmp': 'a',
      'my-credentials.role-gate.00000000-1111-2222-3333-444444444444.tmp': 'b',
      'credentials.role-gate.00000000-1111-2222-3333-444444444444.tmp.bak': 'c',
      'config.lock.bak': 'd',
    }
    plant(texts as object)
    mkdirSync(join(folder, LEFTOVER))
    await write()
    expect(contents()).toEqual({ ...texts, credentials: CREDENTIALS, config: CONFIG })
    expect(statSync(join(folder, LEFTOVER)).isDirectory()).toBe(true)
  })

  test('writes nothing after the timeout, wherever it ends', async () => {
    plant(OTHERS)
    const timeout = new GateError('ERR_TIMEOUT', 'over', '')
    const ends = (after: number) => async () => {
      if (after-- <= 0) throw timeout
    }
    let looks = 0
    for (; looks < 20; looks++) {
      const error = await writeProfiles(plan(), { overwrite: true, pause: ends(looks) }).catch(error => error)
      if (error === undefined) break
      expect(error).toBe(timeout)
      expect(contents()).toEqual(OTHERS)
      expect(readdirSync(folder)).toEqual(['config', 'credentials'])
      expect(contents().credentials).not.toContain('[dev]')
    }
    // After each file is edited, and after each is on disk.
    expect(looks).toBe(4)
  })

  test('notices the timeout even if a large file took all of the time and nothing else could run', async () => {
    plant(OTHERS)
    const { pause } = new Deadline(1)
    let isFirst = true
    const slow: Pause = (milliseconds, waitingFor) => {
      const end = performance.now() + (isFirst ? 1_100 : 0)
      while (performance.now() < end) isFirst = false
      return pause(milliseconds, waitingFor)
    }
    const error = await writeProfiles(plan(), { overwrite: true, pause: slow }).catch(error => error)
    expect(error).toMatchObject({ code: 'ERR_TIMEOUT' })
    expect(error.message).toMatch(/shared files/)
    expect(contents()).toEqual(OTHERS)
  })

  test('redoes its edit if a tool that takes no lock changed the file', async () => {
    plant(OTHERS)
    let changes = 2
    const pause = async () => {
      if (changes > 0) appendFileSync(config, `\n[profile theirs${changes--}]\n`)
    }
    await writeProfiles(plan(), { overwrite: false, pause })
    const theirs = '\n[profile theirs2]\n\n[profile theirs1]\n'
    expect(contents().config).toBe(`${OTHERS.config}${theirs}\n${CONFIG}`)
  })

  test('gives up if another tool changes a file each time', async () => {
    plant(OTHERS)
    const pause = async () => appendFileSync(config, '# theirs\n')
    const error = await refusalOf(writeProfiles(plan(), { overwrite: false, pause }))
    expect(error.message).toMatch(/another process/)
    expect(contents().config).not.toContain('[profile dev]')
    expect(contents().credentials).toBe(OTHERS.credentials)
  })
})

describe('planProfiles', () => {
  test('touches nothing, and its record contains no secret', () => {
    const text = JSON.stringify(plan().written)
    for (const secret of [SECRET, TOKEN, KEYS.accessKeyId]) expect(text).not.toContain(secret)
    expect(readdirSync(root)).toEqual([])
  })

  test('names the files by absolute path', () => {
    credentials = relative(process.cwd(), credentials)
    expect(plan().written.files.map(({ path }) => path)).toEqual([resolve(credentials), config])
  })
})

describe('parseWrittenProfiles', () => {
  test('reads what the step saved', () => {
    const { written } = planOf(withKeys('dev'), withProcess('ops'))
    expect(parseWrittenProfiles(JSON.stringify(written))).toEqual(written)
  })

  test.each([
    ...[
      '',
      'null',
      '[]',
      '{}',
      '"files"',
      '7',
      '{"files":',
      '{"files":{}}',
      '{"files":[null]}',
      '{"files":[[]]}',
    ],
    ...[
      { file: 'other' },
      { path: 'relative/credentials' },
      { path: 7 },
      { created: 'yes' },
      { sections: {} },
      { sections: [null] },
      { sections: [{ profile: 'dev' }] },
      { sections: [{ profile: [], fingerprint: 'x' }] },
    ].map(part => {
      const file = { file: 'config', path: '/config', created: false, sections: [], ...part }
      return JSON.stringify({ files: [file] })
    }),
    '['.repeat(200_000),
    `{"files":${'['.repeat(200_000)}${']'.repeat(200_000)}}`,
  ])('finds nothing in what no step saved: %#', text => {
    expect(parseWrittenProfiles(text)).toBeUndefined()
  })
})

describe('several profiles', () => {
  const names = Array.from({ length: 100 }, (_, number) => `p${number}`)

  test('are written and removed together, a hundred of them quickly', async () => {
    const foreign = Array.from({ length: 500 }, (_, number) => `[x${number}]\nk = v\n`).join('\n')
    plant({ credentials: foreign, config: OTHERS.config })
    const start = performance.now()
    const plan = planOf(...names.map(name => withKeys(name)))
    await assertWritable(plan, { overwrite: false })
    await writeProfiles(plan, { overwrite: false })
    for (const name of names) {
      expect(contents().credentials).toContain(`[${name}]\naws_access_key_id = `)
      expect(contents().config).toContain(`[profile ${name}]\nregion = `)
    }
    const removals = await removeProfiles(plan.written)
    expect(removals.map(({ profile }) => profile)).toEqual([...names, ...names])
    expect(new Set(removals.map(({ outcome }) => outcome))).toEqual(new Set(['removed']))
    expect(contents()).toEqual({ credentials: foreign, config: OTHERS.config })
    expect(performance.now() - start).toBeLessThan(3000)
  })

  test.each([false, true])(
    'are written into 20 MB and removed again quickly (overwriting: %s)',
    async overwrite => {
      const section = (name: string) =>
        `[${name}]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = wJalrXUtn\n`
      const others = Array.from({ length: 240_000 }, (_, number) => section(`x${number}`)).join('\n')
      const theirs = overwrite ? names.map(name => `\n${section(name)}`).join('') : ''
      expect(others.length).toBeGreaterThan(20e6)
      plant({ credentials: others + theirs, config: OTHERS.config })
      const start = performance.now()
      const plan = planOf(...names.map(name => withKeys(name)))
      await assertWritable(plan, { overwrite })
      await writeProfiles(plan, { overwrite })
      await removeProfiles(plan.written)
      // About a second; one profile at a time took 49.
      expect(performance.now() - start).toBeLessThan(10_000)
      expect(contents().credentials === others).toBe(true)
      expect(contents().config).toBe(OTHERS.config)
    },
  )

  test.each([
    ['to the byte', OTHERS],
    ['where there was none', {}],
  ])('leave the files as they were %s', async (_, texts) => {
    plant(texts)
    const plan = planOf(withKeys('p'), withProcess('q'), withKeys('r'))
    await writeProfiles(plan, { overwrite: false })
    await removeProfiles(plan.written)
    expect(contents()).toEqual(texts)
  })

  test('are all left unwritten if one already exists, and only that one is named', async () => {
    const texts = { config: '[profile b]\nk=v\n' }
    plant(texts)
    const plan = planOf(withKeys('a'), withKeys('b'), withKeys('c'))
    await expect(assertWritable(plan, { overwrite: false })).rejects.toThrow(
      `"${config}" has a profile "b" already`,
    )
    const error = await refusalOf(writeProfiles(plan, { overwrite: false }))
    expect(error.message).toBe(`"${config}" has a profile "b" already`)
    expect(contents()).toEqual(texts)
  })

  test('are all left unwritten if one can’t be replaced, and only that one is named', async () => {
    const texts = { credentials: '[a]\nk=v\n', config: '[x]\nk = v\n  [profile b]\n' }
    plant(texts)
    const plan = planOf(withKeys('a'), withKeys('b'))
    const { message } = await refusalOf(writeProfiles(plan, { overwrite: true }))
    expect(message).toContain(`the profile "b" in "${config}": the header in line 3`)
    expect(contents()).toEqual(texts)
  })

  test('are reported by the first one if a file is unusable for all', async () => {
    mkdirSync(config, { recursive: true })
    const plan = planOf(withKeys('a'), withKeys('b'), withKeys('c'))
    const { message } = await refusalOf(writeProfiles(plan, { overwrite: true }))
    expect(message).toContain(`the profiles "a" and 2 more in "${config}": it isn't a regular file`)
  })

  test('report one reason per file if they can’t be removed, and the other file is still cleaned up', async () => {
    const plan = planOf(withKeys('a'), withKeys('b'))
    await writeProfiles(plan, { overwrite: false })
    rmSync(credentials)
    mkdirSync(credentials)
    const removals = await removeProfiles(plan.written)
    const errors = removals.flatMap(removal => (removal.outcome === 'failed' ? [removal.error] : []))
    expect(removals.map(({ outcome }) => outcome)).toEqual(['failed', 'failed', 'removed', 'removed'])
    expect(new Set(errors).size).toBe(1)
    expect(errors[0]?.message).toContain(`the profiles "a" and 1 more in "${credentials}"`)
  })

  test('are kept individually if somebody has changed them', async () => {
    const plan = planOf(withKeys('a'), withKeys('b'), withKeys('c'))
    await writeProfiles(plan, { overwrite: false })
    const changed = (contents().credentials ?? '').replace('[b]', '[b]\nrole_arn = x')
    writeFileSync(credentials, changed)
    const removals = await removeProfiles(plan.written)
    const outcomes = removals.map(({ profile, outcome }) => `${profile} ${outcome}`)
    expect(outcomes.slice(0, 3)).toEqual(['a removed', 'b changed', 'c removed'])
    expect(outcomes.slice(3)).toEqual(['a removed', 'b changed', 'c removed'])
    expect(contents().config?.trim()).toBe('[profile b]\nregion = eu-west-1')
    expect(contents().credentials).toMatch(/^\s*\[b\]\nrole_arn = x\n(?:aws_\w+ = .*\n){3}$/)
  })
})

describe('a profile without settings for a file', () => {
  const SECTION = '[profile dev]\ncredential_process = node renew.js\n'

  test('gets no section in it, and creates no such file', async () => {
    const plan = planOf(withProcess('dev'))
    await writeProfiles(plan, { overwrite: false })
    expect(contents()).toEqual({ config: SECTION })
    expect(await removeProfiles(plan.written)).toEqual([{ profile: 'dev', path: config, outcome: 'removed' }])
    expect(contents()).toEqual({})
  })

  test.each([false, true])(
    'leaves the file unchanged, its time and mode too (overwriting: %s)',
    async overwrite => {
      const text = '[DEFAULT]\nk = v\n\n[b]\nk = v\n'
      plant({ credentials: text }, 0o644)
      utimesSync(credentials, 1, 1)
      await writeProfiles(planOf(withProcess('dev')), { overwrite })
      expect(contents()).toEqual({ credentials: text, config: SECTION })
      expect([statSync(credentials).mtimeMs, modeOf(credentials)]).toEqual([1000, 0o644])
    },
  )

  test('must still be absent from it', async () => {
    const texts = { credentials: '[dev]\nk=v\n' }
    plant(texts)
    const plan = planOf(withProcess('dev'))
    await expect(assertWritable(plan, { overwrite: false })).rejects.toThrow(
      `"${credentials}" has a profile "dev" already`,
    )
    const { message } = await refusalOf(writeProfiles(plan, { overwrite: false }))
    expect(message).toBe(`"${credentials}" has a profile "dev" already`)
    expect(contents()).toEqual(texts)
  })

  test('is dropped from it when overwriting', async () => {
    plant({ credentials: '[a]\nk=v\n\n[dev]\nk=v\n\n[b]\nk=v\n', config: '[profile dev]\nregion=x\n' })
    const plan = planOf(withProcess('dev'))
    await writeProfiles(plan, { overwrite: true })
    const rest = '[a]\nk=v\n\n[b]\nk=v\n'
    expect(contents()).toEqual({ credentials: rest, config: SECTION })
    await removeProfiles(plan.written)
    expect(contents()).toEqual({ credentials: rest, config: '' })
  })

  test('leaves the file that it is dropped from in place, even if now empty', async () => {
    plant({ credentials: '[dev]\nk=v\n' })
    await writeProfiles(planOf(withProcess('dev')), { overwrite: true })
    expect(contents()).toEqual({ credentials: '', config: SECTION })
  })

  test('is not written if it is unclear what would be dropped', async () => {
    const texts = { credentials: '[x]\nk=v\n  [dev]\n' }
    plant(texts)
    const { message } = await refusalOf(writeProfiles(planOf(withProcess('dev')), { overwrite: true }))
    expect(message).toContain(`the profile "dev" in "${credentials}": the header in line 3`)
    expect(contents()).toEqual(texts)
  })
})

describe('changeTogether', () => {
  const HELD = { assertHeld: () => {} }

  test('restores the first file’s bytes if the second can’t be replaced', async () => {
    plant(OTHERS)
    mkdirSync(join(folder, 'full'))
    const changes = [
      { file: readShared(credentials), after: 'new' },
      { file: readShared(join(folder, 'new')), after: 'new' },
      { file: readShared(config), after: undefined },
      {
        file: { path: join(folder, 'full'), text: undefined, stamp: stampOf(join(folder, 'full')) },
        after: 'new',
      },
    ]
    await expect(changeTogether(changes, HELD)).rejects.toThrow('EISDIR')
    expect(contents()).toEqual(OTHERS)
    expect(readdirSync(folder)).toEqual(['config', 'credentials', 'full'])
  })

  function stampOf(path: string): string {
    const { dev, ino, size, mtimeNs, ctimeNs } = statSync(path, { bigint: true })
    return [dev, ino, size, mtimeNs, ctimeNs].join(' ')
  }

  test('touches no file if there is no room next to one', async () => {
    plant(OTHERS)
    utimesSync(credentials, 1, 1)
    const changes = [
      { file: readShared(credentials), after: 'new' },
      { file: readShared(join(root, 'none', 'file')), after: 'new' },
    ]
    await expect(changeTogether(changes, HELD)).rejects.toThrow('ENOENT')
    expect(contents()).toEqual(OTHERS)
    expect(statSync(credentials).mtimeMs).toBe(1000)
  })

  test.each<[string, (path: string) => void]>([
    ['has other bytes', path => appendFileSync(path, 'k = v\n')],
    ['has the same bytes again', path => writeFileSync(path, readFileSync(path))],
    ['is another file', path => replaceByCopy(path)],
    ['is gone', path => rmSync(path)],
  ])('overwrites no file that another tool touched since it was read: it %s', async (_, touch) => {
    plant(OTHERS)
    const changes = [credentials, config].map(path => ({ file: readShared(path), after: 'new' }))
    touch(credentials)
    const touched = contents()
    await expect(changeTogether(changes, HELD)).rejects.toThrow(ChangedMeanwhile)
    expect(contents()).toEqual(touched)
  })

  function replaceByCopy(path: string): void {
    writeFileSync(`${path}.copy`, readFileSync(path))
    renameSync(`${path}.copy`, path)
  }

  test.each([0, 1, 2])(
    'does not report as written what it wrote without the lock (lost after %i looks)',
    async looks => {
      plant(OTHERS)
      let left = looks
      const lock = {
        assertHeld: () => {
          if (left-- <= 0) throw new Error('lost')
        },
      }
      const changes = [credentials, config].map(path => ({ file: readShared(path), after: 'new' }))
      const error = await changeTogether(changes, lock).catch(error => error)
      expect(error).toMatchObject({ message: 'lost' })
      // Without the lock nothing is restored either: the current content may be another's.
      expect(error instanceof PartlyChanged).toBe(looks > 0)
      expect(contents()).toEqual(
        looks > 0 ? { ...OTHERS, credentials: 'new', ...(looks > 1 ? { config: 'new' } : {}) } : OTHERS,
      )
      expect(readdirSync(folder)).toEqual(['config', 'credentials'])
    },
  )
})

describe('changeTogether, reading back', () => {
  test('does not report as written what another tool changed at once, and leaves that unchanged', async () => {
    plant(OTHERS)
    let looks = 0
    const lock = {
      assertHeld: () => {
        if (++looks === 2) appendFileSync(credentials, '# theirs\n')
      },
    }
    const changes = [credentials, config].map(path => ({ file: readShared(path), after: 'new\n' }))
    const error = await changeTogether(changes, lock).catch(error => error)
    expect(error).toBeInstanceOf(PartlyChanged)
    expect(error.message).toMatch(/what was written/)
    expect(contents()).toEqual({ credentials: 'new\n# theirs\n', config: OTHERS.config })
  })
})

describe('replaceFile', () => {
  test('replaces a file with any text, and leaves it if the lock is lost', async () => {
    plant({ config: 'old' })
    await replaceFile(config, 'é“new”', { assertHeld: () => {} })
    expect(readFileSync(config, 'utf8')).toBe('é“new”')
    const lost = () => {
      throw new Error('lost')
    }
    await expect(replaceFile(config, 'newer', { assertHeld: lost })).rejects.toThrow('lost')
    expect(readFileSync(config, 'utf8')).toBe('é“new”')
    expect(readdirSync(folder)).toEqual(['config'])
  })
})

describe('removeProfiles', () => {
  async function remove({ written }: ProfilesPlan): Promise<string[]> {
    const removals = await removeProfiles(JSON.parse(JSON.stringify(written)))
    expect(removals.map(({ path }) => path)).toEqual(written.files.map(({ path }) => path))
    return removals.map(({ outcome }) => outcome)
  }

  test.each<[string, { credentials?: string; config?: string }]>([
    ['to the byte', OTHERS],
    ['where there was one file', { config: '[a]' }],
    ['where there were empty files', { credentials: '', config: '' }],
    ['where there was none', {}],
  ])('leaves the files as they were %s', async (_, texts) => {
    plant(texts)
    const written = await write()
    expect(await remove(written)).toEqual(['removed', 'removed'])
    expect(contents()).toEqual(texts)
    expect(await remove(written)).toEqual(['gone', 'gone'])
  })

  test('keeps what others wrote in the meantime', async () => {
    const written = await write()
    appendFileSync(credentials, '\n[b]\nk = v\n')
    expect(await remove(written)).toEqual(['removed', 'removed'])
    expect(contents()).toEqual({ credentials: '\n[b]\nk = v\n' })
  })

  test('removes an overwritten profile, and restores none', async () => {
    plant({ credentials: '[dev]\nrole_arn=x\n', config: '[profile dev]\nrole_arn=x\n' })
    expect(await remove(await write({ overwrite: true }))).toEqual(['removed', 'removed'])
    expect(contents()).toEqual({ credentials: '', config: '' })
  })

  test('leaves a profile alone that another job has written since, even with the same region', async () => {
    const ours = await write()
    await writeProfiles(plan({ ...KEYS, secretAccessKey: 'theirs' }), { overwrite: true })
    const texts = contents()
    expect(await remove(ours)).toEqual(['changed', 'changed'])
    expect(contents()).toEqual(texts)
  })

  test('removes the keys if someone has changed only the settings', async () => {
    const written = await write()
    appendFileSync(config, 'output = json\n')
    expect(await remove(written)).toEqual(['removed', 'changed'])
    expect(contents()).toEqual({ config: `${CONFIG}output = json\n` })
  })

  test('does not complain about missing files or a missing folder', async () => {
    const written = await write()
    rmSync(config)
    expect(await remove(written)).toEqual(['removed', 'gone'])
    rmSync(folder, { recursive: true })
    expect(await remove(written)).toEqual(['gone', 'gone'])
  })

  test('follows no link, reports it, and continues with the other file', async () => {
    const written = await write()
    const target = join(root, 'target')
    writeFileSync(target, CREDENTIALS)
    rmSync(credentials)
    symlinkSync(target, credentials)
    const [first, second] = await removeProfiles(written.written)
    expect(first).toMatchObject({ outcome: 'failed', error: { code: 'ERR_PROFILE_WRITE' } })
    expect(second).toMatchObject({ outcome: 'removed' })
    expect(readFileSync(target, 'utf8')).toBe(CREDENTIALS)
  })

  test('continues with the other file if one stays locked', async () => {
    const written = await write()
    config = join(root, 'config')
    mkdirSync(`${credentials}.lock`)
    expect(await remove(written)).toEqual(['failed', 'removed'])
  })

  test('removes what a killed process left of its keys', async () => {
    const planned = plan()
    plant({ [LEFTOVER]: SECRET } as object)
    expect(await remove(planned)).toEqual(['gone', 'gone'])
    expect(readdirSync(folder)).toEqual([])
  })
})

describe('many processes at once', () => {
  const environment = () => ({ CREDENTIALS: credentials, CONFIG: config })
  const startWriter = (...profiles: string[]) => start('profile-writer.ts', profiles, environment())

  test('lose no profile, and remove only their own', async () => {
    plant(OTHERS)
    const numbers = Array.from({ length: 20 }, (_, number) => number)
    const ends = numbers.map(number =>
      startWriter(`p${number}`, `-q${number}`, `r${number},s${number}`).ended(),
    )
    expect((await Promise.all(ends)).filter(({ code }) => code !== 0)).toEqual([])
    const { credentials: keys = '', config: settings = '' } = contents()
    for (const [text, others] of [
      [keys, OTHERS.credentials],
      [settings, OTHERS.config],
    ] as const) {
      expect(text.startsWith(others)).toBe(true)
      const names = Array.from(text.matchAll(/^\[(?:profile )?([pqrs]\d+)\]/gm), ([, name]) => name)
      const expected = numbers.flatMap(number => [`p${number}`, `r${number}`, `s${number}`])
      expect(names.toSorted()).toEqual(expected.toSorted())
    }
    expect(readdirSync(folder)).toEqual(['config', 'credentials'])
  }, 120_000)
})

describe('a writer that stalls midway', () => {
  const STOPS = [1, 2, 3, 4]

  /** A process at the given point between two steps, with both locks. */
  async function writerAt(stop: number): Promise<Child> {
    const environment = { CREDENTIALS: credentials, CONFIG: config, KEY: 'ofA', STOPS: 'true' }
    const writer = start('profile-writer.ts', ['deploy'], environment)
    for (let passed = 1; passed <= stop; passed++) {
      await writer.printed(`stop ${passed}.`)
      if (passed < stop) writer.tell()
    }
    return writer
  }

  async function goOn(
    writer: Child,
    stop: number,
  ): Promise<{ readonly code: number | null; readonly output: string }> {
    for (let next = stop; next <= STOPS.length; next++) {
      writer.tell()
      if (next < STOPS.length) await Promise.race([writer.printed(`stop ${next + 1}.`), writer.ended()])
    }
    return writer.ended()
  }

  const deploy = (key: string) =>
    planOf({
      name: 'deploy',
      settings: profileSettings(
        matchWithKeys({ accessKeyId: 'ASIAX', secretAccessKey: key, sessionToken: 'token' }),
        'eu-west-1',
      ),
    })

  /** Waits for others, but not for long. */
  function impatient(): Pause {
    const end = performance.now() + 400
    return async milliseconds => {
      if (performance.now() > end) throw new GateError('ERR_TIMEOUT', 'over', '')
      await sleep(milliseconds)
    }
  }

  test.each([-3600, 3600])(
    'is waited for, though it is stopped and its locks are %s seconds old',
    async seconds => {
      plant(OTHERS)
      const stop = STOPS.length
      const writer = await writerAt(stop)
      writer.signal('SIGSTOP')
      const present = readdirSync(folder)
      expect(present.filter(name => name.endsWith('.tmp'))).toHaveLength(2)
      const then = Date.now() / 1000 - seconds
      for (const path of [credentials, config]) utimesSync(`${path}.lock`, then, then)
      const other = writeProfiles(deploy('ofB'), { overwrite: true, pause: impatient() })
      await expect(other).rejects.toMatchObject({ code: 'ERR_TIMEOUT' })
      // No file of the stalled one was taken.
      expect(readdirSync(folder)).toEqual(present)
      writer.signal('SIGCONT')
      expect(await goOn(writer, stop)).toMatchObject({ code: 0 })
      expect(contents().credentials).toContain(
        '[deploy]\r\naws_access_key_id = ASIAX\r\naws_secret_access_key = ofA\r\n',
      )
      await writeProfiles(deploy('ofB'), { overwrite: true })
      expect(contents().credentials).toContain('aws_secret_access_key = ofB\r\n')
      expect(contents().credentials).not.toContain('ofA')
      expect(readdirSync(folder)).toEqual(['config', 'credentials'])
    },
  )

  test.each(STOPS)(
    'writes nothing after a machine that can’t see it has taken its lock (stop %i)',
    async stop => {
      plant(OTHERS)
      const writer = await writerAt(stop)
      const theirs = JSON.stringify({ machine: 'another-machine', pid: 1 })
      writeFileSync(`${credentials}.lock`, theirs)
      const { code, output } = await goOn(writer, stop)
      expect({ code, output }).toMatchObject({
        code: 1,
        output: expect.stringContaining('ERR_PROFILE_WRITE'),
      })
      expect(output).toContain('another process took the lock')
      expect(output).not.toContain('written\n')
      expect(contents()).toEqual({ ...OTHERS, 'credentials.lock': theirs })
    },
  )

  test('and is killed leaves nothing that the next writer, or the post step, does not clean up', async () => {
    for (const clear of [
      () => writeProfiles(deploy('ofB'), { overwrite: true }),
      () => removeProfiles(deploy('ofA').written),
    ]) {
      plant(OTHERS)
      const writer = await writerAt(STOPS.length)
      writer.signal('SIGKILL')
      await writer.ended()
      expect(Object.values(contents()).join()).toContain('ofA')
      await clear()
      expect(readdirSync(folder)).toEqual(['config', 'credentials'])
      expect(Object.values(contents()).join()).not.toContain('ofA')
    }
  })
})
