import { planProfile, removeProfile, writeProfile } from '../../src/runner/profile-files.ts'

/** A process that writes the profiles of its arguments, and takes out those with a minus. */
async function work(): Promise<void> {
  const { CREDENTIALS: AWS_SHARED_CREDENTIALS_FILE, CONFIG: AWS_CONFIG_FILE } = process.env
  for (const argument of process.argv.slice(2)) {
    const profile = argument.replace(/^-/, '')
    const keys = { accessKeyId: 'ASIAX', secretAccessKey: profile, sessionToken: 'token' }
    const plan = planProfile(profile, keys, 'eu-west-1', { AWS_SHARED_CREDENTIALS_FILE, AWS_CONFIG_FILE })
    await writeProfile(plan, { overwrite: false })
    if (argument.startsWith('-')) await removeProfile(plan.written)
  }
}

work().catch(error => {
  console.error(error)
  process.exitCode = 1
})
