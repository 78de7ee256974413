/** How GitHub builds the subject of a repository's tokens. */
export type SubjectSettings = {
  /** `repo:OWNER/NAME`, with IDs where subjects are immutable. */
  readonly prefix?: string
  /** Of a customized subject, in order. `repo` and `context` stand for the two halves of the usual one. */
  readonly claimKeys?: readonly string[]
}

/** Settings that can't be used. */
export class InvalidSettings extends Error {}

/**
 * Reads what GitHub's REST API returns of `/repos/OWNER/NAME/actions/oidc/customization/sub`. The prefix counts, and not
 * `use_immutable_subject`: GitHub returns false beside a prefix with IDs for repositories that have them by default.
 * @throws InvalidSettings
 */
export function parseSubjectSettings(text: string): SubjectSettings {
  const settings = objectIn(text)
  const { use_default: isDefault, use_immutable_subject: isImmutable, sub_claim_prefix: prefix } = settings
  const { include_claim_keys: claimKeys } = settings
  if (typeof isDefault !== 'boolean') throw new InvalidSettings('use_default is not true or false')
  if (prefix !== undefined && !(typeof prefix === 'string' && /^repo:[^/:]+\/[^/:]+$/.test(prefix)))
    throw new InvalidSettings('sub_claim_prefix is not of the form repo:OWNER/NAME')
  if (isImmutable === true && prefix === undefined)
    throw new InvalidSettings('use_immutable_subject is true, but sub_claim_prefix is missing')
  return {
    ...(prefix === undefined ? {} : { prefix }),
    ...(isDefault ? {} : { claimKeys: claimKeysIn(claimKeys) }),
  }
}

function objectIn(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value }
  } catch {
    // Told below.
  }
  throw new InvalidSettings('it is not a JSON object')
}

function claimKeysIn(value: unknown): readonly string[] {
  if (Array.isArray(value) && value.length > 0 && value.every(key => /^\w+$/.test(String(key))))
    return value.map(String)
  throw new InvalidSettings('include_claim_keys is not a list of names, though use_default is false')
}
