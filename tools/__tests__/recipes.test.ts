import { spawnSync } from 'node:child_process'
import { validate } from '@actions/languageservice'
import type { ActionMetadata } from '@actions/languageservice/action'
import { partition } from '@aws-sdk/util-endpoints'
import { describe, expect, test } from '@jest/globals'
import { TextDocument } from 'vscode-languageserver-textdocument'
import { parse } from 'yaml'
import { surroundings } from '../../__tests__/core/samples.ts'
import { read } from '../../__tests__/pages/shown-by.ts'
import { rawName } from '../../src/core/inputs/declared-inputs.ts'
import { type Inputs, parseInputs } from '../../src/core/inputs/inputs.ts'
import {
  blocksOf,
  evaluated,
  GATE,
  isGate,
  type Job,
  page,
  type Step,
  type Workflow,
  workflows,
} from '../recipes.ts'

/** A recipe's purpose and heading. */
const RECIPES = [
  'A deploy gated by its environment',
  'Staging first, then production',
  'Several accounts in a matrix',
  'A reusable workflow',
  'Report a mismatch, and deploy only on a match',
  'Push an image to ECR',
  'AWS CDK and its bootstrap roles',
  'Verify only, right before terraform apply',
  'The same role for plan and apply',
  'Pull requests with a role that only reads',
  'Terraform for eight hours on a self-hosted runner',
  'Several accounts in one OpenTofu or Terraform run',
  'Many roles in one job',
  'A job longer than its session',
  'A chain of roles',
  'Find the run in CloudTrail',
  'Keep proof of who deployed',
  'Archive the record of every run',
  'Pass the proof to another job without the account ID',
  'Check trust policies in pull requests',
  'Audit every role each week',
  'Self-hosted, behind a proxy with its own CA',
  'Windows',
  'GitHub Enterprise Server',
  'Forgejo and Gitea',
  'China and GovCloud',
  'Roll out in an organization',
]

const manifest = manifestIn()

describe('the recipes', () => {
  test('are exactly these, each with a link at the top and a workflow', () => {
    const headings = Array.from(page.matchAll(/^## (.+)$/gm), ([, heading = '']) => heading)
    expect(headings).toEqual(RECIPES)
    for (const heading of RECIPES) {
      expect(page).toContain(`- [${heading}](#${anchorOf(heading)})`)
      expect(sectionUnder(heading)).toContain('```yaml\n')
    }
  })

  test.each(RECIPES)('say when to use them and what the trust policy must say: %s', heading => {
    const [prose = ''] = sectionUnder(heading).split('```')
    expect(prose).toMatch(/^\nFor /)
    expect(prose).toMatch(/trust policy|trusts/)
    expect(prose.match(/[.:] /g)?.length).toBeLessThan(8)
  })

  test('show valid JSON', () => {
    expect(blocksOf('json').length).toBeGreaterThan(0)
    for (const json of blocksOf('json')) expect(() => JSON.parse(json)).not.toThrow()
  })
})

describe.each(workflows)('the recipe %s', (_, text) => {
  test('gives the step valid inputs, none of them without effect', () => {
    for (const { warnings, notices } of gatesOf(text).map(inputsOf))
      expect([...warnings, ...notices]).toEqual([])
  })

  test('uses outputs that exist', () => {
    expect(outputProblems(text)).toEqual([])
  })
})

describe.each(workflows.filter(([path]) => !path.startsWith('.forgejo/')))('the recipe %s', (_, text) => {
  test('is valid for GitHub’s own language service, which knows the inputs of this action', async () => {
    expect(await serviceProblems(text)).toEqual([])
  })

  test('gives each job the least permissions', () => {
    expect(permissionProblems(parse(text))).toEqual([])
  })
})

describe('the comparison of two records', () => {
  const compare = gatesAndScripts('Plan and apply').find(({ run = '' }) => run.includes('jq'))?.run ?? ''
  const record = (changes: object) =>
    JSON.stringify({
      verified: true,
      actual: { partition: 'aws', accountId: '111122223333' },
      session: { roleId: 'AROA3XFRBF535PLBIFPI4' },
      ...changes,
    })

  test.each<[string, string, string, boolean]>([
    ['the same role', record({}), record({ at: 'later' }), true],
    ['another role ID', record({}), record({ session: { roleId: 'AROAOTHER' } }), false],
    ['another account', record({}), record({ actual: { partition: 'aws', accountId: '4' } }), false],
    ['a plan that was not verified', record({ verified: false, session: null }), record({}), false],
    ['two that were not verified', record({ verified: false }), record({ verified: false }), false],
    ['a plan without a record', '', record({}), false],
    ['no records at all', '', '', false],
  ])('passes for one role alone: %s', (_, plan, apply, passes) => {
    const env = { PATH: process.env.PATH, PLAN: plan, APPLY: apply }
    const { status } = spawnSync('bash', ['-eo', 'pipefail', '-c', compare], { env })
    expect(status === 0).toBe(passes)
  })
})

describe('a recipe is reported as wrong if', () => {
  test.each([
    ['a key of the workflow is misspelled', 'runs-on: ubuntu-latest', 'run-on: ubuntu-latest'],
    ['an input does not exist', 'allowed-account-ids:', 'allowed-accounts:'],
    ['a required input is missing', '          aws-region: eu-west-1\n', ''],
    ['a referenced step does not exist', 'steps.gate.outputs', 'steps.gates.outputs'],
    ['the called workflow has no such input', '      account: ', '      account-id: '],
  ])('%s', async (_, from, to) => {
    const wrong = workflows.map(([, text]) => text.replace(from, to)).filter(text => text.includes(to))
    const problems = await Promise.all(wrong.map(serviceProblems))
    expect(problems.flat()).not.toEqual([])
  })

  test.each([
    ['all jobs have permissions', 'permissions: {}', 'permissions: read-all'],
    ['a job may write more', 'contents: read', 'contents: write'],
    ['a token is requested without the permission', '      id-token: write\n', ''],
    ['a job without a use for a token may ask for one', 'permissions: {}\n    steps', idTokenAnd('steps')],
  ])('%s', (_, from, to) => {
    const wrong = workflows
      .map(([, text]) => text.replace(from, to))
      .filter((text, index) => {
        return text !== workflows[index]?.[1]
      })
    expect(wrong.flatMap(text => permissionProblems(parse(text)))).not.toEqual([])
  })

  test('a value is invalid', () => {
    const wrong = workflows.map(([, text]) => text.replace("'111122223333'", '1111222233334'))
    expect(() => wrong.flatMap(gatesOf).map(inputsOf)).toThrow('is not an account ID')
  })

  test('an output does not exist', () => {
    const wrong = workflows.map(([, text]) =>
      text.replaceAll('gate.outputs.verified', 'gate.outputs.matched'),
    )
    expect(wrong.flatMap(outputProblems)).not.toEqual([])
  })
})

/** Of the gate, or of the action in a folder beside it. */
function manifestIn(folder = '.'): ActionMetadata {
  return parse(read(`${folder}/action.yml`))
}

function idTokenAnd(next: string): string {
  return `permissions:\n      id-token: write\n    ${next}`
}

function sectionUnder(heading: string): string {
  return page.split(`\n## ${heading}\n`)[1]?.split('\n## ')[0] ?? ''
}

/** The anchor that GitHub generates for a heading. */
function anchorOf(title: string): string {
  return title
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-')
}

/** The language service remembers a file by its address. */
let documents = 0

async function serviceProblems(text: string): Promise<string[]> {
  documents += 1
  const document = TextDocument.create(`file:///${documents}/.github/workflows/recipe.yml`, 'yaml', 0, text)
  const problems = await validate(document, {
    actionsMetadataProvider: {
      // Other actions define their own inputs.
      fetchActionMetadata: async ({ owner, name, path }) =>
        `${owner}/${name}` === GATE ? manifestIn(path) : { name, description: '' },
    },
    fileProvider: {
      getFileContent: async reference => {
        const path =
          'owner' in reference ? `${reference.owner}/${reference.repository}/${reference.path}` : ''
        const content = workflows.find(([name]) => name === path)?.[1]
        if (content === undefined) throw new Error(`no recipe is ${path}`)
        return { name: path, content }
      },
    },
  })
  return problems.map(({ message, range }) => `line ${range.start.line + 1}: ${message}`)
}

/** No permissions at the top; a token only where one is used, contents only where they are checked out, and nothing else. */
function permissionProblems({ permissions, jobs }: Workflow): string[] {
  const ofAll = JSON.stringify(permissions) === '{}' ? [] : ['the permissions of all jobs are not {}']
  const ofJobs = Object.entries(jobs).flatMap(([name, job]) => {
    const least = leastPermissions(job)
    return JSON.stringify(job.permissions) === JSON.stringify(least)
      ? []
      : [`${name} needs ${JSON.stringify(least)}`]
  })
  return [...ofAll, ...ofJobs]
}

function leastPermissions(job: Job): Readonly<Record<string, string>> {
  const { steps = [] } = 'uses' in job ? calledJob(job) : job
  const takesToken = steps.some(step => isGate(step) && assumesRole(step))
  const checksOut = steps.some(({ uses = '' }) => uses.startsWith('actions/checkout@'))
  const attests = steps.some(({ uses = '' }) => uses.startsWith('actions/attest@'))
  return {
    ...(takesToken ? { 'id-token': 'write' } : {}),
    ...(checksOut ? { contents: 'read' } : {}),
    ...(attests ? { attestations: 'write' } : {}),
  }
}

function assumesRole({ with: given = {} }: Step): boolean {
  return given['role-to-assume'] !== undefined || given['aws-profiles'] !== undefined
}

/** The single job of the workflow that a job calls. */
function calledJob({ uses = '' }: Job): Job {
  const called = workflows.find(([path]) => path === uses.split('@')[0])?.[1]
  const { jobs }: Workflow = parse(called ?? 'jobs: {}')
  return Object.values(jobs)[0] ?? {}
}

function gatesAndScripts(name: string): readonly Step[] {
  const text = workflows.map(([, each]) => each).find(each => each.includes(`name: ${name}\n`)) ?? ''
  const { jobs }: Workflow = parse(text)
  return Object.values(jobs).flatMap(({ steps = [] }) => steps)
}

function gatesOf(text: string): Step[] {
  const { jobs }: Workflow = parse(text)
  return Object.values(jobs).flatMap(({ steps = [] }) => steps.filter(isGate))
}

/** The step's inputs, as the runner would pass them to a job that may request a token. */
function inputsOf({ with: given = {} }: Step): Inputs {
  const defaults = Object.entries(manifest.inputs ?? {}).map(([name, input]) => [name, input.default ?? ''])
  const all: Record<string, string> = { ...Object.fromEntries(defaults), ...given }
  const raw = Object.entries(all).map(([name, value]) => [rawName(name as never), evaluated(String(value))])
  return parseInputs(Object.fromEntries(raw), surroundings({ partitionOf: region => partition(region).name }))
}

/** Outputs of steps that don't exist, or that the action does not declare. */
function outputProblems(text: string): string[] {
  const { jobs }: Workflow = parse(text)
  const steps = Object.values(jobs).flatMap(job => job.steps ?? [])
  const used = Array.from(text.matchAll(/\bsteps\.([\w-]+)\.outputs\.([\w-]+)/g))
  return used
    .filter(([, id, output = '']) => {
      const step = steps.find(each => each.id === id)
      return step === undefined || (isGate(step) && !(output in (manifest.outputs ?? {})))
    })
    .map(([expression]) => expression)
}
