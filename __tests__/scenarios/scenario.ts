import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join, resolve } from 'node:path'
import { afterAll, expect } from '@jest/globals'
import type { FaultEffect } from '../../sandbox/fault.ts'
import { runStep, type StepOptions, type StepResult } from '../../sandbox/runner/runner.ts'
import type { Session } from '../../sandbox/sts/session.ts'
import { defaultWorld, type RunningWorld, startWorld, type World } from '../../sandbox/world.ts'
import { schemaProblems } from '../identity-record-schema.ts'

export const ACTION = resolve(__dirname, '../..')
export const DEPLOY = 'arn:aws:iam::111122223333:role/deploy'
export const DEPLOY_SESSION = 'arn:aws:sts::111122223333:assumed-role/deploy/GitHubActions'
export const DEPLOYER = 'arn:aws:iam::111122223333:role/deployer'
export const PRODUCTION = 'arn:aws:iam::444455556666:role/production'
export const PRODUCTION_SESSION = 'arn:aws:sts::444455556666:assumed-role/production/GitHubActions'
export const ROBOT = 'arn:aws:iam::111122223333:user/ci-robot'
export const READER = 'arn:aws:iam::444455556666:role/reader'
/** GetCallerIdentity's response when the role is not the one requested. */
export const ANOTHER_ROLE = {
  Arn: 'arn:aws:sts::111122223333:assumed-role/admin/GitHubActions',
  UserId: 'AROAADMINADMINADMIN00:GitHubActions',
}

export type Scenario = Partial<Omit<StepOptions, 'with'>> & {
  readonly with?: Readonly<Record<string, string>>
  /** Names to remove from the default `with`. */
  readonly without?: readonly string[]
  /** A job without `id-token: write`. */
  readonly noToken?: boolean
}

/** The path of the test's own file. */
export function newFile(name: string, text: string): string {
  const path = join(mkdtempSync(join(tmpdir(), 'own-')), name)
  writeFileSync(path, text)
  return path
}

/** The test's own world, closed when the body is done. */
export async function inWorld<T>(
  data: Partial<World>,
  body: (world: RunningWorld) => Promise<T>,
): Promise<T> {
  const world = await startWorld(data)
  try {
    return await body(world)
  } finally {
    await world.close()
  }
}

/** A step and its job's folder, which the post step shares. */
export type MainResult = StepResult & { readonly temporaryDirectory: string }

const jobFolders: string[] = []
afterAll(() => {
  for (const folder of jobFolders) rmSync(folder, { recursive: true, force: true })
})

function newJobFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'job-'))
  jobFolders.push(folder)
  return folder
}

/** Runs the bundle's main step in a world, and looks for secrets in everything readable that it leaves. */
export async function runMain(world: RunningWorld, scenario: Scenario = {}): Promise<MainResult> {
  const { noToken, without = [], with: given, ...options } = scenario
  const inputs = {
    'aws-region': 'eu-west-1',
    'role-to-assume': DEPLOY,
    'sts-endpoint': world.sts.url,
    ...given,
  }
  const present = Object.fromEntries(Object.entries(inputs).filter(([name]) => !without.includes(name)))
  const temporaryDirectory = options.temporaryDirectory ?? newJobFolder()
  const result = await runStep({
    actionDirectory: ACTION,
    step: 'main',
    with: present,
    job: world.job,
    idToken: noToken
      ? undefined
      : { url: world.idTokenIssuer.requestUrl, token: world.idTokenIssuer.requestToken },
    debug: true,
    ...options,
    temporaryDirectory,
  })
  expectNoSecrets([...world.secrets(), ...ownSecrets(present, options.environment)], result)
  expectValidRecord(result)
  return { ...result, temporaryDirectory }
}

/** Whatever became of a step that wrote outputs, its record is valid and agrees with them. */
function expectValidRecord({ outputs }: StepResult): void {
  const isReported = outputs.verified !== undefined || outputs['failure-code'] !== undefined
  if (!isReported) return
  const record = recordOf(outputs)
  expect(schemaProblems(record)).toEqual([])
  expect(record.verified).toBe(outputs.verified === 'true')
  expect(record.failureCode).toBe(outputs['failure-code'] ?? null)
  expect(record.token?.subject).toBe(outputs['token-subject'])
}

/** The output `identity-record`, parsed. */
// biome-ignore lint/suspicious/noExplicitAny: any part of it is looked at
export function recordOf(outputs: Readonly<Record<string, string>>): any {
  return JSON.parse(outputs['identity-record'] ?? 'null')
}

/** Secrets that the step got through its inputs and the job's variables. */
function ownSecrets(
  inputs: Readonly<Record<string, string>>,
  environment: Readonly<Record<string, string>> = {},
): string[] {
  const keys = ['AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN'].flatMap(name => [
    environment[name],
    inputs[name.toLowerCase().replaceAll('_', '-')],
  ])
  const proxies = [inputs['http-proxy'], ...Object.values(environment)]
  const passwords = proxies.map(address => /:\/\/[^:/]*:([^@]+)@/.exec(address ?? '')?.[1])
  // A shorter one may appear in a text by chance.
  return [...keys, ...passwords].filter(secret => secret !== undefined && secret.length >= 8) as string[]
}

/** A session of the role `deploy` that an earlier step left in the environment, with its variables. */
export function earlierSession(
  world: RunningWorld,
  roleName = 'deploy',
  accountId = '111122223333',
): Record<string, string> {
  return variablesOf(world.sts.issueSession(accountId, roleName, 'earlier'))
}

export function variablesOf({ accessKeyId, secretAccessKey, sessionToken }: Session): Record<string, string> {
  return {
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    AWS_SESSION_TOKEN: sessionToken,
  }
}

/** The access key of the user ci-robot, as inputs. */
export function robotKeys(world: RunningWorld): Record<string, string> {
  const key = world.users['ci-robot']
  if (!key) throw new Error('this world has no ci-robot')
  return { 'aws-access-key-id': key.accessKeyId, 'aws-secret-access-key': key.secretAccessKey }
}

/** One step in its own world. */
export function runIn(data: Partial<World>, scenario: Scenario = {}): Promise<MainResult> {
  return inWorld(data, world => runMain(world, scenario))
}

/** Runs the post step after a main step, and looks for that step's secrets in everything it leaves. */
export async function runPost(main: MainResult, options: Partial<StepOptions> = {}): Promise<StepResult> {
  const result = await runStep({
    actionDirectory: ACTION,
    step: 'post',
    with: {},
    job: defaultWorld.job,
    state: main.state,
    masks: main.masks,
    temporaryDirectory: main.temporaryDirectory,
    debug: true,
    ...options,
  })
  expectNoSecrets(
    main.masks.filter(mask => mask.length >= 16),
    result,
  )
  return result
}

/** What the runner itself would print for a line: nobody sees commands that only register a mask. */
function shownOutput({ stdout, stderr }: StepResult): string {
  return `${stdout}\n${stderr}`
    .split('\n')
    .filter(line => !line.startsWith('::add-mask::'))
    .join('\n')
}

/**
 * Raw output, so that the runner's masks can't hide what the action should not have printed; with the entities of
 * Markdown and Mermaid undone, and in parts, so that neither escaping nor cutting hides it from this search.
 */
export function expectNoSecrets(secrets: readonly string[], result: StepResult): void {
  const readable = [shownOutput(result), unescaped(result.summary), result.files.state, result.log]
  const leaked = secrets
    .flatMap(partsOf)
    .filter(part => [...readable, ...leftBehind(result)].some(text => text.includes(part)))
  expect(leaked).toEqual([])
}

/** What a step leaves to later ones, without the places meant for keys, which only a step that passes may fill. */
function leftBehind({ conclusion, files, exported, outputs, changedFiles }: StepResult): string[] {
  if (conclusion === 'failure') return [files.env, files.output, ...Object.values(changedFiles)]
  const { AWS_SECRET_ACCESS_KEY: _, AWS_SESSION_TOKEN: __, ...variables } = exported
  const { 'aws-secret-access-key': ___, 'aws-session-token': ____, ...named } = outputs
  const others = Object.entries(changedFiles).filter(([path]) => !KEY_FILES.includes(basename(path)))
  return [...Object.values({ ...variables, ...named }), ...others.map(([, text]) => text)]
}

/** The shared file, and what a renewing profile stores. */
const KEY_FILES = ['credentials', 'credentials.json']

function unescaped(markdown: string): string {
  return markdown.replaceAll(/&?#(\d+);/g, (_, code) => String.fromCodePoint(Number(code)))
}

/** Overlapping parts of a secret. A token's first parts are the same in all tokens, and not secret. */
function partsOf(secret: string): string[] {
  const starts = Array.from({ length: Math.ceil(secret.length / 10) }, (_, index) => index * 10)
  const parts = starts.map(start => secret.slice(start, start + 20)).filter(part => part.length === 20)
  return [secret, ...parts]
}

/** Nothing of a session is left behind: no variables, and only the outputs of a failure. */
export function expectNothingHandedOut(result: StepResult): void {
  expect(result.files.env).toBe('')
  expect(result.files.state).toBe('')
  expect(Object.keys(result.outputs).filter(name => !FAILURE_OUTPUTS.includes(name))).toEqual([])
}

/** What every step tells of that STS responded to. */
export const OF_THE_REQUEST = {
  'sts-request-id': expect.stringMatching(/^[\da-f-]{36}$/),
  'identity-record': expect.stringMatching(/^\{.*\}$/),
}

export const FAILURE_OUTPUTS = [
  'failure-code',
  'actual-arn',
  'token-subject',
  'sts-request-id',
  'identity-record',
]

/** The step failed with this code, set the failure outputs and exported nothing. */
export function expectFailure(result: StepResult, code: string): void {
  expect(result.conclusion).toBe('failure')
  expect(result.outputs['failure-code']).toBe(code)
  expect(errorsOf(result).join('\n')).toContain(`${code}: `)
  expectNothingHandedOut(result)
}

export function errorsOf(result: StepResult): string[] {
  return messagesOf(result, 'error')
}

export function warningsOf(result: StepResult): string[] {
  return messagesOf(result, 'warning')
}

export function noticesOf(result: StepResult): string[] {
  return messagesOf(result, 'notice')
}

function messagesOf({ annotations }: StepResult, level: string): string[] {
  return annotations.filter(annotation => annotation.level === level).map(({ message }) => message)
}

/** The operations that STS was called for, in order. */
export function operationsOf(world: RunningWorld): string[] {
  return world.sts.requests.map(({ operation }) => operation)
}

/** AWS's id of the last request for a role whose ARN ends like this. */
export function requestIdFor(world: RunningWorld, role: string): string | undefined {
  return world.sts.requests.findLast(({ parameters }) => parameters.RoleArn?.endsWith(role))?.requestId
}

/** A server error with a message built when it is sent, from what the run knows by then. */
export function errorTelling(status: number, code: string, tell: () => string): FaultEffect {
  return {
    kind: 'error',
    status,
    code,
    get message() {
      return tell()
    },
  }
}
