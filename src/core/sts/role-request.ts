import type { RoleArn, RoleName } from '../identity/arn.ts'
import { sessionTags, type Tag, type TagSource, transitiveTagKeys } from './session-tags.ts'

/** What STS is asked for. */
export type RoleRequest = {
  readonly role: RoleArn
  readonly sessionName: string
  readonly durationSeconds: number
  /** JSON that the session is restricted to. */
  readonly inlinePolicy: string | undefined
  readonly managedPolicies: readonly string[]
  /** AssumeRole only, as all that follows. */
  readonly externalId: string | undefined
  /** Once set it can't be changed, and every role of a chain has it. */
  readonly sourceIdentity: string | undefined
  readonly tags: readonly Tag[]
  readonly transitiveTagKeys: readonly string[]
  /** Sessions to ask for until one has keys of letters and digits only; undefined where any will do. */
  readonly plainKeyAttempts: number | undefined
}

/** What the inputs say of the session of the last role. */
export type SessionSettings = Omit<RoleRequest, 'role' | 'tags' | 'transitiveTagKeys'> & {
  /** Undefined where sessions get no tags. */
  readonly tagging:
    | { readonly customTags: readonly Tag[]; readonly transitiveTagKeys: readonly string[] }
    | undefined
}

/** The shortest session that STS gives. */
const INTERMEDIATE_SECONDS = 900

/**
 * For AssumeRoleWithWebIdentity, which takes no tags: the claims of the token stand in their place.
 * @throws Error for a bare name: a token tells no account
 */
export function requestByToken(
  role: RoleArn | RoleName | undefined,
  isLast: boolean,
  settings: SessionSettings,
): RoleRequest {
  if (role?.kind !== 'role') throw new Error('a token is exchanged for a role of which the ARN is known')
  return isLast ? lastRole(role, settings, []) : intermediateRole(role, settings)
}

/** For AssumeRole. `run` is what GitHub tells the step of its run: it becomes session tags. */
export function requestBySession(
  role: RoleArn,
  isLast: boolean,
  settings: SessionSettings,
  run: TagSource,
): RoleRequest {
  if (!isLast) return intermediateRole(role, settings)
  const { tagging } = settings
  return lastRole(role, settings, tagging ? sessionTags(run, tagging.customTags) : [])
}

/** A role that only assumes the next one. The other settings are for the last session, but a source identity is for the whole chain. */
function intermediateRole(role: RoleArn, { sessionName, sourceIdentity }: SessionSettings): RoleRequest {
  return {
    role,
    sessionName,
    durationSeconds: INTERMEDIATE_SECONDS,
    inlinePolicy: undefined,
    managedPolicies: [],
    externalId: undefined,
    sourceIdentity,
    tags: [],
    transitiveTagKeys: [],
    plainKeyAttempts: undefined,
  }
}

/** The role that is exported. */
function lastRole(role: RoleArn, settings: SessionSettings, tags: readonly Tag[]): RoleRequest {
  const { tagging } = settings
  return {
    role,
    sessionName: settings.sessionName,
    durationSeconds: settings.durationSeconds,
    inlinePolicy: settings.inlinePolicy,
    managedPolicies: settings.managedPolicies,
    externalId: settings.externalId,
    sourceIdentity: settings.sourceIdentity,
    tags,
    transitiveTagKeys: transitiveTagKeys(tagging?.transitiveTagKeys ?? [], tags).keys,
    plainKeyAttempts: settings.plainKeyAttempts,
  }
}

/** The same request with other tags. */
export function withTags(request: RoleRequest, tags: readonly Tag[]): RoleRequest {
  return { ...request, tags, transitiveTagKeys: transitiveTagKeys(request.transitiveTagKeys, tags).keys }
}
