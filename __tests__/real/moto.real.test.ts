import { afterAll, beforeAll, expect, jest, test } from '@jest/globals'
import {
  type AwsHosts,
  awsHosts,
  MOTO_ACCOUNT,
  type Moto,
  moto,
  startMoto,
} from '../../sandbox/real/moto/moto.ts'
import { type RunningWorld, startWorld } from '../../sandbox/world.ts'
import { awsEndpoint } from '../../src/sts/sts-client.ts'
import {
  expectFailure,
  expectNoSecrets,
  type MainResult,
  runMain,
  type Scenario,
} from '../scenarios/scenario.ts'
import { describePart } from './describe-part.ts'

// Each command of the AWS CLI may take seconds.
jest.setTimeout(120_000)

/** Partitions that moto tells from the host of a call without a signature. */
const BY_HOST = ['aws', 'aws-cn', 'aws-us-gov']
/** Partitions that it tells from the signature of a call, IAM's included. */
const BY_SIGNATURE = ['aws', 'aws-cn', 'aws-eusc', 'aws-iso', 'aws-iso-b']
/** Partitions whose web identities it takes for those of `aws`. */
const TAKEN_FOR_AWS = ['aws-eusc', 'aws-iso', 'aws-iso-b', 'aws-iso-e', 'aws-iso-f']
const OTHER_ACCOUNT = '111122223333'

describePart(moto, () => {
  let hosts: readonly AwsHosts[]
  let world: RunningWorld
  let aws: Moto
  beforeAll(async () => {
    world = await startWorld()
    hosts = await awsHosts()
    aws = await startMoto(hosts, [Number(new URL(world.idTokenIssuer.origin).port)])
  })
  afterAll(async () => {
    await aws?.close()
    await world?.close()
  })

  /** A step that finds moto where it looks for AWS. */
  async function step({ with: given, ...scenario }: Scenario = {}): Promise<MainResult> {
    const inputs = { 'ca-bundle': aws.caBundle, 'role-to-assume': roleArn(), ...given }
    const result = await runMain(world, {
      launcher: aws.launcher,
      without: ['sts-endpoint'],
      with: inputs,
      ...scenario,
    })
    const { AWS_SECRET_ACCESS_KEY: secret, AWS_SESSION_TOKEN: token } = result.exported
    if (secret && token) expectNoSecrets([secret, token], result)
    return result
  }

  function regionsOf(partition: string): readonly AwsHosts[] {
    return hosts.filter(each => each.partition === partition)
  }

  /** A region of a partition. */
  function hostsOf(partition: string): AwsHosts {
    const [first] = regionsOf(partition)
    if (!first) throw new Error(`botocore does not know ${partition}`)
    return first
  }

  test('knows the partitions that are tested', () => {
    expect(new Set(hosts.map(({ partition }) => partition))).toEqual(new Set([...BY_HOST, ...TAKEN_FOR_AWS]))
  })

  test('botocore has the same hosts for STS, with FIPS and with dual stack too', () => {
    const hostOf = (region: string, usesFips: boolean, usesDualstack: boolean) =>
      awsEndpoint(region, usesFips, usesDualstack).hostname
    const ours = hosts.map(({ region, fips, dualstack }) => ({
      sts: hostOf(region, false, false),
      fips: fips && hostOf(region, true, false),
      dualstack: dualstack && hostOf(region, false, true),
    }))
    expect(ours).toEqual(hosts.map(({ sts, fips, dualstack }) => ({ sts, fips, dualstack })))
    expect(hosts.length).toBeGreaterThan(40)
  })

  test.each(BY_HOST)('a web identity is verified at the STS host of every region of %s', async partition => {
    const before = aws.serverNames.length
    const results = await inFours(regionsOf(partition), async ({ region, sts }) => {
      const { outputs, exported } = await step({
        with: { 'aws-region': region, 'role-to-assume': roleArn(partition) },
      })
      return { region, sts, outputs, exported }
    })
    for (const { region, outputs, exported } of results) {
      expect(outputs).toMatchObject({
        verified: 'true',
        'authenticated-arn': sessionArn('deploy', partition),
        'aws-partition': partition,
      })
      expect(exported).toMatchObject({ AWS_REGION: region })
    }
    expect(new Set(aws.serverNames.slice(before))).toEqual(new Set(results.map(({ sts }) => sts)))
  })

  test.each(BY_SIGNATURE)(
    'access keys of an IAM user of %s assume a role, verified by its ID',
    async partition => {
      const { region, sts } = hostsOf(partition)
      const before = aws.serverNames.length
      const { keys, roleId } = await newUserAndRole(region)
      const result = await step({
        noToken: true,
        with: {
          ...keys,
          'aws-region': region,
          'role-to-assume': roleArn(partition, 'signed'),
          'expected-role-id': roleId,
        },
      })
      expect(result.outputs).toMatchObject({
        verified: 'true',
        'authenticated-arn': sessionArn('signed', partition),
        'role-id': roleId,
      })
      expect(aws.serverNames.slice(before)).toContain(sts)
    },
  )

  /** As an administrator of the region's partition makes them. */
  async function newUserAndRole(region: string) {
    const iam = (...args: readonly string[]) => aws.awsCli(['--region', region, 'iam', ...args])
    const [{ Role: role }] = await Promise.all([
      iam('create-role', '--role-name', 'signed', '--assume-role-policy-document', '{"Statement":[]}'),
      iam('create-user', '--user-name', 'ci-robot'),
    ])
    const { AccessKey: key } = await iam('create-access-key', '--user-name', 'ci-robot')
    return {
      keys: { 'aws-access-key-id': key.AccessKeyId, 'aws-secret-access-key': key.SecretAccessKey },
      roleId: role.RoleId,
    }
  }

  test.each(TAKEN_FOR_AWS)('a session that moto places in aws is refused in %s', async partition => {
    const { region, sts } = hostsOf(partition)
    const before = aws.serverNames.length
    const result = await step({ with: { 'aws-region': region, 'role-to-assume': roleArn(partition) } })
    expectFailure(result, 'ERR_IDENTITY_MISMATCH')
    expect(new Set(aws.serverNames.slice(before))).toEqual(new Set([sts]))
  })

  test('exported keys are those of the role to boto3 and to the AWS CLI', async () => {
    const { exported } = await step()
    expect(await aws.boto3CallerArn(exported)).toBe(sessionArn('deploy'))
    expect(await aws.awsCli(['sts', 'get-caller-identity'], exported)).toMatchObject({
      Arn: sessionArn('deploy'),
    })
  })

  test('another role than the expected one fails the step, and nothing is exported', async () => {
    const result = await step({ with: { 'expected-role': roleArn('aws', 'production') } })
    expectFailure(result, 'ERR_IDENTITY_MISMATCH')
    expect(result.outputs['actual-arn']).toBe(sessionArn('deploy'))
  })

  test('a role that was deleted and created again fails the step by its ID', async () => {
    const create = [
      ...['iam', 'create-role', '--role-name', 'again'],
      ...['--assume-role-policy-document', '{"Statement":[]}'],
    ]
    const { Role: earlier } = await aws.awsCli(create)
    await aws.awsCli(['iam', 'delete-role', '--role-name', 'again'])
    await aws.awsCli(create)
    const inputs = { 'role-to-assume': roleArn('aws', 'again'), 'expected-role-id': earlier.RoleId }
    expectFailure(await step({ with: inputs }), 'ERR_IDENTITY_MISMATCH')
  })

  test('keys that moto does not know are the user of nobody, and fail the step', async () => {
    const result = await step({
      noToken: true,
      with: {
        'aws-access-key-id': 'AKIAUNKNOWN000000000',
        'aws-secret-access-key': 'x'.repeat(40),
        'role-to-assume': 'none',
        'expected-role': roleArn(),
      },
    })
    expectFailure(result, 'ERR_IDENTITY_MISMATCH')
    expect(result.outputs['actual-arn']).toBe(`arn:aws:sts::${MOTO_ACCOUNT}:user/moto`)
  })

  test('a chain leads through roles of two accounts, and its last role is what is exported', async () => {
    const chain = [`arn:aws:iam::${OTHER_ACCOUNT}:role/teams/hop`, `arn:aws:iam::${OTHER_ACCOUNT}:role/last`]
    const { outputs, exported } = await step({ with: { 'role-chain': chain.join('\n') } })
    const last = `arn:aws:sts::${OTHER_ACCOUNT}:assumed-role/last/GitHubActions`
    expect(outputs).toMatchObject({ verified: 'true', 'authenticated-arn': last })
    expect(await aws.boto3CallerArn(exported)).toBe(last)
  })

  test('existing credentials of the role are kept, and those of another one replaced', async () => {
    const { exported: deploy } = await step()
    const { exported: other } = await step({ with: { 'role-to-assume': roleArn('aws', 'other') } })
    const inputs = { 'use-existing-credentials': 'true' }
    const kept = await step({ with: inputs, environment: deploy })
    expect(kept.outputs['authenticated-arn']).toBe(sessionArn('deploy'))
    expect(kept.exported.AWS_ACCESS_KEY_ID ?? deploy.AWS_ACCESS_KEY_ID).toBe(deploy.AWS_ACCESS_KEY_ID)
    const replaced = await step({ with: inputs, environment: other })
    expect(replaced.outputs['authenticated-arn']).toBe(sessionArn('deploy'))
    expect(replaced.exported.AWS_ACCESS_KEY_ID).not.toBe(other.AWS_ACCESS_KEY_ID)
  })

  test('a host that AWS’s roots and ca-bundle do not vouch for gets no token', async () => {
    const before = aws.serverNames.length
    const result = await step({
      without: ['sts-endpoint', 'ca-bundle'],
      environment: { NODE_EXTRA_CA_CERTS: aws.caBundle, AWS_CA_BUNDLE: aws.caBundle },
    })
    expectFailure(result, 'ERR_STS_UNAVAILABLE')
    expect(aws.serverNames.slice(before)).toEqual([])
  })
})

function roleArn(partition = 'aws', name = 'deploy'): string {
  return `arn:${partition}:iam::${MOTO_ACCOUNT}:role/${name}`
}

function sessionArn(name: string, partition = 'aws'): string {
  return `arn:${partition}:sts::${MOTO_ACCOUNT}:assumed-role/${name}/GitHubActions`
}

/** In order, four at a time. */
async function inFours<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  if (items.length === 0) return []
  const first = await Promise.all(items.slice(0, 4).map(work))
  return [...first, ...(await inFours(items.slice(4), work))]
}
