import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { promisify } from 'node:util'
import { selfSignedCertificate } from '../../certificate.ts'
import { startTlsFront } from '../../tls-front.ts'
import { installed, type Part, versionOf } from '../part.ts'
import { allowsNamespaces, openNetworkNamespace } from './network-namespace.ts'

const python = installed('python/moto/bin/python')

export const moto: Part = {
  lane: 'STS and IAM',
  name: 'moto',
  shows:
    'answers the step, the AWS CLI and boto3 under AWS’s own host names, over TLS, in every region that botocore knows; CloudFormation deploys `setup/cloudformation.yml`',
  note: 'moto accepts every token for every role. It shows host names, TLS, XML and ARNs, not how AWS evaluates a token: `explain` evaluates the deployed trust policy. moto answers web identities of `aws-eusc` and the `aws-iso` partitions with a session of `aws`, which the step refuses. In `aws-eusc`, `aws-iso` and `aws-iso-b`, access keys are tested instead.',
  version: () =>
    allowsNamespaces()
      ? versionOf(python, '-c', 'from importlib.metadata import version; print(version("moto"))')
      : undefined,
}

/** Where botocore sends the requests of a region. */
export interface AwsHosts {
  readonly partition: string
  readonly region: string
  readonly sts: string
  /** Null where botocore knows none. */
  readonly fips: string | null
  /** Null where botocore knows none. */
  readonly dualstack: string | null
  readonly iam: string
  readonly cloudformation: string
}

/** Of all regions of all partitions. */
export async function awsHosts(): Promise<readonly AwsHosts[]> {
  const { stdout } = await promisify(execFile)(python, ['-I', 'sandbox/real/moto/aws-hosts.py'])
  return JSON.parse(stdout)
}

/** The account of everything that moto makes. */
export const MOTO_ACCOUNT = '123456789012'

export interface Moto {
  /** Starts a command in the network where AWS's names lead to moto. */
  readonly launcher: readonly string[]
  /** Path of the root to trust. */
  readonly caBundle: string
  /** The host of each TLS connection so far. */
  readonly serverNames: readonly string[]
  /** The environment of an administrator. */
  readonly administrator: Readonly<Record<string, string>>
  /** What a command of the AWS CLI answers; an administrator runs it unless the environment has other keys. */
  awsCli(
    args: readonly string[],
    environment?: Readonly<Record<string, string>>,
    // biome-ignore lint/suspicious/noExplicitAny: any part of it is looked at
  ): Promise<any>
  /** The caller that boto3 finds, given nothing but this environment. */
  boto3CallerArn(environment: Readonly<Record<string, string>>): Promise<string>
  close(): Promise<void>
}

/** Starts moto as AWS, in a network where it has AWS's names. `ports` of 127.0.0.1 can be reached there too. */
export async function startMoto(hosts: readonly AwsHosts[], ports: readonly number[]): Promise<Moto> {
  const hostnames = [...new Set(hosts.flatMap(({ sts, iam, cloudformation }) => [sts, iam, cloudformation]))]
  const folder = await mkdtemp(join(tmpdir(), 'moto-'))
  const command = [installed('python/moto/bin/moto_server'), '-H', '127.0.0.1', '-p', '0']
  // Tests that are killed leave no server behind.
  const server = spawn('setpriv', ['--pdeathsig', 'KILL', ...command], {
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const ended = new Promise<void>(resolve => server.once('close', () => resolve()))
  const certificate = await selfSignedCertificate(hostnames)
  const caBundle = join(folder, 'root.pem')
  await writeFile(caBundle, certificate.cert)
  const front = await startTlsFront(await portOf(server), certificate)
  const namespace = await openNetworkNamespace({
    hostnames,
    ports: [[443, front.port], ...ports.map(port => [port, port] as const)],
  })

  const common = {
    // The AWS CLI of the same environment.
    PATH: [dirname(python), process.env.PATH].join(delimiter),
    HOME: folder,
    AWS_CA_BUNDLE: caBundle,
  }
  const administrator = { ...common, ...ADMINISTRATOR }

  async function run(command: readonly string[], env: Readonly<Record<string, string>>) {
    const [file = '', ...args] = [...namespace.launcher, ...command]
    return (await promisify(execFile)(file, args, { env, timeout: 100_000 })).stdout.trim()
  }

  return {
    launcher: namespace.launcher,
    caBundle,
    serverNames: front.serverNames,
    administrator,
    async awsCli(args, environment = {}) {
      const output = await run(['aws', ...args], { ...administrator, ...environment })
      return output.startsWith('{') ? JSON.parse(output) : output
    },
    boto3CallerArn: environment => run([python, '-I', '-c', CALLER], { ...common, ...environment }),
    async close() {
      await namespace.close()
      await front.close()
      server.kill()
      await ended
      await rm(folder, { recursive: true })
    },
  }
}

const ADMINISTRATOR = {
  AWS_ACCESS_KEY_ID: 'AKIAADMINISTRATOR000',
  AWS_SECRET_ACCESS_KEY: '-',
  AWS_DEFAULT_REGION: 'eu-west-1',
}

const CALLER = 'import boto3; print(boto3.client("sts").get_caller_identity()["Arn"])'

/** The free one that it took, as its log says. */
async function portOf({ stderr }: ChildProcess): Promise<number> {
  if (!stderr) throw new Error('the log of moto is not read')
  const lines = createInterface({ input: stderr })
  for await (const line of lines) {
    const port = /Running on http:\/\/127\.0\.0\.1:(\d+)/.exec(line)?.[1]
    if (port !== undefined) {
      stderr.resume()
      return Number(port)
    }
  }
  throw new Error('moto ended before it listened')
}
