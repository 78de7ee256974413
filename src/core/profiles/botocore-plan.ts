import type { Environment } from '../base/environment.ts'
import {
  type BotocoreReadings,
  type BotoFile,
  CONTAINER_VARIABLES,
  failure,
  MAX_PROFILES,
  metadataFacts,
  type Plan,
  type Planned,
  Planner,
  type Profile,
  planBy,
  processPlan,
  roleOf,
  SSO_SETTINGS,
} from './credential-plan.ts'
import { settingsOf } from './file-reading.ts'
import type { ProfileFile } from './section-editor.ts'

/**
 * The plan of botocore and the AWS CLI where no keys are in the environment. Source: `create_credential_resolver`,
 * `ProfileProviderBuilder` and `AssumeRoleProvider` in botocore/credentials.py.
 */
export function planOfBotocore(readings: BotocoreReadings, environment: Environment): Planned {
  return new BotocorePlanner(readings, environment).planned()
}

class BotocorePlanner extends Planner {
  readonly #boto: readonly BotoFile[]

  constructor(readings: BotocoreReadings, environment: Environment) {
    super(readings, environment)
    this.#boto = readings.boto
  }

  override plan(): Plan {
    const { AWS_PROFILE: chosen, AWS_ACCESS_KEY_ID: id, AWS_SECRET_ACCESS_KEY: secret } = this.environment
    const blank = ['AWS_DEFAULT_PROFILE', 'AWS_PROFILE'].find(name => this.environment[name] !== undefined)
    if (blank && this.environment[blank] === '') return failure('it is blank', blank)
    const name = chosen || 'default'
    const profile = this.visit(name)
    if (chosen && !profile.exists) return failure('there is no such profile')
    if (id && !secret) return failure('a secret is missing', 'AWS_ACCESS_KEY_ID')
    if (hasRole(profile)) return this.#assume(name, [name])
    return this.#fromProfile(profile, this.environment) ?? this.#fromBoto() ?? this.#elsewhere()
  }

  /** A blank variable of a container is one to botocore. */
  #elsewhere(): Plan {
    const [path, url, file] = CONTAINER_VARIABLES.map(name => this.environment[name])
    const blank = CONTAINER_VARIABLES.find((name, index) =>
      index < 2 ? this.environment[name] === '' : file === '' && (path || url),
    )
    return blank ? failure('it is blank', blank) : { kind: 'elsewhere', facts: this.#metadata() }
  }

  #metadata(): Plan['facts'] {
    const profile = this.visit(this.environment.AWS_PROFILE || 'default')
    return metadataFacts(this.environment, name => profile.value(name))
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
      session === undefined ? undefined : settingsOf(this.readings.config, 'ssoSessions', session)
    if (session !== undefined && !shared) return failure('its sso-session is missing', by)
    const differs = [...(shared ?? [])].find(([name, { value }]) => (profile.value(name) ?? value) !== value)
    if (differs) return failure('it differs from its sso-session', profile.find(differs[0]) ?? by)
    const facts = SSO_SETTINGS.map(name => profile.value(name) ?? shared?.get(name)?.value)
    const required = session === undefined ? facts.slice(0, 4) : facts
    if (required.includes(undefined)) return failure('its SSO settings are incomplete', by)
    return { kind: 'SSO', facts, by }
  }

  #fromBoto(): Plan | undefined {
    const file = this.#boto.find(({ config }) =>
      config.sections.get('Credentials')?.settings.some(({ name }) => name === 'aws_access_key_id'),
    )
    return file ? { kind: 'keys', facts: [], by: file.path } : undefined
  }

  #assume(name: string, path: readonly string[]): Plan {
    const profile = this.visit(name)
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
    const source = this.visit(from.value)
    if (!source.exists) return failure('its source_profile is missing', from)
    const isKeyed = source.has('aws_access_key_id', 'aws_secret_access_key')
    if (path.length > MAX_PROFILES) return failure('its source_profile chain is too long', from)
    if (path.includes(from.value) && (from.value !== name || !isKeyed))
      return failure('its source_profile chain is circular', from)
    if (hasRole(source) && !isKeyed) return roleOf(profile, this.#assume(from.value, [...path, from.value]))
    return roleOf(
      profile,
      this.#fromProfile(source, {}) ?? failure('its source_profile has no credentials', from),
    )
  }
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
