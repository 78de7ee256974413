import { get } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, test } from '@jest/globals'
import { startLoopbackServer } from '../../sandbox/loopback-server.ts'
import { Agents } from '../../src/network/agents.ts'
import { StrictTls } from '../../src/network/strict-tls.ts'

/** How many connections four concurrent requests use. */
async function connectionsOf(agents: Agents): Promise<number> {
  const server = await startLoopbackServer(async (_, response) => {
    await sleep(20)
    response.end()
  })
  const { httpAgent: agent } = agents.by(undefined)
  const ask = () =>
    new Promise<void>((resolve, reject) => {
      get(server.origin, { agent }, response => response.resume().once('end', resolve)).once('error', reject)
    })
  try {
    await Promise.all([ask(), ask(), ask(), ask()])
    return server.connections
  } finally {
    agent.destroy()
    await server.close()
  }
}

describe('concurrent calls', () => {
  test('wait for one connection', async () => {
    expect(await connectionsOf(new Agents(new StrictTls([])))).toBe(1)
  })

  test('share as many connections as are allowed', async () => {
    expect(await connectionsOf(new Agents(new StrictTls([]), 3))).toBe(3)
  })
})
