import type { Environment } from '../base/environment.ts'
import { quote } from '../base/text.ts'
import { planOfBotocore } from './botocore-plan.ts'
import { isProblem, type ParsedSetting, parseConfig, parseFailure } from './config-parser.ts'
import {
  type BotocoreReadings,
  type BotoFile,
  type Located,
  METADATA_SETTINGS,
  type Plan,
  type Readings,
} from './credential-plan.ts'
import {
  EMPTY_READING,
  excerptForSdk,
  profileHeader,
  type Reading,
  readAsBotocore,
  readAsSdk,
  settingsOf,
  ssoSessionHeader,
} from './file-reading.ts'
import { planOfSdk } from './sdk-plan.ts'
import type { ProfileFile } from './section-editor.ts'

/** One of AWS's shared files as a tool finds it: without bytes where it finds none. */
export type SharedFile = { readonly path: string; readonly bytes: Uint8Array | undefined }

export type SharedFiles = Readonly<Record<ProfileFile, SharedFile>>

/** Those of Boto 2 as well, which botocore looks for keys in after all profiles. */
export type BotocoreFiles = SharedFiles & { readonly boto: readonly SharedFile[] }

/** All tools take the credentials of the chosen profile from one place. */
export type Agreement = {
  readonly plan: Plan
  /** Whoever gives the credentials at last: of a role whoever assumes it. */
  readonly giver: { readonly kind: Plan['kind']; readonly place: string }
  /** What the SDK has to read of each file for that. */
  readonly excerpts: Readonly<Record<ProfileFile, string>>
}

/** Why there are no credentials that all tools would use: a sentence that quotes no setting. */
export type Disagreement = {
  readonly reason: string
  /** Some tool would find credentials, or can't read a file; otherwise none would find any. */
  readonly isDisputed: boolean
}

/**
 * Whether botocore, the AWS CLI and the AWS SDK for JavaScript would use the same credentials, where none are in the
 * environment. Differences that can't change that don't matter.
 */
export function agreementOf(
  files: { readonly botocore: BotocoreFiles; readonly sdk: SharedFiles },
  environment: Environment,
): Agreement | Disagreement {
  const { sdk } = files
  const botocore = readAll(files.botocore)
  if ('reason' in botocore) return botocore
  const readings = {
    botocore,
    sdk: { credentials: sdkReading(sdk, 'credentials'), config: sdkReading(sdk, 'config') },
  }
  const planned = {
    botocore: planOfBotocore(readings.botocore, environment),
    sdk: planOfSdk(readings.sdk, environment),
  }
  const name = environment.AWS_PROFILE || 'default'
  const pair = { botocore: planned.botocore.plan, sdk: planned.sdk.plan }
  const difference = differenceOf(pair.botocore, pair.sdk)
  const profiles = new Set([...planned.botocore.profiles, ...planned.sdk.profiles])
  if (difference)
    return {
      reason: disputedLine(readings, profiles, files.botocore) ?? rivals(name, difference, files.botocore),
      isDisputed: true,
    }
  if (pair.sdk.kind === 'failure')
    return { reason: `the profile ${quote(name)} gives ${inWords(pair.sdk, files.sdk)}`, isDisputed: false }
  const giver = innermost(pair.sdk)
  return {
    plan: pair.sdk,
    giver: { kind: giver.kind, place: inWords(giver, sdk) },
    excerpts: excerptsFor(planned.sdk.profiles, readings.sdk, sdk),
  }
}

function readAll(files: BotocoreFiles): BotocoreReadings | Disagreement {
  const boto: BotoFile[] = []
  const readings = { credentials: EMPTY_READING, config: EMPTY_READING, boto }
  for (const { path, bytes } of files.boto) {
    const config = bytes === undefined ? undefined : parseConfig(bytes)
    if (config && isProblem(config)) return { reason: parseFailure(path, config), isDisputed: true }
    if (config) boto.push({ path, config })
  }
  for (const file of FILES) {
    const { path, bytes } = files[file]
    const reading = bytes === undefined ? EMPTY_READING : readAsBotocore(bytes, file)
    if ('reason' in reading) return { reason: parseFailure(path, reading), isDisputed: true }
    readings[file] = reading
  }
  return readings
}

function sdkReading(files: SharedFiles, file: ProfileFile): Reading {
  const { bytes } = files[file]
  return bytes === undefined ? EMPTY_READING : readAsSdk(bytes, file)
}

const FILES: readonly ProfileFile[] = ['credentials', 'config']

type Pair = { readonly botocore: Plan; readonly sdk: Plan }

/** The first of a chain of plans in which the tools differ. */
function differenceOf(botocore: Plan, sdk: Plan): Pair | undefined {
  const isSame =
    botocore.kind === sdk.kind && botocore.facts.every((fact, index) => fact === sdk.facts[index])
  if (!isSame || !botocore.source !== !sdk.source) return { botocore, sdk }
  return botocore.source && sdk.source ? differenceOf(botocore.source, sdk.source) : undefined
}

function innermost(plan: Plan): Plan {
  return plan.source ? innermost(plan.source) : plan
}

/** The settings by which a tool finds credentials, or whose. */
const DECIDING = [
  'aws_access_key_id',
  'aws_secret_access_key',
  'aws_session_token',
  'aws_security_token',
  'role_arn',
  'role_session_name',
  'external_id',
  'mfa_serial',
  'source_profile',
  'credential_source',
  'web_identity_token_file',
  'credential_process',
  'login_session',
  'sso_start_url',
  'sso_region',
  'sso_account_id',
  'sso_role_name',
  'sso_session',
  ...METADATA_SETTINGS,
]

type BothReadings = { readonly botocore: Readings; readonly sdk: Readings }

/** A line which the tools read differently, so that one of these profiles differs. */
function disputedLine(
  { botocore, sdk }: BothReadings,
  profiles: ReadonlySet<string>,
  files: SharedFiles,
): string | undefined {
  for (const file of FILES) {
    const readings = { botocore: botocore[file], sdk: sdk[file] }
    const both = (kind: 'profiles' | 'ssoSessions') => (name: string) => [
      settingsOf(readings.botocore, kind, name),
      settingsOf(readings.sdk, kind, name),
    ]
    const sessions = [...sessionsOf(profiles, botocore), ...sessionsOf(profiles, sdk)]
    for (const [one, other] of [...profiles]
      .map(both('profiles'))
      .concat(sessions.map(both('ssoSessions')))) {
      const pair = DECIDING.map(name => [one?.get(name), other?.get(name)] as const).find(isDisputed)
      if (pair)
        return `${quote(files[file].path)}, line ${whereReadDifferently(readings, pair)}: the AWS CLI and the AWS SDK for JavaScript read it differently and would use different credentials. Give each section header and each setting (name = value) a line of its own, in lower case, not indented and without a comment after it`
    }
  }
  return undefined
}

type SettingPair = readonly [ParsedSetting | undefined, ParsedSetting | undefined]

/** A blank value is none. */
function isDisputed([one, other]: SettingPair): boolean {
  return (one?.value || undefined) !== (other?.value || undefined)
}

/** A header between the two settings, or before the only one; else the setting itself, or the line it goes on with. */
function whereReadDifferently(
  readings: { readonly botocore: Reading; readonly sdk: Reading },
  pair: SettingPair,
): number {
  const lines = pair.flatMap(setting => (setting ? [setting.line] : []))
  const ends = pair.flatMap(setting => (setting ? [setting.nextLine ?? setting.line] : []))
  const last = ends.reduce((one, other) => Math.max(one, other))
  const all = [...readings.botocore.headers.keys(), ...readings.sdk.headers.keys()].filter(
    line => line <= last,
  )
  const first = lines.reduce((one, other) => Math.min(one, other))
  const before = all.filter(line => line <= first).reduce((one, other) => Math.max(one, other), 0)
  const disputed = all
    .filter(line => line >= before && readings.botocore.headers.get(line) !== readings.sdk.headers.get(line))
    .reduce((one, other) => Math.min(one, other), Number.POSITIVE_INFINITY)
  return Math.min(disputed, last)
}

/** Both tools read the same settings, and each goes by another one, or adds another one. */
function rivals(name: string, { botocore, sdk }: Pair, files: SharedFiles): string {
  const [one, other] = [inWords(botocore, files), inWords(sdk, files)]
  if (one !== other) {
    const advice = [botocore, sdk].some(({ kind }) => kind === 'failure')
      ? 'correct the profile so that both find the same credentials, or set AWS_PROFILE to another one'
      : 'keep only one of them'
    return `for the profile ${quote(name)}, the AWS CLI would use ${one}, and the AWS SDK for JavaScript ${other}: ${advice}`
  }
  return `for the profile ${quote(name)}, the AWS CLI and the AWS SDK for JavaScript would both use ${one}, but not with the same ${ADDED[sdk.kind] ?? 'settings beside it'}`
}

const ADDED: Readonly<Partial<Record<Plan['kind'], string>>> = {
  process:
    'words: the SDK runs the command in a shell, and the AWS CLI runs it without one. Remove variables, patterns and other shell syntax, or put the command into a script',
  keys: 'session token: put aws_session_token into the same section, and remove aws_security_token',
  'web identity': 'role or session name: clear AWS_ROLE_ARN and AWS_ROLE_SESSION_NAME',
}

function inWords({ kind, facts, by }: Plan, files: SharedFiles): string {
  if (kind === 'elsewhere') return 'what a container or an instance has'
  const place = typeof by === 'object' ? placeOf(by, files) : by
  if (kind === 'failure') return `no credentials, as ${facts[0]}${place ? ` (${place})` : ''}`
  return place ?? kind
}

function placeOf({ name, file, line }: Located, files: SharedFiles): string {
  return `${name} in line ${line} of ${quote(files[file].path)}`
}

function sessionsOf(profiles: ReadonlySet<string>, readings: Readings): Set<string> {
  const named = [...profiles].flatMap(name =>
    FILES.map(file => settingsOf(readings[file], 'profiles', name)?.get('sso_session')?.value),
  )
  return new Set(named.filter(name => name !== undefined))
}

function excerptsFor(
  profiles: ReadonlySet<string>,
  readings: Readings,
  files: SharedFiles,
): Agreement['excerpts'] {
  const sessions = [...sessionsOf(profiles, readings)].map(ssoSessionHeader)
  const headers = new Set([...[...profiles].map(profileHeader), ...sessions])
  const excerpt = (file: ProfileFile) => {
    const { bytes } = files[file]
    return bytes === undefined ? '' : excerptForSdk(bytes, file, headers)
  }
  return { credentials: excerpt('credentials'), config: excerpt('config') }
}
