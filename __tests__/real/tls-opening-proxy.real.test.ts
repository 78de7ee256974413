import { readFileSync } from 'node:fs'
import { expect, test } from '@jest/globals'
import { altering, mitmproxy, rootOf, trusting } from '../../sandbox/real/proxies/mitmproxy.ts'
import { withProxy } from '../../sandbox/real/proxies/proxy.ts'
import type { RunningWorld } from '../../sandbox/world.ts'
import { inLongJob, letPass } from '../scenarios/long-job.ts'
import {
  DEPLOY_SESSION,
  errorsOf,
  expectFailure,
  newFile,
  operationsOf,
  warningsOf,
} from '../scenarios/scenario.ts'
import { portOf, shown } from '../scenarios/tunnel-world.ts'
import { behindProxy, serverRoots, useCertificate } from './behind-proxy.ts'
import { describePart } from './describe-part.ts'

const ONCE = { 'disable-retry': 'true' }
const ASSUME = 'AssumeRoleWithWebIdentity'
const CALLER = 'GetCallerIdentity'
const READER_SESSION = 'arn:aws:sts::444455556666:assumed-role/reader/GitHubActions'

useCertificate()

describePart(mitmproxy, () => {
  test.each([
    ['HTTP/2 too', []],
    ['HTTP/1.1 alone', ['--no-http2']],
  ])('that speaks %s carries everything, with its root in ca-bundle', (_, args) =>
    behindProxy(mitmproxy, { args: () => args }, async ({ world, runThrough }) => {
      const result = await runThrough()
      expect(result.outputs['authenticated-arn']).toBe(DEPLOY_SESSION)
      expect(operationsOf(world)).toEqual([ASSUME, CALLER])
      expect(errorsOf(result)).toEqual([])
    }),
  )

  test('gets no call to STS without its root in ca-bundle: the error says so, and the token is not sent', () =>
    behindProxy(mitmproxy, {}, async ({ world, proxy, runThrough }) => {
      const result = await runThrough({ with: { 'ca-bundle': '' } })
      expectFailure(result, 'ERR_STS_UNAVAILABLE')
      expect(errorsOf(result).join()).toMatch(/after 1 attempt.*ca-bundle/s)
      expect(errorsOf(result).join()).toContain('NODE_EXTRA_CA_CERTS')
      expect(world.sts.requests).toEqual([])
      expect(proxy.connects).toHaveLength(2)
    }))

  test.each(['SSL_CERT_FILE', 'AWS_CA_BUNDLE', 'REQUESTS_CA_BUNDLE'])(
    'gets none because of %s either, with NODE_USE_SYSTEM_CA and TLS checks turned off',
    name =>
      behindProxy(mitmproxy, {}, async ({ world, trust, runThrough }) => {
        const environment = {
          [name]: trust['ca-bundle'] ?? '',
          NODE_USE_SYSTEM_CA: '1',
          NODE_TLS_REJECT_UNAUTHORIZED: '0',
        }
        const result = await runThrough({ with: { 'ca-bundle': '' }, environment })
        expectFailure(result, 'ERR_STS_UNAVAILABLE')
        expect(warningsOf(result).join()).toContain('NODE_TLS_REJECT_UNAUTHORIZED')
        expect(world.sts.requests).toEqual([])
      }),
  )

  test('gets no token request that Node does not trust it for', () =>
    behindProxy(mitmproxy, {}, async ({ world, runThrough }) => {
      const result = await runThrough({ environment: { NODE_EXTRA_CA_CERTS: '' } })
      expectFailure(result, 'ERR_OIDC_REQUEST_FAILED')
      expect(errorsOf(result).join()).toMatch(/NODE_EXTRA_CA_CERTS/)
      expect(world.idTokenIssuer.requests).toEqual([])
    }))

  test.each([
    ['the role', 'assumed-role/deploy/', 'assumed-role/admin/'],
    ['the account in the ARN', 'sts::111122223333', 'sts::444455556666'],
    ['the account beside the ARN', '<Account>111122223333', '<Account>444455556666'],
    ['the session', 'GitHubActions</Arn>', 'SomebodyElse</Arn>'],
    ['the role’s id', '<UserId>AROA[^:]*', '<UserId>AROAADMINADMINADMIN00'],
  ])('that changes %s in what GetCallerIdentity answers is a mismatch', (_, pattern, replacement) =>
    behindProxy(mitmproxy, { args: () => altering(CALLER, pattern, replacement) }, async ({ runThrough }) => {
      const guards = { 'allowed-account-ids': '111122223333', 'expected-role-id': 'AROA3XFRBF535PLBIFPI4' }
      const result = await runThrough({ with: guards })
      expectFailure(result, 'ERR_IDENTITY_MISMATCH')
    }),
  )

  test('that hands out another role’s keys is a mismatch: STS says whose they are', () =>
    behindProxy(mitmproxy, { args: handingOutAnother }, async ({ runThrough }) => {
      const result = await runThrough()
      expectFailure(result, 'ERR_IDENTITY_MISMATCH')
      expect(result.outputs['actual-arn']).toBe(READER_SESSION)
    }))

  test('that hands out another role’s keys and lies about them too is believed, as its root is trusted', () =>
    behindProxy(mitmproxy, { args: lyingThroughout }, async ({ world, runThrough }) => {
      const result = await runThrough()
      expect(result.outputs['authenticated-arn']).toBe(DEPLOY_SESSION)
      expect(result.exported.AWS_ACCESS_KEY_ID).toBe(world.sts.sessions[0]?.accessKeyId)
    }))

  test.each([
    ['another secret key', '<SecretAccessKey>.{4}', '<SecretAccessKey>AAAA', 'ERR_STS_REJECTED'],
    ['no session token', '<SessionToken>.*</SessionToken>', '', 'ERR_STS_BAD_RESPONSE'],
    [
      'two secret keys',
      '<SecretAccessKey>',
      '<SecretAccessKey>AAAA</SecretAccessKey><SecretAccessKey>',
      'ERR_STS_BAD_RESPONSE',
    ],
    ['another AssumedRoleUser', 'assumed-role/deploy/', 'assumed-role/admin/', 'ERR_IDENTITY_MISMATCH'],
  ])('that hands out %s gets nothing exported', (_, pattern, replacement, code) =>
    behindProxy(
      mitmproxy,
      { args: () => altering(ASSUME, pattern, replacement) },
      async ({ world, runThrough }) => {
        const result = await runThrough({ with: ONCE })
        expectFailure(result, code)
        for (const secret of world.issuedSecrets()) expect(shown(result)).not.toContain(secret)
      },
    ),
  )

  test('that lies in a renewal gets nothing printed', () =>
    behindProxy(mitmproxy, {}, async ({ world, proxy, idToken, real }) => {
      const lies = altering(CALLER, 'assumed-role/deploy/', 'assumed-role/admin/')
      const options = {
        parent: { port: portOf(proxy.url) },
        args: [...trusting(serverRoots()), ...lies],
      }
      await withProxy(mitmproxy, options, async liar => {
        const roots = newFile(
          'roots.pem',
          readFileSync(rootOf(real), 'utf8') + readFileSync(rootOf(liar), 'utf8'),
        )
        const variables = {
          NODE_EXTRA_CA_CERTS: roots,
          ACTIONS_ID_TOKEN_REQUEST_URL: idToken.url,
          ACTIONS_ID_TOKEN_REQUEST_TOKEN: idToken.token,
        }
        const environment = { ...variables, HTTPS_PROXY: `http://${real.host}` }
        await inLongJob(world, { with: { 'ca-bundle': roots }, idToken, environment }, async job => {
          letPass(job, 50)
          const renewal = await job.renew({
            environment: { ...variables, HTTPS_PROXY: `http://${liar.host}` },
          })
          expect(renewal).toMatchObject({ exitCode: 1, stdout: '' })
          expect(renewal.stderr).toContain('ERR_IDENTITY_MISMATCH')
        })
      })
    }))
})

/** The keys of a session of `reader` in the place of those that STS gives. */
function handingOutAnother(world: RunningWorld): readonly string[] {
  const keys = world.sts.issueSession('444455556666', 'reader', 'GitHubActions')
  const fields = [
    ['AccessKeyId', keys.accessKeyId],
    ['SecretAccessKey', keys.secretAccessKey],
    ['SessionToken', keys.sessionToken],
  ] as const
  return fields.flatMap(([name, value]) => altering(ASSUME, `<${name}>[^<]*`, `<${name}>${value}`))
}

function lyingThroughout(world: RunningWorld): readonly string[] {
  return [
    ...handingOutAnother(world),
    ...altering(CALLER, '444455556666', '111122223333'),
    ...altering(CALLER, 'assumed-role/reader', 'assumed-role/deploy'),
  ]
}
