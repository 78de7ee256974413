import { Agent as HttpAgent } from 'node:http'
import { Agent as HttpsAgent } from 'node:https'
import { rootCertificates } from 'node:tls'
import {
  AssumeRoleWithWebIdentityCommand,
  GetCallerIdentityCommand,
  STSClient,
  STSServiceException,
} from '@aws-sdk/client-sts'
import { HttpProxyAgent, HttpsProxyAgent } from 'hpagent'
import { BodyTooLong, BoundedHttpHandler } from './bounded-http-handler.ts'
import { formatArn, type RoleArn } from './core/arn.ts'
import type { IdToken } from './core/id-token.ts'
import { type FailureKind, type Operation, RemoteFailure } from './core/remote-failure.ts'
import type { AssumedRole, CallerIdentity, Credentials, Session } from './core/session.ts'
import { proxyFor } from './proxy.ts'

const CONNECT_MS = 5_000
const ANSWER_MS = 10_000

/**
 * The SDK's client as the gate uses it: one attempt a call, over one keep-alive agent. Every setting is explicit, so
 * that neither the environment nor a configuration file can move it, and its own retries are off: retry-policy.ts
 * alone decides.
 */
export class StsClient {
  /** Where the calls go, for messages. */
  readonly endpoint: string
  readonly #client: STSClient
  readonly #deadline: AbortSignal
  #session: Session | undefined

  /** `endpoint` is AWS's own for the region unless given. Nothing is waited for beyond the `deadline`. */
  constructor(region: string, endpoint: URL | undefined, deadline: AbortSignal) {
    this.#deadline = deadline
    const url = endpoint ?? awsEndpoint(region)
    const proxy = proxyFor(url)
    this.endpoint = proxy ? `${url.origin} through the proxy ${proxy.host}` : url.origin
    this.#client = new STSClient({
      region,
      endpoint: url.href,
      ignoreConfiguredEndpointUrls: true,
      useFipsEndpoint: false,
      useDualstackEndpoint: false,
      defaultsMode: 'standard',
      retryMode: 'standard',
      maxAttempts: 1,
      authSchemePreference: [],
      sigv4aSigningRegionSet: [region],
      disableClockSkewCorrection: async () => false,
      userAgentAppId: 'aws-role-gate',
      credentials: async () => this.#credentials(),
      requestHandler: new BoundedHttpHandler({
        ...agentsFor(proxy),
        connectionTimeout: CONNECT_MS,
        requestTimeout: ANSWER_MS,
        throwOnRequestTimeout: true,
      }),
    })
    // It would put a variable of the environment into a header.
    this.#client.middlewareStack.remove('recursionDetectionMiddleware')
  }

  /**
   * The temporary credentials that AWS gives for a token. API: AssumeRoleWithWebIdentity.
   * @throws RemoteFailure
   */
  async assumeRoleWithWebIdentity(
    role: RoleArn,
    idToken: IdToken,
    { sessionName, durationSeconds }: { readonly sessionName: string; readonly durationSeconds: number },
  ): Promise<Session> {
    const operation = 'AssumeRoleWithWebIdentity'
    const command = new AssumeRoleWithWebIdentityCommand({
      RoleArn: formatArn(role),
      RoleSessionName: sessionName,
      WebIdentityToken: idToken.jwt,
      DurationSeconds: durationSeconds,
    })
    const answer = await this.#attempt(operation, abortSignal => this.#client.send(command, { abortSignal }))
    const credentials = toCredentials(answer.Credentials)
    if (!credentials) throw incomplete(operation, answer.$metadata.httpStatusCode)
    const { AssumedRoleUser, SubjectFromWebIdentityToken, Audience, Provider } = answer
    return {
      credentials,
      assumedRole: withoutAbsent({
        arn: AssumedRoleUser?.Arn,
        subject: SubjectFromWebIdentityToken,
        audience: Audience,
        provider: Provider,
      }),
      claims: idToken.claims,
    }
  }

  /**
   * Whom AWS takes the holder of these very credentials for. API: GetCallerIdentity.
   * @throws RemoteFailure
   */
  async getCallerIdentity(session: Session): Promise<CallerIdentity> {
    // The SDK keeps the first credentials that it is given.
    if (this.#session && this.#session !== session) throw new Error('a client signs for one session only')
    this.#session = session
    const operation = 'GetCallerIdentity'
    const command = new GetCallerIdentityCommand({})
    const answer = await this.#attempt(operation, abortSignal => this.#client.send(command, { abortSignal }))
    const { Arn, Account, UserId } = answer
    if (!Arn || !Account || !UserId) throw incomplete(operation, answer.$metadata.httpStatusCode)
    return { arn: Arn, accountId: Account, userId: UserId }
  }

  #credentials(): Credentials {
    if (!this.#session) throw new Error('a signed call was made before there was a session')
    return this.#session.credentials
  }

  /** One attempt in its own time, from the connection to the last byte. */
  async #attempt<Answer>(
    operation: Operation,
    send: (signal: AbortSignal) => Promise<Answer>,
  ): Promise<Answer> {
    const ownEnd = AbortSignal.timeout(CONNECT_MS + ANSWER_MS)
    try {
      return await send(AbortSignal.any([ownEnd, this.#deadline]))
    } catch (error) {
      if (ownEnd.aborted)
        throw noAnswer(operation, `no whole answer in ${(CONNECT_MS + ANSWER_MS) / 1000} s`, error)
      throw toRemoteFailure(operation, error)
    }
  }
}

/** AWS's own host for a region, by the SDK's rules. */
function awsEndpoint(region: string): URL {
  const { config } = new STSClient({ region })
  return config.endpointProvider({ Region: region, UseFIPS: false, UseDualStack: false }).url
}

/**
 * TLS that trusts the public roots of Node and nothing else: NODE_EXTRA_CA_CERTS doesn't widen an explicit list, nor
 * does NODE_TLS_REJECT_UNAUTHORIZED open an explicit refusal.
 */
function agentsFor(proxy: URL | undefined): { httpAgent: HttpAgent; httpsAgent: HttpsAgent } {
  const tls = { ca: [...rootCertificates], rejectUnauthorized: true }
  if (!proxy) {
    return {
      httpAgent: new HttpAgent({ keepAlive: true }),
      httpsAgent: new HttpsAgent({ keepAlive: true, ...tls }),
    }
  }
  const options = { keepAlive: true, proxy }
  return { httpAgent: new HttpProxyAgent(options), httpsAgent: new HttpsProxyAgent({ ...options, ...tls }) }
}

function toCredentials(answer: AnswerCredentials | undefined): Credentials | undefined {
  const { AccessKeyId, SecretAccessKey, SessionToken, Expiration } = answer ?? {}
  if (!isToken(AccessKeyId) || !isToken(SecretAccessKey) || !isToken(SessionToken)) return undefined
  if (!Expiration || Number.isNaN(Expiration.getTime())) return undefined
  return {
    accessKeyId: AccessKeyId,
    secretAccessKey: SecretAccessKey,
    sessionToken: SessionToken,
    expiration: Expiration,
  }
}

type AnswerCredentials = {
  readonly AccessKeyId: string | undefined
  readonly SecretAccessKey: string | undefined
  readonly SessionToken: string | undefined
  readonly Expiration: Date | undefined
}

/** Visible ASCII only: the runner masks line by line, so a line end within a secret would let it through. */
function isToken(text: string | undefined): text is string {
  return text !== undefined && /^[\x21-\x7e]+$/.test(text)
}

function incomplete(operation: Operation, status: number | undefined): RemoteFailure {
  const message = 'the answer lacks fields that every answer of STS has'
  return new RemoteFailure(operation, { kind: 'not-an-answer', code: '', status, message })
}

function noAnswer(operation: Operation, message: string, cause: unknown): RemoteFailure {
  return new RemoteFailure(
    operation,
    { kind: 'no-answer', code: 'ETIMEDOUT', status: undefined, message },
    { cause },
  )
}

const CERTIFICATE_CODES =
  /^(CERT_|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_|HOSTNAME_MISMATCH|INVALID_CA|ERR_TLS_CERT_)/

/** How hpagent tells of a proxy that answers CONNECT with another status than 200. */
const PROXY_REFUSAL = /^Bad response: (\d{3})$/

/** The SDK's many errors in the few words of RemoteFailure. Anything else is a bug and passes as it is. */
function toRemoteFailure(operation: Operation, error: unknown): unknown {
  if (!(error instanceof Error)) return error
  const { $metadata, $response, Code, code } = error as SdkError
  const status = $metadata?.httpStatusCode
  const isClockCorrected = $metadata?.clockSkewCorrected === true
  const failed = (kind: FailureKind, message: string, reason = '') =>
    new RemoteFailure(operation, { kind, code: reason, status, message, isClockCorrected }, { cause: error })

  if (error instanceof STSServiceException && Code !== undefined)
    return failed('error-answer', error.message, Code)
  if (error instanceof BodyTooLong) return failed('not-an-answer', error.message)
  if (status !== undefined) {
    // The SDK's own words may quote a body, and with it half of an answer.
    const message = `a body of type ${$response?.headers?.['content-type'] ?? 'unknown'} that is no answer of STS`
    return failed(status >= 400 ? 'error-answer' : 'not-an-answer', message)
  }
  const refusal = PROXY_REFUSAL.exec(error.message)?.[1]
  if (refusal) return failed('proxy-refusal', `the proxy answered ${refusal} and opened no way to the host`)
  if (error.name === 'TimeoutError' && code !== 'ECONNRESET')
    return noAnswer(operation, 'no answer in time', error)
  if (code === undefined) return error
  return failed(CERTIFICATE_CODES.test(code) ? 'untrusted' : 'no-answer', error.message, code)
}

type SdkError = {
  readonly $metadata?: { readonly httpStatusCode?: number; readonly clockSkewCorrected?: boolean }
  readonly $response?: { readonly headers?: Readonly<Record<string, string>> }
  /** AWS's code as it was on the wire. */
  readonly Code?: string
  /** Node's, of a socket or of TLS. */
  readonly code?: string
}

function withoutAbsent(fields: { readonly [Name in keyof AssumedRole]: string | undefined }): AssumedRole {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined))
}
