import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
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

/** A loopback certificate, and the file that makes it trusted. */
async function newCertificate() {
  const certificate = await selfSignedCertificate(['127.0.0.1'])
  return { certificate, roots: newFile('ca.pem', certificate.cert) }
}

describe('the bundle', () => {
  test('stays small: 0.76 MB for the main step with everything it may load, 1.6 MB for all three entries', () => {
    const scripts = filesIn('main').filter(path => path.endsWith('.js'))
    expect(bytesOf(scripts)).toBeLessThan(760_000)
    expect(bytesOf(['main', 'post', 'renew'].flatMap(filesIn))).toBeLessThan(1_600_000)
  })

  test('does not include octokit', () => {
    for (const path of filesIn('main')) expect(/octokit/i.test(read(path))).toBe(false)
  })

  test('includes only our own HTTP client for the token, which follows no redirects', () => {
    for (const path of filesIn('.').filter(file => file.endsWith('.js')))
      expect(/_maxRedirects|tunneling socket|ProxyAgent/.test(read(path))).toBe(false)
  })

  test('includes the licenses of everything in it', () => {
    const licenses = read('licenses.txt')
    for (const name of ['@actions/core', '@actions/github', '@aws-sdk/client-sts', 'jose']) {
      expect(licenses).toContain(`${name} `)
    }
  })

  test('ends the lines of licenses as Git keeps them, so that a rebuild gives the same bytes', () => {
    const folder = mkdtempSync(join(tmpdir(), 'licenses-'))
    try {
      const path = join(folder, 'node_modules', 'x')
      mkdirSync(path, { recursive: true })
      writeFileSync(join(path, 'package.json'), '{"name":"x","version":"1.0.0","license":"MIT"}')
      writeFileSync(join(path, 'LICENSE'), 'one\r\ntwo\r\n')
      const builds = JSON.stringify([{ modules: [{ name: './node_modules/x/index.js' }] }])
      const script = `import { renderLicenses } from './scripts/licenses.mjs'
        process.stdout.write(renderLicenses(${builds}, ${JSON.stringify(folder)}))`
      const text = execFileSync(process.execPath, ['--input-type=module', '--eval', script], {
        cwd: resolve(DIST, '..'),
        encoding: 'utf8',
      })
      expect(text).toBe('x 1.0.0 (MIT)\n\none\ntwo\n')
    } finally {
      rmSync(folder, { recursive: true })
    }
  })

  test('keeps our own code readable, as it was written', () => {
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

  test('has run no SDK code except the partition table when the token request is sent', () =>
    inWorld({}, async world => {
      const result = await runMain(world, { runnerVariables: traced })
      expect(result.outputs.verified).toBe('true')
      const [token, ...calls] = loadedAt('request', result.stderr)
      const [before = [], after = []] = [token, calls.at(-1)]
      expect(before).toContain('index.js')
      expect(before.filter(holdsSdk)).toEqual([])
      expect(after.filter(holdsSdk)).not.toEqual([])
    }))

  /** Found by strings that minifying leaves alone: signatures, the protocol and the STS operations. */
  function holdsSdk(file: string): boolean {
    const text = read(join('main', file))
    return /AWS4-HMAC-SHA256|x-amzn-query-error|AssumeRoleWithSAMLResponse/.test(text)
  }

  const traced = { NODE_OPTIONS: `--require=${resolve(__dirname, 'tracer.cjs')}` }

  function loadedAt(event: 'connection' | 'request', stderr: string): string[][] {
    return Array.from(stderr.matchAll(new RegExp(`^${event}: (.+)$`, 'gm')), ([, json = '']) =>
      (JSON.parse(json) as string[]).map(path => basename(path)),
    )
  }

  test('makes two connections and three requests for a verified session, with one connection opened ahead', async () => {
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

  test('makes one connection, before the SDK is loaded, when a source has its credentials at once', async () => {
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

  test('opens the STS connection while waiting for the token, and sends nothing over it until then', async () => {
    const { certificate, roots } = await newCertificate()
    const faults = [{ on: 'id-token', effect: { kind: 'hang' } }] as const
    await inWorld({ tls: certificate, faults }, async world => {
      await runMain(world, { with: { 'ca-bundle': roots, 'action-timeout-s': '3' } })
      expect(world.sts.connections).toBe(1)
      expect(world.sts.requests).toEqual([])
    })
  })

  test('opens none when STS is reached through a proxy', async () => {
    const faults = [{ on: 'id-token', effect: { kind: 'hang' } }] as const
    const certificate = await selfSignedCertificate(['127.0.0.1'])
    await inWorld({ tls: certificate, faults }, async world => {
      await runMain(world, { with: { 'http-proxy': 'http://127.0.0.1:9', 'action-timeout-s': '3' } })
      expect(world.sts.connections).toBe(0)
    })
  })
})
