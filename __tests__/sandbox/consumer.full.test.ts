import { mkdtempSync, rmSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import { startContainerCredentials } from '../../sandbox/container-credentials.ts'
import { startInstanceMetadata } from '../../sandbox/instance-metadata.ts'
import { awsCommandLine, boto3 } from '../../sandbox/real/consumers/python.ts'
import { isInstalled } from '../../sandbox/real/part.ts'
import type { AccessKey } from '../../sandbox/sts/access-key.ts'
import type { Session } from '../../sandbox/sts/session.ts'
import { type RunningWorld, startWorld } from '../../sandbox/world.ts'

// Only the tools that people run next show whether the exported credentials work.

const REGION = { AWS_REGION: 'eu-west-1', AWS_DEFAULT_REGION: 'eu-west-1' }
const DEPLOY = 'arn:aws:sts::111122223333:assumed-role/deploy/runner'

let world: RunningWorld
let session: Session
let home: string

beforeAll(async () => {
  world = await startWorld()
  session = world.sts.issueSession('111122223333', 'deploy', 'runner')
})

afterAll(() => world.close())

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'consumer-test-'))
})

afterEach(() => rmSync(home, { recursive: true }))

function variables({ accessKeyId, secretAccessKey, sessionToken }: AccessKey & { sessionToken?: string }) {
  return {
    ...REGION,
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    ...(sessionToken === undefined ? {} : { AWS_SESSION_TOKEN: sessionToken }),
  }
}

async function writeProfile(name: string, { accessKeyId, secretAccessKey, sessionToken }: Session) {
  await mkdir(join(home, '.aws'))
  const keys = [
    `aws_access_key_id=${accessKeyId}`,
    `aws_secret_access_key=${secretAccessKey}`,
    `aws_session_token=${sessionToken}`,
  ]
  await writeFile(join(home, '.aws', 'credentials'), `[${name}]\n${keys.join('\n')}\n`, { mode: 0o600 })
}

describe.each([awsCommandLine, boto3])('a real $name', consumer => {
  const testIfInstalled = isInstalled(consumer) ? test : test.skip

  function ask(environment: Record<string, string>, profile?: string) {
    return consumer.callerIdentity({ environment, home, endpoint: world.sts.url, profile })
  }

  testIfInstalled('is the session with the keys in its environment', async () => {
    expect(await ask(variables(session))).toEqual({ arn: DEPLOY })
  })

  testIfInstalled('is the user with the keys in its environment', async () => {
    const robot = world.users['ci-robot'] as AccessKey
    expect(await ask(variables(robot))).toEqual({ arn: 'arn:aws:iam::111122223333:user/ci-robot' })
  })

  testIfInstalled('is rejected with a wrong secret', async () => {
    const answer = await ask(variables({ ...session, secretAccessKey: 'wrong' }))
    expect(answer).toEqual({ error: expect.stringContaining('SignatureDoesNotMatch') })
  })

  testIfInstalled('is the session of a profile', async () => {
    await writeProfile('deploy', session)
    expect(await ask(REGION, 'deploy')).toEqual({ arn: DEPLOY })
    expect(await ask(REGION, 'other')).toEqual({ error: expect.stringContaining('other') })
  })

  testIfInstalled('has no credentials in an empty environment, and calls nothing for some', async () => {
    const asked = world.sts.requests.length
    const { callerIdentity } = consumer
    const answer = await callerIdentity({ environment: REGION, endpoint: world.sts.url })
    expect(answer).toEqual({ error: expect.stringMatching(/unable to locate credentials/i) })
    expect(world.sts.requests).toHaveLength(asked)
  })

  testIfInstalled('uses the session of a container', async () => {
    const container = await startContainerCredentials({ credentials: () => session })
    try {
      expect(await ask({ ...REGION, ...container.environment })).toEqual({ arn: DEPLOY })
      expect(container.requests).toMatchObject([{ authorized: true }])
    } finally {
      await container.close()
    }
  })

  testIfInstalled('uses the session of an instance', async () => {
    const metadata = await startInstanceMetadata({ roleName: 'deploy', credentials: () => session })
    try {
      expect(await ask({ ...REGION, ...metadata.environment })).toEqual({ arn: DEPLOY })
      expect(metadata.requests.every(({ status }) => status === 200)).toBe(true)
    } finally {
      await metadata.close()
    }
  })
})
