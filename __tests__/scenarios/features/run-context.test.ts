import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { canInject } from '../command-files.ts'
import { errorsOf, expectNothingHandedOut, inWorld, newFile, runIn, runMain } from '../scenario.ts'

/** What is printed if the event is from a fork. */
const FORK = 'This run is for a pull request from a fork'
const testTraced = canInject() ? test : test.skip

/** Each creates what is at the path. */
const EVENTS: Readonly<Record<string, (path: string) => void>> = {
  nothing: () => {},
  'an empty file': path => writeFileSync(path, ''),
  null: path => writeFileSync(path, 'null'),
  'a list': path => writeFileSync(path, '[{"pull_request": 1}]'),
  'a text': path => writeFileSync(path, '"pull_request"'),
  'no JSON': path => writeFileSync(path, '{"pull_request": '),
  'bytes that are not text': path => writeFileSync(path, Buffer.from([0xff, 0xfe, 0x00, 0x80])),
  'a pull request of null': path => writeFileSync(path, '{"pull_request": null}'),
  'a pull request that is a text': path => writeFileSync(path, '{"pull_request": {"head": "x"}}'),
  'a name that is none': path =>
    writeFileSync(path, '{"pull_request": {"head": {"repo": {"full_name": {"toString": 1}}}}}'),
  'a prototype': path => writeFileSync(path, '{"__proto__": {"pull_request": {}}, "constructor": 1}'),
  'lists within lists': path => writeFileSync(path, '['.repeat(500_000) + ']'.repeat(500_000)),
  '60 MB': path => writeFileSync(path, `{"x": "${'x'.repeat(60_000_000)}"}`),
  'a pipe': path => execFileSync('mkfifo', [path]),
  'a folder': path => mkdirSync(path),
}

async function withEvent<T>(make: (path: string) => void, body: (path: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'event-'))
  const path = join(folder, 'event.json')
  make(path)
  try {
    return await body(path)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

describe('GitHub’s event', () => {
  test.each(Object.entries(EVENTS))('fails and delays no step, even if it is %s', (_, make) =>
    withEvent(make, async path => {
      const result = await runIn({}, { runnerVariables: { GITHUB_EVENT_PATH: path } })
      expect(result.outputs.verified).toBe('true')
      expect(result.stdout).not.toContain('GITHUB_EVENT_PATH')
      expect(result.durationMs).toBeLessThan(5000)
    }),
  )

  test.each(Object.entries(EVENTS))('does not mention a fork, even if it is %s', (_, make) =>
    withEvent(make, async path => {
      const result = await runIn({}, { noToken: true, runnerVariables: { GITHUB_EVENT_PATH: path } })
      expect(result.outputs['failure-code']).toBe('ERR_OIDC_NOT_PERMITTED')
      expect(errorsOf(result)[0]).not.toContain(FORK)
    }),
  )

  test('from a fork explains why there is no token', () =>
    withEvent(
      path => writeFileSync(path, '{"pull_request": {"head": {"repo": {"full_name": "mallory/fork"}}}}'),
      async path => {
        const result = await runIn({}, { noToken: true, runnerVariables: { GITHUB_EVENT_PATH: path } })
        expect(errorsOf(result)[0]).toContain(FORK)
      },
    ))

  testTraced('is read up to a megabyte at most', () =>
    withEvent(EVENTS['60 MB'] as (path: string) => void, async path => {
      const trace = newFile('trace', '')
      const launcher = ['strace', '-f', '-qq', '-o', trace, '-e', 'trace=read,pread64,mmap', '-P', path]
      const result = await runIn({}, { launcher, runnerVariables: { GITHUB_EVENT_PATH: path } })
      expect(result.outputs.verified).toBe('true')
      const counts = Array.from(readFileSync(trace, 'utf8').matchAll(/ = (\d+)$/gm), ([, count]) =>
        Number(count),
      )
      const bytes = counts.reduce((sum, count) => sum + count, 0)
      expect(bytes).toBeGreaterThan(0)
      expect(bytes).toBeLessThan(1.1 * 1024 * 1024)
    }),
  )
})

describe('GitHub’s variables', () => {
  const names = [
    'GITHUB_REPOSITORY',
    'GITHUB_REF',
    'GITHUB_SHA',
    'GITHUB_ACTOR',
    'GITHUB_WORKFLOW',
    'GITHUB_JOB',
    'GITHUB_EVENT_NAME',
    'GITHUB_RUN_ID',
    'GITHUB_RUN_ATTEMPT',
    'GITHUB_RUN_NUMBER',
    'GITHUB_API_URL',
    'GITHUB_SERVER_URL',
    'GITHUB_GRAPHQL_URL',
    'GITHUB_ACTION',
    'GITHUB_ACTION_REPOSITORY',
    'GITHUB_ACTION_REF',
  ]

  test.each([
    ['are blank', ''],
    ['are hostile', '%0A::error::x\n::add-mask::deploy\u2028</code><img src=x>'],
    ['are long', 'x'.repeat(100_000)],
  ])('fail no step when they %s', async (_, value) => {
    const runnerVariables = Object.fromEntries(names.map(name => [name, value]))
    const result = await runIn({}, { runnerVariables })
    expect(result.outputs.verified).toBe('true')
    expect(result.masks).not.toContain('deploy')
    expect(result.summary).not.toContain('<img')
    const failed = await runIn({}, { runnerVariables, with: { 'expected-role': 'other' } })
    expect(failed.outputs['failure-code']).toBe('ERR_IDENTITY_MISMATCH')
    expect(failed.masks).not.toContain('deploy')
    expect(failed.summary).not.toContain('<img')
  })
})

describe('a Node that is too old, as a runner other than GitHub’s may have', () => {
  const old = newFile(
    'old.cjs',
    "delete require('tls').getCACertificates; Object.defineProperty(process.versions, 'node', { value: '20.19.0' })",
  )

  test('fails the step before anything is sent, and is named for whoever runs the runner', () =>
    inWorld({}, async world => {
      const result = await runMain(world, { runnerVariables: { NODE_OPTIONS: `--require=${old}` } })
      expectNothingHandedOut(result)
      expect(errorsOf(result)[0]).toMatch(/^ERR_UNEXPECTED: .*Node 20\.19\.0/)
      expect(errorsOf(result)[0]).not.toContain('bug')
      expect(result.summary).toContain('**Who must act:** whoever runs the runner\n')
      expect(world.idTokenIssuer.requests).toEqual([])
    }))
})
