import { type Agent, request as httpRequest, type IncomingMessage, type OutgoingHttpHeaders } from 'node:http'
import { request as httpsRequest } from 'node:https'
import type { HttpResponse } from '../core/token/id-token-response.ts'
import { BodyTooLong, readBody } from './bounded-body.ts'

const CONNECT_MS = 5_000
const ANSWER_MS = 10_000

/**
 * One GET and its whole answer, whatever its status: no redirect is followed, nothing is sent twice, and neither the
 * connection nor the answer is waited for without end.
 * @throws Error with Node's code
 */
export function httpGet(url: URL, headers: OutgoingHttpHeaders, agent: Agent): Promise<HttpResponse> {
  return new Promise((resolve, reject) => {
    const send = url.protocol === 'https:' ? httpsRequest : httpRequest
    const request = send(url, { headers, agent }, response => read(response).then(resolve, reject))
    const giveUp = (missing: string, ms: number) => {
      const error = Object.assign(new Error(`no ${missing} in ${ms / 1000} s`), { code: 'ETIMEDOUT' })
      reject(error)
      request.destroy(error)
    }
    let timer = setTimeout(giveUp, CONNECT_MS, 'connection', CONNECT_MS)
    // The connection is there, with its TLS, and the request has left.
    request.on('finish', () => {
      clearTimeout(timer)
      timer = setTimeout(giveUp, ANSWER_MS, 'whole answer', ANSWER_MS)
    })
    request.on('error', reject)
    request.on('close', () => clearTimeout(timer))
    request.end()
  })
}

async function read(response: IncomingMessage): Promise<HttpResponse> {
  const { statusCode: status = 0, headers } = response
  try {
    return { status, headers, body: (await readBody(response)).toString() }
  } catch (error) {
    if (error instanceof BodyTooLong) return { status, headers, body: undefined }
    throw error
  }
}
