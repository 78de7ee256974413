import { execFile, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals'
import { decodeJwt } from 'jose'
import { startIdTokenIssuer } from '../../sandbox/id-token-issuer.ts'
import { defaultJob, githubSubject, type Job } from '../../sandbox/job.ts'
import { awsHosts, MOTO_ACCOUNT, type Moto, moto, startMoto } from '../../sandbox/real/moto/moto.ts'
import { type RunningWorld, startWorld } from '../../sandbox/world.ts'
import { runMain } from '../scenarios/scenario.ts'
import { describePart } from './describe-part.ts'

// Each command of the AWS CLI may take seconds.
jest.setTimeout(120_000)

const TEMPLATE = 'setup/cloudformation.yml'
const ISSUER = 'token.actions.githubusercontent.com'
const NAMES = ['RepositoryOwner=octo-org', 'RepositoryName=payments']
const IDS = ['RepositoryOwnerId=65', 'RepositoryId=74']

type Setup = {
  readonly name: string
  readonly parameters: readonly string[]
  /** The only job that can assume the role. */
  readonly job: Job
}

const setups: readonly Setup[] = [
  {
    name: 'immutable-environment',
    parameters: [...NAMES, ...IDS, 'Environment=production'],
    job: { ...defaultJob, environment: 'production' },
  },
  {
    name: 'immutable-ref',
    parameters: [...NAMES, ...IDS, 'Ref=refs/heads/main'],
    job: defaultJob,
  },
  {
    name: 'classic-environment',
    parameters: [...NAMES, 'Environment=production'],
    job: { ...defaultJob, immutableSubject: false, environment: 'production' },
  },
  {
    name: 'classic-ref',
    parameters: [...NAMES, 'Ref=refs/tags/v1.0'],
    job: { ...defaultJob, immutableSubject: false, ref: 'refs/tags/v1.0' },
  },
]

/** Jobs that differ from one that a role is for in what matters, each in one thing. */
function otherJobs(job: Job): Readonly<Record<string, Job>> {
  const { environment: _, ...withoutEnvironment } = job
  const pullRequest = { ...withoutEnvironment, eventName: 'pull_request', ref: 'refs/pull/7/merge' }
  return {
    'another repository': { ...job, repository: 'ledger', repositoryId: '75' },
    'another owner': { ...job, owner: 'octo-org-2', ownerId: '66' },
    'another environment': { ...job, environment: 'staging' },
    'another branch, without an environment': { ...withoutEnvironment, ref: 'refs/heads/feature' },
    'a pull request': pullRequest,
    'a pull request in a fork': { ...pullRequest, owner: 'contributor', ownerId: '99', repositoryId: '76' },
    'the other form of subject': { ...job, immutableSubject: !job.immutableSubject },
  }
}

/** A token of GitHub for such a job, without its signature. */
async function claimsOf(job: Job): Promise<object> {
  const issuer = await startIdTokenIssuer({ job })
  try {
    return decodeJwt(await issuer.issue('sts.amazonaws.com'))
  } finally {
    await issuer.close()
  }
}

describePart(moto, () => {
  const folder = mkdtempSync(join(tmpdir(), 'setup-'))
  let worlds: ReadonlyMap<string, RunningWorld>
  let aws: Moto
  beforeAll(async () => {
    const started = setups.map(async ({ name, job }) => [name, await startWorld({ job })] as const)
    worlds = new Map(await Promise.all(started))
    const origins = [...worlds.values()].map(({ idTokenIssuer }) => new URL(idTokenIssuer.origin))
    aws = await startMoto(
      await awsHosts(),
      origins.map(({ port }) => Number(port)),
    )
  })
  afterAll(async () => {
    await aws?.close()
    for (const world of worlds?.values() ?? []) await world.close()
    rmSync(folder, { recursive: true })
  })

  /** The outputs of a new stack. moto makes none for `aws cloudformation deploy`. */
  async function createStack(name: string, parameters: readonly string[]): Promise<Record<string, string>> {
    const pairs = [...parameters, `RoleName=${name}`].map(pair => {
      const [key, value] = pair.split('=')
      return `ParameterKey=${key},ParameterValue=${value}`
    })
    await aws.awsCli([
      ...['cloudformation', 'create-stack', '--stack-name', name, '--template-body', `file://${TEMPLATE}`],
      ...['--capabilities', 'CAPABILITY_NAMED_IAM', '--parameters', ...pairs],
    ])
    const { Stacks } = await aws.awsCli(['cloudformation', 'describe-stacks', '--stack-name', name])
    const outputs: { OutputKey: string; OutputValue: string }[] = Stacks[0].Outputs
    return Object.fromEntries(outputs.map(({ OutputKey, OutputValue }) => [OutputKey, OutputValue]))
  }

  /** What `get-role` prints of a role, in a file. */
  async function roleFile(name: string): Promise<string> {
    const file = join(folder, `${name}.json`)
    writeFileSync(file, JSON.stringify(await aws.awsCli(['iam', 'get-role', '--role-name', name])))
    return file
  }

  async function decisionOn(role: string, job: Job): Promise<string> {
    const claims = join(folder, 'claims.json')
    writeFileSync(claims, JSON.stringify(await claimsOf(job)))
    return commandLine('explain', '--json', '--trust-policy', role, '--claims', claims).decision
  }

  describe.each(setups)('the role for $name', ({ name, parameters, job }) => {
    let outputs: Readonly<Record<string, string>>
    let role: string
    beforeAll(async () => {
      outputs = await createStack(name, parameters)
      role = await roleFile(name)
    })

    test('is what the outputs of the stack say', () => {
      const account = `arn:aws:iam::${MOTO_ACCOUNT}`
      expect(outputs).toEqual({
        RoleArn: `${account}:role/${name}`,
        AccountId: MOTO_ACCOUNT,
        ProviderArn: `${account}:oidc-provider/${ISSUER}`,
        Subject: githubSubject(job),
      })
    })

    test('accepts the job that it is for', async () => {
      expect(await decisionOn(role, job)).toBe('allowed')
    })

    test.each(Object.entries(otherJobs(job)))('refuses a job of %s', async (_, other) => {
      expect(githubSubject(other)).not.toBe(outputs.Subject)
      expect(await decisionOn(role, other)).toBe('refused')
    })

    test('has no finding of the linter but that a classic subject has no IDs', () => {
      const { findings } = commandLine('lint', '--json', '--min-severity', 'info', role)
      expect(findings.map(({ rule }: { rule: string }) => rule)).toEqual(
        job.immutableSubject ? [] : ['names-without-ids'],
      )
    })

    test('is assumed and verified by the step, with the outputs as its inputs', async () => {
      const world = worlds.get(name)
      if (!world || !outputs.RoleArn || !outputs.AccountId) throw new Error('the stack has no outputs')
      const result = await runMain(world, {
        launcher: aws.launcher,
        without: ['sts-endpoint'],
        with: {
          'ca-bundle': aws.caBundle,
          'role-to-assume': outputs.RoleArn,
          'allowed-account-ids': outputs.AccountId,
        },
      })
      expect(result.outputs).toMatchObject({
        verified: 'true',
        'authenticated-arn': `arn:aws:sts::${MOTO_ACCOUNT}:assumed-role/${name}/GitHubActions`,
        'token-subject': outputs.Subject,
      })
    })
  })

  test('the role has no permissions, and the limits and tags that were asked for', async () => {
    const boundary = `arn:aws:iam::${MOTO_ACCOUNT}:policy/boundary`
    await createStack('limited', [
      ...[...NAMES, 'Ref=refs/heads/main', 'CreateProvider=false', 'MaxSessionDuration=7200'],
      `PermissionsBoundaryArn=${boundary}`,
    ])
    const { Role } = await aws.awsCli(['iam', 'get-role', '--role-name', 'limited'])
    expect(Role).toMatchObject({
      MaxSessionDuration: 7200,
      PermissionsBoundary: { PermissionsBoundaryArn: boundary },
      Tags: [
        { Key: 'CreatedBy', Value: 'limited' },
        { Key: 'GitHubRepository', Value: 'octo-org/payments' },
      ],
    })
    const of = ['--role-name', 'limited']
    expect(await aws.awsCli(['iam', 'list-role-policies', ...of])).toEqual({ PolicyNames: [] })
    expect(await aws.awsCli(['iam', 'list-attached-role-policies', ...of])).toEqual({ AttachedPolicies: [] })
  })

  // moto's CloudFormation leaves AWS::IAM::OIDCProvider out, so its API is given what the template says.
  test('the provider that the template describes is the one that the roles trust', async () => {
    const [, url = ''] = /^ +Url: (\S+)$/m.exec(readFileSync(TEMPLATE, 'utf8')) ?? []
    const created = await aws.awsCli([
      ...['iam', 'create-open-id-connect-provider', '--url', url],
      ...['--client-id-list', 'sts.amazonaws.com'],
    ])
    const outputs = await createStack('existing-provider', [
      ...NAMES,
      'Environment=a',
      'CreateProvider=false',
    ])
    expect(outputs.ProviderArn).toBe(created.OpenIDConnectProviderArn)
  })

  describe('setup/README.md', () => {
    const page = readFileSync('setup/README.md', 'utf8')
    const commands = Array.from(page.matchAll(/^```sh\n(.*?)^```/gms), ([, block = '']) => block)
    const [deploy = '', check = '', forServer = ''] = commands

    /** In a shell at the project's root, as an administrator. */
    async function run(script: string): Promise<string> {
      const [file = '', ...args] = [...aws.launcher, 'sh', '-euc', script]
      return (await promisify(execFile)(file, args, { env: aws.administrator, timeout: 100_000 })).stdout
    }

    test('has commands that deploy the template and check the role', async () => {
      expect(await run(deploy)).toContain('Successfully created')
      const explanation = await run(check.replaceAll('role.json', join(folder, 'role.json')))
      expect(explanation).toMatch(/^allowed$/m)
    })

    test('has a command that makes the template one for GitHub Enterprise Server', async () => {
      const file = join(folder, 'ghes.yml')
      await run(forServer.replace('ghes.yml', file))
      await aws.awsCli([
        ...['cloudformation', 'deploy', '--stack-name', 'ghes', '--template-file', file],
        ...['--capabilities', 'CAPABILITY_NAMED_IAM', '--parameter-overrides'],
        ...[...NAMES, 'Environment=production', 'RoleName=ghes'],
      ])
      const role = await roleFile('ghes')
      const job = { ...defaultJob, immutableSubject: false, environment: 'production' }
      const issuer = 'https://ghes.example.com/_services/token'
      expect(await decisionOn(role, { ...job, issuer })).toBe('allowed')
      expect(await decisionOn(role, job)).toBe('refused')
    })
  })
})

// biome-ignore lint/suspicious/noExplicitAny: any part of it is looked at
function commandLine(...args: readonly string[]): any {
  const { stdout, stderr } = spawnSync(process.execPath, [resolve('dist/cli/index.js'), ...args], {
    encoding: 'utf8',
  })
  if (stdout === '') throw new Error(stderr)
  return JSON.parse(stdout)
}
