import { type BenchReport, describeSetting, tablesOf } from '../bench-report.ts'
import { renderMarkdown } from './table.ts'

/** A report as a page for docs/, with what its figures mean. */
export function renderPage(report: BenchReport): string {
  const tables = tablesOf(report).map(([caption, table]) => `${caption}\n\n${renderMarkdown(table)}`)
  return `# Benchmark

Written by \`npm run bench -- --peer FOLDER --markdown docs/benchmark.md\`, where FOLDER holds the other action as its release has it; not by hand. Measured: ${describeSetting(report.setting)}.

${tables.join('\n\n')}

## How it was measured

- Each run is a process of its own, started as the runner starts an action, with its variables and files, and by the same Node for all. Bare Node is that process with an empty script.
- GitHub's token endpoint and AWS STS are those of \`sandbox/\`, on loopback, in another process. Both speak TLS 1.3.
- A proxy before each of them delivers what either side sends half a round trip later. A new connection costs a round trip before its first byte, as TCP's handshake does. So the token costs three round trips (TCP, TLS, request), and each call to STS one more on a connection that was opened meanwhile: five are the least that this path can take.
- After one warm-up, each round runs every variant and path at every distance once, in an order shuffled anew: what drifts on the machine meets all alike.
- Time is from the start of the process to its end. CPU time is user and system time of all its threads, and memory its peak, as the kernel counts them for the process alone.
- The time of a final refusal ends with its report: the trust policy of the role admits no token, and AWS answers AccessDenied.
- A figure is the median; the quartiles hold the middle half of the runs. A ratio is the median of the ratios of the rounds, in each of which both were run within seconds; of the medians, where one of them was not run in every round.

## What is noise

- Connections, requests and sizes are exact and the same on every machine. Round trips vary by a few tenths: bare Node, which waits for none, shows by how much.
- Milliseconds depend on the machine and on what else it does: compare figures of one page alone, by their ratios. A load near the number of processors or above it means that other work shared them, and times are longer than they need be. Where the quartiles of two variants overlap, a difference is not shown.
- Not in the figures: looking names up, the time that GitHub and AWS take to answer, lost packets and TCP's slow start, a longer chain of certificates, and the runner's own work for a step.
`
}
