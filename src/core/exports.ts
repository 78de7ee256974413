import type { GateError } from './failure.ts'
import type { Findings } from './findings.ts'
import { type Match, roleIdOf } from './verdict.ts'

/** Names to values, for GITHUB_ENV, GITHUB_OUTPUT or GITHUB_STATE. */
export type Variables = Readonly<Record<string, string>>

/** The job's environment as this step finds it. */
export type Environment = Readonly<Record<string, string | undefined>>

const KEY_VARIABLES = ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN'] as const
const REGION_VARIABLES = ['AWS_REGION', 'AWS_DEFAULT_REGION'] as const

/** What later steps get in their environment. */
export function sessionVariables(match: Match, region: string, environment: Environment): Variables {
  const { accessKeyId, secretAccessKey, sessionToken } = match.session.credentials
  return {
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    AWS_SESSION_TOKEN: sessionToken,
    AWS_REGION: region,
    AWS_DEFAULT_REGION: region,
    // botocore refuses fresh keys beside an inherited expiry that has passed
    ...(environment.AWS_CREDENTIAL_EXPIRATION ? { AWS_CREDENTIAL_EXPIRATION: '' } : {}),
  }
}

/** The outputs that say who was verified. */
export function identityOutputs(match: Match): Variables {
  const { session, caller, identity } = match
  return {
    verified: 'true',
    'aws-account-id': identity.accountId,
    'authenticated-arn': caller.arn,
    'user-id': caller.userId,
    'aws-partition': identity.partition,
    'aws-expiration': formatInstant(session.credentials.expiration),
    'token-subject': session.claims.subject,
    ...(identity.kind === 'assumed-role'
      ? {
          'role-name': identity.roleName,
          'role-id': roleIdOf(caller),
          'role-session-name': identity.sessionName,
        }
      : {}),
  }
}

/** The keys as outputs of the step. */
export function credentialOutputs(match: Match): Variables {
  const { accessKeyId, secretAccessKey, sessionToken } = match.session.credentials
  return {
    'aws-access-key-id': accessKeyId,
    'aws-secret-access-key': secretAccessKey,
    'aws-session-token': sessionToken,
  }
}

/** What a failed step says of itself: never who was verified, as no one was. */
export function failureOutputs(failure: GateError, { claims, caller }: Findings): Variables {
  return {
    'failure-code': failure.code,
    ...(claims ? { 'token-subject': claims.subject } : {}),
    ...(caller ? { 'actual-arn': caller.arn } : {}),
  }
}

/** Blanks for the key variables that are there: GITHUB_ENV can't unset a variable, and SDKs take a blank key as none. */
export function blankedKeys(environment: Environment): Variables {
  return Object.fromEntries(KEY_VARIABLES.filter(name => environment[name]).map(name => [name, '']))
}

/** What the post step needs to know to take the exports back. Holds no secret. */
export function cleanupState(environment: Environment): Variables {
  const regions = REGION_VARIABLES.filter(name => environment[name]).map(name => [name, environment[name]])
  return { exported: 'true', regions: JSON.stringify(Object.fromEntries(regions)) }
}

/**
 * The environment after the job's end: keys blank, and regions that had a value back to it. The other regions stay as
 * exported, since a blank one breaks the CLI.
 */
export function cleanedVariables(state: { readonly exported: string; readonly regions: string }): Variables {
  if (state.exported !== 'true') return {}
  const blanked = Object.fromEntries(KEY_VARIABLES.map(name => [name, '']))
  return { ...blanked, ...earlierRegions(state.regions) }
}

function earlierRegions(json: string): Variables {
  const regions = parseObject(json)
  const names = REGION_VARIABLES.filter(name => typeof regions[name] === 'string')
  return Object.fromEntries(names.map(name => [name, String(regions[name])]))
}

/** The object in a text; an empty one where there is none. */
function parseObject(json: string): Readonly<Record<string, unknown>> {
  try {
    return Object(JSON.parse(json))
  } catch {
    return {}
  }
}

/** RFC 3339 in UTC, to the second. */
export function formatInstant(instant: Date): string {
  return `${instant.toISOString().slice(0, 19)}Z`
}
