import { describe, expect, test } from '@jest/globals'
import { parse } from 'yaml'
import { type Job, parseWorkflow, readSource, recipeSources, type Step } from './workflow.ts'

const THIS_ACTION = 'aws-role-gate/aws-role-gate@main'
const { inputs } = parse(readSource('action.yml').text) as {
  inputs: Readonly<Record<string, { readonly required?: boolean }>>
}
const recipes = recipeSources().map(source => [source.path, source] as const)

const gatesOf = ({ steps = [] }: Partial<Job>): readonly Step[] =>
  steps.filter(({ uses }) => uses === THIS_ACTION)

describe('docs/recipes.md', () => {
  test.each([
    'Gate a deploy by environment',
    'Verify only, before `terraform apply`',
    'Several accounts in a matrix',
    'A reusable workflow',
    'A chain of roles',
    'Self-hosted, behind a proxy with its own CA',
    'GitHub Enterprise Server',
    'China and GovCloud',
    'Pull requests with a read-only role',
    'Deploy only on a match, and go on otherwise',
  ])('has a complete workflow for: %s', title => {
    expect(recipes.map(([path]) => path)).toContain(`docs/recipes.md, ${title}`)
  })

  test.each(recipes)('gives the inputs that are required, and none that are unknown: %s', (_, source) => {
    const required = Object.keys(inputs).filter(name => inputs[name]?.required)
    for (const { with: given = {} } of Object.values(parseWorkflow(source).jobs).flatMap(gatesOf)) {
      expect(Object.keys(given)).toEqual(expect.arrayContaining(required))
      expect(Object.keys(given).filter(name => !(name in inputs))).toEqual([])
    }
  })

  test.each(recipes)(
    'allows nothing but the token and reading, and the token where one is asked for: %s',
    (_, source) => {
      const { permissions, jobs } = parseWorkflow(source)
      expect(permissions).toEqual({})
      for (const job of Object.values(jobs)) {
        const needsToken =
          job.steps === undefined || gatesOf(job).some(({ with: given = {} }) => 'role-to-assume' in given)
        expect(job.permissions).toEqual({ ...(needsToken ? { 'id-token': 'write' } : {}), contents: 'read' })
      }
    },
  )

  test.each(recipes)(
    'leaves no key to the repository behind, and puts no expression into a script: %s',
    (_, source) => {
      for (const { uses = '', with: given, run = '' } of Object.values(parseWorkflow(source).jobs).flatMap(
        ({ steps = [] }) => steps,
      )) {
        if (uses.startsWith('actions/checkout@')) expect(given?.['persist-credentials']).toBe(false)
        expect(run).not.toContain('${{')
      }
    },
  )

  test.each([
    ['an input that is unknown', 'allowed-account-ids:', 'allowed-accounts:'],
    ['a region that is missing', 'aws-region: eu-west-1', 'audience: eu-west-1'],
  ])('is searched so that %s is found', (_, from, to) => {
    const [, source] = recipes[0] ?? []
    const broken = parseWorkflow({ path: '', text: source?.text.replace(from, to) ?? '' })
    const names = Object.values(broken.jobs)
      .flatMap(gatesOf)
      .flatMap(({ with: given = {} }) => Object.keys(given))
    expect(names.every(name => name in inputs) && names.includes('aws-region')).toBe(false)
  })
})
