import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { defaultJob, githubIssuer, githubSubject, type Job } from '../../../sandbox/job.ts'
import type { StepResult } from '../../../sandbox/runner/runner.ts'
import { trustPolicyFor, type World } from '../../../sandbox/world.ts'
import {
  DEPLOY,
  errorsOf,
  expectFailure,
  inWorld,
  runIn,
  runMain,
  type Scenario,
  warningsOf,
} from '../scenario.ts'

const CLASSIC = 'repo:octo-org/payments:ref:refs/heads/main'

/** A role that trusts one subject only, and the job's token has another. */
function worldTrusting(subject: string, job: Partial<Job> = {}): Partial<World> {
  const trustPolicy = trustPolicyFor('111122223333', githubIssuer, [subject], 'sts.amazonaws.com')
  return {
    job: { ...defaultJob, ...job },
    accounts: {
      '111122223333': {
        providers: [{ issuer: githubIssuer, audiences: ['sts.amazonaws.com', 'elsewhere'] }],
        roles: [{ name: 'deploy', id: 'AROA3XFRBF535PLBIFPI4', trustPolicy }],
      },
    },
  }
}

/** The causes that the error lists, in order, by the word before the colon. */
function causesOf(result: StepResult): string[] {
  const [, list = ''] = errorsOf(result).join('\n').split('Most likely first:')
  return list.split('\n').flatMap(line => /^- ([^:]+):/.exec(line)?.[1] ?? [])
}

type Refusal = readonly [cause: string, world: Partial<World>, scenario?: Scenario]

/** Rows of one length: jest would treat a missing last element as a callback. */
function complete(rows: readonly Refusal[]) {
  return rows.map(([cause, world, scenario = {}]) => [cause, world, scenario] as const)
}

describe('a refusal explains itself: the likeliest cause for this token comes first', () => {
  const classicJob = { immutableSubject: false }
  const refusals: readonly Refusal[] = [
    ['immutable subject', worldTrusting(CLASSIC)],
    ['environment', worldTrusting(CLASSIC, { ...classicJob, environment: 'production' })],
    [
      'pull request',
      worldTrusting(CLASSIC, {
        ...classicJob,
        eventName: 'pull_request',
        ref: 'refs/pull/7/merge',
        baseRef: 'main',
        headRef: 'x',
      }),
    ],
    [
      'merge queue',
      worldTrusting(CLASSIC, {
        ...classicJob,
        eventName: 'merge_group',
        ref: 'refs/heads/gh-readonly-queue/main/pr-7-abc',
      }),
    ],
    ['tag', worldTrusting(CLASSIC, { ...classicJob, ref: 'refs/tags/v1.0.0' })],
    ['branch or environment', worldTrusting(CLASSIC, { ...classicJob, ref: 'refs/heads/feature' })],
    [
      'customized subject',
      {
        ...worldTrusting(CLASSIC, classicJob),
        claims: { sub: 'repository_owner:octo-org:job_workflow_ref:x' },
      },
    ],
  ]

  test.each(complete(refusals))('%s', async (first, world, scenario) => {
    const result = await runIn(world, scenario)
    expectFailure(result, 'ERR_STS_REJECTED')
    expect(causesOf(result)[0]).toBe(first)
    expect(causesOf(result)).toContain('role')
    expect(errorsOf(result)[0]).toContain('CloudTrail')
    expect(errorsOf(result)[0]).toMatch(
      new RegExp(
        `^Help: https://github\\.com/.*docs/troubleshooting\\.md#${first.replaceAll(' ', '-')}$`,
        'm',
      ),
    )
  })

  const further: readonly Refusal[] = [
    [
      'reusable workflow',
      worldTrusting('repo:x/y:ref:refs/heads/main', {
        ...classicJob,
        jobWorkflowRef: 'octo-org/ci/.github/workflows/d.yml@refs/heads/main',
      }),
    ],
    ['upper and lower case', worldTrusting(CLASSIC, { ...classicJob, owner: 'Octo-Org' })],
    ['audience', worldTrusting(CLASSIC, classicJob), { with: { audience: 'elsewhere' } }],
    ['role', {}, { with: { 'role-to-assume': 'arn:aws:iam::111122223333:role/Deploy' } }],
  ]

  test.each(complete(further))('%s is listed if the token shows it', async (cause, world, scenario) => {
    expect(causesOf(await runIn(world, scenario))).toContain(cause)
  })

  test('a cause that message and token identify is the only one given: a missing provider, a missing audience', async () => {
    const provider = await runIn({}, { with: { 'role-to-assume': 'arn:aws:iam::999900001111:role/deploy' } })
    expect(errorsOf(provider)[0]).toContain('Account 999900001111 has no OIDC provider')
    expect(causesOf(provider)).toEqual([])
    const audience = await runIn({}, { with: { audience: 'nobody' } })
    expect(errorsOf(audience)[0]).toContain('Remove the input audience')
    expect(causesOf(audience)).toEqual([])
  })

  test('an enterprise issuer is named with what the policy must contain', async () => {
    const issuer = `${githubIssuer}/octo-enterprise`
    const world = worldTrusting(CLASSIC, { ...classicJob, issuer })
    const accounts = {
      '111122223333': {
        providers: [{ issuer, audiences: ['sts.amazonaws.com'] }],
        roles: world.accounts?.['111122223333']?.roles ?? [],
      },
    }
    const result = await runIn({ ...world, accounts })
    expect(causesOf(result)).toContain('issuer')
    expect(errorsOf(result)[0]).toContain(issuer)
  })

  test('the summary contains a policy to paste that lets this token in', async () => {
    const refused = await runIn(worldTrusting(CLASSIC))
    const [, json = ''] = /```json\n([\s\S]*?)\n```/.exec(refused.summary) ?? []
    const trustPolicy = JSON.parse(json)
    expect(trustPolicy.Statement[0].Condition).toEqual({
      StringEquals: {
        'token.actions.githubusercontent.com:aud': 'sts.amazonaws.com',
        'token.actions.githubusercontent.com:sub': githubSubject(defaultJob),
      },
    })
    const roles = [{ name: 'deploy', id: 'AROA3XFRBF535PLBIFPI4', trustPolicy }]
    const providers = [{ issuer: githubIssuer, audiences: ['sts.amazonaws.com'] }]
    const accepted = await runIn({ accounts: { '111122223333': { providers, roles } } })
    expect(accepted.outputs.verified).toBe('true')
  })

  test('the policy for a pull request comes with a warning', async () => {
    const job = {
      immutableSubject: false,
      eventName: 'pull_request',
      ref: 'refs/pull/7/merge',
      baseRef: 'main',
      headRef: 'x',
    }
    const { summary } = await runIn(worldTrusting(CLASSIC, job))
    expect(summary).toMatch(/⚠️ .*pull request/)
  })
})

describe('trust-policy: what a copy of the policy says about the token', () => {
  test('on a refusal the exact condition is named', async () => {
    const policy = trustPolicyFor('111122223333', githubIssuer, [CLASSIC], 'sts.amazonaws.com')
    const result = await runWithPolicy(worldTrusting(CLASSIC), JSON.stringify(policy))
    expectFailure(result, 'ERR_STS_REJECTED')
    expect(result.log).toContain('predicts that AWS refuses')
    expect(errorsOf(result)[0]).toContain('The policy in policy.json refuses this token:')
    expect(errorsOf(result)[0]).toMatch(
      /token\.actions\.githubusercontent\.com:sub fails: it requires repo:octo-org\/payments:\S+, the token has repo:octo-org@65\/payments@74:/,
    )
    expect(result.summary).toContain('predicts: refused')
  })

  test('a copy that denies never stops a call that AWS allows', async () => {
    const policy = trustPolicyFor('111122223333', githubIssuer, ['repo:x/y:*'], 'sts.amazonaws.com')
    const result = await runWithPolicy({}, JSON.stringify(policy))
    expect(result.outputs.verified).toBe('true')
    expect(result.log).toContain('predicts that AWS refuses')
  })

  test('a copy that allows points elsewhere on a refusal', async () => {
    const policy = trustPolicyFor(
      '111122223333',
      githubIssuer,
      [githubSubject(defaultJob)],
      'sts.amazonaws.com',
    )
    const result = await runWithPolicy(worldTrusting(CLASSIC), JSON.stringify(policy))
    expect(errorsOf(result)[0]).toMatch(/allows this token/)
    expect(causesOf(result)[0]).toBe('role')
    expect(errorsOf(result)[0]).toMatch(/troubleshooting\.md#role$/)
  })

  test('conditions that are not evaluated are reported as such', async () => {
    const Condition = { IpAddress: { 'aws:SourceIp': '203.0.113.0/24' } }
    const result = await runWithPolicy({}, JSON.stringify(policyWith(Condition)))
    expect(result.log).toContain('predicts nothing')
    expect(result.summary).toContain("predicts: can't tell")
  })

  const weak: readonly (readonly [name: string, condition: object, warning: RegExp])[] = [
    ['no subject', { StringEquals: { [key('aud')]: 'sts.amazonaws.com' } }, /no condition on \S+:sub/],
    ['any owner', { StringLike: { [key('sub')]: 'repo:*' } }, /Name the subjects/],
    [
      'any repository',
      { StringLike: { [key('sub')]: 'repo:octo-org/*:ref:refs/heads/main' } },
      /Name the repositories/,
    ],
    [
      'ForAllValues',
      { 'ForAllValues:StringLike': { [key('sub')]: 'repo:octo-org/payments:*' } },
      /is missing/,
    ],
    [
      'a star under StringEquals',
      { StringEquals: { [key('sub')]: 'repo:octo-org/payments:*' } },
      /plain character/,
    ],
    ['a classic subject', { StringEquals: { [key('sub')]: CLASSIC } }, /has no IDs/],
    [
      'an operator that is none',
      { StringEqual: { [key('sub')]: CLASSIC } },
      /StringEqual is not a condition operator/,
    ],
    ['a claim that IAM does not know', { StringEquals: { [key('event_name')]: 'push' } }, /required-claims/],
  ]

  test.each(weak)('there is a warning for a weak policy: %s', async (_, condition, warning) => {
    const result = await runWithPolicy({}, JSON.stringify(policyWith(condition)))
    expect(warningsOf(result).join('\n')).toMatch(warning)
    expect(result.outputs.verified).toBe('true')
  })

  test('there is no warning about a wide subject if the policy fixes the ID of the repository', async () => {
    const condition = {
      StringEquals: { [key('aud')]: 'sts.amazonaws.com', [key('repository_id')]: '74' },
      StringLike: { [key('sub')]: 'repo:octo-org*' },
    }
    expect(warningsOf(await runWithPolicy({}, JSON.stringify(policyWith(condition))))).toEqual([])
  })

  test('there is a warning for a duplicate key', async () => {
    const text = JSON.stringify(policyWith({ StringEquals: { [key('sub')]: CLASSIC } })).replace(
      '"Effect"',
      '"Effect":"Deny","Effect"',
    )
    expect(warningsOf(await runWithPolicy({}, text)).join('\n')).toMatch(/Effect appears twice/)
  })

  test.each(['', '{', '[]', '{"Statement":[{"Effect":"Allow"}]}'])(
    'an invalid copy is only a warning: %j',
    async text => {
      const result = await runWithPolicy({}, text)
      expect(warningsOf(result).join('\n')).toContain('trust-policy: "policy.json" can\'t be used')
      expect(result.outputs.verified).toBe('true')
    },
  )

  test('a path to nothing, to a folder or to an endless device is only a warning', async () => {
    for (const path of ['missing.json', '.', '/dev/zero']) {
      const result = await runIn({}, { with: { 'trust-policy': path } })
      expect(warningsOf(result).join('\n')).toContain('trust-policy')
      expect(result.outputs.verified).toBe('true')
    }
  })

  function key(claim: string): string {
    return `token.actions.githubusercontent.com:${claim}`
  }

  function policyWith(Condition: object): object {
    const Principal = {
      Federated: 'arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com',
    }
    return {
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Principal, Action: 'sts:AssumeRoleWithWebIdentity', Condition }],
    }
  }

  /** Runs the step with a copy of the policy in the workspace. */
  async function runWithPolicy(data: Partial<World>, text: string): Promise<StepResult> {
    const folder = mkdtempSync(join(tmpdir(), 'policy-'))
    writeFileSync(join(folder, 'policy.json'), text)
    try {
      return await inWorld(data, world =>
        runMain(world, {
          with: { 'trust-policy': 'policy.json', 'role-to-assume': DEPLOY },
          runnerVariables: { GITHUB_WORKSPACE: folder },
        }),
      )
    } finally {
      rmSync(folder, { recursive: true })
    }
  }
})
