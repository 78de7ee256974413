import { setTimeout as sleep } from 'node:timers/promises'
import { AssumeRoleWithWebIdentityCommand, GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts'
import { describe, expect, test } from '@jest/globals'
import { generateKeyPair, SignJWT } from 'jose'
import { defaultJob, githubClaims } from '../../sandbox/job.ts'
import type { Session } from '../../sandbox/sts/session.ts'
import { allowsWebIdentity, type TrustPolicy } from '../../sandbox/sts/trust-policy.ts'
import { type RunningWorld, startWorld, type World } from '../../sandbox/world.ts'

// The scenarios prove nothing if the sandbox accepts everything: these tests check that it refuses as AWS does.

const DEPLOY = 'arn:aws:iam::111122223333:role/deploy'

async function inWorld(data: Partial<World>, body: (world: RunningWorld) => Promise<void>): Promise<void> {
  const world = await startWorld(data)
  try {
    await body(world)
  } finally {
    await world.close()
  }
}

function clientOf(world: RunningWorld, session?: Session): STSClient {
  return new STSClient({
    region: 'eu-west-1',
    endpoint: world.sts.url,
    maxAttempts: 1,
    credentials: session ?? { accessKeyId: 'AKIANOBODY', secretAccessKey: 'none' },
  })
}

async function tokenOf({ idTokenIssuer }: RunningWorld, audience = 'sts.amazonaws.com'): Promise<string> {
  const answer = await fetch(`${idTokenIssuer.requestUrl}&audience=${audience}`, {
    headers: { authorization: `bearer ${idTokenIssuer.requestToken}` },
  })
  const { value } = (await answer.json()) as { value: string }
  return value
}

function assume(world: RunningWorld, token: string, role = DEPLOY) {
  const input = { RoleArn: role, RoleSessionName: 'test', WebIdentityToken: token }
  return clientOf(world).send(new AssumeRoleWithWebIdentityCommand(input))
}

async function sessionIn(world: RunningWorld): Promise<Session> {
  await assume(world, await tokenOf(world))
  const session = world.sts.sessions.at(-1)
  if (!session) throw new Error('no session was made')
  return session
}

describe('the sandbox’s STS accepts a token only', () => {
  test('if it was signed by the issuer', () =>
    inWorld({}, async world => {
      const { privateKey } = await generateKeyPair('RS256')
      const claims = githubClaims(world.job, 'sts.amazonaws.com', Math.floor(Date.now() / 1000))
      const forged = await new SignJWT(claims).setProtectedHeader({ alg: 'RS256', kid: 'x' }).sign(privateKey)
      await expect(assume(world, forged)).rejects.toMatchObject({ Code: 'InvalidIdentityToken' })
      const [head, , signature] = (await tokenOf(world)).split('.')
      const changed = Buffer.from(JSON.stringify({ ...claims, sub: 'repo:evil/evil:ref:refs/heads/main' }))
      const spliced = `${head}.${changed.toString('base64url')}.${signature}`
      await expect(assume(world, spliced)).rejects.toMatchObject({ Code: 'InvalidIdentityToken' })
      const unsigned = `${Buffer.from('{"alg":"none"}').toString('base64url')}.${changed.toString('base64url')}.`
      await expect(assume(world, unsigned)).rejects.toMatchObject({ Code: 'InvalidIdentityToken' })
    }))

  test('while it is valid', () =>
    inWorld({ lifetimeSeconds: -10 }, async world => {
      await expect(assume(world, await tokenOf(world))).rejects.toMatchObject({
        Code: 'ExpiredTokenException',
      })
    }))

  test('for an audience of the provider', () =>
    inWorld({}, async world => {
      const token = await tokenOf(world, 'elsewhere')
      await expect(assume(world, token)).rejects.toMatchObject({ message: 'Incorrect token audience' })
    }))

  test('if the role’s policy trusts its subject, and returns the same error for a missing role', () =>
    inWorld({ job: { ...defaultJob, ref: 'refs/heads/other' } }, async world => {
      const token = await tokenOf(world)
      const refused = await assume(world, token).catch(error => error)
      const missing = await assume(world, token, 'arn:aws:iam::111122223333:role/gone').catch(error => error)
      expect(refused).toMatchObject({ Code: 'AccessDenied' })
      expect([missing.Code, missing.message]).toEqual([refused.Code, refused.message])
    }))
})

describe('the sandbox’s STS identifies a caller only', () => {
  test('with the keys of a session', () =>
    inWorld({}, async world => {
      const session = await sessionIn(world)
      const caller = await clientOf(world, session).send(new GetCallerIdentityCommand({}))
      expect(caller).toMatchObject({ Arn: session.arn, Account: '111122223333' })
    }))

  test.each([
    ['a wrong secret', { secretAccessKey: 'wrong' }, 'SignatureDoesNotMatch'],
    ['another session’s token', { sessionToken: 'wrong' }, 'InvalidClientTokenId'],
    ['an unknown key', { accessKeyId: 'ASIAUNKNOWN' }, 'InvalidClientTokenId'],
  ])('not with %s', (_, change, code) =>
    inWorld({}, async world => {
      const client = clientOf(world, { ...(await sessionIn(world)), ...change })
      await expect(client.send(new GetCallerIdentityCommand({}))).rejects.toMatchObject({ Code: code })
    }),
  )

  test('not without a signature', () =>
    inWorld({}, async world => {
      const answer = await fetch(world.sts.url, {
        method: 'POST',
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        body: 'Action=GetCallerIdentity&Version=2011-06-15',
      })
      expect(answer.status).toBe(403)
      expect(await answer.text()).toContain('MissingAuthenticationToken')
    }))
})

describe('the sandbox’s STS throttles', () => {
  test('calls beyond the burst, until time has refilled one', () =>
    inWorld({ callLimit: { perSecond: 1, burst: 2 } }, async world => {
      const session = world.sts.issueSession('111122223333', 'deploy', 'test')
      const ask = () => clientOf(world, session).send(new GetCallerIdentityCommand({}))
      await Promise.all([ask(), ask()])
      await expect(ask()).rejects.toMatchObject({
        Code: 'Throttling',
        message: 'Rate exceeded',
        $metadata: { httpStatusCode: 400 },
      })
      await sleep(1100)
      await ask()
      await expect(ask()).rejects.toMatchObject({ Code: 'Throttling' })
      const isThrottled = [false, false, true, false, true]
      expect(world.sts.requests.map(request => request.isThrottled)).toEqual(isThrottled)
      expect(new Set(world.sts.requests.map(request => request.accessKeyId))).toEqual(
        new Set([session.accessKeyId]),
      )
    }))
})

describe('the sandbox’s trust policies', () => {
  const issuer = 'https://token.actions.githubusercontent.com'
  const providerArn = 'arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com'
  const sub = 'token.actions.githubusercontent.com:sub'
  const claims = { sub: 'repo:o/r:ref:refs/heads/main', aud: 'sts.amazonaws.com' }
  type Condition = Record<string, Record<string, string | string[]>>

  test.each<[name: string, condition: Condition, allowed: boolean]>([
    ['the subject itself', { StringEquals: { [sub]: claims.sub } }, true],
    ['one of several', { StringEquals: { [sub]: ['x', claims.sub] } }, true],
    ['another case', { StringEquals: { [sub]: claims.sub.toUpperCase() } }, false],
    ['a star under StringEquals', { StringEquals: { [sub]: 'repo:o/r:*' } }, false],
    ['a star under StringLike', { StringLike: { [sub]: 'repo:o/r:*' } }, true],
    [
      'a pattern that does not reach the end',
      { StringLike: { [sub]: 'repo:o/r:ref:refs/heads/mai' } },
      false,
    ],
    ['a dot, which is not a pattern', { StringLike: { [sub]: 'repo:o.r:*' } }, false],
    ['a question mark', { StringLike: { [sub]: 'repo:o/r:ref:refs/heads/mai?' } }, true],
    [
      'a claim that is missing',
      { StringLike: { 'token.actions.githubusercontent.com:environment': '*' } },
      false,
    ],
    ['another issuer’s key', { StringEquals: { 'evil.example:sub': claims.sub } }, false],
    ['an operator that is not known', { DateLessThan: { [sub]: '2030-01-01' } }, false],
  ])('%s', (_, Condition, allowed) => {
    const Principal = { Federated: providerArn }
    const Action = 'sts:AssumeRoleWithWebIdentity'
    const policy: TrustPolicy = { Statement: { Effect: 'Allow', Principal, Action, Condition } }
    expect(allowsWebIdentity(policy, { principal: providerArn, issuer, claims })).toBe(allowed)
  })

  test('a Deny that applies wins', () => {
    const scope = { Principal: { Federated: providerArn }, Action: 'sts:AssumeRoleWithWebIdentity' }
    const policy: TrustPolicy = {
      Statement: [
        { Effect: 'Allow', ...scope },
        { Effect: 'Deny', ...scope },
      ],
    }
    expect(allowsWebIdentity(policy, { principal: providerArn, issuer, claims })).toBe(false)
  })
})
