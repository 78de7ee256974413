import { pipeline, Transform, type TransformCallback } from 'node:stream'
import { NodeHttpHandler } from '@smithy/node-http-handler'

/** An answer of STS has a few kB; AWS's longest is far below this. */
const MOST_BYTES = 1024 * 1024

/** The SDK's own HTTP handler, which gives up on a body that does not end. */
export class BoundedHttpHandler extends NodeHttpHandler {
  override async handle(
    ...request: Parameters<NodeHttpHandler['handle']>
  ): ReturnType<NodeHttpHandler['handle']> {
    const { response } = await super.handle(...request)
    response.body = pipeline(response.body, new ByteLimit(), () => {})
    return { response }
  }
}

export class BodyTooLong extends Error {
  override readonly name = 'BodyTooLong'
}

class ByteLimit extends Transform {
  #bytes = 0

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    this.#bytes += chunk.length
    if (this.#bytes > MOST_BYTES) done(new BodyTooLong(`a body of more than ${MOST_BYTES} bytes`))
    else done(null, chunk)
  }
}
