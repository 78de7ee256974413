import { median, quantile } from 'simple-statistics'

/** Where the middle half of some figures lies, and where they begin. */
export interface Spread {
  readonly least: number
  readonly lower: number
  readonly median: number
  readonly upper: number
}

export function spreadOf(values: readonly number[]): Spread {
  const sample = [...values]
  return {
    least: rounded(quantile(sample, 0)),
    lower: rounded(quantile(sample, 0.25)),
    median: rounded(quantile(sample, 0.5)),
    upper: rounded(quantile(sample, 0.75)),
  }
}

/** Null where any figure is missing. */
export function spreadOfKnown(values: readonly (number | null)[]): Spread | null {
  const known = allKnown(values)
  return known && spreadOf(known)
}

/** Null where any is missing. */
function allKnown(values: readonly (number | null)[]): readonly number[] | null {
  const known = values.filter(value => value !== null)
  return known.length === values.length ? known : null
}

/**
 * How much of the others' these are: the median over the rounds, in each of which what disturbs the machine disturbs
 * both. Of the medians, where one of them was not run in every round. Null where any figure is missing.
 */
export function ratioOf(
  values: readonly (number | null)[],
  others: readonly (number | null)[],
): number | null {
  const [known, knownOthers] = [allKnown(values), allKnown(others)]
  if (!known || !knownOthers) return null
  return rounded(
    known.length === knownOthers.length
      ? median(known.map((value, round) => value / (knownOthers[round] ?? 0)))
      : median([...known]) / median([...knownOthers]),
  )
}

export interface Point {
  readonly roundTripMs: number
  readonly wallMs: number
}

/**
 * How many round trips a run waits for: by how much it takes longer where a round trip does. Of the two longest, as
 * work that fits into a wait costs time where there is none to wait. Null with less than two.
 */
export function roundTripsOf(points: readonly Point[]): number | null {
  const [longest, next] = points.toSorted((one, other) => other.roundTripMs - one.roundTripMs)
  if (!longest || !next) return null
  return rounded((longest.wallMs - next.wallMs) / (longest.roundTripMs - next.roundTripMs))
}

/** To hundredths. */
export function rounded(value: number): number {
  return Math.round(value * 100) / 100
}
