import { resolve } from 'node:path'
import type { Fault } from './fault.ts'
import { defaultJob, githubIssuer, githubSubject, type Job } from './job.ts'
import { runStep, type StepResult } from './runner/runner.ts'
import { roleArn } from './sts/account.ts'
import { defaultWorld, type RunningWorld, startWorld, trustPolicyFor, type World } from './world.ts'

/** One run of the action in a world of its own, and how it must come out. */
export interface Scene {
  /** For files: a word or two. */
  readonly name: string
  readonly title: string
  readonly story: string
  readonly world: Partial<World>
  /** Beside the region and the way to STS. */
  readonly inputs: Values
  /** What earlier steps exported. */
  readonly environment?: (world: RunningWorld) => Values
  /** `verified`, or the failure code. */
  readonly outcome: string
  /** Whether keys reach the environment of later steps. */
  readonly exportsKeys: boolean
}

type Values = Readonly<Record<string, string>>

/** Who is who in the scenes. */
export interface Cast {
  readonly role: string
  readonly expected: string
  /** Blank for none. */
  readonly environment: string
  readonly ref: string
}

export const DEFAULT_CAST: Cast = {
  role: 'deploy',
  expected: 'deploy',
  environment: 'production',
  ref: 'refs/heads/main',
}
export const ACTION = resolve(process.cwd())
const ACCOUNT = '111122223333'
const STAGING = '444455556666'

function jobOf({ environment, ref }: Cast): Job {
  return { ...defaultJob, ...(environment ? { environment } : {}), ref }
}

/** AWS accounts with one role each, which trusts one subject. */
function accountsWith(role: string, subject: string, accountIds = [ACCOUNT]): World['accounts'] {
  const providers = defaultWorld.accounts[ACCOUNT]?.providers ?? []
  return Object.fromEntries(
    accountIds.map((accountId, index) => {
      const trustPolicy = trustPolicyFor(accountId, githubIssuer, [subject], 'sts.amazonaws.com')
      const id = ['AROA3XFRBF535PLBIFPI4', 'AROA5STAGINGPLBIFPI7Q'][index] ?? ''
      return [accountId, { providers, roles: [{ name: role, id, trustPolicy }] }]
    }),
  )
}

export function scenesFor(cast: Cast): Scene[] {
  const { role, expected } = cast
  const impostor = role === 'administrator' ? 'intruder' : 'administrator'
  const job = jobOf(cast)
  const subject = githubSubject(job)
  const trusting = accountsWith(role, subject)
  const classic = githubSubject({ ...job, immutableSubject: false })
  const swapped: Fault = {
    on: 'GetCallerIdentity',
    effect: {
      kind: 'alter',
      fields: {
        Arn: `arn:aws:sts::${ACCOUNT}:assumed-role/${impostor}/GitHubActions`,
        UserId: 'AROAQ3EGSADMINISTRATO:GitHubActions',
      },
    },
  }
  const arn = roleArn(ACCOUNT, { name: role })
  const becomes = { 'role-to-assume': arn, ...(expected === role ? {} : { 'expected-role': expected }) }
  const expectsTheRole = [role, arn].includes(expected)
  const outcome = expectsTheRole ? 'verified' : 'ERR_IDENTITY_MISMATCH'
  return [
    {
      name: 'verified',
      title: expectsTheRole ? 'Verified' : 'Not the role that is expected',
      story: `The role ${role} trusts this job, and ${expectsTheRole ? 'it is the one' : `${expected} is`} expected.`,
      world: { job, accounts: trusting },
      inputs: becomes,
      outcome,
      exportsKeys: expectsTheRole,
    },
    {
      name: 'another-role',
      title: 'Another role answers',
      story: "The session turns out to be another role's: nothing may be exported.",
      world: { job, accounts: trusting, faults: [swapped] },
      inputs: becomes,
      outcome: 'ERR_IDENTITY_MISMATCH',
      exportsKeys: false,
    },
    {
      name: 'refused',
      title: 'The trust policy refuses',
      story: `The policy was written for the classic subject ${classic}, and GitHub now sends the immutable one.`,
      world: { job, accounts: accountsWith(role, classic) },
      inputs: becomes,
      outcome: 'ERR_STS_REJECTED',
      exportsKeys: false,
    },
    {
      name: 'verify-only',
      title: 'Verify only',
      story: 'An earlier step has left credentials: whose they are is proved right before they are used.',
      world: { job, accounts: trusting },
      inputs: {
        'expected-role': expected,
        ...(expected.startsWith('arn:') ? {} : { 'allowed-account-ids': ACCOUNT }),
      },
      environment: ({ sts }) => {
        const session = sts.issueSession(ACCOUNT, role, 'earlier-step')
        return {
          AWS_ACCESS_KEY_ID: session.accessKeyId,
          AWS_SECRET_ACCESS_KEY: session.secretAccessKey,
          AWS_SESSION_TOKEN: session.sessionToken,
        }
      },
      outcome,
      exportsKeys: false,
    },
    {
      name: 'several-roles',
      title: 'Several roles',
      story: `The role ${role} of two accounts, side by side: each is proved, and gets a profile of its own.`,
      world: { job, accounts: accountsWith(role, subject, [ACCOUNT, STAGING]) },
      inputs: {
        'aws-profiles': `staging=${roleArn(STAGING, { name: role })}\nproduction=${arn}`,
      },
      outcome: 'verified',
      exportsKeys: false,
    },
  ]
}

/** Runs the action in the scene's world. */
export async function runScene(scene: Scene, onLine?: (line: string) => void): Promise<StepResult> {
  const world = await startWorld(scene.world)
  try {
    return await runStep({
      actionDirectory: ACTION,
      step: 'main',
      with: {
        'aws-region': 'eu-west-1',
        'sts-endpoint': world.sts.url,
        ...scene.inputs,
      },
      environment: scene.environment?.(world) ?? {},
      job: world.job,
      idToken: { url: world.idTokenIssuer.requestUrl, token: world.idTokenIssuer.requestToken },
      onLine,
    })
  } finally {
    await world.close()
  }
}
