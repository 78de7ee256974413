import { randomUUID } from 'node:crypto'
import { closeSync, constants, fstatSync, ftruncateSync, writeSync } from 'node:fs'
import { EOL, constants as systemConstants } from 'node:os'
import { commandFileFailure } from '../core/outcome/command-file-failure.ts'
import type { Variables } from '../core/outcome/exports.ts'
import { openRegular } from './regular-file.ts'

/** A file through which the runner takes variables from a step, by the name of the variable that holds its path. */
export type CommandFileName = 'GITHUB_ENV' | 'GITHUB_OUTPUT' | 'GITHUB_STATE'

type Append = readonly [name: CommandFileName, variables: Variables]

let areClosed = false

/** From here on nothing is written, the summary included: the step is over, though code of its own may still run. */
export function closeCommandFiles(): void {
  areClosed = true
}

export function areCommandFilesClosed(): boolean {
  return areClosed
}

/**
 * Appends to several command files in the order given, or to none: all of them are open before the first is written, and
 * what they got is taken back where one can't be. (`core.exportVariable` and `core.setOutput` append once a variable, and
 * fall back to standard output.)
 * @throws GateError ERR_UNEXPECTED that says what the system said of which file, and what could not be taken back
 */
export function appendTogether(...appends: readonly Append[]): void {
  if (areClosed) throw new Error('the step is over')
  const texts = appends
    .filter(([, variables]) => Object.keys(variables).length > 0)
    .map(([name, variables]) => [name, format(variables)] as const)
  const files = new CommandFiles()
  try {
    for (const [name] of texts) files.open(name)
    for (const [name, text] of texts) files.append(name, text)
  } finally {
    files.close()
  }
}

type CommandFile = { readonly path: string; readonly descriptor: number; readonly length: number }

/** Those that are open, each once. */
class CommandFiles {
  readonly #files = new Map<CommandFileName, CommandFile>()

  open(name: CommandFileName): void {
    if (this.#files.has(name)) return
    const path = process.env[name] ?? ''
    this.#told(name, path, () => {
      if (path === '') throw new Error('the variable is not set, as it is in every step of a GitHub runner')
      const descriptor = openRegular(path, constants.O_WRONLY | constants.O_APPEND)
      this.#files.set(name, { path, descriptor, length: fstatSync(descriptor).size })
    })
  }

  append(name: CommandFileName, text: string): void {
    const file = this.#files.get(name)
    if (!file) throw new Error(`${name} is not open`)
    this.#told(name, file.path, () => writeWhole(file.descriptor, Buffer.from(text)))
  }

  close(): void {
    for (const { descriptor } of this.#files.values()) closeQuietly(descriptor)
  }

  /** Does the work; where that fails, takes everything back and says so. */
  #told(name: CommandFileName, path: string, work: () => void): void {
    try {
      work()
    } catch (error) {
      throw commandFileFailure({ name, path, cause: named(error) }, this.#takeBack())
    }
  }

  /** @returns the names of those that still hold more than before */
  #takeBack(): CommandFileName[] {
    return [...this.#files].filter(([, file]) => !isTakenBack(file)).map(([name]) => name)
  }
}

function isTakenBack({ descriptor, length }: CommandFile): boolean {
  try {
    if (fstatSync(descriptor).size !== length) ftruncateSync(descriptor, length)
    return true
  } catch {
    return false
  }
}

/** Node has no words for some errors of the system, such as EDQUOT: they get the system's name in the place of UNKNOWN. */
function named(error: unknown): unknown {
  const { code, errno, message } = Object(error)
  const name = Object.entries(systemConstants.errno).find(([, number]) => number === -errno)?.[0]
  if (code !== 'UNKNOWN' || name === undefined) return error
  return Object.assign(new Error(message.replace(code, name), { cause: error }), { code: name })
}

/** What was written is in the file by now, and could not be taken back any more. */
function closeQuietly(descriptor: number): void {
  try {
    closeSync(descriptor)
  } catch {
    // The runner reads what is there.
  }
}

/** A disk that is nearly full takes a part, and says so at the next attempt. */
function writeWhole(descriptor: number, bytes: Buffer): void {
  for (let written = 0; written < bytes.length; ) written += writeSync(descriptor, bytes, written)
}

/** The heredoc form of the runner. Source: GitHub's documentation, "Workflow commands", multiline strings. */
function format(variables: Variables): string {
  const delimiter = `ghadelimiter_${randomUUID()}`
  const blocks = Object.entries(variables).map(([name, value]) => [`${name}<<${delimiter}`, value, delimiter])
  return `${blocks.flat().join(EOL)}${EOL}`
}
