import { join, resolve } from 'node:path'
import { metadataGuard } from '../instance-metadata.ts'
import { githubContext, githubEvent, type Job } from '../job.ts'
import {
  type ActionManifest,
  inputVariable,
  inputWarnings,
  readActionManifest,
  resolveInputs,
} from './action-manifest.ts'
import { actionNode } from './action-node.ts'
import { parsePairs } from './file-command.ts'
import { changedFiles, type FileSnapshot, filesBelow, filesNamedLike, readFiles } from './file-snapshot.ts'
import { createStepDirectory, type StepDirectory } from './step-directory.ts'
import { type Annotation, StepLog } from './step-log.ts'
import { defaultTimeLimitMs, runStepProcess, type StepProcess } from './step-process.ts'
import { linux, type System } from './system.ts'
import type { WorkflowCommand } from './workflow-command.ts'

export interface StepOptions {
  /** Where action.yml is. */
  readonly actionDirectory: string
  readonly step: 'main' | 'post'
  readonly with: Readonly<Record<string, string>>
  /** The job's environment so far, as GITHUB_ENV accumulated it. */
  readonly environment?: Readonly<Record<string, string>> | undefined
  readonly job: Job
  /** Given only to jobs with `id-token: write`. */
  readonly idToken?: { readonly url: string; readonly token: string } | undefined
  /** What the main step saved for the post step. */
  readonly state?: Readonly<Record<string, string>> | undefined
  readonly debug?: boolean | undefined
  /** Masks of earlier steps of the job. */
  readonly masks?: readonly string[] | undefined
  /** Holds HOME, the workspace and RUNNER_TEMP, and stays, so that steps can share it; without it they are fresh. */
  readonly temporaryDirectory?: string | undefined
  readonly signalAfterMs?: number | undefined
  /** Longest life of the process; a minute unless said otherwise. */
  readonly timeLimitMs?: number | undefined
  /** In the place of what the runner sets, for a runner in trouble: a file that can't be written, for instance. */
  readonly runnerVariables?: Readonly<Record<string, string>> | undefined
  /** This machine's unless said otherwise. */
  readonly system?: System | undefined
  /** Of an executable; `actionNode` of the action's directory unless said otherwise. */
  readonly node?: string | undefined
  /** A command that is given Node's as its last arguments, and starts it: one that measures what it starts. */
  readonly launcher?: readonly string[] | undefined
  /** Called for each line of the log as it is shown. */
  readonly onLine?: ((line: string) => void) | undefined
}

export interface StepResult {
  /** Null when a signal ended the process. */
  readonly exitCode: number | null
  readonly conclusion: 'success' | 'failure'
  /** As GitHub shows it: masked, with `Error: `, `Warning: `, `Notice: ` and `##[debug]`. */
  readonly log: string
  /** Raw. */
  readonly stdout: string
  /** Raw. */
  readonly stderr: string
  /** Masked. */
  readonly annotations: readonly Annotation[]
  /** From GITHUB_ENV: the next step's environment is `{ ...environment, ...exported }`. */
  readonly exported: Readonly<Record<string, string>>
  readonly outputs: Readonly<Record<string, string>>
  readonly state: Readonly<Record<string, string>>
  /** From GITHUB_PATH. */
  readonly paths: readonly string[]
  /** Raw, though GitHub would mask it: nothing secret may stand there to begin with. */
  readonly summary: string
  readonly masks: readonly string[]
  readonly legacyCommands: readonly WorkflowCommand[]
  /** The raw text of the files. */
  readonly files: { readonly env: string; readonly output: string; readonly state: string }
  /** What the step made or changed in the job's places and beside AWS's shared files, but for the runner's own files. */
  readonly changedFiles: FileSnapshot
  readonly durationMs: number
}

export { actionNode }

/** Runs one step of an action as GitHub's runner would: its inputs, variables, files and commands, in a process of its own. */
export async function runStep(options: StepOptions): Promise<StepResult> {
  const { timeLimitMs = defaultTimeLimitMs, system = linux } = options
  const manifest = readActionManifest(options.actionDirectory)
  const log = new StepLog({
    debug: options.debug ?? false,
    masks: options.masks ?? [],
    onLine: options.onLine,
  })
  const directory = await createStepDirectory(githubEvent(options.job), options.temporaryDirectory)
  try {
    for (const warning of inputWarnings(manifest, options.with)) log.annotate('warning', warning)
    const before = snapshot(options, directory)
    const started = performance.now()
    const ended = await runStepProcess({
      command: [
        ...(options.launcher ?? []),
        ...(options.node === undefined ? system.nodeCommand(options.actionDirectory) : [options.node]),
        system.pathOf(entryOf(manifest, options)),
      ],
      workingDirectory: directory.workspace,
      environment: system.environmentOf(variablesOf(options, manifest, directory, system), directory.home),
      hasPipes: system.hasPipes,
      signalAfterMs: options.signalAfterMs,
      timeLimitMs,
      onLine: line => log.write(line),
    })
    const durationMs = performance.now() - started
    if (ended.timedOut) log.annotate('error', `The process did not end within ${timeLimitMs / 1000} seconds.`)
    const result = await resultOf(ended, directory, log, system)
    return { ...result, changedFiles: changedFiles(before, snapshot(options, directory)), durationMs }
  } finally {
    await directory.remove()
  }
}

/** What stands where a step may leave something that outlives it, but for the files of its commands. */
function snapshot({ environment = {} }: StepOptions, directory: StepDirectory): FileSnapshot {
  const { AWS_SHARED_CREDENTIALS_FILE: credentials = '', AWS_CONFIG_FILE: config = '' } = environment
  const paths = [
    ...[directory.home, directory.workspace, directory.temp].flatMap(filesBelow),
    ...[credentials, config].filter(path => path !== '').flatMap(filesNamedLike),
  ]
  const own = Object.values(directory.files)
  return readFiles(paths.filter(path => !own.includes(path)))
}

function entryOf({ runs }: ActionManifest, { actionDirectory, step }: StepOptions): string {
  const file = runs[step]
  if (file === undefined) throw new Error(`${actionDirectory}/action.yml has no ${step} step`)
  return resolve(actionDirectory, file)
}

/** What the child sees beside its home folder, and no more. Later lines win: a job can't replace what the runner sets. */
function variablesOf(
  options: StepOptions,
  manifest: ActionManifest,
  directory: StepDirectory,
  system: System,
): Record<string, string> {
  const { job, idToken, state = {}, debug } = options
  const inputs = resolveInputs(manifest, options.with)
  return {
    ...options.environment,
    ...metadataGuard(options.environment),
    ...renamed(state, name => `STATE_${name}`),
    ...renamed(inputs, inputVariable),
    ...githubContext(job),
    RUNNER_OS: system.name,
    ...directoryVariables(directory, system),
    GITHUB_ACTION_PATH: system.pathOf(resolve(options.actionDirectory)),
    GITHUB_ACTION_REPOSITORY: 'aws-role-gate/aws-role-gate',
    GITHUB_ACTION_REF: 'v1',
    ...(debug ? { RUNNER_DEBUG: '1' } : {}),
    ...(idToken
      ? { ACTIONS_ID_TOKEN_REQUEST_URL: idToken.url, ACTIONS_ID_TOKEN_REQUEST_TOKEN: idToken.token }
      : {}),
    ...options.runnerVariables,
  }
}

function directoryVariables(
  { workspace, temp, files }: StepDirectory,
  { pathOf }: System,
): Record<string, string> {
  const paths = {
    GITHUB_WORKSPACE: workspace,
    RUNNER_TEMP: temp,
    RUNNER_TOOL_CACHE: join(temp, 'tools'),
    RUNNER_WORKSPACE: workspace,
    GITHUB_ENV: files.env,
    GITHUB_OUTPUT: files.output,
    GITHUB_STATE: files.state,
    GITHUB_PATH: files.path,
    GITHUB_STEP_SUMMARY: files.summary,
    GITHUB_EVENT_PATH: files.event,
  }
  return Object.fromEntries(Object.entries(paths).map(([name, path]) => [name, pathOf(path)]))
}

function renamed(
  values: Readonly<Record<string, string>>,
  rename: (name: string) => string,
): Record<string, string> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [rename(name), value]))
}

async function resultOf(
  { exitCode, stdout, stderr }: StepProcess,
  directory: StepDirectory,
  log: StepLog,
  system: System,
): Promise<Omit<StepResult, 'changedFiles' | 'durationMs'>> {
  const files = {
    env: await directory.read('env'),
    output: await directory.read('output'),
    state: await directory.read('state'),
  }
  const environment = applyPairs('env', files.env, log, system, blockedVariable)
  const outputs = applyPairs('output', files.output, log, system)
  const state = applyPairs('state', files.state, log, system)
  const isParsed = [environment, outputs, state].every(({ failed }) => !failed)
  return {
    exitCode,
    conclusion: exitCode === 0 && isParsed ? 'success' : 'failure',
    log: log.text,
    stdout,
    stderr,
    annotations: log.annotations,
    exported: environment.values,
    outputs: outputs.values,
    state: state.values,
    paths: (await directory.read('path')).split(system.lineEnd).filter(path => path !== ''),
    summary: await directory.read('summary'),
    masks: log.masks,
    legacyCommands: log.legacyCommands,
    files,
  }
}

const blockedVariable = 'NODE_OPTIONS'

/** Takes the pairs of a file up to the first that can't be read, which fails the step; a blocked name is left out. */
function applyPairs(
  file: 'env' | 'output' | 'state',
  text: string,
  log: StepLog,
  system: System,
  blocked?: string,
): { values: Record<string, string>; failed: boolean } {
  const values: Record<string, string> = {}
  try {
    for (const [name, value] of parsePairs(text, system)) {
      if (name.toUpperCase() === blocked) {
        log.annotate('error', `Can't store ${blocked} output parameter using '$GITHUB_ENV' command.`)
      } else {
        values[name] = value
      }
    }
    return { values, failed: false }
  } catch (error) {
    log.annotate('error', `Unable to process file command '${file}' successfully.`)
    log.annotate('error', error instanceof Error ? error.message : String(error))
    return { values, failed: true }
  }
}
