import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { Agent, get } from 'node:http'
import { type AgentOptions, get as getByTls, Agent as TlsAgent } from 'node:https'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { bundleSize } from '../../sandbox/bench/bundle-size.ts'
import { startDelayProxy } from '../../sandbox/bench/delay-proxy.ts'
import { ratioOf, roundTripsOf, spreadOf, spreadOfKnown } from '../../sandbox/bench/spread.ts'
import { peerVariant } from '../../sandbox/bench/variant.ts'
import { selfSignedCertificate } from '../../sandbox/certificate.ts'
import { type Certificate, listenOnLoopback, startLoopbackServer } from '../../sandbox/loopback-server.ts'

const PROJECT = resolve(__dirname, '../..')
const hasPython = spawnSync('python3', ['-c', 'import os; os.wait4']).status === 0

let folder = ''
let failing = ''
let other = ''
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'bench-test-'))
  failing = newAction('failing', "console.log('::error::no luck today'); process.exitCode = 7\n")
  // Connects where the SDK would, trusts what Node trusts, and exports something.
  other = newAction(
    'other',
    `const env = process.env
    require('node:https').get(env.AWS_ENDPOINT_URL_STS, answer => answer.resume().on('end', () =>
      require('node:fs').appendFileSync(env.GITHUB_ENV, 'AWS_SECRET_ACCESS_KEY=secret\\n')))\n`,
  )
  writeFileSync(join(other, 'package.json'), '{ "name": "other-action", "version": "1.2.3" }\n')
  writeFileSync(join(other, 'unused.js'), '')
})
afterAll(() => rmSync(folder, { recursive: true }))

function newAction(name: string, code: string): string {
  const directory = join(folder, name)
  mkdirSync(directory)
  writeFileSync(join(directory, 'action.yml'), 'runs: { using: node24, main: index.js }\n')
  writeFileSync(join(directory, 'index.js'), code)
  return directory
}

/** Runs the command as `npm run bench --` does. */
function bench(...options: string[]) {
  const command = [
    join(PROJECT, 'node_modules/tsx/dist/cli.mjs'),
    join(PROJECT, 'sandbox/bench.ts'),
    ...options,
  ]
  const { status, stdout, stderr } = spawnSync(process.execPath, command, { encoding: 'utf8', cwd: PROJECT })
  return { status, stdout, stderr }
}

describe('npm run bench', () => {
  test('measures the bundle against another action and a bare Node, as JSON and as a page', () => {
    const page = join(folder, 'page.md')
    const options = ['--rounds', '1', '--rtt', '0,20', '--peer', other, '--json', '--markdown', page]
    const { status, stdout, stderr } = bench(...options)
    expect(stderr).toMatch(/^0 of 20 runs done, 0 s\n(.+\n)*20 of 20 runs done, \d+ s\n$/)
    const report = JSON.parse(stdout)
    expect(report).toMatchObject({ setting: { rounds: 1 }, reference: 'peer' })
    const traffic = { gate: [2, 3], peer: [1, 1], bare: [0, 0] }
    expect(report.fullPath.map(summaryOf)).toEqual(
      [0, 20].flatMap(roundTripMs =>
        Object.entries(traffic).map(([kind, [connections, requests]]) => ({
          kind,
          scenario: 'full',
          roundTripMs,
          runs: 1,
          connections,
          requests,
        })),
      ),
    )
    expect(report.others.map(summaryOf)).toEqual([
      { kind: 'gate', scenario: 'verify-only', roundTripMs: 0, runs: 1, connections: 1, requests: 1 },
      { kind: 'gate', scenario: 'refusal', roundTripMs: 0, runs: 1, connections: 2, requests: 2 },
      ...[0, 20].map(roundTripMs => ({
        kind: 'gate',
        scenario: 'fifty-roles',
        roundTripMs,
        runs: 1,
        connections: expect.any(Number),
        requests: 101,
      })),
    ])
    const fifty = report.others.filter(({ scenario }: { scenario: string }) => scenario === 'fifty-roles')
    for (const { connections } of fifty) expect(connections).toBeLessThanOrEqual(11)
    for (const row of [...report.fullPath, ...report.others]) expectFigures(row)
    expect(report.variants.map(({ kind, size }: { kind: string; size: unknown }) => [kind, size])).toEqual([
      ['gate', bundleSize(PROJECT)],
      ['peer', bundleSize(other)],
      ['bare', null],
    ])
    expect(readFileSync(page, 'utf8')).toMatch(
      /^# Benchmark\n[\s\S]+\n\| 20 ms \| this action \| 1 \|[\s\S]+noise/,
    )
    expect(status).toBe(0)
  })

  test('shows tables, and compares with a bare Node if there is nothing else', () => {
    const { status, stdout } = bench('--rounds', '1', '--rtt', '0')
    expect(stdout).toMatch(/^\d{4}-\d\d-\d\d, Node \d+\.\d+\.\d+ on .+, 1 rounds$/m)
    expect(stdout).toContain('× compares with bare Node')
    expect(stdout).toMatch(/^0 ms +this action +1 +\d+ .+ 2 +3$/m)
    expect(stdout).toMatch(/^0 ms +bare Node +1 +\d+ +\d+–\d+ +1\.00 .+ 0 +0$/m)
    expect(stdout).toMatch(/^verify only +0 ms +this action +1 .+ 1 +1$/m)
    expect(stdout).toMatch(/^final refusal +0 ms +this action +1 .+ 2 +2$/m)
    expect(stdout).toMatch(/^fifty roles +0 ms +this action +1 .+ 101$/m)
    expect(stdout).toMatch(/^this action +– +\d+ +\d+$/m)
    expect(status).toBe(0)
  })

  test('prints the log of a run that does not end as it must', () => {
    const { status, stdout, stderr } = bench('--rounds', '1', '--rtt', '0', '--peer', failing)
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' })
    expect(stderr).toContain('A run did not end as it must (peer, full, at 0 ms; exit code 7)')
    expect(stderr).toContain('no luck today')
  })

  test.each([
    ['a number that is none', ['--rounds', '0'], '--rounds takes a whole number from 1, not 0'],
    ['a time that is none', ['--rtt', '0,4e1'], 'from 0 to 999, parted by commas, not 0,4e1'],
    ['a refusal of no peer', ['--peer-refusal'], '--peer-refusal needs --peer'],
    ['an unknown option', ['--retries', '3'], '--retries'],
  ])('does not start with %s', (_, options, problem) => {
    const { status, stdout, stderr } = bench(...options)
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' })
    expect(stderr).toContain(problem)
  })
})

interface Row {
  readonly kind: string
  readonly scenario: string
  readonly roundTripMs: number
  readonly runs: number
  readonly connections: number
  readonly requests: number
}

function summaryOf({ kind, scenario, roundTripMs, runs, connections, requests }: Row): Row {
  return { kind, scenario, roundTripMs, runs, connections, requests }
}

function expectFigures(row: Record<string, unknown>): void {
  const number = expect.any(Number)
  const spread = { least: number, lower: number, median: number, upper: number }
  const known = hasPython ? spread : null
  expect(row).toMatchObject({ wallMs: spread, cpuMs: known, peakMemoryMb: known })
  expect(row).toMatchObject({
    wallRatio: expect.any(Number),
    cpuRatio: hasPython ? expect.any(Number) : null,
  })
}

describe('the other action', () => {
  test('is named by its folder, or by the file that its action.yml runs', () => {
    const gate = { kind: 'peer', directory: PROJECT, title: expect.stringMatching(/^aws-role-gate \d/) }
    expect(peerVariant(PROJECT)).toEqual(gate)
    expect(peerVariant(join(PROJECT, 'dist/main/index.js'))).toEqual(gate)
    expect(peerVariant(other).title).toBe('other-action 1.2.3')
    expect(peerVariant(failing)).toEqual({ kind: 'peer', directory: failing, title: 'peer' })
  })

  test.each([
    ['does not exist', () => join(folder, 'nowhere'), /nowhere does not exist/],
    ['is a folder without an action', () => folder, /action\.yml/],
    ['is a file that its action.yml does not run', () => join(other, 'unused.js'), /runs index\.js, not/],
  ])('can’t be one that %s', (_, path, problem) => {
    expect(() => peerVariant(path())).toThrow(problem)
  })
})

describe('a proxy that puts a server at a distance', () => {
  const ROUND_TRIP_MS = 150
  let certificate: Certificate
  beforeAll(async () => {
    certificate = await selfSignedCertificate(['127.0.0.1'])
  })

  /** Milliseconds for requests at that distance, one after another over one connection. */
  async function timesOf(tls: AgentOptions | undefined, requests: number): Promise<number[]> {
    const server = await startLoopbackServer(async (_, response) => void response.end('answer'), {
      tls: tls && certificate,
    })
    const proxy = await startDelayProxy({ port: server.port, roundTripMs: ROUND_TRIP_MS })
    const request = requester(`${tls ? 'https' : 'http'}://127.0.0.1:${proxy.port}`, tls)
    const times: number[] = []
    for (let count = 0; count < requests; count += 1) {
      const start = performance.now()
      expect(await request()).toBe('answer')
      times.push(performance.now() - start)
    }
    expect(proxy.connections).toBe(1)
    await proxy.close()
    await server.close()
    return times
  }

  /** Requests over one connection; returns the response bodies. */
  function requester(url: string, tls: AgentOptions | undefined): () => Promise<string> {
    const keepAlive = { keepAlive: true, maxSockets: 1 }
    const open = tls
      ? getByTls.bind(undefined, url, { agent: new TlsAgent({ ...keepAlive, ca: certificate.cert, ...tls }) })
      : get.bind(undefined, url, { agent: new Agent(keepAlive) })
    return () =>
      new Promise((resolve, reject) => {
        open(response => void text(response).then(resolve, reject)).on('error', reject)
      })
  }

  test.each([
    ['two of TCP and a request', undefined, 2],
    ['three of TCP, TLS 1.3 and a request', { minVersion: 'TLSv1.3' } as const, 3],
    ['four of TCP, TLS 1.2 and a request', { maxVersion: 'TLSv1.2' } as const, 4],
  ])('adds round trips: %s', async (_, tls, roundTrips) => {
    let quickest = Number.POSITIVE_INFINITY
    // A busy machine may slow one down, but not all of them.
    for (let tries = 0; tries < 5 && quickest >= (roundTrips + 1) * ROUND_TRIP_MS; tries += 1) {
      const [first = 0] = await timesOf(tls, 1)
      expect(first).toBeGreaterThanOrEqual(roundTrips * ROUND_TRIP_MS)
      quickest = Math.min(quickest, first)
    }
    expect(quickest).toBeLessThan((roundTrips + 1) * ROUND_TRIP_MS)
  })

  test('adds one for each further request', async () => {
    const [, second = 0, third = 0] = await timesOf({}, 3)
    expect(Math.min(second, third)).toBeGreaterThanOrEqual(ROUND_TRIP_MS)
    expect(Math.min(second, third)).toBeLessThan(2 * ROUND_TRIP_MS)
  })

  test('delivers everything in order, and the end after it', async () => {
    const pieces = Array.from({ length: 200 }, (_, index) => `${index},`)
    const server = await listenOnLoopback(
      createServer({ allowHalfOpen: true }, async socket => {
        const received = await text(socket)
        for (const piece of received.split(/(?<=,)/)) {
          socket.write(piece)
          await new Promise(setImmediate)
        }
        socket.end()
      }),
      'tcp',
    )
    const proxy = await startDelayProxy({ port: server.port, roundTripMs: 10 })
    const client = connect({ port: proxy.port, host: '127.0.0.1', allowHalfOpen: true })
    const received = text(client)
    for (const piece of pieces) {
      client.write(piece)
      await new Promise(setImmediate)
    }
    client.end()
    expect(await received).toBe(pieces.join(''))
    await proxy.close()
    await server.close()
  })
})

describe('what a process has cost', () => {
  const measured = join(PROJECT, 'sandbox/bench/measured.py')
  const ifPython = hasPython ? test : test.skip

  function measure(seconds: string, script: string) {
    const file = join(folder, 'cost.json')
    const command = [measured, file, seconds, process.execPath, '-e', script]
    const { status, stdout } = spawnSync('python3', command, { encoding: 'utf8' })
    return { status, stdout, cost: JSON.parse(readFileSync(file, 'utf8')) }
  }

  ifPython('is time, CPU time and the peak of memory of it alone', () => {
    const held = Buffer.alloc(300e6, 1)
    const idle = measure('60', '0')
    expect(idle.cost.peakMemoryBytes).toBeGreaterThan(20e6)
    expect(idle.cost.peakMemoryBytes).toBeLessThan(held.length)
    const busy = measure(
      '60',
      `const held = Buffer.alloc(${held.length}, 1)
      while (process.cpuUsage().user + process.cpuUsage().system < 200e3);
      console.log('done')
      process.exitCode = 3`,
    )
    expect(busy).toMatchObject({ status: 3, stdout: 'done\n' })
    expect(busy.cost.peakMemoryBytes).toBeGreaterThan(held.length)
    expect(busy.cost.cpuMs).toBeGreaterThanOrEqual(200)
    expect(busy.cost.wallMs).toBeGreaterThan(0)
  })

  ifPython('is that of a process that was killed at its limit, too', () => {
    const { status, cost } = measure('1', 'setInterval(() => {}, 1000)')
    expect(status).not.toBe(0)
    expect(cost.wallMs).toBeGreaterThanOrEqual(999)
  })
})

describe('the figures', () => {
  test('are the middle half of a sample, whatever its order', () => {
    expect(spreadOf([9, 1, 8, 2, 7, 3, 6, 4, 5])).toEqual({ least: 1, lower: 3, median: 5, upper: 7 })
    expect(spreadOf([4])).toEqual({ least: 4, lower: 4, median: 4, upper: 4 })
  })

  test('are missing if one value is missing', () => {
    expect(spreadOfKnown([1, null, 3])).toBeNull()
    expect(spreadOfKnown([1, 2, 3])?.median).toBe(2)
  })

  test('compares round by round, so a slow half of the run favors neither', () => {
    expect(ratioOf([1, 1, 10, 10, 10], [2, 2, 20, 20, 5])).toBe(0.5)
    expect(ratioOf([10, 1, 1], [1, 10, 1])).toBe(1)
  })

  test('compares medians if one was not run in every round', () => {
    expect(ratioOf([6], [1, 2, 30])).toBe(3)
  })

  test('compares nothing if a figure is missing', () => {
    expect(ratioOf([1, null], [1, 2])).toBeNull()
    expect(ratioOf([1, 2], [null, 2])).toBeNull()
  })

  test('count round trips by the two longest of them', () => {
    const points = [
      { roundTripMs: 100, wallMs: 600 },
      { roundTripMs: 0, wallMs: 200 },
      { roundTripMs: 40, wallMs: 300 },
    ]
    expect(roundTripsOf(points)).toBe(5)
    expect(roundTripsOf(points.slice(1))).toBe(2.5)
    expect(roundTripsOf(points.slice(2))).toBeNull()
  })
})
