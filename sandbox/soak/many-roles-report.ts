import { renderAligned } from '../bench/table.ts'
import type { ManyRolesOptions, ManyRolesResult, MeasuredStep } from './many-roles.ts'
import { growthOf, mebibytes } from './memory.ts'

/** The figures of a job with many roles, and what must not be. */
export interface ManyRolesReport {
  readonly steps: readonly { readonly main: StepFigures; readonly post: StepFigures }[]
  /** Those that gave their own role, and no other. */
  readonly ownProfiles: number
  readonly answers: number
  readonly reads: number
  readonly problems: readonly string[]
}

interface StepFigures {
  readonly seconds: number
  /** In bytes. */
  readonly peakMemory: number
}

export function reportOf(result: ManyRolesResult, options: ManyRolesOptions): ManyRolesReport {
  const { main, post, answers, watched } = result
  const wrong = new Set(answers.filter(isWrong).map(({ profile }) => profile))
  const own = new Set(answers.map(({ profile }) => profile).filter(profile => !wrong.has(profile)))
  return {
    steps: main.map((step, index) => ({ main: figuresOf(step), post: figuresOf(post[index] ?? step) })),
    ownProfiles: own.size,
    answers: answers.length,
    reads: watched.reads,
    problems: [
      ...(own.size === options.steps * options.roles
        ? []
        : [`only ${own.size} profiles give their own role`]),
      ...problemsOf(result, options),
    ],
  }
}

function figuresOf({ cost }: MeasuredStep): StepFigures {
  return { seconds: cost.wallMs / 1000, peakMemory: cost.peakMemoryBytes ?? Number.NaN }
}

function isWrong({ expected, actual }: ManyRolesResult['answers'][number]): boolean {
  return expected !== actual
}

function problemsOf(
  { main, post, answers, watched, left }: ManyRolesResult,
  { roles }: ManyRolesOptions,
): string[] {
  const partial = watched.profiles.flat().filter(count => count % roles !== 0)
  const peaks = (steps: readonly MeasuredStep[]) => steps.map(step => figuresOf(step).peakMemory)
  return [
    ...[...main, ...post]
      .filter(({ result }) => result.conclusion !== 'success')
      .map(({ result }) => result.log),
    ...answers.filter(isWrong).map(({ profile, actual }) => `${profile} is ${actual}`),
    ...watched.torn.map(problem => `torn: ${problem}`),
    ...partial.map(count => `torn: ${count} profiles`),
    ...left.map(path => `left: ${path}`),
    ...growthOf('main steps', peaks(main)),
    ...growthOf('post steps', peaks(post)),
  ]
}

export function renderManyRoles({ steps, ownProfiles, answers, reads }: ManyRolesReport): string {
  const columns = ({ seconds, peakMemory }: StepFigures) => [seconds.toFixed(2), mebibytes(peakMemory)]
  const table = renderAligned({
    head: ['step', 'main s', 'peak MB', 'post s', 'peak MB'],
    rows: steps.map(({ main, post }, index) => [String(index + 1), ...columns(main), ...columns(post)]),
    wordColumns: 0,
  })
  const found = `${ownProfiles} profiles gave their own role, in ${answers} calls`
  return `${table}\n\n${found}; the files were read whole ${reads} times`
}
