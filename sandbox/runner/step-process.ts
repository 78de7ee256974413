import { type ChildProcess, spawn } from 'node:child_process'
import { openFiles, openPipes } from './step-output.ts'

export interface StepProcessOptions {
  readonly command: readonly string[]
  readonly workingDirectory: string
  readonly environment: Readonly<Record<string, string>>
  /** When to cancel the step, as a user would: SIGINT, SIGTERM 7.5 s later, and the end 2.5 s after that. */
  readonly signalAfterMs?: number | undefined
  /** A minute unless said otherwise. */
  readonly timeLimitMs?: number | undefined
  /** Whether the process can write to pipes; else it writes to files, and its lines come when it has ended. */
  readonly hasPipes: boolean
  /** Called for each line of either stream, without its end. */
  readonly onLine: (line: string) => void
}

export interface StepProcess {
  /** Null when a signal ended the process. */
  readonly exitCode: number | null
  readonly stdout: string
  readonly stderr: string
  readonly timedOut: boolean
}

export const defaultTimeLimitMs = 60_000

/** Runs one process to its end, or to the end of its time. */
export async function runStepProcess(options: StepProcessOptions): Promise<StepProcess> {
  const [command = '', ...words] = options.command
  const output = options.hasPipes ? openPipes() : openFiles()
  const child = spawn(command, words, {
    cwd: options.workingDirectory,
    env: options.environment,
    stdio: ['ignore', ...output.stdio],
  })
  const timers = cancelLater(child, options.signalAfterMs)
  let timedOut = false
  timers.push(
    setTimeout(() => {
      timedOut = true
      kill(child)
    }, options.timeLimitMs ?? defaultTimeLimitMs),
  )
  try {
    const [exitCode, stdout, stderr] = await Promise.all([
      exitOf(child),
      ...output.collect(child, options.onLine),
    ])
    return { exitCode, stdout, stderr, timedOut }
  } finally {
    for (const timer of timers) clearTimeout(timer)
  }
}

function cancelLater(child: ChildProcess, afterMs: number | undefined): NodeJS.Timeout[] {
  if (afterMs === undefined) return []
  return [
    setTimeout(() => child.kill('SIGINT'), afterMs),
    setTimeout(() => child.kill('SIGTERM'), afterMs + 7500),
    setTimeout(() => kill(child), afterMs + 10_000),
  ]
}

/** Closes its streams too: a grandchild may hold their other ends. */
function kill(child: ChildProcess): void {
  child.kill('SIGKILL')
  child.stdout?.destroy()
  child.stderr?.destroy()
}

function exitOf(child: ChildProcess): Promise<number | null> {
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', exitCode => resolve(exitCode))
  })
}
