const MIB = 1024 * 1024

export function mebibytes(bytes: number): string {
  return String(Math.round(bytes / MIB))
}

/** By how much the peaks of the last quarter of processes may exceed those of the first. */
const MOST_GROWTH = 1.2

/** A problem where later processes needed more memory than earlier ones; peaks are in bytes, in order of time. */
export function growthOf(processes: string, peaks: readonly number[]): string[] {
  const quarter = Math.ceil(peaks.length / 4)
  const first = Math.max(...peaks.slice(0, quarter))
  const last = Math.max(...peaks.slice(-quarter))
  if (last <= first * MOST_GROWTH) return []
  return [`the ${processes} grew from ${mebibytes(first)} to ${mebibytes(last)} MB`]
}
