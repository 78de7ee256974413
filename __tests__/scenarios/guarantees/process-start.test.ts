import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from '@jest/globals'
import { inLongJob, type LongJob, renewalFolder } from '../long-job.ts'
import { expectNothingHandedOut, inWorld, newFile, runMain, runPost, warningsOf } from '../scenario.ts'

type Environment = Readonly<Record<string, string>>

let pipe: string
beforeAll(() => {
  pipe = join(mkdtempSync(join(tmpdir(), 'pipe-')), 'pipe')
  execFileSync('mkfifo', [pipe])
})

const WORKER = { NODE_UNIQUE_ID: '7' }
/** What an earlier step can write to GITHUB_ENV; PIPE is the path of one that nobody writes to. */
const VARIABLES: readonly Environment[] = [
  ...['0', '1', '2', '3', '10', '16', '21', '99', '99999999999', '1.5', ''].map(fd => ({
    NODE_CHANNEL_FD: fd,
  })),
  ...['0', '2', '10', '16', '21', '99'].map(fd => ({ NODE_CHANNEL_FD: fd, ...WORKER })),
  WORKER,
  { NODE_CHANNEL_FD: '99', NODE_CHANNEL_SERIALIZATION_MODE: 'advanced' },
  { NODE_V8_COVERAGE: '/proc/nowhere' },
  { NODE_V8_COVERAGE: 'PIPE' },
  { NODE_PENDING_DEPRECATION: '1', NODE_REDIRECT_WARNINGS: 'PIPE' },
  { TZ: ':PIPE' },
  { HOSTALIASES: 'PIPE', RESOLV_HOST_CONF: 'PIPE', LOCALDOMAIN: 'x', RES_OPTIONS: 'ndots:15' },
  { UV_THREADPOOL_SIZE: '1' },
]

function withPipe(variables: Environment): Environment {
  return Object.fromEntries(
    Object.entries(variables).map(([name, value]) => [name, value.replace('PIPE', pipe)]),
  )
}

/** The post step of a job with a step that wrote a profile. */
async function expectCleaned(job: LongJob, variables: Environment): Promise<void> {
  const post = await runPost(job.main, { temporaryDirectory: job.folder, runnerVariables: variables })
  expect(post.exitCode).toBe(0)
  expect(post.durationMs).toBeLessThan(5000)
  expect(warningsOf(post)).toEqual([])
  expect(renewalFolder(job)).toBeUndefined()
  expect(existsSync(join(job.home, '.aws')) ? readdirSync(join(job.home, '.aws')) : []).toEqual([])
}

describe('variables from an earlier step that change how Node starts', () => {
  test.each(VARIABLES)('neither break nor block the main step, a renewal or the post step: %j', variables =>
    inWorld({}, async world => {
      const runnerVariables = withPipe(variables)
      const main = await runMain(world, { runnerVariables })
      expect(main.exitCode).toBe(0)
      expect(main.outputs.verified).toBe('true')
      expect(main.durationMs).toBeLessThan(5000)
      await inLongJob(world, {}, async job => {
        const environment = { ...job.idTokenVariables, ...runnerVariables }
        const renewal = await job.renew({ environment })
        expect(renewal.exitCode).toBe(0)
        expect(renewal.credentials).toHaveProperty('SecretAccessKey')
        await expectCleaned(job, runnerVariables)
      })
    }),
  )

  test('that make Node print to standard output break neither the main step nor the post step', () =>
    inWorld({}, async world => {
      const runnerVariables = { NODE_CHANNEL_FD: '1', ...WORKER }
      const main = await runMain(world, { runnerVariables })
      expect(main.outputs.verified).toBe('true')
      await inLongJob(world, {}, job => expectCleaned(job, runnerVariables))
    }))

  test.each([
    { NODE_CHANNEL_FD: '-1' },
    { NODE_CHANNEL_FD: 'x' },
    { NODE_CHANNEL_FD: '99', NODE_CHANNEL_SERIALIZATION_MODE: 'x' },
  ])('that crash Node before the first line of the action export nothing: %j', runnerVariables =>
    inWorld({}, async world => {
      const main = await runMain(world, { runnerVariables })
      expect(main.conclusion).toBe('failure')
      expectNothingHandedOut(main)
    }),
  )
})

describe('an uncaught error', () => {
  const soon = newFile('soon.cjs', "process.nextTick(() => { throw new Error('thrown\\nsoon') })")

  test('is one warning of the post step, which still removes everything', () =>
    inWorld({}, world =>
      inLongJob(world, {}, async job => {
        const post = await runPost(job.main, {
          temporaryDirectory: job.folder,
          runnerVariables: { NODE_OPTIONS: `--require=${soon}` },
        })
        expect(post.exitCode).toBe(0)
        expect(warningsOf(post)).toHaveLength(1)
        expect(post.stderr).toBe('')
        expect(renewalFolder(job)).toBeUndefined()
      }),
    ))

  test('ends a renewal without credentials, and is reported in one line', () =>
    inWorld({}, world =>
      inLongJob(world, {}, async job => {
        const endless = newFile(
          'endless.cjs',
          `require(${JSON.stringify(soon)}); Date.now = () => { throw 0 }`,
        )
        const environment = { ...job.idTokenVariables, NODE_OPTIONS: `--require=${endless}` }
        const { exitCode, stdout, stderr } = await job.renew({ environment })
        expect([exitCode, stdout]).toEqual([1, ''])
        expect(stderr).toMatch(/^ERR_UNEXPECTED: [^\n]+\n$/)
      }),
    ))
})
