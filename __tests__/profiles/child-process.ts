import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import type { Readable, Writable } from 'node:stream'

/** A test's process, killed when the test ends. */
export interface Child {
  readonly pid: number
  /** Resolves once it has printed the text. */
  printed(text: string): Promise<void>
  /** Sends it a line. */
  tell(): void
  signal(name: NodeJS.Signals): void
  /** Its exit code, and everything it printed. */
  ended(): Promise<{ readonly code: number | null; readonly output: string }>
}

const children = new Set<ChildProcessByStdio<Writable, Readable, Readable>>()

/** Runs a script from this folder. */
export function start(script: string, words: readonly string[], environment: NodeJS.ProcessEnv = {}): Child {
  const child = spawn(process.execPath, ['--import', 'tsx', join(__dirname, script), ...words], {
    env: { ...process.env, ...environment },
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  children.add(child)
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', chunk => (output += chunk))
  const exit = once(child, 'close').then(([code]) => ({ code: code as number | null, output }))
  return {
    pid: child.pid ?? 0,
    async printed(text) {
      while (!output.includes(text)) {
        const end = await Promise.race([once(child.stdout, 'data').then(() => undefined), exit])
        if (end && !output.includes(text)) throw new Error(`ended without ${text}: ${output}`)
      }
    },
    tell: () => child.stdin.write('\n'),
    signal: name => child.kill(name),
    ended: () => exit,
  }
}

/** Kills those still running, even if stopped. */
export async function endChildren(): Promise<void> {
  for (const child of children) {
    if (child.exitCode === null && child.signalCode === null) {
      child.kill('SIGKILL')
      await once(child, 'close')
    }
  }
  children.clear()
}
