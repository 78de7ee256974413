import type { Environment } from '../base/environment.ts'
import type { GateError } from '../base/failure.ts'
import { formatInstant } from '../base/instant.ts'
import { type Match, roleIdOf } from '../identity/verdict.ts'
import type { ExportSettings } from '../inputs/inputs.ts'
import { comparisonOf, requestIdOf, type StepRecord } from './step-record.ts'

/** Names to values, for GITHUB_ENV, GITHUB_OUTPUT or GITHUB_STATE. */
export type Variables = Readonly<Record<string, string>>

const KEY_VARIABLES = ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN'] as const
/** A blank one of these breaks tools, so that none is ever blanked. */
const LASTING_VARIABLES = ['AWS_REGION', 'AWS_DEFAULT_REGION', 'AWS_PROFILE'] as const

/** What later steps get in their environment: nothing of credentials that were there before. */
export function sessionVariables(
  match: Match,
  settings: ExportSettings,
  environment: Environment,
): Variables {
  const { credentials, origin } = match.session
  const { profile } = match.target
  if (!settings.exportsEnvironment || origin.kind === 'existing') return {}
  const { accessKeyId, secretAccessKey, sessionToken } = credentials
  return {
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    ...(sessionToken || environment.AWS_SESSION_TOKEN ? { AWS_SESSION_TOKEN: sessionToken ?? '' } : {}),
    AWS_REGION: settings.region,
    AWS_DEFAULT_REGION: settings.region,
    ...(profile && !settings.isForSeveralRoles ? { AWS_PROFILE: profile.name } : {}),
    // botocore refuses fresh keys beside an inherited expiry that has passed
    ...(environment.AWS_CREDENTIAL_EXPIRATION ? { AWS_CREDENTIAL_EXPIRATION: '' } : {}),
  }
}

/** The outputs that say who was verified: `verified` last, so that a file of which a part is missing lacks it. */
export function identityOutputs(match: Match): Variables {
  const { session, caller, identity } = match
  const { expiration } = session.credentials
  return {
    'aws-account-id': identity.accountId,
    'authenticated-arn': caller.arn,
    'user-id': caller.userId,
    'aws-partition': identity.partition,
    ...(expiration ? { 'aws-expiration': formatInstant(expiration) } : {}),
    ...(identity.kind === 'assumed-role'
      ? {
          'role-name': identity.roleName,
          'role-id': roleIdOf(caller),
          'role-session-name': identity.sessionName,
        }
      : {}),
    ...(match.requestId ? { 'sts-request-id': match.requestId } : {}),
    verified: 'true',
  }
}

/** Whom each profile's credentials belong to, where there are several. */
export function profileOutputs(matches: readonly Match[]): Variables {
  const verified = matches.map(match => ({ profile: match.target.profile?.name, ...identityOutputs(match) }))
  return { 'verified-profiles': JSON.stringify(verified) }
}

/** The subject of the token, whenever there was one. */
export function tokenOutputs({ claims }: Pick<StepRecord, 'claims'>): Variables {
  return claims ? { 'token-subject': claims.subject } : {}
}

/** The keys as outputs of the step. */
export function credentialOutputs(match: Match): Variables {
  const { accessKeyId, secretAccessKey, sessionToken } = match.session.credentials
  return {
    'aws-access-key-id': accessKeyId,
    'aws-secret-access-key': secretAccessKey,
    ...(sessionToken ? { 'aws-session-token': sessionToken } : {}),
  }
}

/** What a failed step says of itself: never who was verified, as no one was. */
export function failureOutputs(failure: GateError, record: StepRecord): Variables {
  const caller = comparisonOf(record, failure)?.caller
  const requestId = requestIdOf(failure, record)
  return {
    'failure-code': failure.code,
    ...tokenOutputs(record),
    ...(caller ? { 'actual-arn': caller.arn } : {}),
    ...(requestId ? { 'sts-request-id': requestId } : {}),
  }
}

/** Blanks for the key variables that are there: GITHUB_ENV can't unset a variable, and SDKs take a blank key as none. */
export function blankedKeys(environment: Environment): Variables {
  return Object.fromEntries(KEY_VARIABLES.filter(name => environment[name]).map(name => [name, '']))
}

/** What the post step knows of an export, in texts; a name that is missing counts as blank. Holds no secret. */
export type CleanupState = {
  /** `true` once all of it was written. */
  readonly exported?: string | undefined
  /** Hash of the exported access key id. */
  readonly keyIdHash?: string | undefined
  /** JSON of the variables that had a value before. */
  readonly earlier?: string | undefined
}

/** Of a text; the core has none of its own. */
type Hash = (text: string) => string

/** Saved before anything is exported; nothing where nothing will be. */
export function cleanupState(exported: Variables, environment: Environment, hash: Hash): Variables {
  const { AWS_ACCESS_KEY_ID: keyId } = exported
  if (keyId === undefined) return {}
  const earlier = LASTING_VARIABLES.filter(name => exported[name] && environment[name])
  return {
    keyIdHash: hash(keyId),
    earlier: JSON.stringify(Object.fromEntries(earlier.map(name => [name, environment[name]]))),
  }
}

/** Saved when all was exported. */
export function completedState(exported: Variables): Variables {
  return Object.keys(exported).length === 0 ? {} : { exported: 'true' }
}

/**
 * The environment after the job's end: keys blank, and what had a value back to it. The others stay as exported, since
 * a blank region or profile breaks the CLI. An export that was not completed counts where its key id has come through;
 * otherwise the keys are those of an earlier step, which stay.
 */
export function cleanedVariables(state: CleanupState, environment: Environment, hash: Hash): Variables {
  const keyId = environment.AWS_ACCESS_KEY_ID ?? ''
  const isOurs = keyId !== '' && hash(keyId) === state.keyIdHash
  if (state.exported !== 'true' && !isOurs) return {}
  const blanked = Object.fromEntries(KEY_VARIABLES.map(name => [name, '']))
  return { ...blanked, ...earlierValues(state.earlier ?? '') }
}

function earlierValues(json: string): Variables {
  const values = parseObject(json)
  const names = LASTING_VARIABLES.filter(name => typeof values[name] === 'string')
  return Object.fromEntries(names.map(name => [name, String(values[name])]))
}

/** The object in a text; an empty one where there is none. */
function parseObject(json: string): Readonly<Record<string, unknown>> {
  try {
    return Object(JSON.parse(json))
  } catch {
    return {}
  }
}
