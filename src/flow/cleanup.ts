import { reasonOf } from '../core/base/failure.ts'
import { withdrawProfiles } from '../profiles/withdrawal.ts'
import { info, warning } from '../runner/log.ts'
import { withdrawVariables } from './export.ts'

/** The post step. It never fails the job: what it removes may be gone already. */
export async function cleanUp(): Promise<void> {
  if (process.env.AWS_SKIP_CLEANUP_STEP === 'true') {
    info('AWS_SKIP_CLEANUP_STEP is true: the credentials stay where they are')
    return
  }
  await attempt('the credentials could not be removed from the environment', withdrawVariables)
  await attempt('the profiles or their renewal files could not be removed', withdrawProfiles)
}

async function attempt(otherwise: string, work: () => void | Promise<void>): Promise<void> {
  try {
    await work()
  } catch (error) {
    warning(`${otherwise}: ${reasonOf(error)}`)
  }
}
