import type { ChildProcess } from 'node:child_process'
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'

/** Where a process writes its standard output and standard error. */
export interface StepOutput {
  readonly stdio: readonly ['pipe' | number, 'pipe' | number]
  /** Resolve with all that each brought once the process has ended and closed it. */
  collect(child: ChildProcess, onLine: OnLine): readonly [Promise<string>, Promise<string>]
}

/** Called for each line of either stream, without its end. */
type OnLine = (line: string) => void

/** The lines come as they are written. */
export function openPipes(): StepOutput {
  return {
    stdio: ['pipe', 'pipe'],
    collect: ({ stdout, stderr }, onLine) => {
      if (!stdout || !stderr) throw new Error('the process has no pipes')
      return [collect(stdout, onLine), collect(stderr, onLine)]
    },
  }
}

/** The lines come when the process has ended. */
export function openFiles(): StepOutput {
  const folder = mkdtempSync(join(tmpdir(), 'output-'))
  const [stdout, stderr] = [join(folder, 'stdout'), join(folder, 'stderr')]
  const stdio = [openSync(stdout, 'w'), openSync(stderr, 'w')] as const
  return {
    stdio,
    collect: (child, onLine) => {
      for (const descriptor of stdio) closeSync(descriptor)
      const ended = new Promise<readonly [string, string]>((resolve, reject) => {
        child.once('error', reject)
        child.once('exit', () => {
          resolve([readFileSync(stdout, 'utf8'), readFileSync(stderr, 'utf8')])
          rmSync(folder, { recursive: true })
        })
      })
      return [
        ended.then(([text]) => collect(Readable.from([text]), onLine)),
        ended.then(([, text]) => collect(Readable.from([text]), onLine)),
      ]
    },
  }
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
