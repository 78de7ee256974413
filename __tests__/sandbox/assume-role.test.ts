import {
  AssumeRoleCommand,
  type AssumeRoleCommandInput,
  AssumeRoleWithWebIdentityCommand,
  GetCallerIdentityCommand,
  STSClient,
} from '@aws-sdk/client-sts'
import { describe, expect, test } from '@jest/globals'
import { type AccessKey, newAccessKey } from '../../sandbox/sts/access-key.ts'
import type { IamUser, Role } from '../../sandbox/sts/account.ts'
import { refusedAction } from '../../sandbox/sts/assume-role-policy.ts'
import type { TrustPolicy, TrustStatement } from '../../sandbox/sts/trust-policy.ts'
import {
  defaultWorld,
  type RunningWorld,
  startWorld,
  trustPolicyForPrincipals,
  type World,
} from '../../sandbox/world.ts'

// What a gate says about access keys, chains, tags and policies can only be proved with an STS that refuses as AWS does.

const ACCOUNT = '111122223333'
const DEPLOYER = 'arn:aws:iam::111122223333:role/deployer'
const DEPLOY = 'arn:aws:iam::111122223333:role/deploy'
const PRODUCTION = 'arn:aws:iam::444455556666:role/production'
const PARTNER = 'arn:aws:iam::444455556666:role/partner'
const READ_ONLY = 'arn:aws:iam::aws:policy/ReadOnlyAccess'
const ROBOT = 'arn:aws:iam::111122223333:user/ci-robot'
const INLINE_POLICY = JSON.stringify({ Version: '2012-10-17', Statement: [] })

async function inWorld(data: Partial<World>, body: (world: RunningWorld) => Promise<void>): Promise<void> {
  const world = await startWorld(data)
  try {
    await body(world)
  } finally {
    await world.close()
  }
}

function withUsersAndRoles(users: readonly IamUser[], roles: readonly Role[] = []): Partial<World> {
  return { accounts: { [ACCOUNT]: { providers: [], roles, users } } }
}

function robotOf({ users }: RunningWorld): AccessKey {
  const robot = users['ci-robot']
  if (!robot) throw new Error('the default world has no ci-robot')
  return robot
}

function clientOf(world: RunningWorld, credentials: AccessKey & { sessionToken?: string }): STSClient {
  return new STSClient({ region: 'eu-west-1', endpoint: world.sts.url, maxAttempts: 1, credentials })
}

function whoIs(world: RunningWorld, credentials: AccessKey & { sessionToken?: string }) {
  return clientOf(world, credentials).send(new GetCallerIdentityCommand({}))
}

function assume(
  world: RunningWorld,
  input: Partial<AssumeRoleCommandInput>,
  credentials: AccessKey = robotOf(world),
) {
  const command = { RoleArn: DEPLOYER, RoleSessionName: 'test', ...input }
  return clientOf(world, credentials).send(new AssumeRoleCommand(command))
}

function lastSession({ sts }: RunningWorld) {
  const session = sts.sessions.at(-1)
  if (!session) throw new Error('no session was made')
  return session
}

describe('the sandbox’s STS knows a user', () => {
  test('by its key, without a session token', () =>
    inWorld({}, async world => {
      expect(await whoIs(world, robotOf(world))).toMatchObject({
        Arn: ROBOT,
        UserId: 'AIDA5CIROBOT2WYHFM3ZE',
        Account: ACCOUNT,
      })
    }))

  test('by its path and name', async () => {
    const key = newAccessKey('AKIA')
    const user = { name: 'robot', path: '/ci/', id: 'AIDAEXAMPLE', accessKeys: [key] }
    await inWorld(withUsersAndRoles([user]), async world => {
      const { Arn } = await whoIs(world, key)
      expect(Arn).toBe('arn:aws:iam::111122223333:user/ci/robot')
      expect(world.users).toEqual({ robot: key })
    })
  })

  test.each([
    ['an unknown key', { accessKeyId: 'AKIAUNKNOWN' }, 'InvalidClientTokenId'],
    ['a wrong secret', { secretAccessKey: 'wrong' }, 'SignatureDoesNotMatch'],
    ['a session token', { sessionToken: 'any' }, 'InvalidClientTokenId'],
  ])('and rejects %s', (_, change, Code) =>
    inWorld({}, async world => {
      const refused = whoIs(world, { ...robotOf(world), ...change })
      await expect(refused).rejects.toMatchObject({ Code, $metadata: { httpStatusCode: 403 } })
    }),
  )

  test('and rejects a key that was deactivated', async () => {
    const key = newAccessKey('AKIA')
    const user = { name: 'robot', id: 'AIDAEXAMPLE', accessKeys: [{ ...key, active: false }] }
    await inWorld(withUsersAndRoles([user]), async world => {
      await expect(whoIs(world, key)).rejects.toMatchObject({ Code: 'InvalidClientTokenId' })
      expect(world.users).toEqual({})
      expect(world.secrets()).toContain(key.secretAccessKey)
    })
  })
})

describe('the sandbox’s AssumeRole', () => {
  test('creates a session of the role', () =>
    inWorld({}, async world => {
      const { Credentials, AssumedRoleUser, PackedPolicySize } = await assume(world, {})
      expect(AssumedRoleUser).toEqual({
        Arn: 'arn:aws:sts::111122223333:assumed-role/deployer/test',
        AssumedRoleId: 'AROA5DEPLOYERQ7K2MWX4:test',
      })
      expect(Credentials?.Expiration?.getTime()).toBeGreaterThan(Date.now() + 3590_000)
      expect(PackedPolicySize).toBeUndefined()
      expect(await whoIs(world, lastSession(world))).toMatchObject({ Arn: AssumedRoleUser?.Arn })
      const { secretAccessKey, sessionToken } = lastSession(world)
      expect(world.secrets()).toEqual(expect.arrayContaining([secretAccessKey, sessionToken]))
      expect(world.secrets()).toContain(robotOf(world).secretAccessKey)
      expect(world.issuedSecrets()).not.toContain(robotOf(world).secretAccessKey)
    }))

  test('leads from one role to the next', () =>
    inWorld({}, async world => {
      await assume(world, {})
      await assume(world, { RoleArn: PRODUCTION }, lastSession(world))
      const deploy = world.sts.issueSession(ACCOUNT, 'deploy', 'GitHubActions')
      const { AssumedRoleUser } = await assume(world, { RoleArn: PRODUCTION }, deploy)
      expect(AssumedRoleUser?.Arn).toBe('arn:aws:sts::444455556666:assumed-role/production/test')
      expect(lastSession(world).roleArn).toBe(PRODUCTION)
    }))

  test('accepts tags and policies, and says how much room they take', () =>
    inWorld({ packedPolicyLimit: 1000 }, async world => {
      const { PackedPolicySize } = await assume(world, {
        Tags: [
          { Key: 'Repository', Value: 'octo-org/payments' },
          { Key: 'Branch', Value: '' },
        ],
        TransitiveTagKeys: ['Repository'],
        Policy: INLINE_POLICY,
        PolicyArns: [{ arn: READ_ONLY }],
      })
      const length = 'Repositoryocto-org/paymentsBranch'.length + INLINE_POLICY.length + READ_ONLY.length
      expect(PackedPolicySize).toBe(Math.ceil(length / 10))
    }))

  const tag = { Key: 'a', Value: 'b' }
  const manyTags = Array.from({ length: 50 }, (_, index) => ({ Key: `key${index}`, Value: 'v' }))
  const tenArns = Array.from({ length: 10 }, () => ({ arn: READ_ONLY }))

  test.each<[name: string, input: Partial<AssumeRoleCommandInput>]>([
    ['the least duration', { DurationSeconds: 900 }],
    ['ten policy ARNs', { PolicyArns: tenArns }],
    ['fifty tags', { Tags: manyTags }],
    ['a tag of letters and signs', { Tags: [{ Key: 'Ä ö_.:/=+-@', Value: 'é _.:/=+-@' }] }],
    ['the longest tag', { Tags: [{ Key: 'k'.repeat(128), Value: 'v'.repeat(256) }] }],
    ['a transitive key in another case', { Tags: [tag], TransitiveTagKeys: ['A'] }],
    ['an external id that is not required', { ExternalId: 'a=,.@:/-' }],
    ['an external id that is required', { RoleArn: PARTNER, ExternalId: 'octo-partner-7' }],
  ])('accepts %s', (_, input) =>
    inWorld({}, async world => {
      expect((await assume(world, input)).$metadata.httpStatusCode).toBe(200)
    }),
  )

  test.each<[name: string, input: Partial<AssumeRoleCommandInput>, code: string, message: string]>([
    ['a duration below the least', { DurationSeconds: 899 }, 'ValidationError', 'equal to 900'],
    ['a duration over the most', { DurationSeconds: 43201 }, 'ValidationError', 'equal to 43200'],
    ['a duration over the role’s', { DurationSeconds: 3601 }, 'ValidationError', 'MaxSessionDuration'],
    ['no role’s ARN', { RoleArn: 'arn:aws:iam::111122223333:user/x' }, 'ValidationError', 'ARN is invalid'],
    ['a session name of one letter', { RoleSessionName: 'x' }, 'ValidationError', 'roleSessionName'],
    ['an external id of one letter', { ExternalId: 'x' }, 'ValidationError', 'externalId'],
    ['a source identity of one letter', { SourceIdentity: 'x' }, 'ValidationError', 'sourceIdentity'],
    ['a source identity with a blank', { SourceIdentity: 'a b' }, 'ValidationError', 'sourceIdentity'],
    ['an external id with a blank', { ExternalId: 'a b' }, 'ValidationError', 'externalId'],
    [
      'eleven policy ARNs',
      { PolicyArns: [...tenArns, { arn: READ_ONLY }] },
      'ValidationError',
      "Value at 'policyArns'",
    ],
    ['a short policy ARN', { PolicyArns: [{ arn: 'x' }] }, 'ValidationError', 'policyArns.member.1.arn'],
    ['fifty-one tags', { Tags: [...manyTags, tag] }, 'ValidationError', "Value at 'tags'"],
    [
      'an empty tag key',
      { Tags: [{ Key: '', Value: 'b' }] },
      'ValidationError',
      "at 'tags.member.1.key' failed to satisfy constraint: Member must have length greater",
    ],
    [
      'a long tag key',
      { Tags: [{ Key: 'k'.repeat(129), Value: '' }] },
      'ValidationError',
      'tags.member.1.key',
    ],
    [
      'a long tag value',
      { Tags: [tag, { Key: 'c', Value: 'v'.repeat(257) }] },
      'ValidationError',
      'tags.member.2.value',
    ],
    [
      'a tag value with a comma',
      { Tags: [{ Key: 'a', Value: 'b,c' }] },
      'ValidationError',
      'tags.member.1.value',
    ],
    ['a key given twice', { Tags: [tag, { Key: 'A', Value: 'c' }] }, 'ValidationError', 'Duplicate tag keys'],
    [
      'a transitive key without its tag',
      { Tags: [tag], TransitiveTagKeys: ['c'] },
      'ValidationError',
      'transitive tag key',
    ],
    ['a policy that is not JSON', { Policy: '{' }, 'MalformedPolicyDocument', 'Syntax errors'],
    ['a policy without a statement', { Policy: '{}' }, 'MalformedPolicyDocument', 'Syntax errors'],
    ['a policy that is too long', { Policy: 'x'.repeat(2049) }, 'ValidationError', "at 'policy'"],
    [
      'more than fits',
      {
        Policy: INLINE_POLICY.padEnd(2040),
        Tags: manyTags.map(({ Key }) => ({ Key, Value: 'v'.repeat(50) })),
      },
      'PackedPolicyTooLarge',
      'Packed policy consumes 117% of allotted space, please use smaller policy.',
    ],
  ])('rejects %s', (_, input, Code, message) =>
    inWorld({}, async world => {
      const refused = assume(world, input)
      await expect(refused).rejects.toMatchObject({
        Code,
        message: expect.stringContaining(message),
        $metadata: { httpStatusCode: 400 },
      })
    }),
  )

  test.each<[name: string, input: Partial<AssumeRoleCommandInput>, action: string]>([
    ['the role does not trust', { RoleArn: PRODUCTION }, 'sts:AssumeRole'],
    ['the role trusts with a token alone', { RoleArn: DEPLOY }, 'sts:AssumeRole'],
    ['asks for a role that is missing', { RoleArn: `${DEPLOY}ed` }, 'sts:AssumeRole'],
    ['knows no external id', { RoleArn: PARTNER }, 'sts:AssumeRole'],
    ['has another external id', { RoleArn: PARTNER, ExternalId: 'octo-partner-8' }, 'sts:AssumeRole'],
    [
      'may not tag',
      { RoleArn: PARTNER, ExternalId: 'octo-partner-7', Tags: [{ Key: 'a', Value: 'b' }] },
      'sts:TagSession',
    ],
    [
      'may not set a source identity',
      { RoleArn: DEPLOYER, SourceIdentity: 'octocat' },
      'sts:SetSourceIdentity',
    ],
  ])('rejects a caller that %s', (_, input, action) =>
    inWorld({}, async world => {
      await expect(assume(world, input)).rejects.toMatchObject({
        Code: 'AccessDenied',
        message: `User: ${ROBOT} is not authorized to perform: ${action} on resource: ${input.RoleArn}`,
        $metadata: { httpStatusCode: 403 },
      })
    }),
  )

  test('refuses more than an hour to a session, but not to a user', async () => {
    const robot = { name: 'robot', id: 'AIDAEXAMPLE', accessKeys: [newAccessKey('AKIA')] }
    const trustPolicy = trustPolicyForPrincipals([ACCOUNT])
    const roles = [{ name: 'long', id: 'AROALONG', maxSessionDuration: 43200, trustPolicy }]
    await inWorld(withUsersAndRoles([robot], roles), async world => {
      const input = { RoleArn: 'arn:aws:iam::111122223333:role/long', DurationSeconds: 3601 }
      await assume(world, input, robot.accessKeys[0])
      await expect(assume(world, input, lastSession(world))).rejects.toMatchObject({
        Code: 'ValidationError',
        message:
          'The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.',
      })
    })
  })

  test('trusts only the holder of a valid key', () =>
    inWorld({}, async world => {
      const wrong = { ...robotOf(world), secretAccessKey: 'wrong' }
      await expect(assume(world, {}, wrong)).rejects.toMatchObject({ Code: 'SignatureDoesNotMatch' })
      const expired = world.sts.issueSession(ACCOUNT, 'deploy', 'old', { expiresInSeconds: -1 })
      const refused = assume(world, { RoleArn: PRODUCTION }, expired)
      await expect(refused).rejects.toMatchObject({ Code: 'ExpiredToken' })
      expect(world.sts.sessions).toEqual([expired])
    }))

  test('can be given a fault', async () => {
    const effect = { kind: 'error', status: 503, code: 'ServiceUnavailable', message: 'busy' } as const
    await inWorld({ faults: [{ on: 'AssumeRole', times: 1, effect }] }, async world => {
      await expect(assume(world, {})).rejects.toMatchObject({ Code: 'ServiceUnavailable' })
      await assume(world, {})
    })
  })
})

describe('the sandbox’s AssumeRoleWithWebIdentity', () => {
  async function assumeWith(world: RunningWorld, input: Partial<AssumeRoleCommandInput>) {
    const { requestUrl, requestToken } = world.idTokenIssuer
    const answer = await fetch(`${requestUrl}&audience=sts.amazonaws.com`, {
      headers: { authorization: `bearer ${requestToken}` },
    })
    const { value } = (await answer.json()) as { value: string }
    const command = { RoleArn: DEPLOY, RoleSessionName: 'test', WebIdentityToken: value, ...input }
    return await clientOf(world, robotOf(world)).send(new AssumeRoleWithWebIdentityCommand(command))
  }

  test('accepts session policies', () =>
    inWorld({ packedPolicyLimit: 100 }, async world => {
      const { PackedPolicySize } = await assumeWith(world, { Policy: INLINE_POLICY })
      expect(PackedPolicySize).toBe(INLINE_POLICY.length)
      await assumeWith(world, { PolicyArns: [{ arn: READ_ONLY }] })
    }))

  test.each<[name: string, input: Partial<AssumeRoleCommandInput>, code: string]>([
    ['a policy that is not JSON', { Policy: '{' }, 'MalformedPolicyDocument'],
    ['a policy that is too long', { Policy: 'x'.repeat(2049) }, 'ValidationError'],
    ['more than fits', { Policy: INLINE_POLICY.padEnd(101) }, 'PackedPolicyTooLarge'],
    ['a short policy ARN', { PolicyArns: [{ arn: 'x' }] }, 'ValidationError'],
  ])('rejects %s', (_, input, Code) =>
    inWorld({ packedPolicyLimit: 100 }, async world => {
      await expect(assumeWith(world, input)).rejects.toMatchObject({ Code })
    }),
  )

  test('creates sessions as short as a world wants', () =>
    inWorld({ sessionSeconds: 5 }, async world => {
      const { Credentials } = await assumeWith(world, {})
      expect(Credentials?.Expiration?.getTime()).toBeLessThan(Date.now() + 6000)
    }))
})

describe('the sandbox’s trust in users and roles', () => {
  const session = {
    accountId: ACCOUNT,
    arn: 'arn:aws:sts::111122223333:assumed-role/deploy/one',
    roleArn: 'arn:aws:iam::111122223333:role/ci/deploy',
  }
  const user = { accountId: ACCOUNT, arn: ROBOT }
  const statement: TrustStatement = { Effect: 'Allow', Principal: '*', Action: 'sts:AssumeRole' }

  function refused(
    change: Partial<TrustStatement> | readonly Partial<TrustStatement>[],
    request: Partial<Parameters<typeof refusedAction>[1]> = {},
  ) {
    const Statement = [change].flat().map(part => ({ ...statement, ...part }))
    return refusedAction({ Statement }, { caller: session, externalId: undefined, tags: [], ...request })
  }

  test.each([
    [session.roleArn, true, false],
    [session.arn, true, false],
    [ROBOT, false, true],
    ['arn:aws:iam::111122223333:root', true, true],
    [ACCOUNT, true, true],
    ['*', true, true],
    ['arn:aws:iam::111122223333:role/deploy', false, false],
    ['arn:aws:sts::111122223333:assumed-role/deploy/two', false, false],
    ['arn:aws:sts::111122223333:assumed-role/deploy/*', false, false],
    ['arn:aws:iam::111122223333:user/ci-robot2', false, false],
    ['arn:aws-cn:iam::111122223333:root', false, false],
    ['444455556666', false, false],
  ])('principal %s: a session %s, a user %s', (AWS, admitsSession, admitsUser) => {
    expect(refused({ Principal: { AWS } }) === undefined).toBe(admitsSession)
    expect(refused({ Principal: { AWS: [AWS] } }, { caller: user }) === undefined).toBe(admitsUser)
  })

  test.each<[name: string, change: Partial<TrustStatement>]>([
    ['a service', { Principal: { Service: '*' } }],
    ['a provider', { Principal: { Federated: '*' } }],
    ['another action', { Action: 'sts:AssumeRoleWithWebIdentity' }],
    ['an operator that is not known', { Condition: { StringNotEquals: { 'sts:ExternalId': 'x' } } }],
    ['a key that is not known', { Condition: { StringLike: { 'aws:PrincipalTag/a': '*' } } }],
    ['a variable', { Condition: { StringLike: { 'sts:ExternalId': '$' + '{aws:username}' } } }],
    ['an external id that is missing', { Condition: { StringLike: { 'sts:ExternalId': '*' } } }],
    ['an element that is not known', { NotAction: 'x' } as Partial<TrustStatement>],
  ])('rejects %s', (_, change) => {
    expect(refused(change)).toBe('sts:AssumeRole')
  })

  test('needs a statement for the tags, even a separate one', () => {
    const tags = [{ key: 'Team', value: 'payments' }]
    expect(refused({}, { tags })).toBe('sts:TagSession')
    expect(refused({ Action: 'sts:*' }, { tags })).toBeUndefined()
    expect(refused({ Action: ['sts:TagSession', 'sts:AssumeRole'] }, { tags })).toBeUndefined()
    expect(refused([{}, { Action: 'sts:TagSession' }], { tags })).toBeUndefined()
    expect(refused({ Action: 'sts:TagSession' }, { tags })).toBe('sts:AssumeRole')
  })

  test.each<[name: string, condition: NonNullable<TrustStatement['Condition']>, allowed: boolean]>([
    ['the tag’s value', { StringEquals: { 'aws:RequestTag/Team': 'payments' } }, true],
    ['one of several', { StringEquals: { 'aws:RequestTag/Team': ['x', 'payments'] } }, true],
    ['keys in another case', { StringEquals: { 'AWS:requesttag/team': 'payments' } }, true],
    ['a pattern', { StringLike: { 'aws:RequestTag/Team': 'pay*' } }, true],
    ['a pattern under StringEquals', { StringEquals: { 'aws:RequestTag/Team': 'pay*' } }, false],
    ['another tag', { StringEquals: { 'aws:RequestTag/Other': 'payments' } }, false],
    ['the external id', { StringEquals: { 'sts:ExternalId': 'e-1' } }, true],
    [
      'one of two that fails',
      { StringEquals: { 'sts:ExternalId': 'e-1', 'aws:RequestTag/Team': 'x' } },
      false,
    ],
  ])('condition on %s', (_, Condition, allowed) => {
    const request = { externalId: 'e-1', tags: [{ key: 'Team', value: 'payments' }] }
    expect(refused({ Action: 'sts:*', Condition }, request) === undefined).toBe(allowed)
  })

  test('a Deny that applies wins, and so does one it can’t evaluate', () => {
    expect(refused([{}, { Effect: 'Deny' }])).toBe('sts:AssumeRole')
    for (const Condition of [
      { Bool: { 'aws:x': 'true' } },
      { StringLike: { 'aws:PrincipalTag/a': '*' } },
      { StringLike: { 'sts:ExternalId': '$' + '{aws:username}' } },
    ]) {
      expect(refused([{}, { Effect: 'Deny', Condition }])).toBe('sts:AssumeRole')
    }
    expect(refused([{}, { Effect: 'Deny', Condition: { StringLike: { 'sts:ExternalId': '*' } } }])).toBe(
      undefined,
    )
    expect(refused([{}, { Effect: 'Deny', Principal: { AWS: '444455556666' } }])).toBeUndefined()
    const noTags: TrustPolicy['Statement'] = [
      { ...statement, Action: 'sts:*' },
      { ...statement, Effect: 'Deny', Action: 'sts:TagSession' },
    ]
    expect(refused(noTags, { tags: [{ key: 'a', value: 'b' }] })).toBe('sts:TagSession')
  })
})

describe('the sandbox’s STS registers a session', () => {
  test('that was assumed elsewhere, until its stated expiry', () =>
    inWorld({}, async world => {
      const session = world.sts.issueSession('444455556666', 'reader', 'runner', { expiresInSeconds: 60 })
      expect(await whoIs(world, session)).toMatchObject({
        Arn: 'arn:aws:sts::444455556666:assumed-role/reader/runner',
        UserId: 'AROA6ODU7LX2EXAMPLE44:runner',
      })
      expect(session.expiresAt).toBeLessThanOrEqual(Date.now() + 60_000)
      expect(world.secrets()).toContain(session.secretAccessKey)
    }))

  test('only of a role that exists', () =>
    inWorld(defaultWorld, async world => {
      expect(() => world.sts.issueSession(ACCOUNT, 'reader', 'runner')).toThrow('no role reader')
    }))
})
