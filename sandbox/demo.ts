import { resolve } from 'node:path'
import { parseArgs, styleText } from 'node:util'
import type { Fault } from './fault.ts'
import { defaultJob, githubIssuer, githubSubject, type Job } from './job.ts'
import { actionNode, runStep, type StepResult } from './runner/runner.ts'
import { roleArn } from './sts/account.ts'
import { defaultWorld, type RunningWorld, startWorld, trustPolicyFor, type World } from './world.ts'

/** One run of the action in a world of its own, and how it must come out. */
interface Scene {
  readonly title: string
  readonly story: string
  readonly world: Partial<World>
  /** No role is assumed: a session of the role, which an earlier step left, is what is verified. */
  readonly verifiesOnly?: boolean
  /** `verified`, or the failure code. */
  readonly outcome: string
}

const ACTION = resolve(process.cwd())
const ACCOUNT = '111122223333'
const USAGE = `npm run demo -- [--role NAME] [--expected-role NAME-OR-ARN] [--environment NAME] [--ref REF]

  --role           role to assume; the sandbox's AWS has it (default: deploy)
  --expected-role  the input expected-role (default: the role to assume)
  --environment    environment of the job, as in environment: production
  --ref            branch or full ref of the run (default: main)`

function readOptions() {
  const text = { type: 'string' } as const
  const options = {
    role: text,
    'expected-role': text,
    environment: text,
    ref: text,
    help: { type: 'boolean' },
  } as const
  const { values } = parseArgs({ options })
  const {
    role = 'deploy',
    'expected-role': expected = role,
    environment = '',
    ref = 'main',
    help = false,
  } = values
  if (!/^[\w+=.@-]{1,64}$/.test(role)) throw new Error('--role takes the name of a role, without a path')
  if (expected === '' || expected === 'any')
    throw new Error('--expected-role takes the name or the ARN of a role')
  return { role, expected, environment, help, ref: ref.startsWith('refs/') ? ref : `refs/heads/${ref}` }
}

type Options = ReturnType<typeof readOptions>

function jobOf({ environment, ref }: Options): Job {
  return { ...defaultJob, ...(environment ? { environment } : {}), ref }
}

/** An AWS account with one role, which trusts one subject. */
function accountsWith(role: string, subject: string): World['accounts'] {
  const trustPolicy = trustPolicyFor(ACCOUNT, githubIssuer, [subject], 'sts.amazonaws.com')
  const providers = defaultWorld.accounts[ACCOUNT]?.providers ?? []
  return { [ACCOUNT]: { providers, roles: [{ name: role, id: 'AROA3XFRBF535PLBIFPI4', trustPolicy }] } }
}

function scenesFor(options: Options): Scene[] {
  const { role, expected } = options
  const impostor = role === 'administrator' ? 'intruder' : 'administrator'
  const job = jobOf(options)
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
      title: expectsTheRole ? 'Verified' : 'Not the role that is expected',
      story: `The role ${role} trusts this job, and ${expectsTheRole ? 'it is the one' : `${expected} is`} expected.`,
      world: { job, accounts: trusting },
      outcome: expectsTheRole ? 'verified' : 'ERR_IDENTITY_MISMATCH',
    },
    {
      title: 'Another role answers',
      story: "The session turns out to be another role's: nothing may be handed out.",
      world: { job, accounts: trusting, faults: [swapped] },
      outcome: 'ERR_IDENTITY_MISMATCH',
    },
    {
      title: 'The trust policy refuses',
      story: `The policy was written for the classic subject ${classic}, and GitHub now sends the immutable one.`,
      world: { job, accounts: accountsWith(role, classic) },
      outcome: 'ERR_STS_REJECTED',
    },
    {
      title: 'Verify only',
      story: 'An earlier step has left credentials: whose they are is proved right before they are used.',
      world: { job, accounts: trusting },
      verifiesOnly: true,
      outcome: expectsTheRole ? 'verified' : 'ERR_IDENTITY_MISMATCH',
    },
  ]
}

function inputsOf({ verifiesOnly }: Scene, { role, expected }: Options): Record<string, string> {
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
  { role }: Options,
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

async function play(scene: Scene, options: Options): Promise<boolean> {
  const world = await startWorld(scene.world)
  try {
    const result = await runStep({
      actionDirectory: ACTION,
      step: 'main',
      with: {
        'aws-region': 'eu-west-1',
        'sts-endpoint': world.sts.url,
        ...inputsOf(scene, options),
      },
      environment: environmentOf(scene, options, world),
      job: world.job,
      idToken: { url: world.idTokenIssuer.requestUrl, token: world.idTokenIssuer.requestToken },
      onLine: line => console.log(quoted(line)),
    })
    showResult(result)
    return cameOutAsItMust(scene, result)
  } finally {
    await world.close()
  }
}

function showResult({ exported, outputs, masks, summary }: StepResult): void {
  showVariables('Variables that left the step', exported, masks)
  showVariables('Outputs that left the step', outputs, masks)
  heading('The job summary (Markdown)')
  for (const line of summary.trimEnd().split('\n')) console.log(quoted(line))
}

function showVariables(
  title: string,
  variables: Readonly<Record<string, string>>,
  masks: readonly string[],
): void {
  heading(title)
  const entries = Object.entries(variables)
  if (entries.length === 0) console.log(quoted('none'))
  for (const [name, value] of entries)
    console.log(quoted(`${name} = ${masks.includes(value) ? '***' : value}`))
}

function cameOutAsItMust(
  { outcome, verifiesOnly = false }: Scene,
  { outputs, exported }: StepResult,
): boolean {
  const actual = outputs.verified === 'true' ? 'verified' : (outputs['failure-code'] ?? 'no outcome')
  const handedOut = exported.AWS_SECRET_ACCESS_KEY !== undefined
  const isRight = actual === outcome && handedOut === (outcome === 'verified' && !verifiesOnly)
  heading('Outcome')
  const keys = handedOut ? 'credentials handed out' : 'nothing handed out'
  console.log(
    quoted(isRight ? `✔ ${actual}, ${keys}, as it must be` : `✘ ${actual}, ${keys}; it must be ${outcome}`),
  )
  return isRight
}

function heading(text: string): void {
  console.log(styleText('bold', `\n  ${text}`))
}

function quoted(line: string): string {
  return `  │ ${line}`
}

async function demo(options: Options): Promise<void> {
  const { version, isRuntimeOfTheAction } = actionNode(ACTION)
  const note = isRuntimeOfTheAction ? '' : ' (GitHub runs it on Node 24, which is not installed here)'
  console.log(`The bundle in dist/ runs on Node ${version}${note}, against a GitHub and an AWS on loopback.`)
  let allRight = true
  for (const [index, scene] of scenesFor(options).entries()) {
    console.log(styleText(['bold', 'underline'], `\nScene ${index + 1}: ${scene.title}`))
    console.log(`  ${scene.story}`)
    heading('The log as GitHub shows it')
    allRight = (await play(scene, options)) && allRight
  }
  console.log(allRight ? '\nAll scenes came out as they must.' : '\nNot all scenes came out as they must.')
  process.exitCode = allRight ? 0 : 1
}

function main(): void {
  try {
    const options = readOptions()
    if (options.help) console.log(USAGE)
    else void demo(options)
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : String(error)}\n\n${USAGE}`)
    process.exitCode = 2
  }
}

main()
