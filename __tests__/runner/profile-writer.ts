import { profileSettings } from '../../src/core/profile.ts'
import { planProfiles, removeProfiles, writeProfiles } from '../../src/runner/profile-files.ts'

/** A process that writes the profiles of each argument together, and takes out those of one with a minus. */
async function work(): Promise<void> {
  const { CREDENTIALS: AWS_SHARED_CREDENTIALS_FILE, CONFIG: AWS_CONFIG_FILE } = process.env
  for (const argument of process.argv.slice(2)) {
    const profiles = argument
      .replace(/^-/, '')
      .split(',')
      .map(name => {
        const keys = { accessKeyId: 'ASIAX', secretAccessKey: name, sessionToken: 'token' }
        return { name, settings: profileSettings(keys, 'eu-west-1') }
      })
    const plan = planProfiles(profiles, { AWS_SHARED_CREDENTIALS_FILE, AWS_CONFIG_FILE })
    await writeProfiles(plan, { overwrite: false })
    if (argument.startsWith('-')) await removeProfiles(plan.written)
  }
}

work().catch(error => {
  console.error(error)
  process.exitCode = 1
})
