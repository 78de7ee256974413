import { spawn } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { stringify } from 'yaml'
import { metadataGuard } from '../instance-metadata.ts'
import { fullName } from '../job.ts'
import { actionNode } from '../runner/action-node.ts'
import type { RunningWorld } from '../world.ts'
import { installed, type Part, versionOf } from './part.ts'
import type { Workflow } from './workflow.ts'

const command = installed('python/act/bin/act')

export const act: Part = {
  lane: 'Runners',
  name: 'act',
  shows:
    'runs whole jobs on its self-hosted platform: the end-to-end job, gates, mismatches, cancellation, masks, post steps, a matrix and a reusable workflow',
  note: 'act runs the action on the first `node` in `PATH`, which must be 22.15 or later. Keep the log of `act --json` secret: act masks only the messages, and other fields contain the keys. act also passes a job output that contains a key on to other jobs, where nothing masks it; GitHub drops such an output.',
  version: () => versionOf(command, '--version'),
}

/** A repository that has the action, and how a workflow of it is run. */
export interface Repository {
  /** By file name. The first is run. */
  readonly workflows: Readonly<Record<string, Workflow>>
  /** Further files, by path. */
  readonly files?: Readonly<Record<string, string>>
  /** Of the action; the repository's root unless said otherwise. */
  readonly actionFolder?: string
  /** Variables of the machine, which each step sees. */
  readonly environment?: Readonly<Record<string, string>>
  /** The log as people read it, of which only the text is known. */
  readonly plain?: boolean
  /** Cancels the run, as Ctrl+C does, at the first line of the log with this text. */
  readonly cancelAt?: string
}

export interface WorkflowResult {
  /** All that act printed. */
  readonly text: string
  /** `Main NAME: RESULT` or `Post NAME: RESULT` of each step that ran but the checkout, in order. */
  readonly steps: readonly string[]
  /** Results, by workflow and job. */
  readonly jobs: Readonly<Record<string, string>>
  /** What act tells people. */
  readonly messages: string
  /** What steps printed, short of their commands. */
  readonly output: string
  readonly summaries: readonly string[]
}

/** Runs a workflow on this machine, without a network, with the token service and the STS of a world. */
export async function runWorkflow(world: RunningWorld, repository: Repository): Promise<WorkflowResult> {
  const root = mkdtempSync(join(tmpdir(), 'act-'))
  try {
    writeRepository(join(root, 'repository'), repository)
    mkdirSync(join(root, 'home'))
    const text = await runAct(root, world, repository)
    return { text, ...resultOf(repository.plain ? [] : entriesOf(text)) }
  } finally {
    rmSync(root, { recursive: true, force: true })
  }
}

function writeRepository(folder: string, { workflows, files = {}, actionFolder = '.' }: Repository): void {
  for (const name of ['action.yml', 'dist']) {
    cpSync(resolve(name), join(folder, actionFolder, name), { recursive: true })
  }
  for (const [name, workflow] of Object.entries(workflows)) {
    write(join(folder, '.github/workflows', name), stringify(workflow))
  }
  for (const [path, text] of Object.entries(files)) write(join(folder, path), text)
}

function write(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, text)
}

const TIME_LIMIT_MS = 60_000

async function runAct(root: string, world: RunningWorld, repository: Repository): Promise<string> {
  const child = spawn(command, argumentsOf(world, repository), {
    cwd: join(root, 'repository'),
    env: environmentOf(join(root, 'home'), world, repository),
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: TIME_LIMIT_MS,
    killSignal: 'SIGKILL',
  })
  const { cancelAt } = repository
  const lines: string[] = []
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on('line', line => {
      lines.push(line)
      if (cancelAt !== undefined && line.includes(cancelAt)) child.kill('SIGINT')
    })
  }
  await new Promise((resolve, reject) => child.once('error', reject).once('close', resolve))
  return lines.join('\n')
}

/** Without the repository, ref and commit, act asks git. */
function argumentsOf({ job }: RunningWorld, { workflows, plain }: Repository): readonly string[] {
  const context = {
    GITHUB_REPOSITORY: fullName(job),
    GITHUB_REPOSITORY_OWNER: job.owner,
    GITHUB_REF: job.ref,
    SHA_REF: job.sha,
  }
  return [
    job.eventName,
    ...['--workflows', `.github/workflows/${Object.keys(workflows)[0]}`],
    ...['--platform', 'ubuntu-latest=-self-hosted'],
    ...Object.entries(context).flatMap(([name, value]) => ['--env', `${name}=${value}`]),
    ...['--action-offline-mode', '--no-cache-server', '--rm'],
    ...(plain ? [] : ['--json']),
  ]
}

/** What act gets, and hands on to each step. */
function environmentOf(
  home: string,
  { idTokenIssuer, sts }: RunningWorld,
  { environment }: Repository,
): Record<string, string> {
  return {
    // act runs actions on the first `node` here, whatever action.yml says.
    PATH: [dirname(actionNode(resolve('.')).path), '/usr/bin', '/bin'].join(delimiter),
    HOME: home,
    ...metadataGuard(environment),
    ACTIONS_ID_TOKEN_REQUEST_URL: idTokenIssuer.requestUrl,
    ACTIONS_ID_TOKEN_REQUEST_TOKEN: idTokenIssuer.requestToken,
    STS: sts.url,
    ...environment,
  }
}

/** A line of act's JSON. */
interface Entry {
  readonly msg: string
  readonly job?: string
  readonly jobResult?: string
  readonly stage?: 'Main' | 'Post'
  readonly step?: string
  readonly stepResult?: string
  readonly raw_output?: boolean
  readonly command?: string
  readonly content?: string
}

function entriesOf(text: string): readonly Entry[] {
  const lines = text.split('\n').filter(line => line.startsWith('{'))
  return lines.map(line => JSON.parse(line) as Entry)
}

function resultOf(entries: readonly Entry[]): Omit<WorkflowResult, 'text'> {
  const finished = entries.filter(({ stage, step, stepResult }) => stage && stepResult && step !== 'checkout')
  const jobs = entries.flatMap(({ job, jobResult }) => (job && jobResult ? [[job.trim(), jobResult]] : []))
  const printed = entries.filter(({ raw_output }) => raw_output)
  return {
    steps: finished.map(({ stage, step, stepResult }) => `${stage} ${step}: ${stepResult}`),
    jobs: Object.fromEntries(jobs),
    messages: entries.map(({ msg }) => msg).join('\n'),
    output: printed.map(({ msg }) => msg).join(''),
    summaries: entries.flatMap(({ command, content }) => (command === 'summary' && content ? [content] : [])),
  }
}
