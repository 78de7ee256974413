import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'

let failing = ''
beforeAll(() => {
  failing = mkdtempSync(join(tmpdir(), 'soak-'))
  writeFileSync(join(failing, 'action.yml'), 'runs: { using: node24, main: index.js }\n')
  writeFileSync(join(failing, 'index.js'), "console.log('::error::no luck today'); process.exitCode = 7\n")
})
afterAll(() => rmSync(failing, { recursive: true }))

/** Runs the command as `npm run soak --` does. */
function soak(...options: string[]) {
  const project = resolve(__dirname, '../..')
  const command = [
    join(project, 'node_modules/tsx/dist/cli.mjs'),
    join(project, 'sandbox/soak.ts'),
    ...options,
  ]
  const { status, stdout, stderr } = spawnSync(process.execPath, command, { encoding: 'utf8', cwd: project })
  return { status, stdout, stderr }
}

describe('npm run soak', () => {
  test('runs the bundle many times and shows the results', () => {
    const { status, stdout, stderr } = soak(
      '--runs',
      '6',
      '--parallel',
      '3',
      '--rate',
      '100',
      '--burst',
      '20',
    )
    expect(stderr).toMatch(/^0 of 6 runs done, 0 s\n(.+\n)*6 of 6 runs done, \d+ s\n$/)
    expect(stdout).toMatch(/^runs +6\nsucceeded +6\nfailed +0\n/)
    expect(stdout).toMatch(/^calls to STS per run +2 on average, 2 at most\nthrottled calls +0 of 12$/m)
    expect(stdout).toMatch(/^token requests per run +1\ntime to the last success +[\d.]+ s\ntime of a run +/m)
    expect(status).toBe(0)
  })

  test('prints the same as JSON, and counts the throttled calls', () => {
    const { status, stdout } = soak(
      '--runs',
      '4',
      '--parallel',
      '4',
      '--rate',
      '20',
      '--burst',
      '1',
      '--json',
    )
    const report = JSON.parse(stdout)
    expect(report).toEqual({
      runs: 4,
      succeeded: 4,
      failed: 0,
      failures: [],
      calls: 8 + report.throttledCalls,
      callsPerRun: { mean: report.calls / 4, max: expect.any(Number) },
      throttledCalls: expect.any(Number),
      tokenRequestsPerRun: 1,
      secondsToLastSuccess: expect.any(Number),
      secondsPerRun: { median: expect.any(Number), p95: expect.any(Number), max: expect.any(Number) },
    })
    expect(status).toBe(0)
  })

  test('says why runs failed, and fails itself', () => {
    const { status, stdout } = soak('--runs', '2', '--action', failing)
    expect(stdout).toMatch(/^failed +2: 2 × exit code 7$/m)
    expect(stdout).toMatch(/^time to the last success +none succeeded$/m)
    expect(stdout).toMatch(/^exit code 7, for instance: no luck today$/m)
    expect(status).toBe(1)
  })

  test.each([
    ['a number that is none', ['--runs', 'many'], '--runs takes a whole number from 1, not many'],
    ['a folder without an action', ['--action', '/nowhere'], '/nowhere/action.yml'],
    ['an unknown option', ['--retries', '3'], '--retries'],
  ])('does not start with %s', (_, options, problem) => {
    const { status, stdout, stderr } = soak(...options)
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' })
    expect(stderr).toContain(problem)
  })
})
