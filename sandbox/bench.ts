import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { shuffle } from 'simple-statistics'
import { CostMeter } from './bench/cost.ts'
import { renderPage } from './bench/page.ts'
import { assertEnded, type ScenarioName, stepOf, type Trial, type TrialSetting } from './bench/scenario.ts'
import { type ServerProcess, startServerProcess } from './bench/server-process.ts'
import { renderAligned } from './bench/table.ts'
import { bareVariant, gateVariant, peerVariant, type Variant } from './bench/variant.ts'
import {
  type BenchReport,
  type BenchRun,
  describeSetting,
  reportOf,
  settingNow,
  tablesOf,
} from './bench-report.ts'
import { readNumber } from './number-option.ts'
import { Progress } from './progress.ts'
import { actionNode } from './runner/runner.ts'
import { startScript } from './script.ts'

const PROJECT = resolve(import.meta.dirname, '..')
const USAGE = `npm run bench -- [--rounds N] [--rtt MS,MS…] [--peer PATH [--peer-refusal]] [--json] [--markdown FILE]

Measures whole runs of the bundle in dist/ against a GitHub and an AWS on loopback, beside a Node that does nothing.

  --rounds        rounds; each runs everything once, in shuffled order (default: 21)
  --rtt           round-trip times in milliseconds, parted by commas (default: 0,40,160)
  --peer          another action to compare with: the folder of its action.yml, or the file that this runs
  --peer-refusal  lets the peer be refused by AWS too, once; one that asks again and again takes minutes for that
  --json          the figures as JSON
  --markdown      file to write the figures to as a page, with how they came about

Exit status: 0 measured, 1 a run did not end as it must, 2 unusable options`

function readOptions() {
  const text = { type: 'string' } as const
  const flag = { type: 'boolean', default: false } as const
  const options = {
    rounds: text,
    rtt: text,
    peer: text,
    'peer-refusal': flag,
    json: flag,
    markdown: text,
    help: flag,
  }
  const { values } = parseArgs({ options })
  const { rounds = '21', rtt = '0,40,160', peer, 'peer-refusal': peerRefusal, json, markdown, help } = values
  if (peerRefusal && peer === undefined) throw new Error('--peer-refusal needs --peer')
  if (markdown !== undefined && !existsSync(dirname(markdown)))
    throw new Error(`--markdown: the folder of ${markdown} does not exist`)
  return {
    rounds: readNumber('rounds', rounds, 1),
    roundTripTimes: readRoundTripTimes(rtt),
    peer: peer === undefined ? undefined : peerVariant(peer),
    peerRefusal,
    json,
    markdown,
    help,
  }
}

type Options = ReturnType<typeof readOptions>

function readRoundTripTimes(text: string): readonly number[] {
  const times = text.split(',')
  if (!times.every(time => /^\d{1,3}$/.test(time)))
    throw new Error(`--rtt takes whole numbers of milliseconds from 0 to 999, parted by commas, not ${text}`)
  return [...new Set(times.map(Number))]
}

async function bench(options: Options): Promise<BenchReport> {
  const { path: node, version } = actionNode(PROJECT)
  const setting = settingNow(version, options.rounds)
  const directory = mkdtempSync(join(tmpdir(), 'bench-'))
  const servers = await startServerProcess([...new Set([0, ...options.roundTripTimes])])
  try {
    const certificateFile = join(directory, 'ca.pem')
    writeFileSync(certificateFile, servers.certificate)
    const plan = planOf(options, servers, bareVariant(join(directory, 'bare')))
    const runs = await runPlan(plan, { node, servers, certificateFile })
    return reportOf(runs, plan.variants, setting)
  } finally {
    await servers.close()
    rmSync(directory, { recursive: true })
  }
}

/** Fifty roles from afar would take up most of the time. */
function isNear(roundTripMs: number): boolean {
  return roundTripMs <= 40
}

interface Plan {
  readonly rounds: number
  readonly variants: readonly Variant[]
  /** What each round runs. */
  readonly trials: readonly Trial[]
  /** What is run once, at the end. */
  readonly last: readonly Trial[]
}

function planOf(
  { rounds, roundTripTimes, peer, peerRefusal }: Options,
  { sites }: ServerProcess,
  bare: Variant,
): Plan {
  const gate = gateVariant(PROJECT)
  const variants = [gate, ...(peer ? [peer] : []), bare]
  const sitesAt = (times: readonly number[]) => sites.filter(({ roundTripMs }) => times.includes(roundTripMs))
  const trialsOf = (variant: Variant, scenario: ScenarioName, times: readonly number[]) =>
    sitesAt(times).map(site => ({ variant, scenario, site }))
  return {
    rounds,
    variants,
    trials: [
      ...variants.flatMap(variant => trialsOf(variant, 'full', roundTripTimes)),
      ...trialsOf(gate, 'verify-only', [0]),
      ...trialsOf(gate, 'refusal', [0]),
      ...trialsOf(gate, 'fifty-roles', roundTripTimes.filter(isNear)),
    ],
    last: peer && peerRefusal ? trialsOf(peer, 'refusal', [0]) : [],
  }
}

/** One process at a time. The first round warms up the machine and the servers, and does not count. */
async function runPlan({ rounds, trials, last }: Plan, setting: TrialSetting): Promise<readonly BenchRun[]> {
  const meter = new CostMeter()
  const ordered = [...Array.from({ length: rounds + 1 }, () => shuffle([...trials])).flat(), ...last]
  const runs: BenchRun[] = []
  const progress = new Progress(performance.now(), () => `${runs.length} of ${ordered.length} runs done`)
  try {
    for (const trial of ordered) {
      runs.push(await measure(trial, meter, setting))
      progress.update()
    }
  } finally {
    progress.end()
    meter.close()
  }
  return runs.slice(trials.length)
}

/** @throws Error if the run did not end as it must */
async function measure(trial: Trial, meter: CostMeter, setting: TrialSetting): Promise<BenchRun> {
  const before = await setting.servers.traffic()
  const { result, cost } = await meter.run(stepOf(trial, setting))
  assertEnded(trial, result)
  const after = await setting.servers.traffic()
  return {
    trial,
    cost,
    traffic: {
      connections: after.connections - before.connections,
      requests: after.requests - before.requests,
    },
  }
}

function renderText(report: BenchReport): string {
  const tables = tablesOf(report).map(([caption, table]) => `${caption}\n\n${renderAligned(table)}`)
  return [describeSetting(report.setting), ...tables].join('\n\n')
}

async function main(options: Options): Promise<void> {
  try {
    const report = await bench(options)
    console.log(options.json ? JSON.stringify(report, null, 2) : renderText(report))
    if (options.markdown !== undefined) writeFileSync(options.markdown, renderPage(report))
  } catch (error) {
    console.error(error instanceof Error ? error.message : String(error))
    process.exitCode = 1
  }
}

startScript(USAGE, readOptions, main)
