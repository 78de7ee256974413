import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parsePairs } from '../../sandbox/runner/file-command.ts'
import type { RunningWorld } from '../../sandbox/world.ts'
import { type MainResult, runMain, runPost, type Scenario } from './scenario.ts'

// A step with failing command files, and its post step. The test owns the files, so it can break them.

type Values = Readonly<Record<string, string>>

/** The three variables, with the paths of the files. */
export type CommandFiles = Readonly<Record<'GITHUB_ENV' | 'GITHUB_OUTPUT' | 'GITHUB_STATE', string>>

export type HandOver = {
  readonly result: MainResult
  readonly exported: Values
  readonly outputs: Values
  readonly state: Values
}

export function newCommandFiles(): CommandFiles {
  const folder = mkdtempSync(join(tmpdir(), 'command-files-'))
  const [env, output, state] = ['env', 'output', 'state'].map(name => {
    const path = join(folder, name)
    writeFileSync(path, '')
    return path
  }) as [string, string, string]
  return { GITHUB_ENV: env, GITHUB_OUTPUT: output, GITHUB_STATE: state }
}

/** Runs the main step with these files, and returns what the runner reads from them afterwards. */
export async function handOver(
  world: RunningWorld,
  files: CommandFiles,
  scenario: Scenario = {},
): Promise<HandOver> {
  const result = await runMain(world, {
    ...scenario,
    runnerVariables: { ...files, ...scenario.runnerVariables },
  })
  return {
    result,
    exported: pairsIn(files.GITHUB_ENV),
    outputs: pairsIn(files.GITHUB_OUTPUT),
    state: pairsIn(files.GITHUB_STATE),
  }
}

/** The job's environment after the post step. */
export async function environmentAfterPost(
  { result, exported, state }: HandOver,
  environment: Values = {},
): Promise<Values> {
  const before = { ...environment, ...exported }
  const post = await runPost({ ...result, state }, { environment: before })
  if (post.conclusion !== 'success') throw new Error('the post step failed')
  return { ...before, ...post.exported }
}

/** Like the runner, up to the first one that it can't read. */
function pairsIn(path: string): Values {
  const values: Record<string, string> = {}
  try {
    for (const [name, value] of parsePairs(readFileSync(path, 'utf8'))) values[name] = value
  } catch {
    // The rest is lost, and the step fails.
  }
  return values
}

/** Debian's strace, if it is allowed to trace. */
export function canInject(): boolean {
  return spawnSync('strace', ['-qq', '-o', '/dev/null', 'true'], { stdio: 'ignore' }).status === 0
}

/** util-linux's prlimit. */
export function canLimit(): boolean {
  return spawnSync('prlimit', ['--fsize=1000', 'true'], { stdio: 'ignore' }).status === 0
}

/** Starts the step under strace with these faults in file system calls, such as `write:error=ENOSPC:when=2`. */
export function withFaults(files: CommandFiles, ...faults: readonly string[]): readonly string[] {
  const calls = faults.map(fault => fault.split(':')[0]).join(',')
  return [
    'strace',
    ...['-f', '-qq', '-o', '/dev/null', '-e', `trace=${calls}`],
    ...Object.values(files).flatMap(path => ['-P', path]),
    ...faults.flatMap(fault => ['-e', `inject=${fault}`]),
  ]
}
