import type { Environment } from '../base/environment.ts'
import type { ParsedConfig, ParsedSetting } from './config-parser.ts'
import { type Reading, settingsOf, splitAsShell } from './file-reading.ts'
import type { ProfileFile } from './section-editor.ts'

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

/** Works out a plan, and remembers the profiles that it looks at for it. */
export abstract class Planner {
  readonly visited = new Set<string>()
  protected readonly readings: Readings
  protected readonly environment: Environment

  constructor(readings: Readings, environment: Environment) {
    this.readings = readings
    this.environment = environment
  }

  abstract plan(): Plan

  planned(): Planned {
    return { plan: this.plan(), profiles: this.visited }
  }

  protected visit(name: string): Profile {
    this.visited.add(name)
    return new Profile(this.readings, name)
  }
}

/** A longer chain of profiles is one that botocore gives up, and the SDK may never. */
export const MAX_PROFILES = 50

/** The settings of a profile in both files: those of the credentials file go first. */
export class Profile {
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

export const SSO_SETTINGS = ['sso_start_url', 'sso_region', 'sso_account_id', 'sso_role_name', 'sso_session']

export const CONTAINER_VARIABLES = [
  'AWS_CONTAINER_CREDENTIALS_RELATIVE_URI',
  'AWS_CONTAINER_CREDENTIALS_FULL_URI',
  'AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE',
] as const

/** Where the instance's metadata are asked for, as far as the files say: a container and variables go first. */
export function metadataFacts(
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
export function processPlan(profile: Profile | undefined, runBy: 'shell' | 'words'): Plan | undefined {
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

/** How long it lasts is left to each tool. */
export function roleOf(profile: Profile, source: Plan): Plan {
  if (source.kind === 'failure') return source
  const facts = ['role_arn', 'role_session_name', 'external_id', 'mfa_serial'].map(name =>
    profile.value(name),
  )
  return { kind: 'role', facts, source, ...withBy(profile.find('role_arn')) }
}

export function planBy(
  kind: Plan['kind'],
  by: Located | string | undefined,
  facts: Plan['facts'] = typeof by === 'object' ? [by.value] : [],
): Plan | undefined {
  return by === undefined ? undefined : { kind, facts, by }
}

export function failure(reason: string, by?: Located | string): Plan {
  return { kind: 'failure', facts: [reason], ...withBy(by) }
}

function withBy(by: Located | string | undefined): { readonly by?: Located | string } {
  return by === undefined ? {} : { by }
}
