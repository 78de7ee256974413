import { createHash } from 'node:crypto'
import {
  chownSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import type { StepResult } from '../../../sandbox/runner/runner.ts'
import { inWorld, type MainResult, runMain, runPost, warningsOf } from '../scenario.ts'

const UUID = '01234567-89ab-4cde-8f01-23456789abcd'
const NAME = `aws-role-gate-${UUID}`
const RECORD = 'profiles.json'
/** A section that its user wrote, and that whoever forges the state knows. */
const SECTION = '[deploy]\naws_access_key_id = AKIAUSERS\naws_secret_access_key = long-lived\n'

let folder: string
let credentials: string
/** What a step before the post step could claim about that section. */
let record: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'users-'))
  credentials = join(folder, 'credentials')
  writeFileSync(credentials, SECTION)
  writeFileSync(join(folder, 'credentials.role-gate.tmp'), 'mine')
  writeFileSync(join(folder, `credentials.role-gate.${UUID}.tmp`), 'mine')
  mkdirSync(join(folder, NAME, '0'), { recursive: true })
  writeFileSync(join(folder, NAME, 'report.txt'), 'mine')
  writeFileSync(join(folder, NAME, '0', 'settings.json'), '{"inputs":{"AWS-REGION":"eu-west-1"},"run":{}}')
  const settings = 'aws_access_key_id=AKIAUSERS\naws_secret_access_key=long-lived'
  const fingerprint = createHash('sha256').update(settings).digest('hex')
  const sections = [{ profile: 'deploy', fingerprint }]
  record = JSON.stringify({ files: [{ file: 'credentials', path: credentials, created: true, sections }] })
  writeFileSync(join(folder, NAME, RECORD), record)
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

/** Every file below a folder, with its text. */
function contents(root: string): Record<string, string> {
  const names = readdirSync(root, { recursive: true, encoding: 'utf8' })
  const files = names.filter(name => statSync(join(root, name)).isFile())
  return Object.fromEntries(files.map(name => [name, readFileSync(join(root, name), 'latin1')]))
}

/** The post step after a main step that wrote a profile to other files, with a forged state. */
async function postWith(state: Readonly<Record<string, string>>, prepare: (temp: string) => void = () => {}) {
  const temporaryDirectory = mkdtempSync(join(tmpdir(), 'job-'))
  const temp = join(temporaryDirectory, 'temp')
  mkdirSync(temp)
  prepare(temp)
  const before = contents(folder)
  const main = { state, masks: [], temporaryDirectory } as unknown as MainResult
  const post = await runPost(main)
  expect(contents(folder)).toEqual(before)
  expectGracefulEnd(post)
  rmSync(temporaryDirectory, { recursive: true })
  return post
}

function expectGracefulEnd(post: StepResult): void {
  expect(post.conclusion).toBe('success')
  expect(`${post.stdout}${post.stderr}`).not.toMatch(/^ {4}at /m)
  expect(post.annotations.filter(({ level }) => level === 'error')).toEqual([])
}

describe('the post step', () => {
  test.each<[string, () => Record<string, string>]>([
    ['the record itself', () => ({ profiles: record })],
    ['the path of a folder', () => ({ profiles: join(folder, NAME), renewal: join(folder, NAME) })],
    ['a way out of RUNNER_TEMP', () => ({ profiles: `../../${folder.split('/').at(-1)}/${NAME}` })],
    ['a name of no folder', () => ({ profiles: NAME })],
    ['no JSON', () => ({ profiles: '{"files":' })],
    ['null', () => ({ profiles: 'null' })],
    ['a number', () => ({ profiles: '7' })],
    ['a deep list', () => ({ profiles: '['.repeat(100_000), exported: 'true', earlier: '['.repeat(20_000) })],
    ['a long name', () => ({ profiles: NAME.repeat(2_000) })],
    ['lines', () => ({ profiles: `${NAME}\n::error::mine` })],
  ])('touches nothing for a state that is %s, and says that it removed nothing', async (_, state) => {
    const post = await postWith(state())
    expect(warningsOf(post)).toEqual([expect.stringContaining('No profiles were removed')])
  })

  test.each<[string, (temp: string) => void]>([
    [
      'without a record',
      temp => {
        cpSync(join(folder, NAME), join(temp, NAME), { recursive: true })
        rmSync(join(temp, NAME, RECORD))
      },
    ],
    ['with a record of another form', temp => recordIn(temp, '{"files":[{"path":"/"}]}')],
    [
      'with a link as its record',
      temp => {
        writeFileSync(join(folder, 'record.json'), record)
        mkdirSync(join(temp, NAME))
        symlinkSync(join(folder, 'record.json'), join(temp, NAME, RECORD))
      },
    ],
    [
      'that is a link',
      temp => {
        symlinkSync(join(folder, NAME), join(temp, NAME))
      },
    ],
    ['that is a file', temp => writeFileSync(join(temp, NAME), record)],
    ...(process.getuid?.() === 0
      ? [
          [
            'of another user',
            (temp: string) => {
              recordIn(temp, record)
              chownSync(join(temp, NAME), 12_345, 12_345)
            },
          ] as [string, (temp: string) => void],
        ]
      : []),
  ])('touches nothing for a folder %s', async (_, prepare) => {
    let temp = ''
    const post = await postWith({ profiles: NAME }, path => {
      temp = path
      prepare(path)
    })
    expect(temp).not.toBe('')
    expect(warningsOf(post)).toEqual([expect.stringContaining('No profiles were removed')])
  })

  function recordIn(temp: string, text: string): void {
    mkdirSync(join(temp, NAME), { recursive: true })
    writeFileSync(join(temp, NAME, RECORD), text)
  }

  test.each<[string, (folder: string) => void, string]>([
    ['a file', path => writeFileSync(join(path, 'mine.txt'), ''), 'mine.txt'],
    ['a folder', path => mkdirSync(join(path, '1', 'mine'), { recursive: true }), '1'],
    ['a file next to the settings', path => writeFileSync(join(path, '0', 'mine.txt'), ''), '0'],
    ['a link', path => symlinkSync(folder, join(path, '1')), '1'],
  ])('removes the profile, but no folder in which somebody else has %s', (_, add, name) =>
    inWorld({}, async world => {
      const main = await runMain(world, { with: { 'aws-profile': 'gate', 'refresh-credentials': 'true' } })
      const path = join(main.temporaryDirectory, 'temp', main.state.profiles ?? '')
      add(path)
      const before = contents(folder)
      const post = await runPost(main)
      expectGracefulEnd(post)
      expect(warningsOf(post)).toEqual([
        expect.stringContaining('it contains files that this action did not create'),
      ])
      expect(readdirSync(path)).toContain(name)
      expect(readdirSync(join(main.temporaryDirectory, 'home', '.aws'))).toEqual([])
      expect(contents(folder)).toEqual(before)
    }),
  )

  test('removes profile and folder of a main step that was killed early', () =>
    inWorld({}, async world => {
      const main = await runMain(world, { with: { 'aws-profile': 'gate' } })
      const { profiles = '' } = main.state
      const post = await runPost({ ...main, state: { profiles } })
      expect(warningsOf(post)).toEqual([])
      expect(readdirSync(join(main.temporaryDirectory, 'home', '.aws'))).toEqual([])
      expect(readdirSync(join(main.temporaryDirectory, 'temp'))).not.toContain(profiles)
    }))

  test('says that the profile stays if a step has emptied RUNNER_TEMP', () =>
    inWorld({}, async world => {
      const main = await runMain(world, { with: { 'aws-profile': 'gate' } })
      const temp = join(main.temporaryDirectory, 'temp')
      renameSync(join(temp, main.state.profiles ?? ''), join(folder, 'moved'))
      const post = await runPost(main)
      expectGracefulEnd(post)
      expect(warningsOf(post)).toEqual([expect.stringContaining('RUNNER_TEMP')])
    }))

  test('finds a record without secrets, readable only by its owner', () =>
    inWorld({}, async world => {
      const main = await runMain(world, { with: { 'aws-profile': 'gate' } })
      expect(main.state).toEqual({ profiles: expect.stringMatching(/^aws-role-gate-[\da-f-]{36}$/) })
      const path = join(main.temporaryDirectory, 'temp', main.state.profiles ?? '')
      expect(readdirSync(path)).toEqual([RECORD])
      const text = readFileSync(join(path, RECORD), 'utf8')
      for (const secret of world.secrets()) expect(text).not.toContain(secret)
      expect([path, join(path, RECORD)].map(each => statSync(each).mode & 0o777)).toEqual([0o700, 0o600])
    }))
})
