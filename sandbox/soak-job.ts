import { parseArgs } from 'node:util'
import { readNumber } from './number-option.ts'
import { Progress } from './progress.ts'
import { startScript } from './script.ts'
import { jobConsumers } from './soak/job-consumer.ts'
import { playLongJob } from './soak/long-job.ts'
import { renderLongJob, reportOf } from './soak/long-job-report.ts'
import { restartWithClock, ScaledClock } from './soak/scaled-clock.ts'

const HOUR = 3_600_000
const USAGE = `npm run soak:job -- [--hours N] [--speed N] [--seed N] [--json]

Plays a job of hours on a clock that runs faster, with sessions of an hour in renewing profiles: consumers use them all
the time, STS throttles, requests fail, the proxy goes away, and STS hands out the keys of another role.

  --hours  length of the job (default: 6)
  --speed  seconds of the job in a real second (default: 120)
  --seed   which faults there are (default: 1)
  --json   the figures as JSON

Needs Linux, and Debian's faketime, awscli and python3-boto3.

Exit status: 0 nothing was lost, left, torn or of another role, 1 otherwise, 2 unusable options`

function readOptions() {
  const text = { type: 'string' } as const
  const flag = { type: 'boolean', default: false } as const
  const options = { hours: text, speed: text, seed: text, json: flag, help: flag }
  const { hours = '6', speed = '120', seed = '1', json, help } = parseArgs({ options }).values
  return {
    hours: readNumber('hours', hours, 1),
    speed: readNumber('speed', speed, 1),
    seed: readNumber('seed', seed, 0),
    json,
    help,
  }
}

type Options = ReturnType<typeof readOptions>

async function main({ hours, seed, json }: Options, clock: ScaledClock): Promise<void> {
  const missing = jobConsumers.filter(consumer => !consumer.isInstalled()).map(({ name }) => name)
  if (missing.length > 0) throw new Error(`not installed: ${missing.join('; ')}`)
  const start = Date.now()
  const progress = new Progress(performance.now(), () => {
    const played = Math.min((Date.now() - start) / HOUR, hours)
    return `${played.toFixed(1)} of ${hours} hours played`
  })
  const result = await playLongJob({ hours, seed, clock, consumers: jobConsumers }).finally(() =>
    progress.end(),
  )
  const report = reportOf(result, clock.speed)
  console.log(json ? JSON.stringify(report, null, 2) : renderLongJob(report))
  for (const problem of report.problems) console.error(problem)
  process.exitCode = report.problems.length === 0 ? 0 : 1
}

startScript(USAGE, readOptions, options => {
  const clock = ScaledClock.ofThisProcess()
  return clock ? main(options, clock) : restartWithClock(options.speed)
})
