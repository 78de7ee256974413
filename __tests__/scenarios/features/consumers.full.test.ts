import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, test } from '@jest/globals'
import type { Fault } from '../../../sandbox/fault.ts'
import { awsCommandLine, boto3, type Consumer, parseWithBotocore } from '../../../sandbox/real/consumer.ts'
import type { RunningWorld } from '../../../sandbox/world.ts'
import { BROKEN_FILES, CONFIG_FILES } from '../../core/config-files.ts'
import { inLongJob, type LongJob, renewalFolder } from '../long-job.ts'
import {
  ANOTHER_ROLE,
  DEPLOY,
  DEPLOY_SESSION,
  earlierSession,
  inWorld,
  operationsOf,
  runMain,
  runPost,
} from '../scenario.ts'

describe.each<[string, Consumer]>([
  [awsCommandLine.name, awsCommandLine],
  [boto3.name, boto3],
])('the real %s', (_, consumer) => {
  // Reported as skipped if not installed: Debian's awscli and python3-boto3
  const testWithConsumer = consumer.isInstalled() ? test : test.skip

  testWithConsumer('uses the keys that the step exports, and none after the job', () =>
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

  testWithConsumer('is rejected with a secret other than the exported one', () =>
    inWorld({}, async world => {
      const { exported } = await runMain(world)
      const environment = { ...exported, AWS_SECRET_ACCESS_KEY: 'x'.repeat(40) }
      expect(await consumer.callerIdentity({ environment, endpoint: world.sts.url })).toEqual({
        error: expect.stringContaining('SignatureDoesNotMatch'),
      })
    }),
  )

  testWithConsumer(
    'uses the profile that the step writes, including its region, and finds none after the job',
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

const testWithBoto3 = boto3.isInstalled() ? test : test.skip

testWithBoto3('the real boto3 reads shared files, and refuses them, as the core says', () => {
  const cases = [...Object.values(CONFIG_FILES), ...Object.values(BROKEN_FILES)]
  const files = parseWithBotocore(cases.map(({ text }) => Buffer.from(text, 'latin1')))
  expect(files).toEqual(cases.map(file => ('sections' in file ? file.sections : undefined)))
})

describe('a job that is longer than its sessions', () => {
  /** A renewal is due with a third of it left. */
  const SECONDS = 5
  const whereAll = (...consumers: readonly Consumer[]) =>
    consumers.every(consumer => consumer.isInstalled()) ? test : test.skip

  function callOf(world: RunningWorld, { home, idTokenVariables }: LongJob) {
    return { environment: idTokenVariables, home, endpoint: world.sts.url, profile: 'gate' }
  }

  function renewalsIn(world: RunningWorld): number {
    return operationsOf(world).filter(operation => operation === 'AssumeRoleWithWebIdentity').length - 1
  }

  whereAll(awsCommandLine)(
    'keeps working with the aws command through several expiries',
    () =>
      inWorld({ sessionSeconds: SECONDS }, world =>
        inLongJob(world, {}, async job => {
          for (let call = 0; call < 4; call++) {
            expect(await awsCommandLine.callerIdentity(callOf(world, job))).toEqual({ arn: DEPLOY_SESSION })
            await sleep(SECONDS * 1000)
          }
          expect(renewalsIn(world)).toBe(3)
        }),
      ),
    60_000,
  )

  whereAll(boto3)(
    'keeps working with one boto3 process through several expiries',
    () =>
      inWorld({ sessionSeconds: SECONDS }, world =>
        inLongJob(world, {}, async job => {
          const repeated = { times: 4, pauseMs: SECONDS * 1000 }
          expect(await boto3.callerIdentity({ ...callOf(world, job), repeated })).toEqual({
            arn: DEPLOY_SESSION,
          })
          expect(renewalsIn(world)).toBe(3)
        }),
      ),
    60_000,
  )

  for (const consumer of [awsCommandLine, boto3])
    whereAll(consumer)(`ends for ${consumer.name} when the role was swapped half-way`, () => {
      const swapped = { kind: 'alter', fields: ANOTHER_ROLE } as const
      // The step's own call and the consumer's first
      const faults: readonly Fault[] = [
        { on: 'GetCallerIdentity', times: 2, effect: { kind: 'delay', ms: 0 } },
        { on: 'GetCallerIdentity', effect: swapped },
      ]
      const seconds = 9
      return inWorld({ sessionSeconds: seconds, faults }, world =>
        inLongJob(world, {}, async job => {
          const call = callOf(world, job)
          expect(await consumer.callerIdentity(call)).toEqual({ arn: DEPLOY_SESSION })
          await sleep((seconds * 1000 * 2) / 3 + 100) // with a third of it left
          expect(await consumer.callerIdentity(call)).toEqual({
            error: expect.stringMatching(/ERR_IDENTITY_MISMATCH: .*assumed-role\/admin/),
          })
        }),
      )
    })

  whereAll(awsCommandLine)(
    'costs one call to AWS for 50 aws processes at once',
    () =>
      inWorld({ sessionSeconds: 900 }, world =>
        inLongJob(world, {}, async job => {
          rmSync(join(renewalFolder(job) ?? '', '0', 'credentials.json'))
          const calls = Array.from({ length: 50 }, () => awsCommandLine.callerIdentity(callOf(world, job)))
          for (const answer of await Promise.all(calls)) expect(answer).toEqual({ arn: DEPLOY_SESSION })
          expect(renewalsIn(world)).toBe(1)
        }),
      ),
    180_000,
  )
})
