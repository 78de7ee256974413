import { once } from 'node:events'
import { withFileLock } from '../../src/profiles/file-lock.ts'

/** Holds a file's lock until it gets a line, and then says whether it still held it. */
async function hold(path: string): Promise<void> {
  console.log('asking')
  await withFileLock(path, async lock => {
    console.log('held')
    await once(process.stdin, 'data')
    lock.assertHeld()
    console.log('still held')
  })
  process.stdin.destroy()
}

hold(process.argv[2] ?? '').catch(error => {
  console.error(error)
  process.exit(1)
})
