import { spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { githubContext } from '../../sandbox/job.ts'
import { parsePairs } from '../../sandbox/runner/file-command.ts'
import { runStep } from '../../sandbox/runner/runner.ts'
import type { RunningWorld } from '../../sandbox/world.ts'
import { type Job, PROJECT, type Step } from './workflow.ts'

type Variables = Readonly<Record<string, string>>

export interface StepOutcome {
  readonly outcome: 'success' | 'failure' | 'skipped'
  readonly outputs: Variables
  readonly exported: Variables
  readonly log: string
}

const NOTHING = { outputs: {}, exported: {}, log: '' }

/** Runs a job's steps as written in the workflow: scripts in bash, this action in the sandbox's runner. */
export class JobRun {
  readonly #job: Job
  readonly #world: RunningWorld
  /** Used instead of those that a step sets itself. */
  readonly #overrides: Variables
  readonly #folder = mkdtempSync(join(tmpdir(), 'job-run-'))
  readonly #groups: number[] = []
  readonly #outcomes = new Map<string, StepOutcome>()
  #environment: Variables = {}

  constructor(job: Job, world: RunningWorld, overrides: Variables) {
    this.#job = job
    this.#world = world
    this.#overrides = overrides
  }

  /** The name and log of the step that ended the job; undefined if none did. */
  async failureOf(steps: readonly Step[]): Promise<string | undefined> {
    for (const step of steps) {
      const outcome = await this.#play(step)
      if (step.id !== undefined) this.#outcomes.set(step.id, outcome)
      this.#environment = { ...this.#environment, ...outcome.exported }
      if (outcome.outcome === 'failure' && step['continue-on-error'] !== true)
        return `${step.name ?? step.run}: ${outcome.log}`
    }
    return undefined
  }

  /** Kills what the scripts left running, like the runner. */
  end(): void {
    for (const group of this.#groups) {
      try {
        process.kill(-group)
      } catch {
        // Nothing of it is left.
      }
    }
    rmSync(this.#folder, { recursive: true, force: true })
  }

  async #play(step: Step): Promise<StepOutcome> {
    if (step.if !== undefined && this.#valueOf(step.if) === '') return { outcome: 'skipped', ...NOTHING }
    return step.run === undefined ? await this.#playAction(step) : await this.#playScript(step, step.run)
  }

  async #playAction({ uses, with: inputs = {} }: Step): Promise<StepOutcome> {
    if (uses !== './') throw new Error(`${uses} can't be played here`)
    const { job, idTokenIssuer } = this.#world
    const { conclusion, outputs, exported, log } = await runStep({
      actionDirectory: PROJECT,
      step: 'main',
      with: this.#filledIn(inputs),
      environment: this.#environment,
      job,
      idToken: { url: idTokenIssuer.requestUrl, token: idTokenIssuer.requestToken },
    })
    return { outcome: conclusion, outputs, exported, log }
  }

  async #playScript({ env = {} }: Step, script: string): Promise<StepOutcome> {
    const [output, exports] = [join(this.#folder, randomUUID()), join(this.#folder, randomUUID())]
    for (const file of [output, exports]) writeFileSync(file, '')
    const own = this.#filledIn(env)
    const overridden = Object.entries(this.#overrides).filter(([name]) => name in own)
    const child = spawn('bash', ['-e', '-c', script], {
      cwd: PROJECT,
      detached: true,
      env: {
        ...{ PATH: process.env.PATH, HOME: this.#folder, RUNNER_TEMP: this.#folder },
        ...githubContext(this.#world.job),
        ...{ GITHUB_OUTPUT: output, GITHUB_ENV: exports },
        ...this.#job.env,
        ...this.#environment,
        ...own,
        ...Object.fromEntries(overridden),
      },
    })
    if (child.pid !== undefined) this.#groups.push(child.pid)
    let log = ''
    for (const stream of [child.stdout, child.stderr]) stream.on('data', chunk => (log += chunk))
    const status = await new Promise<number | null>((resolve, reject) =>
      child.once('error', reject).once('close', resolve),
    )
    const [outputs, exported] = [output, exports].map(file =>
      Object.fromEntries(parsePairs(readFileSync(file, 'utf8'))),
    )
    return {
      outcome: status === 0 ? 'success' : 'failure',
      outputs: outputs ?? {},
      exported: exported ?? {},
      log,
    }
  }

  #filledIn(values: Readonly<Record<string, unknown>>): Record<string, string> {
    const entries = Object.entries(values).map(([name, value]) => [
      name,
      String(value).replaceAll(/\$\{\{ (.+?) \}\}/g, (_, expression: string) => this.#valueOf(expression)),
    ])
    return Object.fromEntries(entries)
  }

  /** The few expressions that the workflow uses. */
  #valueOf(expression: string): string {
    const [context, name = '', property, output = ''] = expression.split('.')
    if (context === 'github' && name === 'repository_id') return this.#world.job.repositoryId
    if (context === 'env') return this.#job.env?.[name] ?? ''
    const step = context === 'steps' ? this.#outcomes.get(name) : undefined
    if (step && property === 'outcome') return step.outcome
    if (step && property === 'outputs') return step.outputs[output] ?? ''
    throw new Error(`${expression} can't be evaluated here`)
  }
}
