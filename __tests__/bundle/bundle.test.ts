import { readdirSync, readFileSync, statSync } from 'node:fs'
import { basename, join, resolve } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { selfSignedCertificate } from '../../sandbox/certificate.ts'
import { DEPLOY, earlierSession, inWorld, newFile, operationsOf, runMain } from '../scenarios/scenario.ts'

const DIST = resolve(__dirname, '../../dist')
const read = (path: string) => readFileSync(join(DIST, path), 'utf8')

function filesIn(folder: string): string[] {
  return readdirSync(join(DIST, folder), { recursive: true, encoding: 'utf8' })
    .map(name => join(folder, name))
    .filter(path => statSync(join(DIST, path)).isFile())
}

function bytesOf(paths: readonly string[]): number {
  return paths.reduce((sum, path) => sum + statSync(join(DIST, path)).size, 0)
}

/** A certificate for loopback, and the file to believe it by. */
async function newCertificate() {
  const certificate = await selfSignedCertificate(['127.0.0.1'])
  return { certificate, roots: newFile('ca.pem', certificate.cert) }
}

describe('the bundle', () => {
  test('is small: 0.75 MB for the main step with all that it may load, 1.6 MB for all three entries', () => {
    const scripts = filesIn('main').filter(path => path.endsWith('.js'))
    expect(bytesOf(scripts)).toBeLessThan(750_000)
    expect(bytesOf(['main', 'post', 'renew'].flatMap(filesIn))).toBeLessThan(1_600_000)
  })

  test('holds no octokit', () => {
    for (const path of filesIn('main')) expect(/octokit/i.test(read(path))).toBe(false)
  })

  test('holds no other http client for the token than our own, which follows no redirect', () => {
    for (const path of filesIn('.').filter(file => file.endsWith('.js')))
      expect(/_maxRedirects|tunneling socket|ProxyAgent/.test(read(path))).toBe(false)
  })

  test('comes with the licenses of what it holds', () => {
    const licenses = read('licenses.txt')
    for (const name of ['@actions/core', '@actions/github', '@aws-sdk/client-sts', 'jose']) {
      expect(licenses).toContain(`${name} `)
    }
  })

  test('keeps our own code in files that read as it was written', () => {
    const scripts = filesIn('main').filter(path => path.endsWith('.js'))
    for (const line of [
      'function preconnectToGithub(environment) {',
      'async function verifyThenExport() {',
      'class ProxyTunnel {',
      'class StsClient {',
    ]) {
      expect(scripts.filter(path => read(path).includes(line))).toHaveLength(1)
    }
  })

  test('has run nothing of the SDK but the table of partitions when the token request leaves', () =>
    inWorld({}, async world => {
      const result = await runMain(world, { runnerVariables: traced })
      expect(result.outputs.verified).toBe('true')
      const [token, ...calls] = loadedAt('request', result.stderr)
      const [before = [], after = []] = [token, calls.at(-1)]
      expect(before).toContain('index.js')
      expect(before.filter(holdsSdk)).toEqual([])
      expect(after.filter(holdsSdk)).not.toEqual([])
    }))

  /** By texts that shortening leaves alone: of its signatures, of its protocol, and of the operations of STS. */
  function holdsSdk(file: string): boolean {
    const text = read(join('main', file))
    return /AWS4-HMAC-SHA256|x-amzn-query-error|AssumeRoleWithSAML/.test(text)
  }

  const traced = { NODE_OPTIONS: `--require=${resolve(__dirname, 'tracer.cjs')}` }

  function loadedAt(event: 'connection' | 'request', stderr: string): string[][] {
    return Array.from(stderr.matchAll(new RegExp(`^${event}: (.+)$`, 'gm')), ([, json = '']) =>
      (JSON.parse(json) as string[]).map(path => basename(path)),
    )
  }

  test('makes two connections and three requests for a verified session, of which one is opened ahead', async () => {
    const { certificate, roots } = await newCertificate()
    for (let run = 0; run < 5; run++) {
      await inWorld({ tls: certificate }, async world => {
        const result = await runMain(world, { with: { 'ca-bundle': roots } })
        expect(result.outputs.verified).toBe('true')
        expect(world.idTokenIssuer.requests).toHaveLength(1)
        expect(world.sts.connections).toBe(1)
        expect(operationsOf(world)).toEqual(['AssumeRoleWithWebIdentity', 'GetCallerIdentity'])
      })
    }
  })

  test('makes one connection where a source has its credentials at once, and before the SDK is loaded', async () => {
    const { certificate, roots } = await newCertificate()
    await inWorld({ tls: certificate }, async world => {
      const result = await runMain(world, {
        noToken: true,
        environment: earlierSession(world),
        with: { 'ca-bundle': roots, 'role-to-assume': 'none', 'expected-role': DEPLOY },
        runnerVariables: traced,
      })
      expect(result.outputs.verified).toBe('true')
      const [connection = []] = loadedAt('connection', result.stderr)
      expect(connection).toContain('index.js')
      expect(connection.filter(holdsSdk)).toEqual([])
      expect(world.sts.connections).toBe(1)
    })
  })

  test('opens the connection to STS while the token is awaited, and sends nothing over it before', async () => {
    const { certificate, roots } = await newCertificate()
    const faults = [{ on: 'id-token', effect: { kind: 'hang' } }] as const
    await inWorld({ tls: certificate, faults }, async world => {
      await runMain(world, { with: { 'ca-bundle': roots, 'action-timeout-s': '3' } })
      expect(world.sts.connections).toBe(1)
      expect(world.sts.requests).toEqual([])
    })
  })

  test('opens none where a proxy leads to STS', async () => {
    const faults = [{ on: 'id-token', effect: { kind: 'hang' } }] as const
    const certificate = await selfSignedCertificate(['127.0.0.1'])
    await inWorld({ tls: certificate, faults }, async world => {
      await runMain(world, { with: { 'http-proxy': 'http://127.0.0.1:9', 'action-timeout-s': '3' } })
      expect(world.sts.connections).toBe(0)
    })
  })
})
