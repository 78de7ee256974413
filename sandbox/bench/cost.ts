import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runStep, type StepOptions, type StepResult } from '../runner/runner.ts'

/** What one process has cost; null where that can't be told. */
export interface Cost {
  readonly wallMs: number
  /** User and system together. */
  readonly cpuMs: number | null
  readonly peakMemoryBytes: number | null
}

const MEASURED = join(import.meta.dirname, 'measured.py')
/** What an action takes that asks again and again, and more. */
const LIMIT_SECONDS = 300

/** Runs steps and tells their cost. CPU and memory need a Python that has `wait4`: on Windows there is none. */
export class CostMeter {
  readonly #python = findPython()
  readonly #directory = mkdtempSync(join(tmpdir(), 'cost-'))

  async run(step: StepOptions): Promise<{ readonly result: StepResult; readonly cost: Cost }> {
    const file = join(this.#directory, 'cost.json')
    if (this.#python === undefined) {
      const result = await runStep({ ...step, timeLimitMs: LIMIT_SECONDS * 1000 })
      return { result, cost: { wallMs: result.durationMs, cpuMs: null, peakMemoryBytes: null } }
    }
    const launcher = [this.#python, MEASURED, file, String(LIMIT_SECONDS)]
    // The launcher ends in time by itself: ended from here, it would leave behind what it has started.
    const result = await runStep({ ...step, launcher, timeLimitMs: (LIMIT_SECONDS + 10) * 1000 })
    return { result, cost: JSON.parse(readFileSync(file, 'utf8')) as Cost }
  }

  close(): void {
    rmSync(this.#directory, { recursive: true })
  }
}

/** The executable itself: what is found on the PATH may be a script that looks for it. */
function findPython(): string | undefined {
  const code = 'import os, sys; os.wait4; print(sys.executable)'
  const { status, stdout } = spawnSync('python3', ['-c', code], { encoding: 'utf8' })
  return status === 0 ? stdout.trim() || undefined : undefined
}
