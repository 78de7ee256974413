import { InvalidValue } from '../base/invalid-value.ts'
import { isNone, whyNotPlain } from '../base/plain-values.ts'
import { quote } from '../base/text.ts'
import { isAccountId, isRoleName, parseRoleArn, type RoleArn, type RoleName } from '../identity/arn.ts'
import { whyNotArn, whyNotRole } from '../identity/arn-problems.ts'
import { isKey } from '../identity/session.ts'

/** SDKs take these for another region with an option: the host asked would not be the host named. */
const PSEUDO_REGION = /(^|-)(fips|global)(-|$)/

export function parseRegion(text: string): string {
  const isHostLabel = /^[a-z0-9-]{1,63}$/.test(text) && !text.startsWith('-') && !text.endsWith('-')
  if (!isHostLabel || PSEUDO_REGION.test(text)) {
    throw new InvalidValue(
      `${quote(text)} is not a region: write its code, such as eu-west-1${whyNotPlain(text)}`,
    )
  }
  return text
}

export function parseAccountId(text: string): string {
  if (!isAccountId(text)) {
    const lostZero = /^\d{1,11}$/.test(text) ? ' (YAML drops a leading 0 unless the ID is in quotes)' : ''
    throw new InvalidValue(
      `${quote(text)} is not an account ID: it has exactly 12 digits${lostZero}${whyNotPlain(text)}`,
    )
  }
  return text
}

/** Ids that IAM gives to roles. Source: IAM User Guide, "IAM unique identifiers". */
export function parseRoleId(text: string): string {
  if (!/^AROA[A-Z0-9]{4,124}$/.test(text)) {
    throw new InvalidValue(
      `${quote(text)} is not a role's unique ID: it starts with AROA (aws iam get-role shows it as RoleId)`,
    )
  }
  return text
}

/** A role by its ARN, by its bare name, or none. */
export function parseRoleToAssume(text: string): RoleArn | RoleName | 'none' {
  if (isNone(text)) return 'none'
  return isRoleName(text) ? { kind: 'role-name', roleName: text } : parseRole(text)
}

export function parseRole(text: string): RoleArn {
  const role = parseRoleArn(text)
  if (!role) {
    throw new InvalidValue(
      `${quote(text)} is not a role ARN: write arn:aws:iam::ACCOUNT:role/NAME${whyNotArn(text) || whyNotRole(text)}`,
    )
  }
  return role
}

/**
 * A session name of AssumeRoleWithWebIdentity: 2 to 64 of `[\w+=,.@-]`. Other characters become `-`, a longer one is
 * cut, as workflow names with blanks are common.
 */
export function parseSessionName(text: string): string {
  const name = text.replaceAll(/[^\w+=,.@-]/gu, '-').slice(0, 64)
  if (name.length < 2)
    throw new InvalidValue(`${quote(text)} is too short for a session name: write 2 to 64 characters`)
  return name
}

/** Source: STS API reference, AssumeRole, ExternalId. */
export function parseExternalId(text: string): string {
  if (!/^[\w+=,.@:/-]{2,1224}$/.test(text)) {
    throw new InvalidValue(
      `${quote(text)} is not an external ID: write 2 to 1224 letters, digits and +=,.@:/_-`,
    )
  }
  return text
}

/** Source: STS API reference, AssumeRole, SourceIdentity. It is never altered: policies compare it. */
export function parseSourceIdentity(text: string): string {
  if (!/^[\w+=,.@-]{2,64}$/.test(text)) {
    throw new InvalidValue(
      `${quote(text)} is not a source identity: write 2 to 64 letters, digits and +=,.@_-${whyNotPlain(text)}`,
    )
  }
  return text
}

/** A part of an access key. It is never shown, as it is or may be a secret. */
export function parseKey(text: string): string {
  if (!isKey(text)) {
    throw new InvalidValue(
      'contains whitespace or characters that keys never have: store it again without line breaks',
    )
  }
  return text
}
