import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { commandOf, type Renewal, runCommand } from '../../sandbox/renewing-profile.ts'
import type { RunningWorld } from '../../sandbox/world.ts'
import { type MainResult, runMain, type Scenario } from './scenario.ts'

/** A job with a step that created renewing profiles. */
export interface LongJob {
  readonly main: MainResult
  /** Contains HOME, the workspace and RUNNER_TEMP of its steps. */
  readonly folder: string
  readonly home: string
  /** GitHub's variables, as every step of the job gets them. */
  readonly idTokenVariables: Readonly<Record<string, string>>
  /** Runs a profile's command like an SDK: in a shell. */
  renew(options?: { profile?: string; environment?: Readonly<Record<string, string>> }): Promise<Renewal>
}

/** Runs the step and then the rest of the job, and deletes the folder afterwards. */
export async function inLongJob(
  world: RunningWorld,
  scenario: Scenario,
  body: (job: LongJob) => Promise<void>,
): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'long job-'))
  try {
    const { with: given, ...options } = scenario
    const main = await runMain(world, {
      with: { 'aws-profile': 'gate', 'refresh-credentials': 'true', ...given },
      temporaryDirectory: folder,
      ...options,
    })
    await body(jobOf(world, main, folder))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function jobOf({ idTokenIssuer }: RunningWorld, main: MainResult, folder: string): LongJob {
  const home = join(folder, 'home')
  const idTokenVariables = {
    ACTIONS_ID_TOKEN_REQUEST_URL: idTokenIssuer.requestUrl,
    ACTIONS_ID_TOKEN_REQUEST_TOKEN: idTokenIssuer.requestToken,
  }
  return {
    main,
    folder,
    home,
    idTokenVariables,
    renew: ({ profile = 'gate', environment = idTokenVariables } = {}) =>
      runCommand(commandOf(readFileSync(join(home, '.aws', 'config'), 'utf8'), profile), environment, folder),
  }
}

/** The folders that the job's steps created in RUNNER_TEMP. */
export function renewalFolders({ folder }: LongJob): readonly string[] {
  const temp = join(folder, 'temp')
  const names = readdirSync(temp).filter(entry => entry.startsWith('aws-role-gate-'))
  return names.map(name => join(temp, name))
}

/** The folder of the step's renewals; undefined if there is none. */
export function renewalFolder(job: LongJob): string | undefined {
  return renewalFolders(job)[0]
}

/** The file with a renewing profile's last result; `index` is its place among the step's profiles. */
export function outcomeFile(job: LongJob, index = 0): string {
  return join(renewalFolder(job) ?? '', String(index), 'credentials.json')
}

/** Ages what is stored, as if the job had run that much longer. */
export function letPass(job: LongJob, minutes: number, index = 0): void {
  const file = outcomeFile(job, index)
  const kept = JSON.parse(readFileSync(file, 'utf8'), (name, value) =>
    /^(?:verifiedAt|expiration|triedAt)$/.test(name)
      ? new Date(Date.parse(value) - minutes * 60_000).toISOString()
      : value,
  )
  writeFileSync(file, JSON.stringify(kept))
}
