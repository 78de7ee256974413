import { withdrawSession } from './runner/exports.ts'
import { info, warning } from './runner/log.ts'

/** The post step. It never fails the job: what it takes away may be gone already. */
export function cleanUp(): void {
  if (process.env.AWS_SKIP_CLEANUP_STEP === 'true') {
    info('AWS_SKIP_CLEANUP_STEP is true: the credentials stay in the environment')
    return
  }
  try {
    withdrawSession()
  } catch (error) {
    warning(
      `the credentials could not be taken from the environment: ${error instanceof Error ? error.message : String(error)}`,
    )
  }
}
