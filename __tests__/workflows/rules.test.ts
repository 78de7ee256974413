import { describe, expect, test } from '@jest/globals'
import { parse } from 'yaml'
import { problemsOf, RULES } from './rules.ts'
import { parseWorkflow, readSource, type Source, stepsOf, workflowSources } from './workflow.ts'

const SHA = 'a'.repeat(40)
const GOOD = `name: Good
on: push
permissions: {}
concurrency: good
jobs:
  one:
    runs-on: ubuntu-latest
    timeout-minutes: 5
    permissions:
      contents: read
    steps:
      - uses: actions/checkout@${SHA} # v1.2.3
        with:
          persist-credentials: false
      - uses: actions/setup-node@${SHA} # v1.2.3
        with:
          package-manager-cache: false
      - run: npm ci && docker run "$IMAGE"
        env:
          IMAGE: ghcr.io/owner/image:1.2.3@sha256:${'b'.repeat(64)}
`
/** A violation of each rule, as a change to the good workflow. */
const BREACHES: ReadonlyArray<readonly [title: string, ...changes: (readonly [from: string, to: string])[]]> =
  [
    [
      'has no permissions of its own',
      ['permissions: {}', 'permissions: read-all'],
      ['permissions: {}\n', ''],
    ],
    [
      'gives each job the permissions that it needs, by name, and no further one to write',
      ['contents: read', 'contents: write'],
      ['contents: read', 'id-token: write'],
      ['\n      contents: read', ' write-all'],
      ['    permissions:\n      contents: read\n', ''],
    ],
    [
      'pins each action by its full SHA, with its version next to it',
      [`checkout@${SHA} # v1.2.3`, 'checkout@v1.2.3'],
      [`checkout@${SHA} # v1.2.3`, `checkout@${SHA}`],
      [`checkout@${SHA} # v1.2.3`, `checkout@${SHA} # v1`],
      [`checkout@${SHA} # v1.2.3`, `checkout@${SHA.slice(1)} # v1.2.3`],
    ],
    ['pins each image by its digest', [`@sha256:${'b'.repeat(64)}`, '']],
    [
      'leaves no credentials of the checkout behind',
      ['persist-credentials: false', 'persist-credentials: true'],
      ['        with:\n          persist-credentials: false\n', ''],
    ],
    [
      'restores no cache',
      ['package-manager-cache: false', 'cache: npm'],
      ['        with:\n          package-manager-cache: false\n', ''],
    ],
    // biome-ignore lint/suspicious/noTemplateCurlyInString: an expression of a workflow.
    ['puts no expression into a script', ['npm ci', 'npm ci ${{ github.head_ref }}']],
    [
      'runs no install script of a package where a token for AWS can be had',
      ['contents: read', 'id-token: write'],
    ],
    [
      `bounds each job's time`,
      ['    timeout-minutes: 5\n', ''],
      ['timeout-minutes: 5', 'timeout-minutes: 360'],
    ],
    ['says what becomes of two runs at once', ['concurrency: good\n', '']],
    [
      'is started by no event that lends its rights to the code of strangers',
      ['on: push', 'on: pull_request_target'],
      ['on: push', 'on:\n  workflow_run:\n    workflows: [CI]'],
    ],
  ]

const workflows = workflowSources()
const dependabot = parse(readSource('.github/dependabot.yml').text)

describe.each(workflows.map(source => [source.path, source] as const))('%s', (_, source) => {
  test.each(RULES.map(rule => [rule.title, rule] as const))('%s', (_, rule) => {
    expect(problemsOf(rule, source)).toEqual([])
  })
})

describe('a rule', () => {
  test('has a violation that shows it can fail', () => {
    expect(BREACHES.map(([title]) => title)).toEqual(RULES.map(({ title }) => title))
  })

  test.each(RULES.map(rule => [rule.title, rule] as const))('lets the good workflow pass: %s', (_, rule) => {
    expect(problemsOf(rule, { path: 'good.yml', text: GOOD })).toEqual([])
  })

  test.each(
    BREACHES.flatMap(([title, ...changes]) => changes.map(([from, to]) => [title, from, to] as const)),
  )('finds the violation of "%s": %j for %j', (title, from, to) => {
    const broken: Source = { path: 'good.yml', text: GOOD.replace(from, to) }
    expect(broken.text).not.toBe(GOOD)
    expect(RULES.filter(rule => rule.title === title).flatMap(rule => problemsOf(rule, broken))).not.toEqual(
      [],
    )
  })
})

describe('the workflows together', () => {
  test('use one version of each action', () => {
    const used = workflows.flatMap(
      ({ text }) => text.match(/[\w-]+\/[\w-]+(?:\/[\w-]+)*@[0-9a-f]{40} # \S+/g) ?? [],
    )
    const byRepository = new Map(
      used.map(use => [use.split('/', 2).join('/').split('@')[0], use.split('@')[1]]),
    )
    const others = used.filter(
      use => byRepository.get(use.split('/', 2).join('/').split('@')[0]) !== use.split('@')[1],
    )
    expect(used.length).toBeGreaterThan(8)
    expect(others).toEqual([])
  })

  test('cover Linux, Windows and macOS with Node 24 and the command of the README', () => {
    const { text } = readSource('.github/workflows/ci.yml')
    for (const system of ['ubuntu-latest', 'windows-latest', 'macos-latest', 'ubuntu-24.04-arm'])
      expect(text).toContain(system)
    const nodes = workflows.flatMap(source =>
      stepsOf(parseWorkflow(source)).flatMap(step => step.with?.['node-version'] ?? []),
    )
    expect(new Set(nodes)).toEqual(new Set([24]))
    expect(text).toContain('- run: npm ci && npm test\n')
    expect(readSource('README.md').text).toContain('npm ci && npm test ')
  })

  test('wait for a person between the draft and anything that lasts', () => {
    const { jobs } = parseWorkflow(readSource('.github/workflows/release.yml'))
    expect(Object.entries(jobs).map(([name, job]) => [name, job.environment])).toEqual([
      ['test', undefined],
      ['build', undefined],
      ['draft', undefined],
      ['attest', 'release'],
      ['publish', undefined],
    ])
    expect(jobs.publish).toMatchObject({ needs: ['build', 'attest'] })
    expect(jobs.attest).toMatchObject({ needs: ['build', 'draft'] })
    expect(jobs.draft).toMatchObject({ needs: ['test', 'build'] })
  })

  test('compute what is attested where nothing has run but what builds it', () => {
    const { jobs } = parseWorkflow(readSource('.github/workflows/release.yml'))
    const commands = (name: string) => jobs[name]?.steps.flatMap(({ run = '' }) => run.split('\n')) ?? []
    const starting = (name: string) =>
      commands(name).filter(line => /^(?:bash|sudo|npm|npx|real\/|\.ci\/)\b/.test(line.trim()))
    expect(starting('test')).toEqual(['bash .ci/run'])
    expect(starting('build')).toEqual(['npm ci --ignore-scripts'])
    expect(jobs.build).not.toHaveProperty('needs')
    expect(jobs.test).not.toHaveProperty('outputs')
  })
})

describe('dependabot.yml', () => {
  test('keeps packages and actions up to date, in groups, once they are a week old', () => {
    const { updates } = dependabot
    expect(updates.map((update: Record<string, unknown>) => update['package-ecosystem'])).toEqual([
      'npm',
      'github-actions',
      'npm',
      'pip',
      'gomod',
      'cargo',
      'maven',
    ])
    for (const { cooldown, groups } of updates) {
      expect(cooldown['default-days']).toBeGreaterThanOrEqual(7)
      expect(Object.keys(groups).length).toBeGreaterThan(0)
    }
  })
})
