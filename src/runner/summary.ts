import * as core from '@actions/core'
import { hideFromSummary, warning } from './log.ts'

/** Makes a text this step's summary, in the place of an earlier one. Where that fails, a warning says so. */
export async function writeSummary(markdown: string): Promise<void> {
  try {
    await core.summary.emptyBuffer().addRaw(hideFromSummary(markdown)).write({ overwrite: true })
  } catch (error) {
    warning(`the job summary could not be written: ${error instanceof Error ? error.message : String(error)}`)
  }
}
