import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals'
import type { Claims, IdToken } from '../../src/core/token/id-token.ts'
import { TokenCache } from '../../src/sts/token-cache.ts'
import { claimsWith } from '../core/samples.ts'

// A mask is printed for each token, and a runner would apply it.
beforeEach(() => {
  jest.spyOn(process.stdout, 'write').mockReturnValue(true)
})
afterEach(() => {
  jest.restoreAllMocks()
})

/** A source that numbers its tokens; each arrives, or fails to, when the test says so. */
class TokenService {
  readonly asked: { give: () => void; fail: (error: Error) => void; refused: string | undefined }[] = []
  readonly #lifetimeSeconds: number

  constructor(lifetimeSeconds = 300) {
    this.#lifetimeSeconds = lifetimeSeconds
  }

  readonly request = (refused: IdToken | undefined): Promise<IdToken> =>
    new Promise((resolve, reject) => {
      const jwt = `test-token-${this.asked.length + 1}`
      const idToken = {
        jwt,
        signature: jwt,
        claims: claimsWith(),
        lifetimeSeconds: this.#lifetimeSeconds,
      }
      this.asked.push({ give: () => resolve(idToken), fail: reject, refused: refused?.jwt })
    })

  give(): void {
    this.asked.at(-1)?.give()
  }
}

function open(service: TokenService, accept: (claims: Claims) => void = () => {}): TokenCache {
  return new TokenCache(service.request, accept)
}

async function first(service: TokenService, idTokens: TokenCache): Promise<IdToken> {
  const coming = idTokens.current()
  service.give()
  return coming
}

describe('concurrent callers', () => {
  test('get one token from one request', async () => {
    const service = new TokenService()
    const idTokens = open(service)
    const coming = Promise.all([idTokens.current(), idTokens.current(), idTokens.current()])
    service.give()
    expect(new Set(await coming).size).toBe(1)
    await idTokens.current()
    expect(service.asked).toHaveLength(1)
  })

  test('get one failure from one request, which the next caller does not get', async () => {
    const service = new TokenService()
    const idTokens = open(service)
    const coming = Promise.allSettled([idTokens.current(), idTokens.current()])
    service.asked[0]?.fail(new Error('no token today'))
    expect((await coming).map(({ status }) => status)).toEqual(['rejected', 'rejected'])
    expect(service.asked).toHaveLength(1)
    expect(await first(service, idTokens)).toMatchObject({ jwt: 'test-token-2' })
  })

  test('never get a token that is not accepted', async () => {
    const service = new TokenService()
    const idTokens = open(service, () => {
      throw new Error('not accepted')
    })
    const coming = Promise.allSettled([idTokens.current(), idTokens.current()])
    service.give()
    expect((await coming).map(({ status }) => status)).toEqual(['rejected', 'rejected'])
  })

  test('who are refused for the same token get one new token from one request', async () => {
    const service = new TokenService()
    const idTokens = open(service)
    const refused = await first(service, idTokens)
    idTokens.discard(refused)
    const one = idTokens.current()
    idTokens.discard(refused)
    const other = idTokens.current()
    service.give()
    const fresh = await one
    idTokens.discard(refused)
    expect([await other, await idTokens.current()]).toEqual([fresh, fresh])
    expect(fresh.jwt).toBe('test-token-2')
    expect(service.asked).toHaveLength(2)
  })
})

describe('a token', () => {
  test('is requested again once it is discarded', async () => {
    const service = new TokenService()
    const idTokens = open(service)
    idTokens.discard(await first(service, idTokens))
    expect(await first(service, idTokens)).toMatchObject({ jwt: 'test-token-2' })
  })

  test('is replaced near its expiry', async () => {
    const service = new TokenService(0)
    const idTokens = open(service)
    await first(service, idTokens)
    await new Promise(resolve => setTimeout(resolve, 5))
    expect(await first(service, idTokens)).toMatchObject({ jwt: 'test-token-2' })
  })

  test('that was refused is named to its source, but not one that is only near its expiry', async () => {
    const service = new TokenService(0)
    const idTokens = open(service)
    await first(service, idTokens)
    await new Promise(resolve => setTimeout(resolve, 5))
    idTokens.discard(await first(service, idTokens))
    await first(service, idTokens)
    expect(service.asked.map(({ refused }) => refused)).toEqual([undefined, undefined, 'test-token-2'])
  })
})
