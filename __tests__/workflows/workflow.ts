import { readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parse } from 'yaml'

export const PROJECT = resolve(__dirname, '../..')
const FOLDER = '.github/workflows'

export type Step = {
  readonly id?: string
  readonly name?: string
  readonly if?: string
  readonly uses?: string
  readonly with?: Readonly<Record<string, string | boolean | number>>
  readonly run?: string
  readonly env?: Readonly<Record<string, string>>
  readonly 'continue-on-error'?: boolean
}

export type Job = {
  readonly permissions?: unknown
  readonly environment?: unknown
  readonly 'timeout-minutes'?: unknown
  readonly env?: Readonly<Record<string, string>>
  readonly steps: readonly Step[]
}

export type Workflow = {
  readonly on: unknown
  readonly permissions?: unknown
  readonly concurrency?: unknown
  readonly jobs: Readonly<Record<string, Job>>
}

/** A repository file, by its path from the root. */
export interface Source {
  readonly path: string
  readonly text: string
}

export function readSource(path: string): Source {
  return { path, text: readFileSync(join(PROJECT, path), 'utf8') }
}

export function workflowSources(): readonly Source[] {
  return readdirSync(join(PROJECT, FOLDER)).map(name => readSource(`${FOLDER}/${name}`))
}

export function parseWorkflow({ text }: Source): Workflow {
  return parse(text)
}

export function stepsOf({ jobs }: Workflow): readonly Step[] {
  return Object.values(jobs).flatMap(({ steps }) => steps)
}

const workflows = new Map<string, Workflow>()

/** Each is parsed once. */
function workflowAt(path: string): Workflow {
  const workflow = workflows.get(path) ?? parseWorkflow(readSource(path))
  workflows.set(path, workflow)
  return workflow
}

/** The one step of a workflow that has this name or, without one, this command. */
export function stepNamed(path: string, name: string): Step {
  const step = stepsOf(workflowAt(path)).find(step => (step.name ?? step.run) === name)
  if (!step) throw new Error(`${path} has no step "${name}"`)
  return step
}
