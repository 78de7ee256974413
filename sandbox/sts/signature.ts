import { createHash, timingSafeEqual } from 'node:crypto'
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import { type Credentials as AwsCredentials, type Request, RequestSigner } from 'aws4'
import { readBody } from '../loopback-server.ts'
import type { Credential } from './credential.ts'
import { StsError } from './sts-error.ts'

export interface SignedRequest {
  readonly method: string
  readonly path: string
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

export async function readSigned(request: IncomingMessage): Promise<SignedRequest> {
  const { method = 'GET', url: path = '/', headers } = request
  return { method, path, headers, body: await readBody(request) }
}

const allowedSkewMilliseconds = 15 * 60 * 1000

/**
 * The credential that signed a request, or AWS's error. The signature is made once more by other hands than the SDK's. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 */
export function authenticate(
  request: SignedRequest,
  credentials: readonly Credential[],
  now: number,
  service = 'sts',
): Credential {
  const authorization = parseAuthorization(request.headers.authorization)
  const credential = credentials.find(({ accessKeyId }) => accessKeyId === authorization.accessKeyId)
  // A long-lived key has no token, and must come without one.
  if (!credential || request.headers['x-amz-security-token'] !== credential.sessionToken) throw invalidToken()
  assertSigned(authorization, service, ['host', 'x-amz-date'])
  assertPayloadHash(request)
  const expected = signatureOf(request, authorization, credential)
  if (!isSameText(expected, authorization.signature)) {
    throw mismatch('The request signature we calculated does not match the signature you provided.')
  }
  assertRecent(request.headers['x-amz-date'], now)
  if (credential.expiresAt !== undefined && credential.expiresAt <= now) {
    throw new StsError(403, 'ExpiredToken', 'The security token included in the request is expired')
  }
  return credential
}

/** What the header says, unchecked. */
export function accessKeyIdOf({ headers }: SignedRequest): string {
  return /Credential=([^/,]+)/.exec(headers.authorization ?? '')?.[1] ?? ''
}

interface Authorization {
  readonly accessKeyId: string
  readonly region: string
  readonly service: string
  readonly signedHeaders: readonly string[]
  readonly signature: string
}

function parseAuthorization(header: string | undefined): Authorization {
  if (!header)
    throw new StsError(403, 'MissingAuthenticationToken', 'Request is missing Authentication Token')
  const form =
    /^AWS4-HMAC-SHA256 Credential=([^/,]+)\/\d{8}\/([^/,]+)\/([^/,]+)\/aws4_request,\s*SignedHeaders=([^,]+),\s*Signature=([0-9a-f]{64})$/
  const match = form.exec(header)
  if (!match)
    throw new StsError(400, 'IncompleteSignature', 'Authorization header is not in the form of AWS4')
  const [, accessKeyId = '', region = '', service = '', signedHeaders = '', signature = ''] = match
  return { accessKeyId, region, service, signedHeaders: signedHeaders.split(';'), signature }
}

function assertSigned(
  { service, signedHeaders }: Authorization,
  wanted: string,
  names: readonly string[],
): void {
  if (service !== wanted) throw mismatch(`Credential should be scoped to correct service: '${wanted}'.`)
  const missing = names.filter(name => !signedHeaders.includes(name))
  if (missing.length > 0)
    throw mismatch(`'${missing.join("', '")}' must be a 'SignedHeader' in the AWS Authorization.`)
}

function assertPayloadHash({ headers, body }: SignedRequest): void {
  const claimed = headers['x-amz-content-sha256']
  if (claimed === undefined || claimed === createHash('sha256').update(body).digest('hex')) return
  throw mismatch('The provided x-amz-content-sha256 header does not match what was computed.')
}

function signatureOf(request: SignedRequest, authorization: Authorization, credential: Credential): string {
  const { signedHeaders, region, service } = authorization
  const signed = Object.entries(request.headers).filter(([name]) => signedHeaders.includes(name))
  // aws4 adds headers that its own requests need: those that the client did not sign must not count.
  const unsigned = ['content-type', 'content-length', 'x-amz-security-token'].filter(
    name => !signedHeaders.includes(name),
  )
  const signer = new RequestSigner(
    {
      method: request.method,
      path: request.path,
      body: request.body,
      headers: Object.fromEntries(signed),
      region,
      service,
      extraHeadersToInclude: Object.fromEntries(signedHeaders.map(name => [name, true])),
      extraHeadersToIgnore: Object.fromEntries(unsigned.map(name => [name, true])),
    } as Request,
    keysOf(credential),
  )
  // Without this aws4 would take today's date for the request's own.
  signer.prepareRequest()
  return signer.signature()
}

function keysOf({ accessKeyId, secretAccessKey, sessionToken }: Credential): AwsCredentials {
  return { accessKeyId, secretAccessKey, ...(sessionToken === undefined ? {} : { sessionToken }) }
}

function assertRecent(stamp: string | string[] | undefined, now: number): void {
  const signedAt = Date.parse(
    String(stamp).replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'),
  )
  if (Math.abs(now - signedAt) <= allowedSkewMilliseconds) return
  const direction = signedAt < now ? 'expired' : 'not yet current'
  throw mismatch(
    `Signature ${direction}: ${stamp} is more than 15 minutes from ${new Date(now).toISOString()}`,
  )
}

function isSameText(left: string, right: string): boolean {
  return left.length === right.length && timingSafeEqual(Buffer.from(left), Buffer.from(right))
}

function invalidToken(): StsError {
  return new StsError(403, 'InvalidClientTokenId', 'The security token included in the request is invalid.')
}

function mismatch(message: string): StsError {
  return new StsError(403, 'SignatureDoesNotMatch', message)
}
