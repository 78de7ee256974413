import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { metadataGuard } from '../../instance-metadata.ts'
import type { Part } from '../part.ts'

/** Something real that takes AWS credentials from its environment and files, as the steps of a job do. */
export interface Consumer extends Part {
  readonly habits: Habits
  /** Asks an STS who the caller is. */
  callerIdentity(call: ConsumerCall): Promise<ConsumerAnswer>
}

/** What consumers do differently. The tests hold each to it. */
export interface Habits {
  /** What keys in the environment take precedence over. A profile that is named is one in its code or its command line. */
  readonly keysOverrule: 'no profile' | 'AWS_PROFILE' | 'every profile'
  /** Variables that it takes the region from; undefined where its own settings say it. */
  readonly regionVariables?: readonly string[]
  /** A process gets new credentials with less than this left; undefined where each command is a process of its own. */
  readonly renewsSecondsBefore?: number
  /** It doesn't print what the command of a renewing profile says when it gives no credentials. */
  readonly hidesReason?: boolean
}

export interface ConsumerCall {
  readonly environment: Readonly<Record<string, string>>
  /** Fresh unless given: the command line keeps assumed roles there. */
  readonly home?: string | undefined
  /** URL of the STS. */
  readonly endpoint: string
  /** URL of the S3 and CloudFormation that the same sessions may call, for those that need them. */
  readonly services?: string | undefined
  readonly profile?: string | undefined
  /** Calls of one process, this many milliseconds apart; one call unless given. */
  readonly repeated?: { readonly times: number; readonly pauseMs: number } | undefined
}

export type ConsumerAnswer = { readonly arn: string } | { readonly error: string }

/** A command that prints the ARN of the caller, once a call. */
export interface Command {
  readonly file: string
  readonly args: readonly string[]
  readonly environment?: Readonly<Record<string, string>>
}

/** A consumer, with a note of its habits. */
export function consumer(own: Omit<Consumer, 'lane' | 'shows' | 'note'> & Partial<Consumer>): Consumer {
  const shows = 'uses variables, outputs, profiles and, through two expiries, profiles that renew themselves'
  return { lane: 'AWS tools', shows, note: noteOf(own.habits), ...own }
}

const precedence: Readonly<Record<Habits['keysOverrule'], string>> = {
  'no profile': '`AWS_PROFILE` takes precedence over keys in the environment',
  AWS_PROFILE:
    'keys in the environment take precedence over `AWS_PROFILE`, but not over a profile named in the code or the command',
  'every profile': 'keys in the environment take precedence over every profile, even one named in the code',
}

function noteOf({ keysOverrule, regionVariables, renewsSecondsBefore, hidesReason }: Habits): string {
  const region =
    regionVariables && `reads the region from ${regionVariables.map(name => `\`${name}\``).join(' and ')}`
  const renewal = renewsSecondsBefore !== undefined && `renews ${momentOf(renewsSecondsBefore)}`
  const reason = hidesReason && 'does not print why a renewal failed'
  return [precedence[keysOverrule], region, renewal, reason].filter(Boolean).join('; ')
}

function momentOf(seconds: number): string {
  if (seconds === 0) return 'once they have expired'
  return `with less than ${seconds < 60 ? `${seconds} seconds` : `${seconds / 60} minutes`} left`
}

/** Of one among fifty that start at once. */
const timeLimitMs = 150_000

/** The variable by which an SDK finds the STS: of the consumer alone, the action ignores it. */
export function stsVariable({ endpoint }: ConsumerCall): Readonly<Record<string, string>> {
  return { AWS_ENDPOINT_URL_STS: endpoint }
}

/** What each small program takes: the profile's name or nothing, how many calls, and the pause between two of them. */
export function programArguments({ profile = '', repeated }: ConsumerCall): readonly string[] {
  const { times, pauseMs } = repeated ?? { times: 1, pauseMs: 0 }
  return [profile, String(times), String(pauseMs)]
}

/** The answer of a program that finds the STS by its variable. */
export function runProgram(
  file: string,
  args: readonly string[],
  call: ConsumerCall,
): Promise<ConsumerAnswer> {
  return run(call, { file, args: [...args, ...programArguments(call)], environment: stsVariable(call) })
}

/** Runs commands one after the other in a folder of their own, until one fails: the answer is what the last one prints. */
export async function run(
  call: ConsumerCall,
  ...commands: readonly [Command, ...Command[]]
): Promise<ConsumerAnswer> {
  const folder = await mkdtemp(join(tmpdir(), 'consumer-'))
  try {
    return await runIn(folder, call, ...commands)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** The same in a given folder, which is HOME unless the call names one. */
export async function runIn(
  folder: string,
  call: ConsumerCall,
  ...[command, ...others]: readonly [Command, ...Command[]]
): Promise<ConsumerAnswer> {
  const env = { ...environmentOf(call, folder), ...command.environment }
  const answer = await outcomeOf(command, env, folder)
  const [next, ...rest] = others
  return next && 'arn' in answer ? runIn(folder, call, next, ...rest) : answer
}

/** What the child sees, and no more. */
function environmentOf({ environment, home }: ConsumerCall, folder: string): Record<string, string> {
  return { PATH: '/usr/bin:/bin', ...environment, ...metadataGuard(environment), HOME: home ?? folder }
}

function outcomeOf(
  { file, args }: Command,
  env: Record<string, string>,
  cwd: string,
): Promise<ConsumerAnswer> {
  return new Promise(resolve => {
    execFile(file, args, { env, cwd, timeout: timeLimitMs }, (error, stdout, stderr) => {
      resolve(
        error ? { error: `${stdout}${stderr}`.trim() || error.message } : { arn: distinctLines(stdout) },
      )
    })
  })
}

/** One line if all calls gave the same answer. */
function distinctLines(output: string): string {
  return [...new Set(output.trim().split('\n'))].join('\n')
}
