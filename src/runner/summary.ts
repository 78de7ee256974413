import { writeFileSync } from 'node:fs'
import { reasonOf } from '../core/failure.ts'
import type { Hide } from '../core/summary-text.ts'
import { hide, warning } from './log.ts'

/** What GitHub takes of a step. Source: GitHub's documentation, "Adding a job summary", limits. */
const MOST_BYTES = 1024 * 1024
/** Asterisks would be Markdown. */
const MASKED = '(masked)'

/** Makes a text this step's summary, in the place of an earlier one. Where that fails, a warning says so. */
export function writeSummary(render: (hide: Hide) => string): void {
  try {
    const markdown = render(text => hide(text, MASKED))
    if (Buffer.byteLength(markdown) > MOST_BYTES) throw new Error('it is longer than 1 MiB')
    const { GITHUB_STEP_SUMMARY: path } = process.env
    if (!path) throw new Error('GITHUB_STEP_SUMMARY names no file')
    writeFileSync(path, markdown)
  } catch (error) {
    warning(`the job summary could not be written: ${reasonOf(error)}`)
  }
}
