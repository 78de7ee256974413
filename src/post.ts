import './process/start.ts' // before all else
import { reasonOf } from './core/base/failure.ts'
import { cleanUp } from './flow/cleanup.ts'
import { endProcess } from './process/end.ts'
import { onUncaught } from './process/start.ts'
import { warning } from './runner/log.ts'

/** Longer than all locks of AWS's shared files are waited for. */
const MAX_SECONDS = 60

// What is left to be taken away is taken away all the same, and the job does not fail.
onUncaught(cause => warning(`the post step met an error: ${reasonOf(cause)}`))
setTimeout(() => {
  warning(`the post step ended after ${MAX_SECONDS} s: some files of this action may be left on the machine`)
  endProcess(true)
}, MAX_SECONDS * 1000).unref()
void cleanUp().then(() => endProcess(true))
