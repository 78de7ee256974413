import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { type Cost, CostMeter } from '../bench/cost.ts'
import type { ConsumerAnswer } from '../real/consumers/consumer.ts'
import { parseWithBotocore } from '../real/consumers/python.ts'
import type { StepOptions, StepResult } from '../runner/runner.ts'
import { roleArn } from '../sts/account.ts'
import { accountsWithDeploy, type RunningWorld, startWorld } from '../world.ts'
import { type WatchedFiles, watchFiles } from './file-watch.ts'
import { boto3Process, type JobConsumer, sdkProcess } from './job-consumer.ts'
import { JobFolder } from './job-folder.ts'
import { ownerOfKeys } from './key-owner.ts'

const PROJECT = resolve(import.meta.dirname, '../..')

export interface ManyRolesOptions {
  readonly steps: number
  /** Of each step. */
  readonly roles: number
}

/** A profile, who must answer and who did, in words if nobody did. */
export interface ProfileAnswer {
  readonly profile: string
  readonly expected: string
  readonly actual: string
}

/** What became of a job with several steps that write a profile for each of many roles. */
export interface ManyRolesResult {
  readonly main: readonly MeasuredStep[]
  /** In the order of the main steps. */
  readonly post: readonly MeasuredStep[]
  /** Of every profile's keys; and of the first profile of each step, from two SDKs. */
  readonly answers: readonly ProfileAnswer[]
  readonly watched: WatchedFiles
  /** Files with something in them after the job. */
  readonly left: readonly string[]
}

export interface MeasuredStep {
  readonly result: StepResult
  readonly cost: Cost
}

export type Stage = (text: string) => void

export async function playManyRoles(
  { steps, roles }: ManyRolesOptions,
  show: Stage,
): Promise<ManyRolesResult> {
  const accounts = accountsWithDeploy(steps * roles)
  const world = await startWorld({ accounts })
  const folder = new JobFolder()
  const meter = new CostMeter()
  const stopWatching = watchFiles(folder)
  const accountsOfStep = chunks(Object.keys(accounts), roles)
  try {
    const main: MeasuredStep[] = []
    for (const ids of accountsOfStep) {
      show(`main step ${main.length + 1} of ${steps}`)
      main.push(await meter.run(mainStep(ids, world, folder)))
    }
    const answers = [
      ...(await answersForKeys(world, folder, show)),
      ...(await answersFrom(sdkProcess, firsts(accountsOfStep), world, folder, show)),
      ...(await answersFrom(boto3Process, firsts(accountsOfStep), world, folder, show)),
    ]
    const post: MeasuredStep[] = []
    for (const { result } of main.toReversed()) {
      show(`post step ${post.length + 1} of ${steps}`)
      post.unshift(await meter.run(postStep(result, world, folder)))
    }
    return { main, post, answers, watched: await stopWatching(), left: folder.files() }
  } finally {
    meter.close()
    await world.close()
    folder.remove()
  }
}

function chunks<T>(items: readonly T[], size: number): T[][] {
  return Array.from({ length: items.length / size }, (_, index) =>
    items.slice(index * size, (index + 1) * size),
  )
}

function firsts(lists: readonly (readonly string[])[]): string[] {
  return lists.flatMap(([first]) => first ?? [])
}

function mainStep(
  accountIds: readonly string[],
  { sts, idTokenIssuer, job }: RunningWorld,
  folder: JobFolder,
): StepOptions {
  const lines = accountIds.map(id => `${profileOf(id)}=${roleArn(id, { name: 'deploy' })}`)
  return {
    actionDirectory: PROJECT,
    step: 'main',
    with: { 'aws-region': 'eu-west-1', 'aws-profiles': lines.join('\n'), 'sts-endpoint': sts.url },
    job,
    idToken: { url: idTokenIssuer.requestUrl, token: idTokenIssuer.requestToken },
    temporaryDirectory: folder.path,
  }
}

function postStep({ state, masks }: StepResult, { job }: RunningWorld, folder: JobFolder): StepOptions {
  return {
    actionDirectory: PROJECT,
    step: 'post',
    with: {},
    job,
    state,
    masks,
    temporaryDirectory: folder.path,
  }
}

const PROFILE = 'account-'

function profileOf(accountId: string): string {
  return `${PROFILE}${accountId}`
}

function answerOf(profile: string, answer: ConsumerAnswer): ProfileAnswer {
  const accountId = profile.slice(PROFILE.length)
  const expected = `arn:aws:sts::${accountId}:assumed-role/deploy/GitHubActions`
  return { profile, expected, actual: 'arn' in answer ? answer.arn : answer.error }
}

/** Of the keys of every section of the credentials file, as botocore reads it. */
async function answersForKeys(
  { sts }: RunningWorld,
  folder: JobFolder,
  show: Stage,
): Promise<ProfileAnswer[]> {
  const [sections = {}] = parseWithBotocore([readFileSync(folder.credentials)])
  const answers: ProfileAnswer[] = []
  for (const [profile, keys] of Object.entries(sections)) {
    show(`keys of profile ${answers.length + 1}`)
    const { aws_access_key_id: id = '', aws_secret_access_key: secret = '' } = keys
    const answer = await ownerOfKeys({ id, secret, token: keys.aws_session_token ?? '' }, sts.url)
    answers.push(answerOf(profile, answer))
  }
  return answers
}

async function answersFrom(
  consumer: JobConsumer,
  accountIds: readonly string[],
  { sts }: RunningWorld,
  folder: JobFolder,
  show: Stage,
): Promise<ProfileAnswer[]> {
  const running = consumer.start({ folder, environment: {}, endpoint: sts.url })
  const answers: ProfileAnswer[] = []
  for (const profile of accountIds.map(profileOf)) {
    show(`${consumer.name}: profile ${answers.length + 1} of ${accountIds.length}`)
    answers.push(answerOf(profile, await running.callerIdentity(profile)))
  }
  running.stop()
  return answers
}
