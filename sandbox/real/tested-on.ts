import { renderMarkdown } from '../bench/table.ts'
import { lanes, type Part } from './part.ts'

/** What a run of all lanes showed: docs/tested-on.json. */
export interface TestedOn {
  /** The version in package.json, which a release must have. */
  readonly release: string
  /** YYYY-MM-DD, in UTC. */
  readonly date: string
  /** The operating system, and the Node that ran the bundle. */
  readonly system: string
  readonly rows: readonly TestedPart[]
}

export interface TestedPart {
  readonly name: string
  /** Left out where it wasn't installed. */
  readonly version?: string | undefined
  readonly passed: number
  readonly failed: number
  readonly skipped: number
}

const PAGE_HEAD = `# Tested on

\`npm run test:real\` runs the bundle together with third-party software. CI does the same for every pull request and every push to \`main\`. \`npm run docs:tested\` writes this page from such a run. Versions are pinned in [real/](../real) or come from the system's packages.
`

const NOT_TESTED = `## Not tested

| What | How it will be |
| --- | --- |
| GitHub's hosted runners and token service | The job \`loopback\` of [end-to-end.yml](../.github/workflows/end-to-end.yml) uses both. It runs in every repository on GitHub that has this workflow. |
| AWS itself | The job \`aws\` of the same workflow, in a repository with the variables \`E2E_ROLE\` and \`E2E_REGION\` ([how to](releasing.md#what-the-repository-must-be-set-to)). |
| macOS, Windows itself, Linux on arm64 | The jobs \`platform\` of [ci.yml](../.github/workflows/ci.yml) run all tests there. Until then, [tests](../__tests__/bundle/portability.test.ts) check that the sources don't depend on one system's paths and that the bundle has no native code. |
| GitHub Enterprise Server | Only the sandbox simulates its issuer, API addresses and private CA. |
| Container jobs | They need a Docker engine. The action itself needs only Node and the runner's files. |
`

/** docs/tested-on.md. */
export function renderTestedOnPage(testedOn: TestedOn, parts: readonly Part[]): string {
  const { release, date, system } = testedOn
  const setting = `Release ${release}, on ${date}, on ${system}.\n`
  return [PAGE_HEAD, setting, ...laneSections(testedOn, parts), NOT_TESTED, RUN_IT].join('\n')
}

const RUN_IT = `## Run it yourself

\`\`\`sh
npm ci && npm run tools
real/install.sh          # everything, into real/.installed, and Debian's packages as root; or name what you need
npm run test:real        # all of it; npm run test:real -- --testPathPatterns proxies for one lane
\`\`\`

The names are those of the scripts in [real/install](../real/install). A lane may need several: the linters are \`real/install.sh linters actionlint\`. Software that isn't installed is skipped, and listed at the end.
`

function laneSections({ rows }: TestedOn, parts: readonly Part[]): string[] {
  return lanes.map(lane => {
    const inLane = parts.filter(part => part.lane === lane)
    const hasNotes = inLane.some(({ note }) => note !== undefined)
    const table = {
      head: ['Software', 'Version', 'What the tests do', ...(hasNotes ? ['Good to know'] : []), 'Tests'],
      wordColumns: hasNotes ? 4 : 3,
      rows: inLane.map(part => {
        const row = rowOf(part, rows)
        const note = hasNotes ? [part.note ?? ''] : []
        return [part.name, row?.version ?? 'not installed', part.shows, ...note, counted(row)]
      }),
    }
    return `## ${lane}\n\n${renderMarkdown(table)}\n`
  })
}

const NOT_TESTED_YET = [
  'Not yet',
  "GitHub's hosted runners, AWS itself, macOS, Windows itself, Linux on arm64, GitHub Enterprise Server, container jobs",
]

/** The table of the README: a row for each lane. */
export function renderTestedOnSummary(
  { release, date, system, rows }: TestedOn,
  parts: readonly Part[],
): string {
  const body = lanes.map(lane => {
    const tested = parts
      .filter(part => part.lane === lane)
      .map(part => withVersion(part.name, rowOf(part, rows)?.version))
    return [lane, tested.join(', ')]
  })
  const table = renderMarkdown({
    head: [`Release ${release}, ${date}`, system],
    rows: [...body, NOT_TESTED_YET],
    wordColumns: 2,
  })
  return `${table}\n`
}

function withVersion(name: string, version: string | undefined): string {
  if (version === undefined) return name
  return /^\d/.test(version) ? `${name} ${version}` : `${name} (${version})`
}

/** For the terminal. */
export function testedRows(
  rows: readonly TestedPart[],
  parts: readonly Part[],
): readonly (readonly string[])[] {
  return parts.map(part => {
    const row = rowOf(part, rows)
    return [part.lane, part.name, row?.version ?? 'not installed: skipped', counted(row)]
  })
}

function rowOf(part: Part, rows: readonly TestedPart[]): TestedPart | undefined {
  return rows.find(({ name }) => name === part.name)
}

function counted(row: TestedPart | undefined): string {
  if (!row?.version) return '–'
  const bad = [
    ...(row.failed > 0 ? [`${row.failed} failed`] : []),
    ...(row.skipped > 0 ? [`${row.skipped} skipped`] : []),
  ]
  return [String(row.passed), ...bad].join(', ')
}
