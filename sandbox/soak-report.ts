import type { StepResult } from './runner/runner.ts'
import type { RunningWorld } from './world.ts'

/** One run of a soak. Times are in milliseconds. */
export interface SoakRun {
  /** Of its role session, and no other run's. */
  readonly name: string
  readonly result: StepResult
  /** From the start of the whole soak. */
  readonly endedAfterMs: number
}

/** What a soak came to; what is a time is in seconds. */
export interface SoakReport {
  readonly runs: number
  readonly succeeded: number
  readonly failed: number
  /** Alike failures once, with the message of the first. */
  readonly failures: readonly { readonly code: string; readonly count: number; readonly message: string }[]
  readonly calls: number
  readonly callsPerRun: { readonly mean: number; readonly max: number }
  readonly throttledCalls: number
  readonly tokenRequestsPerRun: number
  /** Null where no run succeeded. */
  readonly secondsToLastSuccess: number | null
  readonly secondsPerRun: { readonly median: number; readonly p95: number; readonly max: number }
}

export function reportOf(
  runs: readonly SoakRun[],
  { sts, idTokenIssuer }: Pick<RunningWorld, 'sts' | 'idTokenIssuer'>,
): SoakReport {
  const succeeded = runs.filter(({ result }) => isSuccess(result))
  const calls = callsByRun(runs, sts)
  const durations = runs.map(({ result }) => result.durationMs).sort((one, other) => one - other)
  return {
    runs: runs.length,
    succeeded: succeeded.length,
    failed: runs.length - succeeded.length,
    failures: failuresOf(runs.map(({ result }) => result).filter(result => !isSuccess(result))),
    calls: sts.requests.length,
    callsPerRun: { mean: rounded(sts.requests.length / runs.length), max: Math.max(...calls) },
    throttledCalls: sts.requests.filter(({ isThrottled }) => isThrottled).length,
    tokenRequestsPerRun: rounded(idTokenIssuer.requests.length / runs.length),
    secondsToLastSuccess:
      succeeded.length === 0 ? null : seconds(Math.max(...succeeded.map(({ endedAfterMs }) => endedAfterMs))),
    secondsPerRun: {
      median: seconds(percentile(durations, 50)),
      p95: seconds(percentile(durations, 95)),
      max: seconds(percentile(durations, 100)),
    },
  }
}

/** A step that passes without credentials has not done what it is for. */
function isSuccess({ conclusion, exported }: StepResult): boolean {
  return conclusion === 'success' && exported.AWS_SECRET_ACCESS_KEY !== undefined
}

/** A call belongs to the run whose session it asks for, or is signed with. */
function callsByRun(
  runs: readonly SoakRun[],
  { requests, sessions }: RunningWorld['sts'],
): readonly number[] {
  const nameByKey = new Map(sessions.map(({ accessKeyId, arn }) => [accessKeyId, arn.split('/').at(-1)]))
  const names = requests.map(
    ({ parameters, accessKeyId }) => parameters.RoleSessionName ?? nameByKey.get(accessKeyId),
  )
  return runs.map(({ name }) => names.filter(other => other === name).length)
}

function failuresOf(results: readonly StepResult[]): SoakReport['failures'] {
  return [...new Set(results.map(codeOf))].map(code => {
    const alike = results.filter(result => codeOf(result) === code)
    const message = alike[0]?.annotations.find(({ level }) => level === 'error')?.message ?? ''
    return { code, count: alike.length, message }
  })
}

/** Other actions have no codes. */
function codeOf({ outputs, exitCode }: StepResult): string {
  return outputs['failure-code'] || (exitCode === null ? 'killed' : `exit code ${exitCode}`)
}

/** Of sorted values: the smallest that `percent` of all do not exceed. */
function percentile(sorted: readonly number[], percent: number): number {
  return sorted[Math.ceil((percent / 100) * sorted.length) - 1] ?? Number.NaN
}

function seconds(milliseconds: number): number {
  return rounded(milliseconds / 1000)
}

function rounded(value: number): number {
  return Math.round(value * 100) / 100
}

export function renderReport(report: SoakReport): string {
  const { failures, callsPerRun, secondsPerRun, secondsToLastSuccess: last } = report
  const codes = failures.map(({ code, count }) => `${count} × ${code}`).join(', ')
  const rows = [
    ['runs', report.runs],
    ['succeeded', report.succeeded],
    ['failed', codes === '' ? report.failed : `${report.failed}: ${codes}`],
    ['calls to STS per run', `${callsPerRun.mean} on average, ${callsPerRun.max} at most`],
    ['throttled calls', `${report.throttledCalls} of ${report.calls}`],
    ['token requests per run', report.tokenRequestsPerRun],
    ['time to the last success', last === null ? 'none succeeded' : `${last} s`],
    [
      'time of a run',
      `${secondsPerRun.median} s median, ${secondsPerRun.p95} s 95th percentile, ${secondsPerRun.max} s at most`,
    ],
  ] as const
  return [
    ...rows.map(([name, value]) => `${name.padEnd(26)}${value}`),
    ...failures.map(({ code, message }) => `\n${code}, for instance: ${message}`),
  ].join('\n')
}
