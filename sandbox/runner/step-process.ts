import { type ChildProcess, spawn } from 'node:child_process'
import type { Readable } from 'node:stream'

export interface StepProcessOptions {
  /** A command that is given Node's as its last arguments, and starts it. */
  readonly launcher?: readonly string[] | undefined
  readonly node: string
  readonly file: string
  readonly workingDirectory: string
  readonly environment: Readonly<Record<string, string>>
  /** When to cancel the step, as a user would: SIGINT, SIGTERM 7.5 s later, and the end 2.5 s after that. */
  readonly signalAfterMs?: number | undefined
  /** A minute unless said otherwise. */
  readonly timeLimitMs?: number | undefined
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
  const [command, ...words] = [...(options.launcher ?? []), options.node] as const
  const child = spawn(command, [...words, options.file], {
    cwd: options.workingDirectory,
    env: options.environment,
    stdio: ['ignore', 'pipe', 'pipe'],
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
      collect(child.stdout, options.onLine),
      collect(child.stderr, options.onLine),
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

/** What ends a line for the runner, a lone carriage return included; one at the end may still become CRLF. */
const lineEnd = /\r\n|\n|\r(?!$)/

/** Resolves with all that a stream brought once it is closed. */
function collect(stream: Readable, onLine: (line: string) => void): Promise<string> {
  let text = ''
  let rest = ''
  stream.setEncoding('utf8')
  stream.on('data', (chunk: string) => {
    text += chunk
    const lines = (rest + chunk).split(lineEnd)
    rest = lines.pop() ?? ''
    for (const line of lines) onLine(line)
  })
  return new Promise(resolve => {
    stream.once('close', () => {
      if (rest !== '') onLine(rest.replace(/\r$/, ''))
      resolve(text)
    })
  })
}
