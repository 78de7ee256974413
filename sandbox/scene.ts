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
  /** No role is assumed: a session of the role, which an earlier step left, is what is verified. */
  readonly verifiesOnly?: boolean
  /** `verified`, or the failure code. */
  readonly outcome: string
}

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

function jobOf({ environment, ref }: Cast): Job {
  return { ...defaultJob, ...(environment ? { environment } : {}), ref }
}

/** An AWS account with one role, which trusts one subject. */
function accountsWith(role: string, subject: string): World['accounts'] {
  const trustPolicy = trustPolicyFor(ACCOUNT, githubIssuer, [subject], 'sts.amazonaws.com')
  const providers = defaultWorld.accounts[ACCOUNT]?.providers ?? []
  return { [ACCOUNT]: { providers, roles: [{ name: role, id: 'AROA3XFRBF535PLBIFPI4', trustPolicy }] } }
}

export function scenesFor(cast: Cast): Scene[] {
  const { role, expected } = cast
  const impostor = role === 'administrator' ? 'intruder' : 'administrator'
  const job = jobOf(cast)
  const trusting = accountsWith(role, githubSubject(job))
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
  const expectsTheRole = [role, roleArn(ACCOUNT, { name: role })].includes(expected)
  return [
    {
      name: 'verified',
      title: expectsTheRole ? 'Verified' : 'Not the role that is expected',
      story: `The role ${role} trusts this job, and ${expectsTheRole ? 'it is the one' : `${expected} is`} expected.`,
      world: { job, accounts: trusting },
      outcome: expectsTheRole ? 'verified' : 'ERR_IDENTITY_MISMATCH',
    },
    {
      name: 'another-role',
      title: 'Another role answers',
      story: "The session turns out to be another role's: nothing may be handed out.",
      world: { job, accounts: trusting, faults: [swapped] },
      outcome: 'ERR_IDENTITY_MISMATCH',
    },
    {
      name: 'refused',
      title: 'The trust policy refuses',
      story: `The policy was written for the classic subject ${classic}, and GitHub now sends the immutable one.`,
      world: { job, accounts: accountsWith(role, classic) },
      outcome: 'ERR_STS_REJECTED',
    },
    {
      name: 'verify-only',
      title: 'Verify only',
      story: 'An earlier step has left credentials: whose they are is proved right before they are used.',
      world: { job, accounts: trusting },
      verifiesOnly: true,
      outcome: expectsTheRole ? 'verified' : 'ERR_IDENTITY_MISMATCH',
    },
  ]
}

function inputsOf({ verifiesOnly }: Scene, { role, expected }: Cast): Record<string, string> {
  const arn = roleArn(ACCOUNT, { name: role })
  if (!verifiesOnly)
    return { 'role-to-assume': arn, ...(expected === role ? {} : { 'expected-role': expected }) }
  return expected.startsWith('arn:')
    ? { 'expected-role': expected }
    : { 'expected-role': expected, 'allowed-account-ids': ACCOUNT }
}

/** What an earlier step exported. */
function environmentOf(
  { verifiesOnly }: Scene,
  { role }: Cast,
  { sts }: RunningWorld,
): Record<string, string> {
  if (!verifiesOnly) return {}
  const session = sts.issueSession(ACCOUNT, role, 'earlier-step')
  return {
    AWS_ACCESS_KEY_ID: session.accessKeyId,
    AWS_SECRET_ACCESS_KEY: session.secretAccessKey,
    AWS_SESSION_TOKEN: session.sessionToken,
  }
}

/** Runs the action in the scene's world. */
export async function runScene(
  scene: Scene,
  cast: Cast,
  onLine?: (line: string) => void,
): Promise<StepResult> {
  const world = await startWorld(scene.world)
  try {
    return await runStep({
      actionDirectory: ACTION,
      step: 'main',
      with: {
        'aws-region': 'eu-west-1',
        'sts-endpoint': world.sts.url,
        ...inputsOf(scene, cast),
      },
      environment: environmentOf(scene, cast, world),
      job: world.job,
      idToken: { url: world.idTokenIssuer.requestUrl, token: world.idTokenIssuer.requestToken },
      onLine,
    })
  } finally {
    await world.close()
  }
}
