import { randomBytes } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { startLoopbackServer } from './loopback-server.ts'
import { timestampOf } from './sts/role-session.ts'
import type { Session } from './sts/session.ts'

export interface InstanceMetadataOptions {
  /** Of the instance's role. */
  readonly roleName: string
  /** Asked anew for every answer. */
  readonly credentials: () => Session
  /** Fields in the place of those of the documented answer. */
  readonly altered?: Readonly<Record<string, unknown>>
}

export interface MetadataRequest {
  readonly method: string
  readonly path: string
  /** The status of the answer. */
  readonly status: number
}

export interface InstanceMetadata {
  readonly origin: string
  /** The variables that lead an SDK here. */
  readonly environment: Readonly<Record<string, string>>
  readonly requests: readonly MetadataRequest[]
  close(): Promise<void>
}

interface MetadataAnswer {
  readonly status: number
  readonly body: string
}

const credentialsPath = '/latest/meta-data/iam/security-credentials/'
const longestTokenSeconds = 21600

/**
 * An EC2 instance's metadata service, version 2 alone, as far as credentials go.
 * https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instancedata-data-retrieval.html
 */
export async function startInstanceMetadata(options: InstanceMetadataOptions): Promise<InstanceMetadata> {
  const requests: MetadataRequest[] = []
  const tokens: string[] = []

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = 'GET', url: path = '/' } = request
    const { status, body } = answerTo(request, options, tokens)
    requests.push({ method, path, status })
    response.writeHead(status, { 'content-type': 'text/plain' }).end(body)
  }

  const server = await startLoopbackServer(answer)
  return {
    origin: server.origin,
    // Some releases of botocore want the slash.
    environment: { AWS_EC2_METADATA_SERVICE_ENDPOINT: `${server.origin}/` },
    requests,
    close: server.close,
  }
}

/**
 * Keeps SDKs away from the metadata service of the machine that runs the sandbox, which may well be an instance with a
 * role: nothing but loopback may be asked. An environment that says itself what to ask is left alone; a blank value says
 * nothing. Goes over the environment, not under it.
 */
export function metadataGuard(
  environment: Readonly<Record<string, string>> = {},
): Readonly<Record<string, string>> {
  const chosen = ['AWS_EC2_METADATA_SERVICE_ENDPOINT', 'AWS_EC2_METADATA_DISABLED']
  return chosen.some(name => environment[name]) ? {} : { AWS_EC2_METADATA_DISABLED: 'true' }
}

function answerTo(
  request: IncomingMessage,
  options: InstanceMetadataOptions,
  tokens: string[],
): MetadataAnswer {
  const { method, url, headers } = request
  if (url === '/latest/api/token') return method === 'PUT' ? answerToken(request, tokens) : refusal(405)
  if (!tokens.includes(String(headers['x-aws-ec2-metadata-token']))) return refusal(401)
  if (method !== 'GET') return refusal(405)
  if (url === credentialsPath) return { status: 200, body: options.roleName }
  if (url !== `${credentialsPath}${options.roleName}`) return refusal(404)
  return {
    status: 200,
    body: JSON.stringify({ ...credentialsOf(options.credentials()), ...options.altered }, null, 2),
  }
}

function answerToken({ headers }: IncomingMessage, tokens: string[]): MetadataAnswer {
  const seconds = Number(headers['x-aws-ec2-metadata-token-ttl-seconds'])
  if (!(seconds >= 1 && seconds <= longestTokenSeconds)) return refusal(400)
  const token = randomBytes(42).toString('base64')
  tokens.push(token)
  return { status: 200, body: token }
}

function credentialsOf(session: Session): Readonly<Record<string, string>> {
  return {
    Code: 'Success',
    LastUpdated: timestampOf({ expiresAt: Date.now() }),
    Type: 'AWS-HMAC',
    AccessKeyId: session.accessKeyId,
    SecretAccessKey: session.secretAccessKey,
    Token: session.sessionToken,
    Expiration: timestampOf(session),
  }
}

function refusal(status: number): MetadataAnswer {
  return { status, body: `${status}` }
}
