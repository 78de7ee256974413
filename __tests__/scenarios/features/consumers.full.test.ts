import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import type { Consumer } from '../../../sandbox/real/consumers/consumer.ts'
import { awsCommandLine, boto3, parseWithBotocore } from '../../../sandbox/real/consumers/python.ts'
import { isInstalled } from '../../../sandbox/real/part.ts'
import { BROKEN_FILES, CONFIG_FILES } from '../../core/config-files.ts'
import { inLongJob, renewalFolder } from '../long-job.ts'
import { DEPLOY, DEPLOY_SESSION, earlierSession, inWorld, operationsOf, runMain } from '../scenario.ts'

describe.each<[string, Consumer]>([
  [awsCommandLine.name, awsCommandLine],
  [boto3.name, boto3],
])('the real %s', (_, consumer) => {
  // Reported as skipped if not installed: Debian's awscli and python3-boto3
  const testWithConsumer = isInstalled(consumer) ? test : test.skip

  testWithConsumer('is rejected with a secret other than the exported one', () =>
    inWorld({}, async world => {
      const { exported } = await runMain(world)
      const environment = { ...exported, AWS_SECRET_ACCESS_KEY: 'x'.repeat(40) }
      expect(await consumer.callerIdentity({ environment, endpoint: world.sts.url })).toEqual({
        error: expect.stringContaining('SignatureDoesNotMatch'),
      })
    }),
  )

  testWithConsumer('uses the credentials that a verify-only step verified', () =>
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

const testWithBoto3 = isInstalled(boto3) ? test : test.skip

testWithBoto3('the real boto3 reads shared files, and refuses them, as the core says', () => {
  const cases = [...Object.values(CONFIG_FILES), ...Object.values(BROKEN_FILES)]
  const files = parseWithBotocore(cases.map(({ text }) => Buffer.from(text, 'latin1')))
  expect(files).toEqual(cases.map(file => ('sections' in file ? file.sections : undefined)))
})

const testWithAws = isInstalled(awsCommandLine) ? test : test.skip

testWithAws(
  'a renewing profile costs one call to AWS for 50 aws processes at once',
  () =>
    inWorld({ sessionSeconds: 900 }, world =>
      inLongJob(world, {}, async job => {
        rmSync(join(renewalFolder(job) ?? '', '0', 'credentials.json'))
        const call = {
          environment: job.idTokenVariables,
          home: job.home,
          endpoint: world.sts.url,
          profile: 'gate',
        }
        const calls = Array.from({ length: 50 }, () => awsCommandLine.callerIdentity(call))
        for (const answer of await Promise.all(calls)) expect(answer).toEqual({ arn: DEPLOY_SESSION })
        const renewals = operationsOf(world).filter(operation => operation === 'AssumeRoleWithWebIdentity')
        expect(renewals).toHaveLength(2)
      }),
    ),
  180_000,
)
