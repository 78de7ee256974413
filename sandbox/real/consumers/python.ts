import { spawnSync } from 'node:child_process'
import { installed, versionOf } from '../part.ts'
import {
  type Command,
  type Consumer,
  type ConsumerCall,
  consumer,
  programArguments,
  run,
} from './consumer.ts'

const debian = '/usr/bin'
const pypi = installed('python/consumers/bin')

/** Neither of Debian's knows AWS_ENDPOINT_URL. */
export const awsCommandLine = commandLine('AWS CLI v2', `${debian}/aws`, ['AWS_REGION', 'AWS_DEFAULT_REGION'])
export const awsCommandLineV1 = commandLine('AWS CLI v1', `${pypi}/aws`, ['AWS_DEFAULT_REGION'])
export const boto3 = boto3At('boto3 of Debian', `${debian}/python3`)
export const boto3OfPypi = boto3At('boto3', `${pypi}/python3`)

function commandLine(name: string, file: string, regionVariables: readonly string[]): Consumer {
  return consumer({
    name,
    habits: { keysOverrule: 'AWS_PROFILE', regionVariables },
    version: () => versionOf(file, '--version'),
    callerIdentity: call => run(call, ...processes({ file, args: awsArguments(call) }, call)),
  })
}

function boto3At(name: string, python: string): Consumer {
  return consumer({
    name,
    habits: {
      keysOverrule: 'AWS_PROFILE',
      regionVariables: ['AWS_DEFAULT_REGION'],
      renewsSecondsBefore: 900,
    },
    version: () => versionOf(python, '-I', '-c', 'import boto3; print(boto3.__version__)'),
    callerIdentity: call =>
      run(call, { file: python, args: ['-I', '-c', boto3Script, call.endpoint, ...programArguments(call)] }),
  })
}

function awsArguments({ endpoint, profile }: ConsumerCall): readonly string[] {
  const answer = ['--query', 'Arn', '--output', 'text', '--endpoint-url', endpoint]
  return ['sts', 'get-caller-identity', ...answer, ...(profile === undefined ? [] : ['--profile', profile])]
}

/** Each call of the command line is a process of its own. */
function processes(command: Command, { repeated }: ConsumerCall): [Command, ...Command[]] {
  const { times, pauseMs } = repeated ?? { times: 1, pauseMs: 0 }
  const pause = { file: '/usr/bin/sleep', args: [String(pauseMs / 1000)] }
  return [command, ...Array.from({ length: times - 1 }, () => [pause, command]).flat()]
}

const boto3Script = `
import sys
import time
import boto3
endpoint, profile, times, pause_ms = sys.argv[1:]
try:
    client = boto3.Session(profile_name=profile or None).client('sts', endpoint_url=endpoint)
    for call in range(int(times)):
        time.sleep(float(pause_ms) / 1000 if call else 0)
        print(client.get_caller_identity()['Arn'])
except Exception as error:
    sys.exit(str(error))
`

/** The sections of a shared file as botocore's own parser reads them; undefined where it refuses the file. */
export type ParsedFile = Readonly<Record<string, Readonly<Record<string, string>>>> | undefined

/** Debian's botocore reads files of these bytes. */
export function parseWithBotocore(files: readonly Buffer[]): readonly ParsedFile[] {
  const input = JSON.stringify(files.map(file => file.toString('base64')))
  const { stdout, stderr } = spawnSync(`${debian}/python3`, ['-I', '-c', parserScript], {
    input,
    encoding: 'utf8',
  })
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
