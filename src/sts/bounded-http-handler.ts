import { NodeHttpHandler } from '@smithy/node-http-handler'

/** An answer of STS has a few kB; AWS's longest is far below this. */
const MOST_BYTES = 1024 * 1024

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

export class BodyTooLong extends Error {
  override readonly name = 'BodyTooLong'
  /** HTTP status that it came with. */
  readonly status: number

  constructor(status: number) {
    super(`a body of more than ${MOST_BYTES} bytes`)
    this.status = status
  }
}

async function readWhole(body: AsyncIterable<Buffer>, status: number): Promise<Uint8Array> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of body) {
    bytes += chunk.length
    if (bytes > MOST_BYTES) throw new BodyTooLong(status)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}
