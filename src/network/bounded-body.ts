/** The longest answer of STS or of GitHub's token service has a few kB. */
const MAX_BYTES = 1024 * 1024

export class BodyTooLong extends Error {
  override readonly name = 'BodyTooLong'
}

/**
 * The whole of an answer's body. One that is too long is given up on.
 * @throws BodyTooLong, or what the stream fails with
 */
export async function readBody(body: AsyncIterable<Buffer>): Promise<Buffer> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of body) {
    bytes += chunk.length
    if (bytes > MAX_BYTES) throw new BodyTooLong(`a body of more than ${MAX_BYTES} bytes`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}
