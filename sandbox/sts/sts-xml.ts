import type { ServerResponse } from 'node:http'
import { type AnswerFields, type AnswerValue, type Delivery, deliver } from '../fault.ts'

const namespace = 'https://sts.amazonaws.com/doc/2011-06-15/'

export interface XmlError {
  readonly status: number
  readonly code: string
  readonly message: string
  readonly headers?: Readonly<Record<string, string>>
}

/** The AWS query protocol's answer to an operation that worked. */
export async function writeResult(
  response: ServerResponse,
  operation: string,
  requestId: string,
  result: AnswerFields,
  delivery?: Delivery | 'whole',
): Promise<void> {
  const body = { [`${operation}Result`]: result, ResponseMetadata: { RequestId: requestId } }
  const message = {
    status: 200,
    headers: headersOf(requestId),
    body: document(`${operation}Response`, body),
  }
  await deliver(response, message, delivery)
}

/** The AWS query protocol's answer to one that did not. */
export function writeError(
  response: ServerResponse,
  requestId: string,
  { status, code, message, headers }: XmlError,
): void {
  const error = { Type: status < 500 ? 'Sender' : 'Receiver', Code: code, Message: message }
  response
    .writeHead(status, { ...headersOf(requestId), ...headers })
    .end(document('ErrorResponse', { Error: error, RequestId: requestId }))
}

function headersOf(requestId: string): Record<string, string> {
  return { 'content-type': 'text/xml', 'x-amzn-requestid': requestId }
}

function document(root: string, fields: AnswerFields): string {
  return `<${root} xmlns="${namespace}">\n${elements(fields)}</${root}>\n`
}

function elements(fields: AnswerFields): string {
  return Object.entries(fields)
    .map(([name, value]) => `<${name}>${content(value)}</${name}>\n`)
    .join('')
}

function content(value: AnswerValue): string {
  return typeof value === 'object' ? `\n${elements(value)}` : escapeXml(String(value))
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  '\r': '&#xD;',
}

function escapeXml(value: string): string {
  return value.replace(/[&<>"\r]/g, character => entities[character] ?? character)
}
