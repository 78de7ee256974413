import { type BenchReport, describeSetting, tablesOf } from '../bench-report.ts'
import { renderMarkdown } from './table.ts'

/** A report as a page for docs/, with what its figures mean. */
export function renderPage(report: BenchReport): string {
  const tables = tablesOf(report).map(([caption, table]) => `${caption}\n\n${renderMarkdown(table)}`)
  return `# Benchmark

Written by \`npm run bench -- --peer FOLDER --markdown docs/benchmark.md\`, where FOLDER holds a release of the other action. Measured: ${describeSetting(report.setting)}.

${tables.join('\n\n')}

## How it was measured

- Each run is a process of its own, started as the runner starts an action: with its variables and files, and by the same Node for both actions. Bare Node is that process with an empty script.
- GitHub's token service and AWS STS are the ones of \`sandbox/\`, on loopback, in another process. Both use TLS 1.3.
- A proxy in front of each adds the round-trip time: it delays everything in each direction by half of it. A new connection costs one round trip before its first byte, like TCP's handshake. The token then costs three round trips (TCP, TLS, request). Each call to STS costs one, because its connection was opened in the meantime. Five is the least that this path can take.
- After one warm-up run, each round runs every variant and path at every distance once, in a new random order. Whatever slows the machine down affects all of them alike.
- Time is from the start of the process to its end. CPU time is user and system time of all its threads, and memory is its peak, as the kernel reports them for this process.
- The time of a final refusal includes the report: the role's trust policy accepts no token, and AWS answers AccessDenied.
- Each figure is the median. The quartiles contain the middle half of the runs. A ratio is the median of the ratios within each round, in which both ran within seconds of each other. If one of them didn't run in every round, it is the ratio of the medians.

## What is noise

- Connections, requests and sizes are exact and the same on every machine. Round trips vary by a few tenths; bare Node, which waits for none, shows by how much.
- Milliseconds depend on the machine and its load. Compare figures within this page, by their ratios. If the load is near the number of processors or above it, other work shared them and all times are longer. If the quartiles of two variants overlap, there is no proven difference.
- Not included: DNS, the time that GitHub and AWS take to answer, lost packets and TCP slow start, a longer certificate chain, and the runner's own work for a step.
`
}
