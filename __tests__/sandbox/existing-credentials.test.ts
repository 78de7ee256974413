import { fromHttp } from '@aws-sdk/credential-provider-http'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import { fromInstanceMetadata } from '@smithy/credential-provider-imds'
import { type ContainerCredentials, startContainerCredentials } from '../../sandbox/container-credentials.ts'
import {
  type InstanceMetadata,
  metadataGuard,
  startInstanceMetadata,
} from '../../sandbox/instance-metadata.ts'
import type { Session } from '../../sandbox/sts/session.ts'
import { type RunningWorld, startWorld } from '../../sandbox/world.ts'

// The SDK reads a job's own credentials from these places, so they must respond like the real ones.

const OUTER_ENVIRONMENT = process.env
let world: RunningWorld
let session: Session

beforeAll(async () => {
  world = await startWorld()
  session = world.sts.issueSession('111122223333', 'deploy', 'i-0123456789abcdef0')
})

afterAll(() => world.close())

afterEach(() => {
  process.env = OUTER_ENVIRONMENT
})

function expected({ accessKeyId, secretAccessKey, sessionToken, expiresAt }: Session) {
  return { accessKeyId, secretAccessKey, sessionToken, expiration: new Date(wholeSeconds(expiresAt)) }
}

function wholeSeconds(milliseconds: number): number {
  return Math.floor(milliseconds / 1000) * 1000
}

describe('the sandbox’s instance metadata', () => {
  let metadata: InstanceMetadata

  beforeEach(async () => {
    metadata = await startInstanceMetadata({ roleName: 'deploy', credentials: () => session })
  })

  afterEach(() => metadata.close())

  test('returns the session to the SDK', async () => {
    process.env = { ...OUTER_ENVIRONMENT, ...metadata.environment }
    expect(await fromInstanceMetadata()()).toMatchObject(expected(session))
    expect(metadata.requests).toEqual([
      { method: 'PUT', path: '/latest/api/token', status: 200 },
      { method: 'GET', path: '/latest/meta-data/iam/security-credentials/', status: 200 },
      { method: 'GET', path: '/latest/meta-data/iam/security-credentials/deploy', status: 200 },
    ])
  })

  test('returns the current session', async () => {
    process.env = { ...OUTER_ENVIRONMENT, ...metadata.environment }
    const provider = fromInstanceMetadata()
    await provider()
    session = world.sts.issueSession('111122223333', 'deployer', 'i-0123456789abcdef0')
    expect(await provider()).toMatchObject(expected(session))
  })

  async function tokenFor(seconds: string): Promise<Response> {
    const headers = { 'x-aws-ec2-metadata-token-ttl-seconds': seconds }
    return await fetch(`${metadata.origin}/latest/api/token`, { method: 'PUT', headers })
  }

  test.each([
    ['no token', undefined],
    ['a token of its own making', 'guessed'],
  ])('returns nothing to a caller with %s', async (_, token) => {
    const headers = token === undefined ? {} : { 'x-aws-ec2-metadata-token': token }
    const path = '/latest/meta-data/iam/security-credentials/'
    const answer = await fetch(`${metadata.origin}${path}`, { headers })
    expect(answer.status).toBe(401)
    expect(metadata.requests).toEqual([{ method: 'GET', path, status: 401 }])
  })

  test('issues no token without a time to live', async () => {
    expect((await tokenFor('21601')).status).toBe(400)
    expect((await tokenFor('')).status).toBe(400)
  })

  test('knows no other role', async () => {
    const headers = { 'x-aws-ec2-metadata-token': await (await tokenFor('60')).text() }
    const answer = await fetch(`${metadata.origin}/latest/meta-data/iam/security-credentials/admin`, {
      headers,
    })
    expect(answer.status).toBe(404)
  })
})

describe('the sandbox’s guard against the real metadata service', () => {
  test.each<[name: string, environment: Record<string, string> | undefined, guard: Record<string, string>]>([
    ['nothing', undefined, { AWS_EC2_METADATA_DISABLED: 'true' }],
    ['a blank endpoint', { AWS_EC2_METADATA_SERVICE_ENDPOINT: '' }, { AWS_EC2_METADATA_DISABLED: 'true' }],
    ['an endpoint', { AWS_EC2_METADATA_SERVICE_ENDPOINT: 'http://127.0.0.1:1' }, {}],
    ['its own switch', { AWS_EC2_METADATA_DISABLED: 'false' }, {}],
  ])('with %s in the environment', (_, environment, guard) => {
    expect(metadataGuard(environment)).toEqual(guard)
  })
})

describe('the sandbox’s container credentials', () => {
  let container: ContainerCredentials

  beforeEach(async () => {
    container = await startContainerCredentials({ credentials: () => session })
  })

  afterEach(() => container.close())

  test('return the session to the SDK', async () => {
    process.env = { ...OUTER_ENVIRONMENT, ...container.environment }
    expect(await fromHttp()()).toMatchObject(expected(session))
    expect(container.requests).toEqual([{ method: 'GET', path: '/v1/credentials', authorized: true }])
  })

  test('are denied to a caller without the token', async () => {
    const { url } = container
    expect((await fetch(url)).status).toBe(401)
    expect((await fetch(url, { headers: { authorization: 'guessed' } })).status).toBe(401)
    expect(container.requests.map(({ authorized }) => authorized)).toEqual([false, false])
  })
})
