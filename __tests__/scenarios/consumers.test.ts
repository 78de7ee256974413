import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { awsCommandLine, boto3, type Consumer } from '../../sandbox/consumer.ts'
import { DEPLOY, DEPLOY_SESSION, earlierSession, inWorld, runMain, runPost } from './scenario.ts'

describe.each<[string, Consumer]>([
  [awsCommandLine.name, awsCommandLine],
  [boto3.name, boto3],
])('the real %s', (_, consumer) => {
  // Shown as skipped where it is not installed: Debian's awscli and python3-boto3
  const testWithConsumer = consumer.isInstalled() ? test : test.skip

  testWithConsumer('uses the keys that the step leaves in the environment, and none after the job', () =>
    inWorld({}, async world => {
      const endpoint = world.sts.url
      const main = await runMain(world)
      expect(await consumer.callerIdentity({ environment: main.exported, endpoint })).toEqual({
        arn: DEPLOY_SESSION,
      })
      const post = await runPost(main)
      const environment = { ...main.exported, ...post.exported }
      expect(await consumer.callerIdentity({ environment, endpoint })).toEqual({
        error: expect.stringMatching(/credentials/i),
      })
    }),
  )

  testWithConsumer('is refused with another secret than the one that was handed out', () =>
    inWorld({}, async world => {
      const { exported } = await runMain(world)
      const environment = { ...exported, AWS_SECRET_ACCESS_KEY: 'x'.repeat(40) }
      expect(await consumer.callerIdentity({ environment, endpoint: world.sts.url })).toEqual({
        error: expect.stringContaining('SignatureDoesNotMatch'),
      })
    }),
  )

  testWithConsumer(
    'uses the profile that the step writes, its region included, and finds none after the job',
    () =>
      inWorld({}, async world => {
        const temporaryDirectory = mkdtempSync(join(tmpdir(), 'runner-'))
        const main = await runMain(world, { with: { 'aws-profile': 'gate' }, temporaryDirectory })
        const call = {
          environment: {},
          home: join(temporaryDirectory, 'home'),
          endpoint: world.sts.url,
          profile: 'gate',
        }
        expect(await consumer.callerIdentity(call)).toEqual({ arn: DEPLOY_SESSION })
        await runPost(main, { temporaryDirectory })
        expect(await consumer.callerIdentity(call)).toEqual({
          error: expect.stringMatching(/profile.*could not be found/i),
        })
      }),
  )

  testWithConsumer('is what a step that only verifies looked at', () =>
    inWorld({}, async world => {
      const environment = { ...earlierSession(world), AWS_DEFAULT_REGION: 'eu-west-1' }
      const result = await runMain(world, {
        with: { 'expected-role': DEPLOY },
        without: ['role-to-assume'],
        environment,
      })
      expect(await consumer.callerIdentity({ environment, endpoint: world.sts.url })).toEqual({
        arn: result.outputs['authenticated-arn'],
      })
    }),
  )
})
