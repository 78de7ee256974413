import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { parse } from 'yaml'
import type { Job as RunningJob } from '../../sandbox/job.ts'
import { runStep, type StepResult } from '../../sandbox/runner/runner.ts'
import { startWorld } from '../../sandbox/world.ts'
import { inputsFor, jobFor, worldFor } from '../recipe-world.ts'
import { isGate, type Job, type Step, type Workflow, workflows } from '../recipes.ts'

/** Jobs with steps of this action, of every recipe for GitHub. */
const jobs = workflows
  .filter(([path]) => !path.startsWith('.forgejo/'))
  .flatMap(([path, text]) => {
    const workflow: Workflow = parse(text)
    return Object.entries(workflow.jobs).map(([name, job]) => [path, name, workflow, job] as const)
  })
  .filter(([, , , { steps = [] }]) => steps.some(isGate))

/** Runs the steps of this action one after the other, with what each exports for the next. `actual` changes the job. */
async function runGates(
  path: string,
  workflow: Workflow,
  job: Job,
  actual: Partial<RunningJob> = {},
): Promise<readonly StepResult[]> {
  const gates = (job.steps ?? []).filter(isGate)
  const folder = mkdtempSync(join(tmpdir(), 'recipe-'))
  const { accounts, job: intended } = worldFor(jobFor(path, workflow, job), gates)
  const world = await startWorld({ accounts, job: { ...intended, ...actual } })
  const results: StepResult[] = []
  try {
    for (const gate of gates) results.push(await runGate(gate, results))
    return results
  } finally {
    await world.close()
    rmSync(folder, { recursive: true })
  }

  function runGate(gate: Step, before: readonly StepResult[]): Promise<StepResult> {
    return runStep({
      actionDirectory: resolve('.'),
      step: 'main',
      with: { ...inputsFor(gate), 'sts-endpoint': world.sts.url },
      environment: Object.assign({}, ...before.map(({ exported }) => exported)),
      job: world.job,
      idToken: { url: world.idTokenIssuer.requestUrl, token: world.idTokenIssuer.requestToken },
      temporaryDirectory: folder,
    })
  }
}

describe('the recipes', () => {
  test('have this many jobs to run', () => {
    expect(jobs.length).toBeGreaterThan(25)
  })

  test.each(jobs)(
    'are verified with the job and the roles that they describe: %s, %s',
    async (path, _, workflow, job) => {
      for (const { conclusion, outputs, log } of await runGates(path, workflow, job)) {
        expect([log, conclusion, outputs.verified]).toEqual([log, 'success', 'true'])
      }
    },
  )

  test.each(jobs)('let no other repository through: %s, %s', async (path, _, workflow, job) => {
    const [first] = await runGates(path, workflow, job, { repository: 'ledger', repositoryId: '75' })
    expect(first).toMatchObject({ conclusion: 'failure', exported: {} })
  })
})
