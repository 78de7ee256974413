import type { ParsedConfig, ParsedSetting } from './config-parser.ts'
import type { Environment } from './environment.ts'
import { type Reading, settingsOf, splitAsShell } from './file-reading.ts'
import type { ProfileFile } from './profile-file.ts'

/** Both shared files as one tool reads them. */
export type Readings = Readonly<Record<ProfileFile, Reading>>

/** What only botocore reads: the files of Boto 2. */
export type BotocoreReadings = Readings & { readonly boto: readonly BotoFile[] }

export type BotoFile = { readonly path: string; readonly config: ParsedConfig }

/** A setting, and where it stands. */
export type Located = ParsedSetting & { readonly file: ProfileFile }

/** Where a tool would take the credentials of a profile from. Plans of the same facts give the same credentials. */
export type Plan = {
  readonly kind:
    | 'keys'
    | 'process'
    | 'web identity'
    | 'role'
    | 'SSO'
    | 'login'
    | 'credential source'
    | 'elsewhere'
    | 'failure'
  readonly facts: readonly (string | undefined)[]
  /** Of a role: whose credentials assume it. */
  readonly source?: Plan
  /** The setting, the variable or the file of another kind that decides. */
  readonly by?: Located | string
}

/** A plan, and the profiles that were looked at for it. */
export type Planned = { readonly plan: Plan; readonly profiles: ReadonlySet<string> }

/** A longer chain of profiles is one that botocore gives up, and the SDK may never. */
const MOST_PROFILES = 50

/**
 * The plan of botocore and the AWS CLI where no keys are in the environment. Source: `create_credential_resolver`,
 * `ProfileProviderBuilder` and `AssumeRoleProvider` in botocore/credentials.py.
 */
export function planOfBotocore(readings: BotocoreReadings, environment: Environment): Planned {
  const planner = new BotocorePlanner(readings, environment)
  const plan = planner.plan()
  return { plan, profiles: planner.visited }
}

/**
 * The plan of the AWS SDK for JavaScript, likewise. Source: `defaultProvider` of @aws-sdk/credential-provider-node and
 * `resolveProfileData` of @aws-sdk/credential-provider-ini.
 */
export function planOfSdk(readings: Readings, environment: Environment): Planned {
  const planner = new SdkPlanner(readings, environment)
  const plan = planner.plan()
  return { plan, profiles: planner.visited }
}

/** The settings of a profile in both files: those of the credentials file go first. */
class Profile {
  readonly #settings: Readonly<Record<ProfileFile, ReadonlyMap<string, ParsedSetting> | undefined>>

  constructor({ credentials, config }: Readings, name: string) {
    this.#settings = {
      credentials: settingsOf(credentials, 'profiles', name),
      config: settingsOf(config, 'profiles', name),
    }
  }

  get exists(): boolean {
    return FILES.some(file => this.#settings[file] !== undefined)
  }

  /** `from`: the file, where the other does not count. */
  find(name: string, from?: ProfileFile): Located | undefined {
    for (const file of from ? [from] : FILES) {
      const setting = this.#settings[file]?.get(name)
      if (setting) return { ...setting, file }
    }
    return undefined
  }

  value(name: string, from?: ProfileFile): string | undefined {
    return this.find(name, from)?.value
  }

  has(...names: readonly string[]): boolean {
    return names.some(name => this.find(name) !== undefined)
  }
}

const FILES: readonly ProfileFile[] = ['credentials', 'config']

const SSO_SETTINGS = ['sso_start_url', 'sso_region', 'sso_account_id', 'sso_role_name', 'sso_session']

class BotocorePlanner {
  readonly visited = new Set<string>()
  readonly #readings: BotocoreReadings
  readonly #environment: Environment

  constructor(readings: BotocoreReadings, environment: Environment) {
    this.#readings = readings
    this.#environment = environment
  }

  plan(): Plan {
    const { AWS_PROFILE: chosen, AWS_ACCESS_KEY_ID: id, AWS_SECRET_ACCESS_KEY: secret } = this.#environment
    const blank = ['AWS_DEFAULT_PROFILE', 'AWS_PROFILE'].find(name => this.#environment[name] !== undefined)
    if (blank && this.#environment[blank] === '') return failure('it is blank', blank)
    const name = chosen || 'default'
    const profile = this.#visit(name)
    if (chosen && !profile.exists) return failure('there is no such profile')
    if (id && !secret) return failure('a secret is missing', 'AWS_ACCESS_KEY_ID')
    if (hasRole(profile)) return this.#assume(name, [name])
    return this.#fromProfile(profile, this.#environment) ?? this.#fromBoto() ?? this.#elsewhere()
  }

  /** A blank variable of a container is one to botocore. */
  #elsewhere(): Plan {
    const [path, url, file] = CONTAINER_VARIABLES.map(name => this.#environment[name])
    const blank = CONTAINER_VARIABLES.find((name, index) =>
      index < 2 ? this.#environment[name] === '' : file === '' && (path || url),
    )
    return blank ? failure('it is blank', blank) : { kind: 'elsewhere', facts: this.#metadata() }
  }

  #metadata(): Plan['facts'] {
    const profile = this.#visit(this.#environment.AWS_PROFILE || 'default')
    return metadataFacts(this.#environment, name => profile.value(name))
  }

  #visit(name: string): Profile {
    this.visited.add(name)
    return new Profile(this.#readings, name)
  }

  #fromProfile(profile: Profile, environment: Environment): Plan | undefined {
    return (
      webIdentity(profile, environment) ??
      this.#sso(profile) ??
      keysIn(profile, 'credentials') ??
      planBy('login', profile.find('login_session')) ??
      processPlan(profile, 'words') ??
      keysIn(profile, 'config')
    )
  }

  #sso(profile: Profile): Plan | undefined {
    const by = profile.find('sso_account_id') ?? profile.find('sso_role_name')
    if (!by) return undefined
    const session = profile.value('sso_session')
    const shared =
      session === undefined ? undefined : settingsOf(this.#readings.config, 'ssoSessions', session)
    if (session !== undefined && !shared) return failure('its sso-session is missing', by)
    const differs = [...(shared ?? [])].find(([name, { value }]) => (profile.value(name) ?? value) !== value)
    if (differs) return failure('it differs from its sso-session', profile.find(differs[0]) ?? by)
    const facts = SSO_SETTINGS.map(name => profile.value(name) ?? shared?.get(name)?.value)
    const required = session === undefined ? facts.slice(0, 4) : facts
    if (required.includes(undefined)) return failure('its SSO settings are incomplete', by)
    return { kind: 'SSO', facts, by }
  }

  #fromBoto(): Plan | undefined {
    const file = this.#readings.boto.find(({ config }) =>
      config.sections.get('Credentials')?.settings.some(({ name }) => name === 'aws_access_key_id'),
    )
    return file ? { kind: 'keys', facts: [], by: file.path } : undefined
  }

  #assume(name: string, path: readonly string[]): Plan {
    const profile = this.#visit(name)
    const by = profile.find('role_arn')
    const from = profile.find('source_profile')
    const place = profile.find('credential_source')
    if (from && place) return failure('it has both source_profile and credential_source', place)
    if (place)
      return roleOf(profile, {
        kind: 'credential source',
        facts: [place.value, ...this.#metadata()],
        by: place,
      })
    if (!from) return failure('it has a role_arn without source_profile or credential_source', by)
    const source = this.#visit(from.value)
    if (!source.exists) return failure('its source_profile is missing', from)
    const isKeyed = source.has('aws_access_key_id', 'aws_secret_access_key')
    if (path.length > MOST_PROFILES) return failure('its source_profile chain is too long', from)
    if (path.includes(from.value) && (from.value !== name || !isKeyed))
      return failure('its source_profile chain is circular', from)
    if (hasRole(source) && !isKeyed) return roleOf(profile, this.#assume(from.value, [...path, from.value]))
    return roleOf(
      profile,
      this.#fromProfile(source, {}) ?? failure('its source_profile has no credentials', from),
    )
  }
}

const CONTAINER_VARIABLES = [
  'AWS_CONTAINER_CREDENTIALS_RELATIVE_URI',
  'AWS_CONTAINER_CREDENTIALS_FULL_URI',
  'AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE',
] as const

/** Where the instance's metadata are asked for, as far as the files say: a container and variables go first. */
function metadataFacts(
  environment: Environment,
  settingOf: (name: string) => string | undefined,
): Plan['facts'] {
  const [path, url] = CONTAINER_VARIABLES.map(name => environment[name])
  if (path || url) return []
  return METADATA_SETTINGS.map(name =>
    environment[`AWS_${name.toUpperCase()}`] ? undefined : settingOf(name),
  )
}

export const METADATA_SETTINGS = [
  'ec2_metadata_service_endpoint',
  'ec2_metadata_service_endpoint_mode',
] as const

/** The SDK gives a command to a shell, botocore splits it into words and starts it without one. */
function processPlan(profile: Profile | undefined, runBy: 'shell' | 'words'): Plan | undefined {
  const by = profile?.find('credential_process')
  return planBy('process', by, by && [by.value, needsShell(by.value) ? runBy : undefined])
}

/**
 * Whether a shell would run something else than the command's words: it expands variables and patterns and splits lists
 * of commands. Single quotes prevent all of it. Source: POSIX, "Shell Command Language", section 2.2.
 */
function needsShell(command: string): boolean {
  if (splitAsShell(command) === undefined || /^\s*\w+=/.test(command)) return true
  const unquoted = command.replaceAll(/'[^']*'|\\[^\n]|"(?:[^"\\]|\\.)*"/gs, quoted =>
    quoted.startsWith('"') && /[$`\n]/.test(quoted) ? '$' : 'q',
  )
  return /[$`;&|<>()*?[\]{}\n]|(?:^|\s)[~#]/.test(unquoted)
}

function hasRole(profile: Profile): boolean {
  return profile.has('role_arn') && !profile.has('web_identity_token_file')
}

function webIdentity(profile: Profile, environment: Environment): Plan | undefined {
  const pick = (variable: string, name: string) => environment[variable] ?? profile.value(name)
  const file = pick('AWS_WEB_IDENTITY_TOKEN_FILE', 'web_identity_token_file')
  if (!file) return undefined
  const isOfVariable = environment.AWS_WEB_IDENTITY_TOKEN_FILE !== undefined
  const by = isOfVariable ? 'AWS_WEB_IDENTITY_TOKEN_FILE' : profile.find('web_identity_token_file')
  const role = pick('AWS_ROLE_ARN', 'role_arn')
  if (!role) return failure('a web identity token file has no role', by)
  return planBy('web identity', by, [file, role, pick('AWS_ROLE_SESSION_NAME', 'role_session_name')])
}

/** Of one file alone, the session token too. */
function keysIn(profile: Profile, file: ProfileFile): Plan | undefined {
  const id = profile.find('aws_access_key_id', file)
  if (!id) return undefined
  const secret = profile.value('aws_secret_access_key', file)
  if (secret === undefined) return failure('its access key has no secret in the same file', id)
  const token = profile.value('aws_security_token', file) ?? profile.value('aws_session_token', file)
  return { kind: 'keys', facts: [id.value, secret, token || undefined], by: id }
}

class SdkPlanner {
  readonly visited = new Set<string>()
  readonly #readings: Readings
  readonly #environment: Environment

  constructor(readings: Readings, environment: Environment) {
    this.#readings = readings
    this.#environment = environment
  }

  plan(): Plan {
    const name = this.#environment.AWS_PROFILE || 'default'
    const plan = this.#resolve(name, [])
    if (plan) return plan
    // Whatever the profile can't give, its command is asked for, and then the environment
    const command = processPlan(this.#visit(name), 'shell')
    return command ?? tokenOf(this.#environment) ?? { kind: 'elsewhere', facts: this.#metadata() }
  }

  /** Here the config file goes first. */
  #metadata(): Plan['facts'] {
    const profile = this.#visit(this.#environment.AWS_PROFILE || 'default')
    return metadataFacts(
      this.#environment,
      name => profile?.value(name, 'config') ?? profile?.value(name, 'credentials'),
    )
  }

  /** Undefined for none: the SDK keeps its profiles in a plain object, which has members of its own. */
  #visit(name: string): Profile | undefined {
    this.visited.add(name)
    const profile = new Profile(this.#readings, name)
    return name in {} || !profile.exists ? undefined : profile
  }

  /** Undefined where the chain goes on. */
  #resolve(name: string, path: readonly string[]): Plan | undefined {
    const profile = this.#visit(name)
    if (!profile) return undefined
    const keys = sdkKeys(profile)
    if (path.length > 0 && keys) return keys
    const [from, place] = [profile.has('source_profile'), profile.has('credential_source')]
    const isBareSource = path.length > 0 && !profile.has('role_arn') && place
    if (isBareSource || (profile.has('role_arn') && from !== place)) return this.#assume(profile, path)
    return (
      keys ??
      sdkWebIdentity(profile, this.#environment) ??
      processPlan(profile, 'shell') ??
      this.#sso(profile) ??
      planBy('login', profile.find('login_session'))
    )
  }

  #assume(profile: Profile, path: readonly string[]): Plan | undefined {
    const source = this.#sourceOf(profile, path)
    if (source === undefined || !profile.has('role_arn')) return source
    const mfa = profile.find('mfa_serial')
    return mfa ? failure('it requires an MFA code', mfa) : roleOf(profile, source)
  }

  #sourceOf(profile: Profile, path: readonly string[]): Plan | undefined {
    const from = profile.value('source_profile')
    if (from === undefined) return placeOf(profile, this.#metadata())
    if (path.length > MOST_PROFILES)
      return failure('its source_profile chain is too long', profile.find('source_profile'))
    return path.includes(from) || from in {} ? undefined : this.#resolve(from, [...path, from])
  }

  #sso(profile: Profile): Plan | undefined {
    const by = SSO_SETTINGS.map(name => profile.find(name)).find(setting => setting !== undefined)
    if (!by) return undefined
    const session = profile.value('sso_session')
    const shared =
      session === undefined ? undefined : settingsOf(this.#readings.config, 'ssoSessions', session)
    if (session !== undefined && !shared) return failure('its sso-session is missing', by)
    const ofSession = ['sso_start_url', 'sso_region']
    const facts = SSO_SETTINGS.map(name =>
      shared && ofSession.includes(name) ? shared.get(name)?.value : profile.value(name),
    )
    if (facts.slice(0, 4).includes(undefined)) return failure('its SSO settings are incomplete', by)
    return { kind: 'SSO', facts, by }
  }
}

/** Of both files together. */
function sdkKeys(profile: Profile): Plan | undefined {
  const by = profile.find('aws_access_key_id')
  const secret = profile.value('aws_secret_access_key')
  if (!by || secret === undefined) return undefined
  return { kind: 'keys', facts: [by.value, secret, profile.value('aws_session_token')], by }
}

function placeOf(profile: Profile, metadata: Plan['facts']): Plan | undefined {
  const place = profile.find('credential_source')
  if (!place || !['EcsContainer', 'Ec2InstanceMetadata', 'Environment'].includes(place.value))
    return undefined
  return { kind: 'credential source', facts: [place.value, ...metadata], by: place }
}

function sdkWebIdentity(profile: Profile, environment: Environment): Plan | undefined {
  const [file, role] = [profile.find('web_identity_token_file'), profile.value('role_arn')]
  if (!file || role === undefined) return undefined
  const session = profile.value('role_session_name') ?? environment.AWS_ROLE_SESSION_NAME
  return { kind: 'web identity', facts: [file.value, role, session], by: file }
}

function tokenOf({
  AWS_WEB_IDENTITY_TOKEN_FILE: file,
  AWS_ROLE_ARN: role,
  AWS_ROLE_SESSION_NAME: session,
}: Environment): Plan | undefined {
  if (!file || !role) return undefined
  return { kind: 'web identity', facts: [file, role, session], by: 'AWS_WEB_IDENTITY_TOKEN_FILE' }
}

/** How long it lasts is left to each tool. */
function roleOf(profile: Profile, source: Plan): Plan {
  if (source.kind === 'failure') return source
  const facts = ['role_arn', 'role_session_name', 'external_id', 'mfa_serial'].map(name =>
    profile.value(name),
  )
  return { kind: 'role', facts, source, ...withBy(profile.find('role_arn')) }
}

function planBy(
  kind: Plan['kind'],
  by: Located | string | undefined,
  facts: Plan['facts'] = typeof by === 'object' ? [by.value] : [],
): Plan | undefined {
  return by === undefined ? undefined : { kind, facts, by }
}

function failure(reason: string, by?: Located | string): Plan {
  return { kind: 'failure', facts: [reason], ...withBy(by) }
}

function withBy(by: Located | string | undefined): { readonly by?: Located | string } {
  return by === undefined ? {} : { by }
}
