import {
  AssumeRoleCommand,
  type AssumeRoleCommandOutput,
  AssumeRoleWithWebIdentityCommand,
  type AssumeRoleWithWebIdentityCommandOutput,
  GetCallerIdentityCommand,
  STSClient,
  type STSClientConfig,
  STSServiceException,
} from '@aws-sdk/client-sts'
import { formatArn, type RoleArn } from '../core/identity/arn.ts'
import type { AssumedRole, CallerIdentity, Credentials, Session } from '../core/identity/session.ts'
import { isKey } from '../core/identity/session.ts'
import { isCertificateError } from '../core/network/certificate-error.ts'
import { clockAheadMs } from '../core/network/clock-skew.ts'
import { formatProxy } from '../core/network/proxy-address.ts'
import {
  type FailureKind,
  type Operation,
  RemoteFailure,
  type SigningClock,
} from '../core/network/remote-failure.ts'
import { decide, parseRetryAfter } from '../core/network/retry-policy.ts'
import { parseFrontEndError } from '../core/sts/front-end-error.ts'
import type { RoleRequest } from '../core/sts/role-request.ts'
import { parseRequestId } from '../core/sts/sts-call.ts'
import type { IdToken } from '../core/token/id-token.ts'
import type { AgentPair } from '../network/agents.ts'
import { ProxyError } from '../network/proxy-tunnel.ts'
import { BoundedHttpHandler, formatType, MalformedResponse, StsHttpHandler } from './bounded-http-handler.ts'
import type { StsEndpoint } from './endpoints.ts'

const CONNECT_MS = 5_000
const ANSWER_MS = 10_000

/** The time that calls are signed with: this machine's, until AWS says that it is wrong. */
export type Clock = { aheadMs: number }

/**
 * The SDK's client as the gate uses it: one attempt a call, over the agents that it is given. Every setting is explicit, so
 * that neither the environment nor a configuration file can move it, and its own retries are off: retry-policy.ts
 * alone decides.
 */
export class StsClient {
  readonly region: string
  /** Where the calls go, for messages. */
  readonly endpoint: string
  /** With its port, if that isn't the usual one. */
  readonly host: string
  /** The SDK's way to send, with the proxy and the limits of this one, for clients of other services. */
  readonly handler: BoundedHttpHandler
  readonly #config: STSClientConfig
  readonly #deadline: AbortSignal
  readonly #proxy: URL | undefined
  readonly #clock: Clock
  /** Sends calls without a signature. */
  readonly #unsigned: STSClient
  /** Each signs for one session alone: the SDK keeps the first credentials that it is given. */
  readonly #signers = new WeakMap<Session, STSClient>()

  /** Nothing is waited for beyond the `deadline`. The clock is that of all regions. */
  constructor({ region, url, proxy }: StsEndpoint, agents: AgentPair, deadline: AbortSignal, clock: Clock) {
    this.region = region
    this.#clock = clock
    this.#deadline = deadline
    this.#proxy = proxy
    this.host = url.host
    this.endpoint = proxy ? `${url.origin} through the proxy ${formatProxy(proxy)}` : url.origin
    const sending = {
      ...agents,
      connectionTimeout: CONNECT_MS,
      requestTimeout: ANSWER_MS,
      throwOnRequestTimeout: true,
    }
    this.handler = new BoundedHttpHandler(sending)
    this.#config = {
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
      requestHandler: new StsHttpHandler(sending),
    }
    this.#unsigned = this.#newClient(undefined)
  }

  /**
   * The temporary credentials that AWS gives for a token. API: AssumeRoleWithWebIdentity.
   * @throws RemoteFailure
   */
  async assumeRoleWithWebIdentity(request: RoleRequest, idToken: IdToken): Promise<Session> {
    const operation = 'AssumeRoleWithWebIdentity'
    const command = new AssumeRoleWithWebIdentityCommand({
      ...commonParameters(request),
      WebIdentityToken: idToken.jwt,
    })
    const answer = await this.#attempt(operation, abortSignal =>
      this.#unsigned.send(command, { abortSignal }),
    )
    const { SubjectFromWebIdentityToken: subject, Audience: audience, Provider: provider } = answer
    return {
      ...assumedSession(operation, request.role, answer, { subject, audience, provider }),
      claims: idToken.claims,
      requestId: requestIdOf(answer),
    }
  }

  /**
   * The temporary credentials that AWS gives the holder of others. API: AssumeRole.
   * @throws RemoteFailure
   */
  async assumeRole(request: RoleRequest, by: Session): Promise<Session> {
    const operation = 'AssumeRole'
    const command = new AssumeRoleCommand({ ...commonParameters(request), ...ownParameters(request) })
    const answer = await this.#attempt(
      operation,
      abortSignal => this.#signedBy(by).send(command, { abortSignal }),
      by,
    )
    return {
      ...assumedSession(operation, request.role, answer, {}),
      claims: undefined,
      requestId: requestIdOf(answer),
    }
  }

  /**
   * Whom AWS takes the holder of these very credentials for. API: GetCallerIdentity.
   * @throws RemoteFailure
   */
  async getCallerIdentity(session: Session): Promise<CallerIdentity> {
    const operation = 'GetCallerIdentity'
    const command = new GetCallerIdentityCommand({})
    const answer = await this.#attempt(
      operation,
      abortSignal => this.#signedBy(session).send(command, { abortSignal }),
      session,
    )
    const { Arn, Account, UserId } = answer
    if (!Arn || !Account || !UserId) throw incomplete(operation, answer)
    return {
      arn: Arn,
      accountId: Account,
      userId: UserId,
      answeredBy: this.region,
      requestId: requestIdOf(answer),
    }
  }

  #signedBy(session: Session): STSClient {
    const client = this.#signers.get(session) ?? this.#newClient(session)
    this.#signers.set(session, client)
    return client
  }

  #newClient(session: Session | undefined): STSClient {
    const credentials = async () => {
      if (!session) throw new Error('a call that is not signed asked for credentials')
      return toIdentity(session.credentials)
    }
    const client = new STSClient({ ...this.#config, credentials })
    // Removes a middleware that copies an environment variable into a request header.
    client.middlewareStack.remove('recursionDetectionMiddleware')
    // Keeps the SDK from setting the clock by the Date of any response.
    Object.defineProperty(client.config, 'systemClockOffset', { get: () => this.#clock.aheadMs, set() {} })
    return client
  }

  /** One attempt in its own time, from the connection to the last byte. */
  async #attempt<Answer>(
    operation: Operation,
    send: (signal: AbortSignal) => Promise<Answer>,
    signer?: Session,
  ): Promise<Answer> {
    const ownEnd = AbortSignal.timeout(CONNECT_MS + ANSWER_MS)
    const signedAheadMs = signer && this.#clock.aheadMs
    try {
      return await send(AbortSignal.any([ownEnd, this.#deadline]))
    } catch (error) {
      const isOfNewSession = signer?.origin.kind === 'assumed'
      if (ownEnd.aborted)
        throw noAnswer(
          operation,
          `no whole answer in ${(CONNECT_MS + ANSWER_MS) / 1000} s`,
          error,
          isOfNewSession,
        )
      const failure = toRemoteFailure(operation, error, {
        isOfNewSession,
        proxy: this.#proxy,
        signedAheadMs,
      })
      this.#correctClock(failure)
      throw failure
    }
  }

  /** Only for an answer that is to be followed by a call with the right time. */
  #correctClock(failure: unknown): void {
    if (!(failure instanceof RemoteFailure) || !failure.clock) return
    if (decide(failure) === 'retry-with-corrected-clock') this.#clock.aheadMs = failure.clock.aheadMs
  }
}

function commonParameters(request: RoleRequest) {
  const { role, sessionName, durationSeconds, inlinePolicy, managedPolicies } = request
  return {
    RoleArn: formatArn(role),
    RoleSessionName: sessionName,
    DurationSeconds: durationSeconds,
    Policy: inlinePolicy,
    PolicyArns: managedPolicies.length > 0 ? managedPolicies.map(arn => ({ arn })) : undefined,
  }
}

/** What AssumeRoleWithWebIdentity does not take. */
function ownParameters({ externalId, sourceIdentity, tags, transitiveTagKeys }: RoleRequest) {
  return {
    ExternalId: externalId,
    SourceIdentity: sourceIdentity,
    Tags: tags.length > 0 ? tags.map(({ key, value }) => ({ Key: key, Value: value })) : undefined,
    TransitiveTagKeys: transitiveTagKeys.length > 0 ? [...transitiveTagKeys] : undefined,
  }
}

/** Of the session that STS made: what it may leave out, it must not leave blank. */
function assumedSession(
  operation: Operation,
  role: RoleArn,
  answer: AssumeRoleCommandOutput | AssumeRoleWithWebIdentityCommandOutput,
  ofToken: Optional<AssumedRole>,
): Pick<Session, 'credentials' | 'origin' | 'assumedRole'> {
  const { Credentials: given, AssumedRoleUser: user } = answer
  const credentials = toCredentials(given)
  const assumedRole = withoutAbsent(user ? { ...ofToken, arn: user.Arn ?? '' } : ofToken)
  if (!credentials || Object.values(assumedRole).includes('')) throw incomplete(operation, answer)
  return { credentials, origin: { kind: 'assumed', role }, assumedRole }
}

/** Without their end: the SDK would ask for others when it is near, and there are none. */
function toIdentity({ accessKeyId, secretAccessKey, sessionToken }: Credentials) {
  return { accessKeyId, secretAccessKey, ...(sessionToken === undefined ? {} : { sessionToken }) }
}

/**
 * AWS's own host for a region, by the SDK's rules.
 * @throws Error of the SDK where the partition has no such host
 */
export function awsEndpoint(region: string, usesFips: boolean, usesDualstack: boolean): URL {
  const { config } = new STSClient({ region })
  return config.endpointProvider({ Region: region, UseFIPS: usesFips, UseDualStack: usesDualstack }).url
}

function toCredentials(answer: AnswerCredentials | undefined): Credentials | undefined {
  const { AccessKeyId, SecretAccessKey, SessionToken, Expiration } = answer ?? {}
  if (!isKey(AccessKeyId) || !isKey(SecretAccessKey) || !isKey(SessionToken)) return undefined
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

function incomplete(operation: Operation, response: SdkError): RemoteFailure {
  const message = 'the answer lacks fields that every answer of STS has'
  const status = response.$metadata?.httpStatusCode
  const requestId = requestIdOf(response)
  return new RemoteFailure(operation, { kind: 'malformed-response', code: '', status, message, requestId })
}

function requestIdOf({ $metadata }: SdkError): string | undefined {
  return parseRequestId($metadata?.requestId)
}

function noAnswer(
  operation: Operation,
  message: string,
  cause: unknown,
  isOfNewSession: boolean,
): RemoteFailure {
  return new RemoteFailure(
    operation,
    { kind: 'no-response', code: 'ETIMEDOUT', status: undefined, message, isOfNewSession },
    { cause },
  )
}

/** A connection that ends within an answer, whose status has come already. */
const BROKEN_OFF = /^(ECONNRESET|EPIPE|ERR_STREAM_PREMATURE_CLOSE)$/

/** What is known of a call beside its error. `signedAheadMs` is undefined for one that is not signed. */
type Call = {
  readonly isOfNewSession: boolean
  readonly proxy: URL | undefined
  readonly signedAheadMs: number | undefined
}

function clockOf(
  response: SdkResponse | undefined,
  signedAheadMs: number | undefined,
): SigningClock | undefined {
  const aheadMs = clockAheadMs(response?.headers, Date.now())
  return aheadMs === undefined || signedAheadMs === undefined ? undefined : { aheadMs, signedAheadMs }
}

/** What is no answer of STS counts by its status where that is an error's. */
function kindOfPage(status: number): FailureKind {
  return status >= 400 ? 'error-response' : 'malformed-response'
}

/** BoundedHttpHandler reads bodies to their end, and the SDK keeps the text of what it can't parse. */
function textOf(body: unknown): string {
  if (typeof body === 'string') return body
  return body instanceof Uint8Array ? Buffer.from(body).toString() : ''
}

/** The SDK's many errors in the few words of RemoteFailure. Anything else is a bug and passes as it is. */
function toRemoteFailure(
  operation: Operation,
  error: unknown,
  { isOfNewSession, proxy, signedAheadMs }: Call,
): unknown {
  if (!(error instanceof Error)) return error
  const { $metadata, $response, Code, code } = error as SdkError
  const status = error instanceof MalformedResponse ? error.status : $metadata?.httpStatusCode
  const clock = clockOf($response, signedAheadMs)
  const requestId = requestIdOf(error as SdkError)
  const retryAfterSeconds = parseRetryAfter($response?.headers?.['retry-after'], Date.now())
  const failed = (kind: FailureKind, message: string, reason = '') =>
    new RemoteFailure(
      operation,
      { kind, code: reason, status, message, clock, isOfNewSession, retryAfterSeconds, requestId },
      { cause: error },
    )

  if (error instanceof STSServiceException && typeof Code === 'string')
    return failed(
      'error-response',
      typeof error.message === 'string' ? error.message : 'a message that is not a string',
      Code,
    )
  if (error instanceof MalformedResponse) return failed(kindOfPage(error.status), error.message)
  if (code !== undefined && BROKEN_OFF.test(code)) return failed('no-response', error.message, code)
  if (status !== undefined) {
    const named = status >= 400 ? parseFrontEndError($response?.headers, textOf($response?.body)) : undefined
    if (named) return failed('error-response', named.message, named.code)
    // The SDK's own words may quote a body, and with it half of an answer.
    return failed(kindOfPage(status), formatType($response?.headers))
  }
  if (proxy && error instanceof ProxyError && error.status !== undefined) {
    const message = `the proxy ${formatProxy(proxy)} answered ${error.status} and opened no tunnel to the host`
    const refusal = {
      kind: 'proxy-refusal',
      code: '',
      status: error.status,
      message,
      isOfNewSession,
    } as const
    return new RemoteFailure(operation, refusal, { cause: error })
  }
  if (error.name === 'TimeoutError' && code !== 'ECONNRESET')
    return noAnswer(operation, 'no answer in time', error, isOfNewSession)
  if (code === undefined) return error
  return failed(isCertificateError(code) ? 'untrusted' : 'no-response', error.message, code)
}

type SdkResponse = { readonly headers?: Readonly<Record<string, string>>; readonly body?: unknown }

type SdkError = {
  readonly $metadata?: {
    readonly httpStatusCode?: number | undefined
    readonly requestId?: string | undefined
  }
  readonly $response?: SdkResponse
  /** AWS's code as it was on the wire: a text, unless elements stood in its place. */
  readonly Code?: unknown
  /** Node's, of a socket or of TLS. */
  readonly code?: string
}

type Optional<Fields> = { readonly [Name in keyof Fields]?: Fields[Name] | undefined }

function withoutAbsent(fields: Optional<AssumedRole>): AssumedRole {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined))
}
