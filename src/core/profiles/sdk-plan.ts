import type { Environment } from '../base/environment.ts'
import {
  failure,
  MAX_PROFILES,
  metadataFacts,
  type Plan,
  type Planned,
  Planner,
  type Profile,
  planBy,
  processPlan,
  type Readings,
  roleOf,
  SSO_SETTINGS,
} from './credential-plan.ts'
import { settingsOf } from './file-reading.ts'

/**
 * The plan of the AWS SDK for JavaScript, likewise. Source: `defaultProvider` of @aws-sdk/credential-provider-node and
 * `resolveProfileData` of @aws-sdk/credential-provider-ini.
 */
export function planOfSdk(readings: Readings, environment: Environment): Planned {
  return new SdkPlanner(readings, environment).planned()
}

class SdkPlanner extends Planner {
  override plan(): Plan {
    const name = this.environment.AWS_PROFILE || 'default'
    const plan = this.#resolve(name, [])
    if (plan) return plan
    // Whatever the profile can't give, its command is asked for, and then the environment
    const command = processPlan(this.#find(name), 'shell')
    return command ?? tokenOf(this.environment) ?? { kind: 'elsewhere', facts: this.#metadata() }
  }

  /** Here the config file goes first. */
  #metadata(): Plan['facts'] {
    const profile = this.#find(this.environment.AWS_PROFILE || 'default')
    return metadataFacts(
      this.environment,
      name => profile?.value(name, 'config') ?? profile?.value(name, 'credentials'),
    )
  }

  /** Undefined for none: the SDK keeps its profiles in a plain object, which has members of its own. */
  #find(name: string): Profile | undefined {
    const profile = this.visit(name)
    return name in {} || !profile.exists ? undefined : profile
  }

  /** Undefined where the chain goes on. */
  #resolve(name: string, path: readonly string[]): Plan | undefined {
    const profile = this.#find(name)
    if (!profile) return undefined
    const keys = sdkKeys(profile)
    if (path.length > 0 && keys) return keys
    const [from, place] = [profile.has('source_profile'), profile.has('credential_source')]
    const isBareSource = path.length > 0 && !profile.has('role_arn') && place
    if (isBareSource || (profile.has('role_arn') && from !== place)) return this.#assume(profile, path)
    return (
      keys ??
      sdkWebIdentity(profile, this.environment) ??
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
    if (path.length > MAX_PROFILES)
      return failure('its source_profile chain is too long', profile.find('source_profile'))
    return path.includes(from) || from in {} ? undefined : this.#resolve(from, [...path, from])
  }

  #sso(profile: Profile): Plan | undefined {
    const by = SSO_SETTINGS.map(name => profile.find(name)).find(setting => setting !== undefined)
    if (!by) return undefined
    const session = profile.value('sso_session')
    const shared =
      session === undefined ? undefined : settingsOf(this.readings.config, 'ssoSessions', session)
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
