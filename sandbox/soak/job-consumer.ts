import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { metadataGuard } from '../instance-metadata.ts'
import type { Consumer, ConsumerAnswer } from '../real/consumers/consumer.ts'
import { awsCommandLine, boto3 } from '../real/consumers/python.ts'
import { isInstalled } from '../real/part.ts'
import { commandOf, runCommand } from '../renewing-profile.ts'
import type { JobFolder } from './job-folder.ts'
import { ownerOfKeys } from './key-owner.ts'

/** Something real that asks an STS who the caller is, again and again while a job runs. */
export interface JobConsumer {
  readonly name: string
  isInstalled(): boolean
  start(place: Place): RunningConsumer
}

/** Where a consumer finds its profiles. */
export interface Place {
  readonly folder: JobFolder
  readonly environment: Readonly<Record<string, string>>
  /** URL of the STS. */
  readonly endpoint: string
}

export interface RunningConsumer {
  /** One call at a time. */
  callerIdentity(profile: string): Promise<ConsumerAnswer>
  stop(): void
}

/** A process for each call. */
function commands(consumer: Consumer): JobConsumer {
  return {
    name: `${consumer.name}, a process for each call`,
    isInstalled: () => isInstalled(consumer),
    start: ({ folder: { home }, environment, endpoint }) => ({
      callerIdentity: profile => consumer.callerIdentity({ environment, home, endpoint, profile }),
      stop() {},
    }),
  }
}

/** One process for the whole job, which reads profiles line by line and answers each in a line of JSON. */
function longLived(
  name: string,
  isInstalled: () => boolean,
  [file, ...args]: readonly [string, ...string[]],
): JobConsumer {
  return {
    name,
    isInstalled,
    start({ folder: { home }, environment, endpoint }) {
      const env = { PATH: '/usr/bin:/bin', ...environment, ...metadataGuard(environment), HOME: home }
      const child = spawn(file, [...args, endpoint], { cwd: home, env, stdio: ['pipe', 'pipe', 'inherit'] })
      const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
      return {
        async callerIdentity(profile) {
          child.stdin.write(`${profile}\n`)
          const { value, done } = await answers.next()
          return done ? { error: `${name} has ended` } : JSON.parse(value)
        },
        stop: () => void child.stdin.end(),
      }
    },
  }
}

const python = ['/usr/bin/python3', join(import.meta.dirname, 'python', 'job_consumer.py')] as const
/** With tsx, as this process was started. */
const node = [process.execPath, ...process.execArgv, join(import.meta.dirname, 'sdk-consumer.ts')] as const

export const boto3Process = longLived('boto3, one process', () => isInstalled(boto3), python)
export const sdkProcess = longLived('SDK for JavaScript, one process', () => true, node)

/** The profile's command by itself; the keys that it prints are used once. */
const profileCommand: JobConsumer = {
  name: 'credential_process, by itself',
  isInstalled: () => true,
  start: ({ folder, environment, endpoint }) => ({
    async callerIdentity(profile) {
      const line = commandOf(readFileSync(folder.config, 'utf8'), profile)
      const { credentials, stderr } = await runCommand(line, environment, folder.path)
      if (credentials === undefined) return { error: stderr }
      const { AccessKeyId: id = '', SecretAccessKey: secret = '', SessionToken: token = '' } = credentials
      return await ownerOfKeys({ id, secret, token }, endpoint)
    },
    stop() {},
  }),
}

export const jobConsumers: readonly JobConsumer[] = [
  boto3Process,
  commands(awsCommandLine),
  profileCommand,
  sdkProcess,
]
