import type { OutgoingHttpHeaders } from 'node:http'

/** Sends a request with these headers, and gives the JSON of its answer. */
export type Send<Json> = (url: URL, headers: OutgoingHttpHeaders) => Promise<Json>

let sender: Send<object> | undefined

/**
 * What comes of a request that GitHub's library makes and `send` sends. The library puts a failure into words; here it is
 * thrown as it was.
 */
export async function sentBy<Json extends object>(
  send: Send<Json>,
  request: () => Promise<unknown>,
): Promise<Json> {
  let sent: Promise<Json> | undefined
  sender = (url, headers) => {
    sent = send(url, headers)
    return sent
  }
  await request().catch((error: unknown) => {
    if (!sent) throw error
  })
  if (!sent) throw new Error("GitHub's library sent no request")
  return sent
}

type Handler = { prepareRequest(options: { headers: OutgoingHttpHeaders }): void }

/**
 * Stands in the place of `@actions/http-client` (see ADR 8), with what GitHub's library for tokens needs of it. The
 * original follows redirects, and sends the bearer token with them; it retries by itself, and chooses the proxy.
 */
export class HttpClient {
  readonly #userAgent: string
  readonly #handlers: readonly Handler[]

  constructor(userAgent: string, handlers: readonly Handler[]) {
    this.#userAgent = userAgent
    this.#handlers = handlers
  }

  async getJson(url: string): Promise<{ readonly result: object }> {
    if (!sender) throw new Error("a request of GitHub's library that nobody sends")
    const headers = { accept: 'application/json', 'user-agent': userAgentOf(this.#userAgent) }
    for (const handler of this.#handlers) handler.prepareRequest({ headers })
    return { result: await sender(new URL(url), headers) }
  }
}

/** As GitHub's client says it, with the orchestration's id where the runner gives one. */
function userAgentOf(name: string): string {
  const id = process.env.ACTIONS_ORCHESTRATION_ID
  return id ? `${name} actions_orchestration_id/${id.replaceAll(/[^a-z0-9_.-]/gi, '_')}` : name
}
