import { execFileSync, spawnSync } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { inLongJob, letPass } from '../long-job.ts'
import { expectFailure, inWorld, newFile, runIn, runPost } from '../scenario.ts'

/** Preloaded: reads a pipe that nobody writes to, in libuv's thread pool, as the SDK reads files. */
function blockedPool(): string {
  const pipe = join(mkdtempSync(join(tmpdir(), 'pipe-')), 'pipe')
  execFileSync('mkfifo', [pipe])
  return preload(`require('node:fs').promises.readFile(${JSON.stringify(pipe)})`)
}

function preload(code: string): string {
  return `--require=${newFile('preloaded.cjs', code)}`
}

describe('a read that never ends in the thread pool, which Node would wait for', () => {
  test('does not block a step that passes', async () => {
    const result = await runIn({}, { runnerVariables: { NODE_OPTIONS: blockedPool() } })
    expect(result.exitCode).toBe(0)
    expect(result.outputs.verified).toBe('true')
    expect(result.durationMs).toBeLessThan(5000)
  })

  test('does not block a step that fails, and the failure is already reported', async () => {
    const result = await runIn(
      {},
      { with: { 'expected-role': 'other' }, runnerVariables: { NODE_OPTIONS: blockedPool() } },
    )
    expectFailure(result, 'ERR_IDENTITY_MISMATCH')
    expect(result.summary).toContain('Not verified')
    expect(result.durationMs).toBeLessThan(5000)
  })

  test('does not block a crash', async () => {
    const options = `${blockedPool()} ${preload("setImmediate(() => { throw new Error('early') })")}`
    const result = await runIn({}, { runnerVariables: { NODE_OPTIONS: options } })
    expectFailure(result, 'ERR_UNEXPECTED')
    expect(result.durationMs).toBeLessThan(5000)
  })

  test('blocks neither the post step nor a renewal, with credentials or without', () =>
    inWorld({}, world =>
      inLongJob(world, {}, async job => {
        const began = Date.now()
        const NODE_OPTIONS = blockedPool()
        const renewal = await job.renew({ environment: { ...job.idTokenVariables, NODE_OPTIONS } })
        expect(renewal.exitCode).toBe(0)
        expect(renewal.credentials).toHaveProperty('SessionToken')
        letPass(job, 61)
        const failed = await job.renew({ environment: { NODE_OPTIONS } })
        expect(failed.exitCode).not.toBe(0)
        expect(failed.stderr).toMatch(/^ERR_\w+: [^\n]+\n/)
        const runnerVariables = { NODE_OPTIONS }
        const post = await runPost(job.main, { temporaryDirectory: job.folder, runnerVariables })
        expect(post.exitCode).toBe(0)
        expect(Date.now() - began).toBeLessThan(10_000)
      }),
    ))

  test('does not cut off earlier output, however slowly the runner reads', async () => {
    const result = await runIn(
      {},
      {
        with: { 'expected-role': 'other' },
        runnerVariables: {
          NODE_OPTIONS: `${blockedPool()} ${preload("process.stdout.write('.'.repeat(500_000) + '\\n')")}`,
        },
        // A pipe holds 64 kB.
        launcher: ['bash', '-c', 'set -o pipefail; "$@" | (sleep 1; cat)', 'bash'],
      },
    )
    expectFailure(result, 'ERR_IDENTITY_MISMATCH')
    expect(result.stdout.length).toBeGreaterThan(500_000)
  })
})

describe('a name server that never answers', () => {
  const ADDRESS = '127.0.0.153'
  const canMount = spawnSync('unshare', ['--mount', 'true'], { stdio: 'ignore' }).status === 0
  const testIfPossible = canMount && process.getuid?.() === 0 ? test : test.skip

  /** Receives the names that a step looks up, as its only name server. */
  async function withSilence<T>(
    body: (launcher: readonly string[], names: readonly string[]) => Promise<T>,
  ): Promise<T> {
    const names: string[] = []
    const server = createSocket('udp4', query => names.push(nameIn(query)))
    server.bind(53, ADDRESS)
    await once(server, 'listening')
    const configuration = newFile('resolv.conf', `nameserver ${ADDRESS}\n`)
    // Not sh: Debian's drops input variables, which have hyphens.
    const script = `mount --bind '${configuration}' /etc/resolv.conf && exec "$0" "$@"`
    try {
      return await body(['unshare', '--mount', 'bash', '-c', script], names)
    } finally {
      server.close()
    }
  }

  /** RFC 1035: labels, each after its length. */
  function nameIn(query: Buffer): string {
    const labels: string[] = []
    for (let at = 12; query[at]; at += 1 + (query[at] ?? 0))
      labels.push(query.toString('latin1', at + 1, at + 1 + (query[at] ?? 0)))
    return labels.join('.')
  }

  testIfPossible('does not block the step beyond its timeout, whatever an earlier step set for lookups', () =>
    withSilence(async (launcher, names) => {
      const result = await runIn(
        {},
        {
          launcher,
          idToken: { url: 'https://token.example.com/?a=b', token: 'key' },
          environment: { RES_OPTIONS: 'timeout:30 attempts:5 ndots:15', LOCALDOMAIN: 'evil.example' },
          with: { 'action-timeout-s': '2' },
        },
      )
      expectFailure(result, 'ERR_TIMEOUT')
      expect(result.durationMs).toBeLessThan(5000)
      expect(new Set(names)).toEqual(new Set(['token.example.com']))
    }),
  )
})
