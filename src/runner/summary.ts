import { closeSync, constants, ftruncateSync, writeFileSync } from 'node:fs'
import { reasonOf } from '../core/base/failure.ts'
import type { Redact } from '../core/summary/text.ts'
import { areCommandFilesClosed } from './command-file.ts'
import { redact, warning } from './log.ts'
import { openRegular } from './regular-file.ts'

/** What GitHub takes of a step. Source: GitHub's documentation, "Adding a job summary", limits. */
const MAX_BYTES = 1024 * 1024
/** Asterisks would be Markdown. */
const MASKED = '(masked)'

/** Makes a text this step's summary, in the place of an earlier one. Where that fails, a warning says so. */
export function writeSummary(render: (redact: Redact) => string): void {
  if (areCommandFilesClosed()) return
  try {
    const markdown = render(text => redact(text, MASKED))
    if (Buffer.byteLength(markdown) > MAX_BYTES) throw new Error('it is longer than 1 MiB')
    const { GITHUB_STEP_SUMMARY: path } = process.env
    if (!path) throw new Error('GITHUB_STEP_SUMMARY names no file')
    replaceText(path, markdown)
  } catch (error) {
    warning(`the job summary could not be written: ${reasonOf(error)}`)
  }
}

/** Emptied first, so that no earlier verdict stays where the new one can't be written. */
function replaceText(path: string, text: string): void {
  const descriptor = openRegular(path, constants.O_WRONLY | constants.O_CREAT)
  try {
    ftruncateSync(descriptor)
    writeFileSync(descriptor, text)
  } finally {
    closeSync(descriptor)
  }
}
