import { execFile, spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { metadataGuard } from '../instance-metadata.ts'

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
  /** Calls of one process, this many milliseconds apart; one call unless given. */
  readonly repeated?: { readonly times: number; readonly pauseMs: number }
}

export type ConsumerAnswer = { readonly arn: string } | { readonly error: string }

const python = '/usr/bin/python3'
const commandLine = '/usr/bin/aws'
/** Of one among fifty that start at once. */
const timeLimitMs = 150_000

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
  callerIdentity: call => run(python, boto3Arguments(call), call),
}

/** The sections of a shared file as botocore's own parser reads them; undefined where it refuses the file. */
export type ParsedFile = Readonly<Record<string, Readonly<Record<string, string>>>> | undefined

/** Debian's botocore reads files of these bytes. */
export function parseWithBotocore(files: readonly Buffer[]): readonly ParsedFile[] {
  const input = JSON.stringify(files.map(file => file.toString('base64')))
  const { stdout, stderr } = spawnSync(python, ['-I', '-c', parserScript], { input, encoding: 'utf8' })
  if (stdout === '') throw new Error(stderr)
  return JSON.parse(stdout).map((file: ParsedFile | null) => file ?? undefined)
}

const parserScript = `
import base64
import json
import sys
import tempfile
from botocore.configloader import raw_config_parse
from botocore.exceptions import ConfigParseError
def parse(text):
    with tempfile.NamedTemporaryFile() as file:
        file.write(base64.b64decode(text))
        file.flush()
        try:
            raw_config_parse(file.name)
            return raw_config_parse(file.name, parse_subsections=False)
        except ConfigParseError:
            return None
print(json.dumps([parse(text) for text in json.load(sys.stdin)]))
`

function boto3Arguments({ endpoint, profile = '', repeated }: ConsumerCall): readonly string[] {
  const { times, pauseMs } = repeated ?? { times: 1, pauseMs: 0 }
  return ['-I', '-c', boto3Script, endpoint, profile, String(times), String(pauseMs / 1000)]
}

function awsArguments({ endpoint, profile, repeated }: ConsumerCall): readonly string[] {
  if (repeated) throw new Error('each call of the command line is a process of its own')
  const answer = ['--query', 'Arn', '--output', 'text', '--endpoint-url', endpoint]
  return ['sts', 'get-caller-identity', ...answer, ...(profile === undefined ? [] : ['--profile', profile])]
}

const boto3Script = `
import sys
import time
import boto3
endpoint, profile, times, pause = sys.argv[1:]
try:
    client = boto3.Session(profile_name=profile or None).client('sts', endpoint_url=endpoint)
    for call in range(int(times)):
        time.sleep(float(pause) if call else 0)
        arn = client.get_caller_identity()['Arn']
    print(arn)
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
