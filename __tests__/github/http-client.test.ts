import type { OutgoingHttpHeaders } from 'node:http'
import { Agent } from 'node:http'
import { getIDToken } from '@actions/core'
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals'
import { HttpClient as GithubsClient } from '../../node_modules/@actions/http-client/lib/index.js'
import { startLoopbackServer } from '../../sandbox/loopback-server.ts'
import { sentBy } from '../../src/github/http-client.ts'
import { httpGet } from '../../src/network/http-get.ts'

const VARIABLES = [
  'ACTIONS_ID_TOKEN_REQUEST_URL',
  'ACTIONS_ID_TOKEN_REQUEST_TOKEN',
  'ACTIONS_ORCHESTRATION_ID',
]

// A mask is printed for each token, and a runner would apply it.
beforeEach(() => {
  jest.spyOn(process.stdout, 'write').mockReturnValue(true)
  process.env.ACTIONS_ID_TOKEN_REQUEST_URL = 'https://token.example/token?v=1'
  process.env.ACTIONS_ID_TOKEN_REQUEST_TOKEN = 'request-token'
})
afterEach(() => {
  jest.restoreAllMocks()
  for (const name of VARIABLES) delete process.env[name]
})

describe('the request that GitHub’s library makes for a token', () => {
  test('is sent by our client, which returns the response', async () => {
    const sent: URL[] = []
    const answer = { value: 'a.b.c' }
    const send = async (url: URL) => {
      sent.push(url)
      return answer
    }
    expect(await sentBy(send, () => getIDToken('sts.amazonaws.com'))).toBe(answer)
    expect(sent.map(String)).toEqual(['https://token.example/token?v=1&audience=sts.amazonaws.com'])
  })

  test('fails with our error, not the library’s', async () => {
    const failure = new Error('not today')
    const send = () => Promise.reject(failure)
    await expect(sentBy(send, () => getIDToken('a'))).rejects.toBe(failure)
  })

  test('fails with the library’s error if it was never sent', async () => {
    delete process.env.ACTIONS_ID_TOKEN_REQUEST_TOKEN
    const send = async () => ({ value: 'x' })
    await expect(sentBy(send, () => getIDToken('a'))).rejects.toThrow('ACTIONS_ID_TOKEN_REQUEST_TOKEN')
    await expect(sentBy(send, async () => 'x')).rejects.toThrow('sent no request')
  })

  test.each([undefined, 'job.1/ä b'])(
    'has the headers of GitHub’s own client, with the orchestration %j',
    async id => {
      if (id !== undefined) process.env.ACTIONS_ORCHESTRATION_ID = id
      const received: string[][] = []
      const server = await startLoopbackServer(async (request, response) => {
        received.push([request.method ?? '', request.url ?? '', ...request.rawHeaders])
        response.end('{"value":"x"}')
      })
      process.env.ACTIONS_ID_TOKEN_REQUEST_URL = `${server.origin}/token?v=1`
      const bearer = {
        prepareRequest: ({ headers = {} }: { headers?: OutgoingHttpHeaders }) => {
          headers.Authorization = 'Bearer request-token'
        },
        canHandleAuthentication: () => false,
        handleAuthentication: () => Promise.reject(new Error('not used')),
      }
      try {
        await new GithubsClient('actions/oidc-client', [bearer], {}).getJson(
          `${server.origin}/token?v=1&audience=a`,
        )
        const send = async (url: URL, headers: OutgoingHttpHeaders) => {
          await httpGet(url, headers, new Agent())
          return { value: 'x' }
        }
        await sentBy(send, () => getIDToken('a'))
        expect(received[0]).toContain('accept')
        expect(received[1]).toEqual(received[0])
      } finally {
        await server.close()
      }
    },
  )
})
