import { execFileSync } from 'node:child_process'
import {
  closeSync,
  constants,
  mkdirSync,
  mkdtempSync,
  openSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import {
  type CommandFiles,
  canInject,
  canLimit,
  environmentAfterPost,
  type HandOver,
  handOver,
  newCommandFiles,
  withFaults,
} from '../command-files.ts'
import { errorsOf, FAILURE_OUTPUTS, inWorld, runIn, runPost, type Scenario, warningsOf } from '../scenario.ts'

const BLANK_KEYS = { AWS_ACCESS_KEY_ID: '', AWS_SECRET_ACCESS_KEY: '', AWS_SESSION_TOKEN: '' }
/** What earlier steps of the job left. */
const EARLIER = {
  AWS_ACCESS_KEY_ID: 'ASIAEARLIER',
  AWS_SECRET_ACCESS_KEY: 'of-an-earlier-step',
  AWS_SESSION_TOKEN: 'of-an-earlier-step-too',
  AWS_REGION: 'us-east-1',
}
const SCENARIO: Scenario = { environment: EARLIER, with: { 'output-credentials': 'true' } }

const testInjected = canInject() ? test : test.skip
const testLimited = canLimit() ? test : test.skip

/** The step failed because of this file, with the right code, and left later steps only what a failure says about itself. */
function expectNothingLeft(
  { result, exported, outputs, state }: HandOver,
  file: string,
  reason: string,
): void {
  expectTold(result, file, reason)
  expect(errorsOf(result)[0]).toContain('No credentials were exported.')
  expect(exported).toEqual({})
  expect(state.keyIdHash).toBeUndefined()
  expect(outputs.verified).toBeUndefined()
  expect(Object.keys(outputs).filter(name => !FAILURE_OUTPUTS.includes(name))).toEqual([])
}

function expectTold(result: HandOver['result'], file: string, reason: string): void {
  expect(result.conclusion).toBe('failure')
  const [error = ''] = errorsOf(result)
  expect(error).toContain(`ERR_UNEXPECTED: ${file} (`)
  expect(error).toContain(reason)
  expect(error).not.toMatch(/bug|^ +at /m)
  expect(result.summary).not.toContain('✅')
}

describe('a step that is killed while it exports', () => {
  /** What each file contains if the step is killed at a call that the export makes. */
  const kills: readonly (readonly [moment: string, fault: string, hasKeys: boolean, hasOutputs: boolean])[] =
    [
      ['before anything is written', 'write:signal=SIGKILL:when=1', false, false],
      ['between the state and GITHUB_ENV', 'write:signal=SIGKILL:when=2', false, false],
      ['between GITHUB_ENV and GITHUB_OUTPUT', 'write:signal=SIGKILL:when=3', true, false],
      ['between GITHUB_OUTPUT and the rest of the state', 'write:signal=SIGKILL:when=4', true, true],
      ['when all is written', 'close:signal=SIGKILL:when=1', true, true],
    ]

  testInjected.each(kills)(
    '%s leaves nothing that the post step does not take back',
    (_, fault, hasKeys, hasOutputs) =>
      inWorld({}, async world => {
        const files = newCommandFiles()
        const killed = await handOver(world, files, { ...SCENARIO, launcher: withFaults(files, fault) })
        expect(killed.result.exitCode).toBeNull()
        const [session] = world.sts.sessions
        expect(killed.exported.AWS_SECRET_ACCESS_KEY).toBe(hasKeys ? session?.secretAccessKey : undefined)
        expect(killed.outputs.verified).toBe(hasOutputs ? 'true' : undefined)
        const after = await environmentAfterPost(killed, EARLIER)
        expect(after).toMatchObject(hasKeys ? { ...EARLIER, ...BLANK_KEYS } : EARLIER)
        expect(JSON.stringify(killed.state)).not.toContain(session?.accessKeyId)
      }),
  )

  testInjected('blanks only its own keys if a later step has set others', () =>
    inWorld({}, async world => {
      const files = newCommandFiles()
      const launcher = withFaults(files, 'write:signal=SIGKILL:when=3')
      const killed = await handOver(world, files, { ...SCENARIO, launcher })
      const later = { AWS_ACCESS_KEY_ID: 'ASIALATER', AWS_SECRET_ACCESS_KEY: 'later' }
      const after = await environmentAfterPost({ ...killed, exported: { ...killed.exported, ...later } })
      expect(after).toMatchObject(later)
    }),
  )
})

describe('a runner file that can’t be written', () => {
  const writes: readonly (readonly [when: number, file: string])[] = [
    [1, 'GITHUB_STATE'],
    [2, 'GITHUB_ENV'],
    [3, 'GITHUB_OUTPUT'],
    [4, 'GITHUB_STATE'],
  ]
  const errors = ['ENOSPC', 'EIO', 'EDQUOT', 'EROFS']
  const cases = writes.flatMap(([when, file]) => errors.map(code => [code, when, file] as const))

  testInjected.each(cases)('by %s at append %i fails the step, and all is taken back', (code, when, file) =>
    inWorld({}, async world => {
      const files = newCommandFiles()
      const launcher = withFaults(files, `write:error=${code}:when=${when}`)
      const failed = await handOver(world, files, { ...SCENARIO, launcher })
      expectNothingLeft(failed, file, `${code}: `)
      expect(failed.outputs['failure-code']).toBe('ERR_UNEXPECTED')
      expect(await environmentAfterPost(failed, EARLIER)).toEqual(EARLIER)
    }),
  )

  testInjected.each(['EACCES', 'EROFS', 'EIO', 'EMFILE'])(
    'is reported before anything is written if opening it fails with %s',
    code =>
      inWorld({}, async world => {
        const files = newCommandFiles()
        const launcher = withFaults(
          { ...files, GITHUB_STATE: '', GITHUB_ENV: '' },
          `openat:error=${code}:when=1`,
        )
        const failed = await handOver(world, files, { ...SCENARIO, launcher })
        expectNothingLeft(failed, 'GITHUB_OUTPUT', `${code}: `)
      }),
  )

  testInjected('never claims to have exported nothing if it can’t roll back', () =>
    inWorld({}, async world => {
      const files = newCommandFiles()
      const launcher = withFaults(files, 'write:error=ENOSPC:when=3', 'ftruncate:error=EIO')
      const failed = await handOver(world, files, { ...SCENARIO, launcher })
      expectTold(failed.result, 'GITHUB_OUTPUT', 'ENOSPC: ')
      expect(failed.exported).toHaveProperty('AWS_SECRET_ACCESS_KEY')
      const said = `${failed.result.log}\n${failed.result.summary}`
      expect(said).not.toMatch(/no credentials were exported|nothing was/i)
      expect(errorsOf(failed.result)[0]).toMatch(/GITHUB_STATE and GITHUB_ENV couldn't be removed/)
      expect(await environmentAfterPost(failed, EARLIER)).toMatchObject({ ...EARLIER, ...BLANK_KEYS })
    }),
  )

  testLimited('because of a file size limit is truncated to what it was, however much was written', () =>
    inWorld({}, async world => {
      const files = newCommandFiles()
      const failed = await handOver(world, files, {
        ...SCENARIO,
        with: { ...SCENARIO.with, 'job-summary': 'false' },
        launcher: ['prlimit', '--fsize=600'],
      })
      expectNothingLeft(failed, 'GITHUB_ENV', 'EFBIG: ')
    }),
  )

  testInjected('does not say verified if it keeps part of the outputs', () =>
    inWorld({}, async world => {
      const files = newCommandFiles()
      const launcher = ['prlimit', '--fsize=1900', ...withFaults(files, 'ftruncate:error=EIO')]
      const failed = await handOver(world, files, {
        ...SCENARIO,
        with: { ...SCENARIO.with, 'job-summary': 'false' },
        launcher,
      })
      expectTold(failed.result, 'GITHUB_OUTPUT', 'EFBIG: ')
      expect(failed.outputs).toHaveProperty('aws-access-key-id')
      expect(failed.outputs).not.toHaveProperty('verified')
    }),
  )

  /** Makes the file at a path unwritable, and undoes it. */
  type Trouble = { readonly reason: string; make(path: string): void; undo(path: string): void }
  const troubles: Readonly<Record<string, Trouble>> = {
    'a full disk': {
      reason: 'ENOSPC: ',
      make(path) {
        run('mount', '-t', 'tmpfs', '-o', 'size=8k', 'tmpfs', dirname(path))
        writeFileSync(path, '')
        writeFileSync(join(dirname(path), 'other'), 'x'.repeat(8192))
      },
      undo: path => run('umount', dirname(path)),
    },
    'a disk that is mounted read-only': {
      reason: 'EROFS: ',
      make(path) {
        writeFileSync(path, '')
        run('mount', '--bind', path, path)
        run('mount', '-o', 'remount,bind,ro', path)
      },
      undo: path => run('umount', path),
    },
    'an attribute by which it can’t be changed': {
      reason: 'EPERM: ',
      make(path) {
        writeFileSync(path, '')
        run('chattr', '+i', path)
      },
      undo: path => run('chattr', '-i', path),
    },
  }

  function run(command: string, ...args: readonly string[]): void {
    execFileSync(command, args, { stdio: 'ignore' })
  }

  /** Whether this machine allows it: it takes root, and the right file system. */
  function isPossible({ make, undo }: Trouble): boolean {
    const path = newPath()
    try {
      make(path)
      undo(path)
      return true
    } catch {
      return false
    }
  }

  function newPath(): string {
    return join(mkdtempSync(join(tmpdir(), 'trouble-')), 'file')
  }

  for (const [name, trouble] of Object.entries(troubles)) {
    const testIfPossible = isPossible(trouble) ? test : test.skip
    testIfPossible.each(['GITHUB_STATE', 'GITHUB_ENV', 'GITHUB_OUTPUT'] as const)(
      `because of ${name} fails the step as that: %s`,
      file =>
        inWorld({}, async world => {
          const path = newPath()
          trouble.make(path)
          try {
            const failed = await handOver(world, { ...newCommandFiles(), [file]: path }, SCENARIO)
            expectNothingLeft(failed, file, trouble.reason)
          } finally {
            trouble.undo(path)
          }
        }),
    )
  }
})

describe('something else in place of a file', () => {
  /** Each with its cleanup, if a process holds it open. */
  const strangers: Readonly<Record<string, (path: string) => () => void>> = {
    'a pipe without a reader': path => {
      execFileSync('mkfifo', [path])
      return () => {}
    },
    'a pipe that somebody holds open': path => {
      execFileSync('mkfifo', [path])
      const descriptor = openSync(path, constants.O_RDWR | constants.O_NONBLOCK)
      return () => closeSync(descriptor)
    },
    'a device': path => {
      symlinkSync('/dev/zero', path)
      return () => {}
    },
    'a folder': path => {
      mkdirSync(path)
      return () => {}
    },
    nothing: () => () => {},
  }
  const cases = Object.keys(strangers).flatMap(name =>
    (['GITHUB_STATE', 'GITHUB_ENV', 'GITHUB_OUTPUT'] as const).map(file => [name, file] as const),
  )

  async function withStranger<T>(name: string, body: (path: string) => Promise<T>): Promise<T> {
    const path = join(mkdtempSync(join(tmpdir(), 'stranger-')), 'file')
    const undo = strangers[name]?.(path)
    try {
      return await body(path)
    } finally {
      undo?.()
      rmSync(path, { recursive: true, force: true })
    }
  }

  test.each(cases)('never blocks a step, and gets nothing: %s for %s', (name, file) =>
    withStranger(name, path =>
      inWorld({}, async world => {
        const files: CommandFiles = newCommandFiles()
        const failed = await handOver(world, files, { ...SCENARIO, runnerVariables: { [file]: path } })
        expectNothingLeft(failed, file, "can't be written")
        expect(failed.result.durationMs).toBeLessThan(5000)
      }),
    ),
  )

  test.each(Object.keys(strangers).filter(name => name !== 'nothing'))(
    'of the summary is a warning, and blocks nothing: %s',
    name =>
      withStranger(name, async path => {
        const result = await runIn({}, { runnerVariables: { GITHUB_STEP_SUMMARY: path } })
        expect(result.outputs.verified).toBe('true')
        expect(warningsOf(result).join()).toMatch(/job summary/)
        expect(result.durationMs).toBeLessThan(5000)
      }),
  )

  test.each(Object.keys(strangers))('never blocks the post step: %s', name =>
    withStranger(name, async path => {
      const post = await runPost(await runIn({}), { runnerVariables: { GITHUB_ENV: path } })
      expect(post.conclusion).toBe('success')
      expect(warningsOf(post).join()).toContain('GITHUB_ENV')
      expect(post.durationMs).toBeLessThan(5000)
    }),
  )
})
