import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { profileSettings } from '../../src/core/profiles/settings.ts'
import type { Pause } from '../../src/profiles/file-lock.ts'
import { planProfiles, removeProfiles, writeProfiles } from '../../src/profiles/profile-store.ts'
import { matchWithKeys } from '../core/samples.ts'

/**
 * Writes the profiles of each argument together, and removes those of one with a minus. With STOPS, it reports each point
 * between two steps of its work, and waits for a line.
 */
async function work(): Promise<void> {
  const { CREDENTIALS: AWS_SHARED_CREDENTIALS_FILE, CONFIG: AWS_CONFIG_FILE, KEY, STOPS } = process.env
  for (const argument of process.argv.slice(2)) {
    const profiles = argument
      .replace(/^-/, '')
      .split(',')
      .map(name => {
        const keys = { accessKeyId: 'ASIAX', secretAccessKey: KEY ?? name, sessionToken: 'token' }
        return { name, settings: profileSettings(matchWithKeys(keys), 'eu-west-1') }
      })
    const plan = planProfiles(profiles, { AWS_SHARED_CREDENTIALS_FILE, AWS_CONFIG_FILE })
    await writeProfiles(plan, { overwrite: KEY !== undefined, pause: STOPS ? stopping() : pause })
    if (argument.startsWith('-')) await removeProfiles(plan.written)
  }
  console.log('written')
  process.stdin.destroy()
}

const pause: Pause = milliseconds => sleep(milliseconds)

function stopping(): Pause {
  let stops = 0
  return async milliseconds => {
    if (milliseconds > 0) return pause(milliseconds, '')
    console.log(`stop ${++stops}.`)
    await once(process.stdin, 'data')
  }
}

work().catch(error => {
  console.error(error)
  process.exit(1)
})
