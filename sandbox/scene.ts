import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { defaultJob, githubIssuer, githubSubject, type Job } from './job.ts'
import { commandOf, runCommand } from './renewing-profile.ts'
import { runStep, type StepResult } from './runner/runner.ts'
import { roleArn } from './sts/account.ts'
import type { Session } from './sts/session.ts'
import { defaultWorld, type RunningWorld, startWorld, trustPolicyFor, type World } from './world.ts'

/** One run of the action in a world of its own, and the result it must have. */
export interface Scene {
  /** For files: a word or two. */
  readonly name: string
  readonly title: string
  readonly story: string
  readonly world: Partial<World>
  /** Beside the region and the STS endpoint. */
  readonly inputs: Values
  /** What earlier steps exported. */
  readonly environment?: (world: RunningWorld) => Values
  /** `verified`, or the failure code. */
  readonly outcome: string
  /** Whether keys reach the environment of later steps. */
  readonly exportsKeys: boolean
  /** Whether the step fails the job. */
  readonly fails: boolean
  /** A later step of the job. `folder` holds the job's home. */
  readonly later?: (world: RunningWorld, folder: string) => Promise<LaterStep>
}

export interface LaterStep {
  readonly lines: readonly string[]
  readonly isAsExpected: boolean
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
const REGION = { 'aws-region': 'eu-west-1' }

function jobOf({ environment, ref }: Cast): Job {
  return { ...defaultJob, ...(environment ? { environment } : {}), ref }
}

const ROLE_ID = 'AROA3XFRBF535PLBIFPI4'

/** AWS accounts with one role each, which trusts one subject. */
function accountsWith(role: string, subject: string, accountIds = [ACCOUNT]): World['accounts'] {
  const roleIds = [ROLE_ID, 'AROA5STAGINGPLBIFPI7Q']
  return Object.fromEntries(
    accountIds.map((accountId, index) => [
      accountId,
      accountOf(accountId, { [role]: roleIds[index] ?? '' }, subject),
    ]),
  )
}

/** An account whose roles, by name with their IDs, trust one subject. */
function accountOf(accountId: string, roleIds: Values, subject: string): World['accounts'][string] {
  const trustPolicy = trustPolicyFor(accountId, githubIssuer, [subject], 'sts.amazonaws.com')
  const roles = Object.entries(roleIds).map(([name, id]) => ({ name, id, trustPolicy }))
  return { providers: defaultWorld.accounts[ACCOUNT]?.providers ?? [], roles }
}

export function scenesFor(cast: Cast): Scene[] {
  const { role, expected } = cast
  const other = role === 'administrator' ? 'intruder' : 'administrator'
  const job = jobOf(cast)
  const subject = githubSubject(job)
  const trusting = accountsWith(role, subject)
  const roles = { [role]: ROLE_ID, [other]: 'AROAQ3EGSADMINISTRATO' }
  const withOther = { [ACCOUNT]: accountOf(ACCOUNT, roles, subject) }
  const assumesOther = { 'role-to-assume': roleArn(ACCOUNT, { name: other }), 'expected-role': role }
  const classic = githubSubject({ ...job, immutableSubject: false })
  const arn = roleArn(ACCOUNT, { name: role })
  const isExpected = [role, arn].includes(expected)
  const assumes = { 'role-to-assume': arn, ...(isExpected ? {} : { 'expected-role': expected }) }
  const outcome = isExpected ? 'verified' : 'ERR_IDENTITY_MISMATCH'
  return [
    {
      name: 'verified',
      title: isExpected ? 'Verified' : 'Not the expected role',
      story: `The role ${role} trusts this job, and ${isExpected ? 'it is the one' : `${expected} is`} expected.`,
      world: { job, accounts: trusting },
      inputs: assumes,
      outcome,
      exportsKeys: isExpected,
      fails: !isExpected,
    },
    {
      name: 'another-role',
      title: 'Another role',
      story: `A variable names the role ${other}, and the workflow expects ${role}. STS issues a session, but nothing may be exported.`,
      world: { job, accounts: withOther },
      inputs: assumesOther,
      outcome: 'ERR_IDENTITY_MISMATCH',
      exportsKeys: false,
      fails: true,
    },
    {
      name: 'reported',
      title: 'A mismatch that is reported',
      story:
        'The same with on-mismatch: report. The step passes, verified stays empty, and later steps can branch on it.',
      world: { job, accounts: withOther },
      inputs: { ...assumesOther, 'on-mismatch': 'report' },
      outcome: 'ERR_IDENTITY_MISMATCH',
      exportsKeys: false,
      fails: false,
    },
    {
      name: 'refused',
      title: 'The trust policy refuses',
      story: `The policy was written for the classic subject ${classic}, and GitHub now sends the immutable one.`,
      world: { job, accounts: accountsWith(role, classic) },
      inputs: assumes,
      outcome: 'ERR_STS_REJECTED',
      exportsKeys: false,
      fails: true,
    },
    {
      name: 'required-claims',
      title: 'A required claim',
      story: "Somebody started the workflow by hand. IAM can't test event_name; required-claims can.",
      world: { job: { ...job, eventName: 'workflow_dispatch' }, accounts: trusting },
      inputs: { ...assumes, 'required-claims': 'event_name=push\nref~refs/heads/*' },
      outcome: 'ERR_CLAIM_MISMATCH',
      exportsKeys: false,
      fails: true,
    },
    {
      name: 'verify-only',
      title: 'Verify only',
      story: 'An earlier step left credentials. This step verifies them right before they are used.',
      world: { job, accounts: trusting },
      inputs: {
        'expected-role': expected,
        ...(expected.startsWith('arn:') ? {} : { 'allowed-account-ids': ACCOUNT }),
      },
      environment: ({ sts }) => keyVariables(sts.issueSession(ACCOUNT, role, 'earlier-step')),
      outcome,
      exportsKeys: false,
      fails: !isExpected,
    },
    {
      name: 'replaced',
      title: 'Replaced credentials',
      story:
        'Another action replaced the credentials. A step right before terraform apply notices, and the job stops.',
      world: { job, accounts: withOther },
      inputs: { 'expected-role': role, 'allowed-account-ids': ACCOUNT },
      environment: ({ sts }) => keyVariables(sts.issueSession(ACCOUNT, other, 'another-action')),
      outcome: 'ERR_IDENTITY_MISMATCH',
      exportsKeys: false,
      fails: true,
    },
    // Another role than the expected one gets no profile, as the first scene shows.
    ...(isExpected ? scenesWithProfiles(role, job, subject) : []),
  ]
}

function scenesWithProfiles(role: string, job: Job, subject: string): Scene[] {
  return [
    {
      name: 'renewing-profile',
      title: 'A profile that renews itself',
      story:
        'Sessions last six seconds here. A later step uses the profile near the end of its session, and gets a new one, verified again.',
      world: { job, accounts: accountsWith(role, subject), sessionSeconds: SESSION_SECONDS },
      inputs: {
        'role-to-assume': roleArn(ACCOUNT, { name: role }),
        'aws-profile': 'production',
        'refresh-credentials': 'true',
      },
      outcome: 'verified',
      exportsKeys: false,
      fails: false,
      later: useProfile,
    },
    {
      name: 'several-roles',
      title: 'Several roles',
      story: `The role ${role} of two accounts in one step. Each is verified and gets its own profile.`,
      world: { job, accounts: accountsWith(role, subject, [ACCOUNT, STAGING]) },
      inputs: {
        'aws-profiles': [
          `staging=${roleArn(STAGING, { name: role })}`,
          `production=${roleArn(ACCOUNT, { name: role })}`,
        ].join('\n'),
      },
      outcome: 'verified',
      exportsKeys: false,
      fails: false,
    },
  ]
}

function keyVariables(session: Session): Values {
  return {
    AWS_ACCESS_KEY_ID: session.accessKeyId,
    AWS_SECRET_ACCESS_KEY: session.secretAccessKey,
    AWS_SESSION_TOKEN: session.sessionToken,
  }
}

/** Renewals are due in the last third. */
const SESSION_SECONDS = 6

/** What an SDK does with the profile near the end of its session. */
async function useProfile({ idTokenIssuer, sts }: RunningWorld, folder: string): Promise<LaterStep> {
  const config = readFileSync(join(folder, 'home', '.aws', 'config'), 'utf8')
  const variables = {
    ACTIONS_ID_TOKEN_REQUEST_URL: idTokenIssuer.requestUrl,
    ACTIONS_ID_TOKEN_REQUEST_TOKEN: idTokenIssuer.requestToken,
  }
  await pause(SESSION_SECONDS * 0.75 * 1000)
  const { exitCode, stderr, credentials } = await runCommand(
    commandOf(config, 'production'),
    variables,
    folder,
  )
  return {
    lines: [
      'An SDK runs the credential_process of the profile production.',
      credentials
        ? `It got credentials that expire at ${credentials.Expiration}.`
        : `It exited with ${exitCode}: ${stderr.trim()}`,
      `Sessions issued so far: ${sts.sessions.length}. Calls to STS: ${sts.requests.map(({ operation }) => operation).join(', ')}.`,
    ],
    isAsExpected: credentials !== undefined && sts.sessions.length === 2,
  }
}

const NO_LATER_STEP: LaterStep = { lines: [], isAsExpected: true }

export interface SceneResult extends StepResult {
  readonly later: LaterStep
}

/** The whole `with:` of the step, but for the endpoint of the sandbox. */
export function inputsOf({ inputs }: Scene): Values {
  return { ...REGION, ...inputs }
}

/** Runs the action in the scene's world. */
export async function runScene(scene: Scene, onLine?: (line: string) => void): Promise<SceneResult> {
  const world = await startWorld(scene.world)
  const folder = mkdtempSync(join(tmpdir(), 'scene-'))
  try {
    const result = await runStep({
      actionDirectory: ACTION,
      step: 'main',
      with: { ...inputsOf(scene), 'sts-endpoint': world.sts.url },
      environment: scene.environment?.(world) ?? {},
      job: world.job,
      idToken: { url: world.idTokenIssuer.requestUrl, token: world.idTokenIssuer.requestToken },
      temporaryDirectory: folder,
      onLine,
    })
    return { ...result, later: (await scene.later?.(world, folder)) ?? NO_LATER_STEP }
  } finally {
    rmSync(folder, { recursive: true, force: true })
    await world.close()
  }
}
