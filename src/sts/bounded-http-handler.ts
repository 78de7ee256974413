import { NodeHttpHandler } from '@smithy/node-http-handler'
import { ambiguityIn, holdsResult } from '../core/sts/xml-answer.ts'
import { BodyTooLong, readBody } from '../network/bounded-body.ts'

/** The SDK's own HTTP handler, which reads the body at once, and gives up on one that does not end. */
export class BoundedHttpHandler extends NodeHttpHandler {
  #isUsed = false

  /** Whether any request was sent, or was on its way. */
  get isUsed(): boolean {
    return this.#isUsed
  }

  override async handle(
    ...request: Parameters<NodeHttpHandler['handle']>
  ): ReturnType<NodeHttpHandler['handle']> {
    this.#isUsed = true
    const { response } = await super.handle(...request)
    response.body = await readWhole(response.body, response.statusCode)
    return { response }
  }
}

/** The same for the answers of STS: none is taken that could be read in two ways. */
export class StsHttpHandler extends BoundedHttpHandler {
  override async handle(
    ...request: Parameters<NodeHttpHandler['handle']>
  ): ReturnType<NodeHttpHandler['handle']> {
    const answer = await super.handle(...request)
    const { statusCode, body, headers } = answer.response
    const fault = statusCode < 300 ? faultIn(Buffer.from(body).toString()) : undefined
    if (fault) throw new MalformedResponse(statusCode, `${formatType(headers)}: ${fault}`)
    return answer
  }
}

function faultIn(xml: string): string | undefined {
  return ambiguityIn(xml) ?? (holdsResult(xml) ? undefined : 'it holds no result')
}

/** What came instead of an answer of STS, by its header Content-Type. */
export function formatType(headers: Readonly<Record<string, string>> | undefined): string {
  return `a body of type ${headers?.['content-type'] ?? 'unknown'} that is no answer of STS`
}

/** A body that is no answer of STS, whatever the SDK would make of it. */
export class MalformedResponse extends Error {
  /** HTTP status that it came with. */
  readonly status: number

  constructor(status: number, message: string) {
    super(message)
    this.status = status
  }
}

async function readWhole(body: AsyncIterable<Buffer>, status: number): Promise<Uint8Array> {
  try {
    return await readBody(body)
  } catch (error) {
    throw error instanceof BodyTooLong ? new MalformedResponse(status, error.message) : error
  }
}
