import { execFile } from 'node:child_process'

export interface Renewal {
  readonly exitCode: number
  readonly stdout: string
  readonly stderr: string
  /** Parsed, if there is output. */
  readonly credentials: Readonly<Record<string, string>> | undefined
}

/** The credential_process of a profile, given the text of the config file. */
export function commandOf(config: string, profile: string): string {
  const section = config.split(/^(?=\[)/m).find(text => text.startsWith(`[profile ${profile}]`)) ?? ''
  const command = /^credential_process = (.+)$/m.exec(section)?.[1]
  if (command === undefined) throw new Error(`the profile ${profile} has no credential_process:\n${config}`)
  return command
}

/** Runs the command as an SDK does: in a shell. */
export function runCommand(
  command: string,
  environment: Readonly<Record<string, string>>,
  cwd: string,
): Promise<Renewal> {
  return new Promise(resolve => {
    const env = { PATH: '/usr/bin:/bin', ...environment }
    execFile('sh', ['-c', command], { env, cwd, timeout: 60_000 }, (error, stdout, stderr) => {
      const exitCode = error ? Number(error.code ?? 1) : 0
      resolve({ exitCode, stdout, stderr, credentials: stdout === '' ? undefined : JSON.parse(stdout) })
    })
  })
}
