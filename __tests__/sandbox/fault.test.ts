import { request } from 'node:http'
import { describe, expect, test } from '@jest/globals'
import { deliver, FaultPlan } from '../../sandbox/fault.ts'
import { type LoopbackServer, startLoopbackServer } from '../../sandbox/loopback-server.ts'

// If a fault doesn't do what it says, the scenarios prove something else.

const BODY = 'x'.repeat(101)

async function withServer<T>(server: LoopbackServer, body: (origin: string) => Promise<T>): Promise<T> {
  try {
    return await body(server.origin)
  } finally {
    await server.close()
  }
}

/** What a client receives of a response, until it ends, breaks or takes too long. */
function read(origin: string, forMs = 5000): Promise<{ length?: string; text: string; complete: boolean }> {
  return new Promise((resolve, reject) => {
    const sent = request(origin, response => {
      let text = ''
      const timer = setTimeout(() => response.destroy(), forMs)
      response.on('data', chunk => {
        text += chunk
      })
      response.on('error', () => {})
      response.on('close', () => {
        clearTimeout(timer)
        const length = response.headers['content-length']
        resolve({ ...(length === undefined ? {} : { length }), text, complete: response.complete })
      })
    })
    sent.on('error', reject).end()
  })
}

describe('a response', () => {
  test.each([
    ['whole', { length: '101', text: BODY, complete: true }],
    ['slow', { length: '101', text: BODY, complete: true }],
    ['cut', { length: '50', text: BODY.slice(0, 50), complete: true }],
    ['half', { length: '101', text: BODY.slice(0, 50), complete: false }],
  ] as const)('that is delivered %s', async (delivery, expected) => {
    const server = await startLoopbackServer((_, response) =>
      deliver(response, { status: 200, headers: {}, body: BODY }, delivery),
    )
    expect(await withServer(server, read)).toEqual(expected)
  })

  test('that trickles has no length, and not even its start arrives', async () => {
    const server = await startLoopbackServer((_, response) =>
      deliver(response, { status: 200, headers: {}, body: BODY }, 'drip'),
    )
    const { text, ...rest } = await withServer(server, origin => read(origin, 1500))
    expect(rest).toEqual({ complete: false })
    expect(text).toMatch(/^ {1,2}$/)
  })
})

describe('a connection that is refused', () => {
  test('breaks unread as often as it should, and the next one does not', async () => {
    const plan = new FaultPlan([{ on: 'AssumeRole', times: 1, effect: { kind: 'refuse' } }])
    let answered = 0
    const server = await startLoopbackServer(
      async (_, response) => {
        answered += 1
        response.end()
      },
      { refuses: () => plan.takesConnection(['AssumeRole']) },
    )
    await withServer(server, async origin => {
      await expect(read(origin)).rejects.toMatchObject({ code: 'ECONNRESET' })
      expect([answered, server.refused]).toEqual([0, 1])
      expect(await read(origin)).toMatchObject({ complete: true })
    })
  })

  test('counts only for this server’s operations, after those before it', () => {
    const effect = { kind: 'refuse', after: 'AssumeRole' } as const
    const plan = new FaultPlan([{ on: 'GetCallerIdentity', effect }])
    expect(plan.takesConnection(['GetCallerIdentity'])).toBe(false)
    expect(plan.take('AssumeRole')).toBeUndefined()
    expect(plan.takesConnection(['id-token'])).toBe(false)
    expect(plan.takesConnection(['GetCallerIdentity'])).toBe(true)
    expect(plan.take('GetCallerIdentity')).toBeUndefined()
  })
})
