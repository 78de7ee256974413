import { spawnSync } from 'node:child_process'
import { beforeAll, expect, test } from '@jest/globals'
import { sixHourJob, thousandRoles } from '../../sandbox/real/soak.ts'
import { describePart } from './describe-part.ts'

const MOST_MEMORY = 150 * 1024 * 1024
const LIMIT_MS = 600_000

/** Runs a command of package.json that prints its figures as JSON. */
function run(script: string, ...options: readonly string[]) {
  const command = ['node_modules/tsx/dist/cli.mjs', script, '--json', ...options]
  const { status, stdout, stderr } = spawnSync(process.execPath, command, { encoding: 'utf8' })
  return { status, problems: stderr.split('\n').filter(line => !/^(.*, \d+ s)?$/.test(line)), stdout }
}

describePart(sixHourJob, () => {
  let result: ReturnType<typeof run>
  // biome-ignore lint/suspicious/noExplicitAny: any part of it is looked at
  let report: any
  beforeAll(() => {
    result = run('sandbox/soak-job.ts', '--hours', '6', '--speed', '150')
    report = JSON.parse(result.stdout)
  }, LIMIT_MS)

  test('loses no credentials, gets no other role, tears no file and leaves nothing', () => {
    expect(result).toMatchObject({ status: 0, problems: [] })
  })

  test('renews every session, again and again, for all consumers', () => {
    expect(Object.keys(report.calls)).toHaveLength(4)
    for (const { succeeded } of Object.values<{ succeeded: number }>(report.calls))
      expect(succeeded).toBeGreaterThan(10)
    expect(sum('renewals')).toBeGreaterThanOrEqual(4 * 6)
    expect(report.tokens).toBeGreaterThan(6)
  })

  test('is disturbed by throttling, faults, another role’s keys and a proxy that goes away', () => {
    expect(sum('throttled')).toBeGreaterThan(0)
    expect(sum('faults')).toBeGreaterThan(6)
    expect(sum('minutesWithoutProxy')).toBeGreaterThan(30)
    const reasons = new Set(report.failures.map(({ reason }: { reason: string }) => reason))
    expect(reasons).toEqual(new Set(['refused another role', 'expired while the proxy was away']))
  })

  test('needs no more memory as it gets longer', () => {
    for (const { peakMemory } of report.hours) expect(peakMemory).toBeLessThan(MOST_MEMORY)
  })

  function sum(figure: string): number {
    return report.hours.reduce(
      (total: number, hour: Record<string, number>) => total + (hour[figure] ?? 0),
      0,
    )
  }
})

describePart(thousandRoles, () => {
  test(
    'gets every profile its own role, in steps that need no more memory or time, and leaves nothing',
    () => {
      const { status, problems, stdout } = run('sandbox/soak-roles.ts')
      expect({ status, problems }).toEqual({ status: 0, problems: [] })
      const { steps, ownProfiles } = JSON.parse(stdout)
      expect(steps).toHaveLength(20)
      expect(ownProfiles).toBe(1_000)
      for (const { main } of steps) expect(main.peakMemory).toBeLessThan(MOST_MEMORY)
      const seconds = steps.map(({ main }: { main: { seconds: number } }) => main.seconds)
      expect(Math.min(...seconds.slice(-5))).toBeLessThan(2 * Math.min(...seconds.slice(0, 5)))
    },
    LIMIT_MS,
  )
})
