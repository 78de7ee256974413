import { defaultJob } from '../job.ts'
import { readActionManifest } from '../runner/action-manifest.ts'
import type { StepOptions, StepResult } from '../runner/runner.ts'
import { accountsWithDeploy, profileLines } from '../world.ts'
import type { ServerProcess, Site } from './server-process.ts'
import type { Variant } from './variant.ts'

/** `full`: from GitHub's token to verified credentials of the role. */
export type ScenarioName = 'full' | 'verify-only' | 'refusal' | 'fifty-roles'

type Values = Readonly<Record<string, string>>

interface Scenario {
  readonly inputs: Values
  environment(servers: ServerProcess): Values
  /** How a run must end: the figures of any other mean nothing. */
  hasEnded(result: StepResult): boolean
}

const ROLE = 'arn:aws:iam::111122223333:role/deploy'
/** Its trust policy admits no token. */
const REFUSING_ROLE = 'arn:aws:iam::111122223333:role/deployer'

export const FIFTY_ACCOUNTS = accountsWithDeploy(50)

const SCENARIOS: Readonly<Record<ScenarioName, Scenario>> = {
  full: {
    inputs: { 'role-to-assume': ROLE },
    environment: () => ({}),
    hasEnded: result => result.conclusion === 'success' && hasHandedOut(result),
  },
  'verify-only': {
    inputs: { 'expected-role': ROLE },
    environment: ({ session }) => ({
      AWS_ACCESS_KEY_ID: session.accessKeyId,
      AWS_SECRET_ACCESS_KEY: session.secretAccessKey,
      AWS_SESSION_TOKEN: session.sessionToken,
    }),
    hasEnded: ({ outputs }) => outputs.verified === 'true',
  },
  refusal: {
    inputs: { 'role-to-assume': REFUSING_ROLE },
    environment: () => ({}),
    hasEnded: result => result.conclusion === 'failure' && !hasHandedOut(result),
  },
  'fifty-roles': {
    inputs: { 'aws-profiles': profileLines(FIFTY_ACCOUNTS) },
    environment: () => ({}),
    hasEnded: ({ outputs }) => JSON.parse(outputs['verified-profiles'] ?? '[]').length === 50,
  },
}

function hasHandedOut({ exported }: StepResult): boolean {
  return exported.AWS_SECRET_ACCESS_KEY !== undefined
}

/** One process to measure. */
export interface Trial {
  readonly variant: Variant
  readonly scenario: ScenarioName
  readonly site: Site
}

export interface TrialSetting {
  /** The executable, the same for all. */
  readonly node: string
  readonly servers: ServerProcess
  /** Holds the servers' certificate. */
  readonly certificateFile: string
}

export function stepOf({ variant, scenario, site }: Trial, setting: TrialSetting): StepOptions {
  const { node, servers, certificateFile } = setting
  const { inputs, environment } = SCENARIOS[scenario]
  const way = wayToSts(variant, site, certificateFile)
  return {
    actionDirectory: variant.directory,
    node,
    step: 'main',
    with: variant.kind === 'bare' ? {} : { 'aws-region': 'eu-west-1', ...inputs, ...way.inputs },
    environment: { NODE_EXTRA_CA_CERTS: certificateFile, ...way.environment, ...environment(servers) },
    job: defaultJob,
    idToken: { url: site.tokenRequestUrl, token: servers.requestToken },
  }
}

/** By inputs where the action has them, else by the variables that the SDK obeys. */
function wayToSts(
  { directory }: Variant,
  { stsUrl }: Site,
  certificateFile: string,
): { readonly inputs: Values; readonly environment: Values } {
  const { inputs } = readActionManifest(directory)
  return inputs['sts-endpoint']
    ? { inputs: { 'sts-endpoint': stsUrl, 'ca-bundle': certificateFile }, environment: {} }
    : { inputs: {}, environment: { AWS_ENDPOINT_URL_STS: stsUrl } }
}

/** @throws Error with the log, if the run did not end as its scenario must */
export function assertEnded({ variant, scenario, site }: Trial, result: StepResult): void {
  if (variant.kind === 'bare' ? result.exitCode === 0 : SCENARIOS[scenario].hasEnded(result)) return
  const name = `${variant.title}, ${scenario}, at ${site.roundTripMs} ms`
  throw new Error(`A run did not end as it must (${name}; exit code ${result.exitCode}):\n${result.log}`)
}
