import { arch, availableParallelism, loadavg, platform } from 'node:os'
import { mean } from 'simple-statistics'
import { type BundleSize, bundleSize } from './bench/bundle-size.ts'
import type { Cost } from './bench/cost.ts'
import type { ScenarioName, Trial } from './bench/scenario.ts'
import type { Traffic } from './bench/server-process.ts'
import {
  type Point,
  ratioOf,
  rounded,
  roundTripsOf,
  type Spread,
  spreadOf,
  spreadOfKnown,
} from './bench/spread.ts'
import type { Table } from './bench/table.ts'
import type { Variant } from './bench/variant.ts'

/** One process, measured. */
export interface BenchRun {
  readonly trial: Trial
  readonly cost: Cost
  readonly traffic: Traffic
}

/** Of one variant in one scenario at one distance. */
export interface BenchRow {
  readonly kind: Variant['kind']
  readonly scenario: ScenarioName
  readonly roundTripMs: number
  readonly runs: number
  readonly wallMs: Spread
  readonly cpuMs: Spread | null
  readonly peakMemoryMb: Spread | null
  /** To the row that this is compared with, round by round; null where there is none. */
  readonly wallRatio: number | null
  readonly cpuRatio: number | null
  /** A run's, on average. */
  readonly connections: number
  readonly requests: number
}

export interface BenchSetting {
  /** YYYY-MM-DD. */
  readonly date: string
  readonly node: string
  readonly system: string
  readonly processors: number
  /** Of the last minute before the start: what else went on. */
  readonly load: number
  readonly rounds: number
}

export interface VariantFigures {
  readonly kind: Variant['kind']
  readonly title: string
  /** That a run of the full path waits for: by the quickest, which other work has disturbed least. Null with a single distance. */
  readonly roundTrips: number | null
  readonly size: BundleSize | null
}

export interface BenchReport {
  readonly setting: BenchSetting
  /** With which the full paths are compared, at the same distance. */
  readonly reference: Variant['kind']
  readonly fullPath: readonly BenchRow[]
  /** Compared with the full path of the same variant, at the same distance. */
  readonly others: readonly BenchRow[]
  readonly variants: readonly VariantFigures[]
}

/** In the order of the rows. */
const SCENARIO_TITLES: Readonly<Record<ScenarioName, string>> = {
  full: 'full path',
  'verify-only': 'verify only',
  refusal: 'final refusal',
  'fifty-roles': 'fifty roles',
}

/** To be asked before the start. */
export function settingNow(node: string, rounds: number): BenchSetting {
  return {
    date: new Date().toISOString().slice(0, 10),
    node,
    system: `${platform()} ${arch()}`,
    processors: availableParallelism(),
    load: rounded(loadavg()[0] ?? 0),
    rounds,
  }
}

export function reportOf(
  runs: readonly BenchRun[],
  variants: readonly Variant[],
  setting: BenchSetting,
): BenchReport {
  const reference = variants.some(({ kind }) => kind === 'peer') ? 'peer' : 'bare'
  const rows = rowsOf(runs, variants)
  const isFull = ({ scenario }: BenchRow) => scenario === 'full'
  const full = rows.filter(isFull)
  const compared = (row: BenchRow, kind: BenchRow['kind']) =>
    withRatios(row, runsOf(runs, row), runsOf(runs, { ...row, kind, scenario: 'full' }))
  return {
    setting,
    reference,
    fullPath: full.map(row => compared(row, reference)),
    others: rows.filter(row => !isFull(row)).map(row => compared(row, row.kind)),
    variants: variants.map(({ kind, title, directory }) => ({
      kind,
      title,
      roundTrips: roundTripsOf(full.filter(row => row.kind === kind).map(quickestOf)),
      size: kind === 'bare' ? null : bundleSize(directory),
    })),
  }
}

/** By path, then by distance, then in the order of the variants. */
function rowsOf(runs: readonly BenchRun[], variants: readonly Variant[]): readonly BenchRow[] {
  const paths = Object.keys(SCENARIO_TITLES)
  const kinds = variants.map(({ kind }) => kind)
  return [...new Set(runs.map(placeOf))]
    .map(place => rowOf(runs.filter(run => placeOf(run) === place)))
    .sort(
      (one, other) =>
        paths.indexOf(one.scenario) - paths.indexOf(other.scenario) ||
        one.roundTripMs - other.roundTripMs ||
        kinds.indexOf(one.kind) - kinds.indexOf(other.kind),
    )
}

/** Runs of one row have the same. */
function placeOf({ trial: { variant, scenario, site } }: BenchRun): string {
  return placeAt({ kind: variant.kind, scenario, roundTripMs: site.roundTripMs })
}

function placeAt({ kind, scenario, roundTripMs }: Place): string {
  return [kind, scenario, roundTripMs].join()
}

type Place = Pick<BenchRow, 'kind' | 'scenario' | 'roundTripMs'>

function rowOf(runs: readonly BenchRun[]): BenchRow {
  const trial = runs[0]?.trial
  if (!trial) throw new Error('a row of no runs')
  const costs = runs.map(({ cost }) => cost)
  return {
    kind: trial.variant.kind,
    scenario: trial.scenario,
    roundTripMs: trial.site.roundTripMs,
    runs: runs.length,
    wallMs: spreadOf(costs.map(({ wallMs }) => wallMs)),
    cpuMs: spreadOfKnown(costs.map(({ cpuMs }) => cpuMs)),
    peakMemoryMb: spreadOfKnown(
      costs.map(({ peakMemoryBytes }) => (peakMemoryBytes === null ? null : peakMemoryBytes / 1e6)),
    ),
    wallRatio: null,
    cpuRatio: null,
    connections: rounded(mean(runs.map(({ traffic }) => traffic.connections))),
    requests: rounded(mean(runs.map(({ traffic }) => traffic.requests))),
  }
}

/** Those of a row, in the order of the rounds. */
function runsOf(runs: readonly BenchRun[], place: Place): readonly BenchRun[] {
  return runs.filter(run => placeOf(run) === placeAt(place))
}

function withRatios(row: BenchRow, own: readonly BenchRun[], others: readonly BenchRun[]): BenchRow {
  if (others.length === 0) return row
  const ratio = (figure: (cost: Cost) => number | null) =>
    ratioOf(
      own.map(({ cost }) => figure(cost)),
      others.map(({ cost }) => figure(cost)),
    )
  return { ...row, wallRatio: ratio(({ wallMs }) => wallMs), cpuRatio: ratio(({ cpuMs }) => cpuMs) }
}

function quickestOf({ roundTripMs, wallMs }: BenchRow): Point {
  return { roundTripMs, wallMs: wallMs.least }
}

export function describeSetting({ date, node, system, processors, load, rounds }: BenchSetting): string {
  return `${date}, Node ${node} on ${system}, ${processors} processors, a load of ${load} before the start, ${rounds} rounds`
}

/** The report as tables, each under the sentence that says what it shows. */
export function tablesOf(report: BenchReport): readonly (readonly [caption: string, table: Table])[] {
  const { fullPath, others, variants } = report
  const titleOf = (kind: string) => variants.find(variant => variant.kind === kind)?.title ?? kind
  const to = titleOf(report.reference)
  return [
    [
      `The full path, from the token request to verified credentials; × compares with ${to} at the same distance.`,
      {
        head: ['round trip', 'variant', ...COST_HEAD],
        rows: fullPath.map(row => [`${row.roundTripMs} ms`, titleOf(row.kind), ...costCells(row)]),
        wordColumns: 2,
      },
    ],
    [
      'Other paths; × compares with the full path of the same variant at the same distance.',
      {
        head: ['path', 'round trip', 'variant', ...COST_HEAD],
        rows: others.map(row => [
          SCENARIO_TITLES[row.scenario],
          `${row.roundTripMs} ms`,
          titleOf(row.kind),
          ...costCells(row),
        ]),
        wordColumns: 3,
      },
    ],
    [
      'Round trips that the full path waits for (by its quickest runs at the two longest of those above), and sizes.',
      {
        head: ['variant', 'round trips', 'main with its chunks, kB', 'whole bundle, kB'],
        rows: variants.map(({ title, roundTrips, size }) => [
          title,
          roundTrips === null ? NONE : tenths(roundTrips),
          size ? kilobytes(size.main) : NONE,
          size ? kilobytes(size.all) : NONE,
        ]),
        wordColumns: 1,
      },
    ],
  ]
}

const NONE = '–'
const COST_HEAD = [
  'runs',
  'time, ms',
  'quartiles',
  '×',
  'CPU, ms',
  'quartiles',
  '×',
  'peak memory, MB',
  'TLS connections',
  'requests',
]

function costCells(row: BenchRow): readonly string[] {
  return [
    `${row.runs}`,
    ...spreadCells(row.wallMs),
    ratioCell(row.wallRatio),
    ...spreadCells(row.cpuMs),
    ratioCell(row.cpuRatio),
    row.peakMemoryMb ? row.peakMemoryMb.median.toFixed(0) : NONE,
    `${row.connections}`,
    `${row.requests}`,
  ]
}

function spreadCells(spread: Spread | null): readonly [median: string, quartiles: string] {
  if (!spread) return [NONE, NONE]
  return [spread.median.toFixed(0), `${spread.lower.toFixed(0)}–${spread.upper.toFixed(0)}`]
}

function ratioCell(ratio: number | null): string {
  return ratio === null ? NONE : ratio.toFixed(2)
}

/** Without a sign where nothing is left to sign. */
function tenths(value: number): string {
  return value.toFixed(1).replace(/^-(?=0\.0$)/, '')
}

function kilobytes(bytes: number): string {
  return (bytes / 1000).toFixed(0)
}
