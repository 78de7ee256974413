import { quote } from '../base/text.ts'
import { type FailureKind, RemoteFailure } from '../network/remote-failure.ts'
import { parseRetryAfter } from '../network/retry-policy.ts'
import { type IdToken, parseIdToken } from './id-token.ts'

export type HttpResponse = {
  readonly status: number
  /** Names in small letters. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>
  /** Undefined for one that was too long to be read to its end. */
  readonly body: string | undefined
}

/**
 * The token in an answer of GitHub's token service, `{"value": "<JWT>"}`. `now` in milliseconds.
 * @throws RemoteFailure with the status and the kind of answer. Of its body it repeats only the message of a JSON error.
 */
export function tokenInResponse(response: HttpResponse, now: number): IdToken {
  const { status, headers } = response
  const failed = (kind: FailureKind, message: string) => {
    const retryAfterSeconds = parseRetryAfter(headerOf(headers, 'retry-after') || undefined, now)
    return new RemoteFailure('GetIdToken', { kind, code: '', status, message, retryAfterSeconds })
  }
  if (status >= 400) throw failed('error-response', describe(response))
  if (status < 200 || status >= 300) throw failed('malformed-response', describeRedirect(response))
  const value = valueIn(response.body)
  if (value === undefined) throw failed('malformed-response', `${describe(response)} instead of a token`)
  const idToken = parseIdToken(value)
  if (idToken) return idToken
  throw failed(
    'malformed-response',
    'JSON whose value is not a JSON Web Token with iss, sub, aud, iat and exp',
  )
}

function valueIn(body: string | undefined): string | undefined {
  const value = objectIn(body ?? '')?.value
  return typeof value === 'string' && value !== '' ? value : undefined
}

/** What kind of answer it is: all that may be said of a body that anybody can have written. */
function describe({ headers, body }: HttpResponse): string {
  if (body === undefined) return 'an answer that is too long'
  if (body.trim() === '') return 'an empty answer'
  const encoding = headerOf(headers, 'content-encoding')
  if (encoding !== '' && encoding !== 'identity') return `an answer compressed with ${encoding}`
  const object = objectIn(body)
  if (object) return describeJson(object)
  const [type = ''] = headerOf(headers, 'content-type').split(';')
  if (/\bjson\b/i.test(type)) return 'JSON that is cut off or malformed'
  if (/\bhtml\b/i.test(type)) return 'an HTML page'
  return `an answer of type ${type.trim() || 'unknown'}`
}

function describeJson({ message }: Readonly<Record<string, unknown>>): string {
  return typeof message === 'string' && message !== '' ? `a JSON error, ${quote(message)}` : 'JSON'
}

function describeRedirect(response: HttpResponse): string {
  const location = headerOf(response.headers, 'location')
  if (location === '') return describe(response)
  const host = URL.canParse(location) ? new URL(location).host : ''
  return `a redirect${host && ` to ${host}`}, which is not followed`
}

function objectIn(body: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(body)
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined
  } catch {
    return undefined
  }
}

function headerOf(headers: HttpResponse['headers'], name: string): string {
  const value = headers[name]
  return typeof value === 'string' ? value : (value?.[0] ?? '')
}
