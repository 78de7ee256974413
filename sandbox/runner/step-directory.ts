import { randomUUID } from 'node:crypto'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** The places a step is given: folders shared by the steps of a job, and files of its own. */
export interface StepDirectory {
  readonly home: string
  readonly workspace: string
  readonly temp: string
  readonly files: Readonly<Record<StepFile, string>>
  /** What stands in one of the files; empty where the step has removed it. */
  read(file: StepFile): Promise<string>
  remove(): Promise<void>
}

export type StepFile = 'env' | 'output' | 'state' | 'path' | 'summary' | 'event'

/** Makes the folders and files, in a fresh folder that `remove` takes away, or in one of the caller's that stays. */
export async function createStepDirectory(
  event: Record<string, unknown>,
  callers: string | undefined,
): Promise<StepDirectory> {
  const root = callers ?? (await mkdtemp(join(tmpdir(), 'aws-role-gate-')))
  const [home, workspace, temp] = [join(root, 'home'), join(root, 'workspace'), join(root, 'temp')]
  const commands = join(temp, '_runner_file_commands')
  for (const directory of [home, workspace, commands]) await mkdir(directory, { recursive: true })
  const suffix = randomUUID()
  const files = {
    env: join(commands, `set_env_${suffix}`),
    output: join(commands, `set_output_${suffix}`),
    state: join(commands, `save_state_${suffix}`),
    path: join(commands, `add_path_${suffix}`),
    summary: join(commands, `step_summary_${suffix}`),
    event: join(temp, 'event.json'),
  }
  for (const file of Object.values(files)) await writeFile(file, '')
  await writeFile(files.event, JSON.stringify(event))
  return {
    home,
    workspace,
    temp,
    files,
    read: file => readFile(files[file], 'utf8').catch(() => ''),
    async remove() {
      if (callers === undefined) await rm(root, { recursive: true, force: true })
    },
  }
}
