import type { RoleArn } from '../identity/arn.ts'
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

/** The shortest session that STS gives: what is needed of it is one call. */
const STEPPING_STONE_SECONDS = 900

/** `run` is what GitHub tells the step of its run. */
export function requestFor(
  role: RoleArn,
  isLast: boolean,
  settings: SessionSettings,
  run: TagSource,
): RoleRequest {
  return isLast ? lastRole(role, settings, run) : steppingStone(role, settings)
}

/** A role on the way to the last one: nothing of what the inputs say of the session is meant for it. */
function steppingStone(role: RoleArn, { sessionName }: SessionSettings): RoleRequest {
  return {
    role,
    sessionName,
    durationSeconds: STEPPING_STONE_SECONDS,
    inlinePolicy: undefined,
    managedPolicies: [],
    externalId: undefined,
    tags: [],
    transitiveTagKeys: [],
    plainKeyAttempts: undefined,
  }
}

/** The last role, whose session is handed out. */
function lastRole(role: RoleArn, settings: SessionSettings, run: TagSource): RoleRequest {
  const {
    sessionName,
    durationSeconds,
    inlinePolicy,
    managedPolicies,
    externalId,
    tagging,
    plainKeyAttempts,
  } = settings
  const tags = tagging ? sessionTags(run, tagging.customTags) : []
  return {
    role,
    sessionName,
    durationSeconds,
    inlinePolicy,
    managedPolicies,
    externalId,
    tags,
    transitiveTagKeys: transitiveTagKeys(tagging?.transitiveTagKeys ?? [], tags).keys,
    plainKeyAttempts,
  }
}

/** The same request with other tags. */
export function withTags(request: RoleRequest, tags: readonly Tag[]): RoleRequest {
  return { ...request, tags, transitiveTagKeys: transitiveTagKeys(request.transitiveTagKeys, tags).keys }
}
