import { parseWorkflow, type Source, stepsOf, type Workflow } from './workflow.ts'

/** The rules for every workflow in this repository: each returns the places that break it. */
export interface Rule {
  readonly title: string
  problems(source: Source, workflow: Workflow): readonly string[]
}

/** What jobs may write, by workflow and job; all others only read. */
const WRITERS: Readonly<Record<string, readonly string[]>> = {
  'codeql.yml analyze': ['security-events'],
  'end-to-end.yml loopback': ['id-token'],
  'end-to-end.yml aws': ['id-token'],
  'release.yml draft': ['contents'],
  'release.yml attest': ['id-token', 'attestations'],
  'release.yml publish': ['contents'],
}
const LONGEST_MINUTES = 60

export const RULES: readonly Rule[] = [
  {
    title: 'has no permissions of its own',
    problems: (_, { permissions }) => (JSON.stringify(permissions) === '{}' ? [] : ['permissions is not {}']),
  },
  {
    title: 'gives each job the permissions that it needs, by name, and no further one to write',
    problems: ({ path }, { jobs }) =>
      Object.entries(jobs).flatMap(([name, { permissions }]) => {
        if (typeof permissions !== 'object' || permissions === null)
          return [`${name}: no list of permissions`]
        const allowed = WRITERS[`${path.split('/').at(-1)} ${name}`] ?? []
        return Object.entries(permissions)
          .filter(([scope, access]) => access !== 'read' && !allowed.includes(scope))
          .map(([scope, access]) => `${name}: ${scope} is ${access}`)
      }),
  },
  {
    title: 'pins each action by its full SHA, with its version next to it',
    problems: ({ text }) =>
      linesWith(text, /^\s*(?:- )?uses:/).filter(
        line => !/uses: (?:\.\/|[\w.-]+\/[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+)$/.test(line),
      ),
  },
  {
    title: 'pins each image by its digest',
    problems: ({ text }) =>
      linesWith(text, /\b(?:ghcr\.io|docker\.io|docker:\/)\/|^\s*(?:image|container): \S/).filter(
        line => !/:\d+\.\d+\.\d+@sha256:[0-9a-f]{64}$/.test(line),
      ),
  },
  {
    title: 'leaves no credentials of the checkout behind',
    problems: (_, workflow) =>
      stepsOf(workflow)
        .filter(({ uses = '' }) => uses.startsWith('actions/checkout@'))
        .filter(step => step.with?.['persist-credentials'] !== false)
        .map(() => 'actions/checkout without persist-credentials: false'),
  },
  {
    title: 'restores no cache',
    problems: (_, workflow) =>
      stepsOf(workflow)
        .filter(({ uses = '' }) => /^actions\/(?:setup-node|cache)@/.test(uses))
        .filter(step => step.with?.['package-manager-cache'] !== false || step.with?.cache !== undefined)
        .map(({ uses }) => `${uses} may restore a cache`),
  },
  {
    title: 'puts no expression into a script',
    problems: (_, workflow) => stepsOf(workflow).flatMap(({ run = '' }) => linesWith(run, /\$\{\{/)),
  },
  {
    title: 'runs no install script of a package where a token for AWS can be had',
    problems: (_, { jobs }) =>
      Object.entries(jobs)
        .filter(([, { permissions }]) => (permissions as Record<string, string>)?.['id-token'] === 'write')
        .flatMap(([, { steps }]) =>
          steps.flatMap(({ run = '' }) => linesWith(run, /\bnpm (?:ci|i|install)\b/)),
        )
        .filter(line => !line.includes('--ignore-scripts')),
  },
  {
    title: `bounds each job's time`,
    problems: (_, { jobs }) =>
      Object.entries(jobs)
        .filter(([, job]) => !isMinutes(job['timeout-minutes']))
        .map(([name]) => `${name}: no timeout-minutes up to ${LONGEST_MINUTES}`),
  },
  {
    title: 'says what becomes of two runs at once',
    problems: (_, { concurrency }) => (concurrency ? [] : ['no concurrency']),
  },
  {
    title: 'is started by no event that lends its rights to the code of strangers',
    problems: (_, { on }) =>
      linesWith(JSON.stringify(on), /pull_request_target|workflow_run|issue_comment|"issues"/),
  },
]

export function problemsOf(rule: Rule, source: Source): readonly string[] {
  return rule.problems(source, parseWorkflow(source))
}

function isMinutes(value: unknown): boolean {
  return typeof value === 'number' && value > 0 && value <= LONGEST_MINUTES
}

function linesWith(text: string, pattern: RegExp): string[] {
  return text.split('\n').filter(line => pattern.test(line))
}
