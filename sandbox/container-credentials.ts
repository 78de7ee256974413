import { randomBytes } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { startLoopbackServer } from './loopback-server.ts'
import { timestampOf } from './sts/role-session.ts'
import type { Session } from './sts/session.ts'

export interface ContainerCredentialsOptions {
  /** Asked anew for every answer. */
  readonly credentials: () => Session
  /** Fields in the place of those of the documented answer. */
  readonly altered?: Readonly<Record<string, unknown>>
}

export interface ContainerRequest {
  readonly method: string
  readonly path: string
  /** Whether it brought the token. */
  readonly authorized: boolean
}

export interface ContainerCredentials {
  /** What a container is given as AWS_CONTAINER_CREDENTIALS_FULL_URI. */
  readonly url: string
  /** What it is given as AWS_CONTAINER_AUTHORIZATION_TOKEN. */
  readonly authorizationToken: string
  /** Both of them. */
  readonly environment: Readonly<Record<string, string>>
  readonly requests: readonly ContainerRequest[]
  close(): Promise<void>
}

const credentialsPath = '/v1/credentials'

/**
 * The credentials endpoint that ECS and EKS put beside a container.
 * https://docs.aws.amazon.com/sdkref/latest/guide/feature-container-credentials.html
 */
export async function startContainerCredentials({
  credentials,
  altered = {},
}: ContainerCredentialsOptions): Promise<ContainerCredentials> {
  const requests: ContainerRequest[] = []
  const authorizationToken = randomBytes(48).toString('base64url')

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = 'GET', url: path = '/', headers } = request
    const authorized = headers.authorization === authorizationToken
    requests.push({ method, path, authorized })
    if (path !== credentialsPath || method !== 'GET') return writeJson(response, 404, refusal('NotFound'))
    if (!authorized) return writeJson(response, 401, refusal('AccessDenied'))
    writeJson(response, 200, { ...credentialsOf(credentials()), ...altered })
  }

  const server = await startLoopbackServer(answer)
  const url = `${server.origin}${credentialsPath}`
  return {
    url,
    authorizationToken,
    environment: {
      AWS_CONTAINER_CREDENTIALS_FULL_URI: url,
      AWS_CONTAINER_AUTHORIZATION_TOKEN: authorizationToken,
    },
    requests,
    close: server.close,
  }
}

function credentialsOf(session: Session): Readonly<Record<string, string>> {
  return {
    RoleArn: session.roleArn,
    AccessKeyId: session.accessKeyId,
    SecretAccessKey: session.secretAccessKey,
    Token: session.sessionToken,
    Expiration: timestampOf(session),
  }
}

function refusal(code: string): Readonly<Record<string, string>> {
  return { Code: code, Message: `The sandbox's container endpoint says ${code}` }
}

function writeJson(response: ServerResponse, status: number, body: Readonly<Record<string, unknown>>): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}
