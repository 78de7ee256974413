import { execFile, spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { metadataGuard } from './instance-metadata.ts'

/** Something real that takes AWS credentials from its environment and files, as the steps of a job do. */
export interface Consumer {
  readonly name: string
  isInstalled(): boolean
  /** Asks an STS who the caller is. */
  callerIdentity(call: ConsumerCall): Promise<ConsumerAnswer>
}

export interface ConsumerCall {
  readonly environment: Readonly<Record<string, string>>
  /** Fresh unless given: the command line keeps assumed roles there. */
  readonly home?: string | undefined
  /** URL of the STS. */
  readonly endpoint: string
  readonly profile?: string | undefined
}

export type ConsumerAnswer = { readonly arn: string } | { readonly error: string }

const python = '/usr/bin/python3'
const commandLine = '/usr/bin/aws'
const timeLimitMs = 30_000

/** Debian's `aws`. It does not know AWS_ENDPOINT_URL. */
export const awsCommandLine: Consumer = {
  name: 'aws',
  isInstalled: () => existsSync(commandLine),
  callerIdentity: call => run(commandLine, awsArguments(call), call),
}

/** Debian's python3-boto3. */
export const boto3: Consumer = {
  name: 'boto3',
  isInstalled: () => spawnSync(python, ['-I', '-c', 'import boto3'], { stdio: 'ignore' }).status === 0,
  callerIdentity: call => run(python, ['-I', '-c', boto3Script, call.endpoint, call.profile ?? ''], call),
}

function awsArguments({ endpoint, profile }: ConsumerCall): readonly string[] {
  const answer = ['--query', 'Arn', '--output', 'text', '--endpoint-url', endpoint]
  return ['sts', 'get-caller-identity', ...answer, ...(profile === undefined ? [] : ['--profile', profile])]
}

const boto3Script = `
import sys
import boto3
endpoint, profile = sys.argv[1:]
try:
    session = boto3.Session(profile_name=profile or None)
    print(session.client('sts', endpoint_url=endpoint).get_caller_identity()['Arn'])
except Exception as error:
    sys.exit(str(error))
`

async function run(file: string, args: readonly string[], call: ConsumerCall): Promise<ConsumerAnswer> {
  const home = call.home ?? (await mkdtemp(join(tmpdir(), 'consumer-')))
  try {
    return await outcomeOf(file, args, environmentOf(call, home), home)
  } finally {
    if (call.home === undefined) await rm(home, { recursive: true, force: true })
  }
}

/** What the child sees, and no more. */
function environmentOf({ environment }: ConsumerCall, home: string): Record<string, string> {
  return { PATH: '/usr/bin:/bin', ...environment, ...metadataGuard(environment), HOME: home }
}

function outcomeOf(
  file: string,
  args: readonly string[],
  env: Record<string, string>,
  cwd: string,
): Promise<ConsumerAnswer> {
  return new Promise(resolve => {
    execFile(file, args, { env, cwd, timeout: timeLimitMs }, (error, stdout, stderr) => {
      resolve(error ? { error: stderr.trim() || error.message } : { arn: stdout.trim() })
    })
  })
}
