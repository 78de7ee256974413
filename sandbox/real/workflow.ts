/** Workflows as objects, which are valid YAML as they are. */
export interface WorkflowStep {
  readonly id?: string
  readonly name?: string
  readonly if?: string
  readonly uses?: string
  readonly run?: string
  readonly with?: Readonly<Record<string, unknown>>
  readonly env?: Readonly<Record<string, string>>
}

export interface WorkflowJob {
  readonly steps?: readonly WorkflowStep[]
  readonly uses?: string
  readonly with?: Readonly<Record<string, unknown>>
  readonly if?: string
  readonly needs?: string
  readonly env?: Readonly<Record<string, string>>
  readonly outputs?: Readonly<Record<string, string>>
  readonly strategy?: object
  readonly 'runs-on'?: string
}

export interface Workflow {
  readonly name: string
  readonly on: string | object
  readonly jobs: Readonly<Record<string, WorkflowJob>>
}

/** `${{ … }}` */
export function value(expression: string): string {
  return `\${{ ${expression} }}`
}

export function step(name: string, run: string, more: Omit<WorkflowStep, 'name' | 'run'> = {}): WorkflowStep {
  return { name, run, ...more }
}

/** A job with the repository in its workspace. */
export function job(steps: readonly WorkflowStep[], more: Omit<WorkflowJob, 'steps'> = {}): WorkflowJob {
  return {
    'runs-on': 'ubuntu-latest',
    ...more,
    steps: [{ name: 'checkout', uses: 'actions/checkout@v7' }, ...steps],
  }
}

export function workflow(jobs: Workflow['jobs'], on: Workflow['on'] = 'push'): Workflow {
  return { name: 'Deploy', on, jobs }
}
