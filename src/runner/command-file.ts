import { randomUUID } from 'node:crypto'
import { appendFileSync, statSync, truncateSync } from 'node:fs'
import { EOL } from 'node:os'
import type { Variables } from '../core/exports.ts'

/** A file through which the runner takes variables from a step, by the name of the variable that holds its path. */
export type CommandFile = 'GITHUB_ENV' | 'GITHUB_OUTPUT' | 'GITHUB_STATE'

/**
 * One append to each of several command files, or to none: if one can't be written, what the others got is taken
 * back. (`core.exportVariable` and `core.setOutput` append once a variable, and fall back to standard output.)
 */
export function appendTogether(appends: Partial<Record<CommandFile, Variables>>): void {
  const targets = Object.entries(appends)
    .filter(([, variables]) => Object.keys(variables).length > 0)
    .map(([file, variables]) => openTarget(file as CommandFile, format(variables)))
  try {
    for (const { path, text } of targets) appendFileSync(path, text)
  } catch (error) {
    for (const target of targets) takeBack(target)
    throw error
  }
}

type Target = { readonly path: string; readonly length: number; readonly text: string }

function openTarget(file: CommandFile, text: string): Target {
  const path = process.env[file]
  if (!path) throw new Error(`${file} is not set: this is no step of a GitHub runner`)
  return { path, length: statSync(path).size, text }
}

/** Cuts a file back to what it held before. Where that fails there is nothing to cut: it could not be written either. */
function takeBack({ path, length }: Target): void {
  try {
    truncateSync(path, length)
  } catch {
    // The error that led here is the one to tell.
  }
}

/** The heredoc form of the runner. Source: GitHub's documentation, "Workflow commands", multiline strings. */
function format(variables: Variables): string {
  const delimiter = `ghadelimiter_${randomUUID()}`
  const blocks = Object.entries(variables).map(([name, value]) => [`${name}<<${delimiter}`, value, delimiter])
  return `${blocks.flat().join(EOL)}${EOL}`
}
