import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { readNumber } from './number-option.ts'
import { Progress } from './progress.ts'
import { readActionManifest } from './runner/action-manifest.ts'
import { actionNode, runStep } from './runner/runner.ts'
import { startScript } from './script.ts'
import { renderReport, reportOf, type SoakReport, type SoakRun } from './soak-report.ts'
import { type RunningWorld, startWorld } from './world.ts'

const PROJECT = resolve(import.meta.dirname, '..')
const ROLE = 'arn:aws:iam::111122223333:role/deploy'
/** Above the action's own time-out, so that it is the action that gives up. */
const RUN_LIMIT_MS = 600_000
const USAGE = `npm run soak -- [--runs N] [--parallel N] [--rate N] [--burst N] [--action DIR] [--json]

Runs the bundle many times at once against an AWS STS on loopback that throttles.

  --runs      runs in all (default: 200)
  --parallel  runs at a time (default: 20)
  --rate      calls a second that the STS lets pass (default: 10)
  --burst     calls that it lets pass at once (default: 10)
  --action    folder of the action.yml of another action, which takes the inputs aws-region, role-to-assume,
              role-session-name and sts-endpoint (default: this one)
  --json      the figures as JSON

Exit status: 0 all succeeded, 1 any failed, 2 unusable options`

function readOptions() {
  const text = { type: 'string' } as const
  const flag = { type: 'boolean', default: false } as const
  const options = {
    runs: text,
    parallel: text,
    rate: text,
    burst: text,
    action: text,
    json: flag,
    help: flag,
  }
  const { values } = parseArgs({ options })
  const { runs = '200', parallel = '20', rate = '10', burst = '10', action = PROJECT, json, help } = values
  readActionManifest(action)
  return {
    runs: readNumber('runs', runs, 1),
    parallel: readNumber('parallel', parallel, 1),
    callLimit: { perSecond: readNumber('rate', rate, 0), burst: readNumber('burst', burst, 0) },
    action,
    json,
    help,
  }
}

type Options = ReturnType<typeof readOptions>

async function soak({ runs, parallel, callLimit, action }: Options): Promise<SoakReport> {
  const world = await startWorld({ callLimit })
  const start = performance.now()
  const done: SoakRun[] = []
  const progress = new Progress(start, () => `${done.length} of ${runs} runs done`)
  let started = 0
  async function runInTurn(): Promise<void> {
    while (started < runs) {
      const name = `soak-${++started}`
      const result = await runOnce(name, action, world)
      done.push({ name, result, endedAfterMs: performance.now() - start })
      progress.update()
    }
  }
  try {
    await Promise.all(Array.from({ length: Math.min(parallel, runs) }, runInTurn))
    return reportOf(done, world)
  } finally {
    progress.end()
    await world.close()
  }
}

/** On this project's Node, whatever the action: only the bundles are compared. */
function runOnce(name: string, action: string, { sts, idTokenIssuer, job }: RunningWorld) {
  return runStep({
    actionDirectory: action,
    node: actionNode(PROJECT).path,
    step: 'main',
    with: {
      'aws-region': 'eu-west-1',
      'role-to-assume': ROLE,
      'role-session-name': name,
      'sts-endpoint': sts.url,
    },
    job,
    idToken: { url: idTokenIssuer.requestUrl, token: idTokenIssuer.requestToken },
    timeLimitMs: RUN_LIMIT_MS,
  })
}

async function main(options: Options): Promise<void> {
  const report = await soak(options)
  console.log(options.json ? JSON.stringify(report, null, 2) : renderReport(report))
  process.exitCode = report.failed === 0 ? 0 : 1
}

startScript(USAGE, readOptions, main)
