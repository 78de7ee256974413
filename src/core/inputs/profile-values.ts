import { InvalidValue } from '../base/invalid-value.ts'
import { parseAll } from '../base/list-values.ts'
import { whyNotPlain } from '../base/plain-values.ts'
import { quote } from '../base/text.ts'
import type { RoleArn } from '../identity/arn.ts'
import { isProfileName } from '../profiles/settings.ts'
import { parseRole } from './role-values.ts'

const MAX_PROFILES = 100

export type ProfileRole = { readonly name: string; readonly role: RoleArn }

/** Lines `profile=role ARN`. */
export function parseProfileRoles(text: string): readonly ProfileRole[] {
  const lines = text
    .split(/\r?\n/)
    .map(line => line.trim())
    .filter(line => line !== '')
  if (lines.length > MAX_PROFILES)
    throw new InvalidValue(
      `has ${lines.length} lines: write at most ${MAX_PROFILES} and put the rest in another step`,
    )
  const profiles = parseAll(lines, parseProfileRole)
  const names = profiles.map(({ name }) => name)
  const twice = names.filter((name, index) => names.indexOf(name) < index)
  if (twice.length > 0)
    throw new InvalidValue(`names ${twice.map(quote).join(', ')} more than once: write each once`)
  return profiles
}

function parseProfileRole(line: string): ProfileRole {
  const sign = line.indexOf('=')
  if (sign < 0)
    throw new InvalidValue(
      `${quote(line)} is not PROFILE=ROLE: write a profile's name, =, and the ARN of its role`,
    )
  const [name, arn] = [line.slice(0, sign).trimEnd(), line.slice(sign + 1).trimStart()]
  if (holdsAnotherProfile(arn))
    throw new InvalidValue(
      `${quote(line)} contains several profiles or a comma: write each profile on its own line`,
    )
  try {
    return { name: parseProfileName(name), role: parseRole(arn) }
  } catch (error) {
    if (!(error instanceof InvalidValue)) throw error
    throw new InvalidValue(`in ${quote(line)}, ${error.message}`)
  }
}

/** Steps that take no longer than the line is long: a pattern for all of it would look at it once for each blank. */
function holdsAnotherProfile(arn: string): boolean {
  const role = arn.search(NEXT_ROLE)
  return arn.endsWith(',') || (role >= 0 && /[,\s]/.test(arn.slice(0, role)))
}

const NEXT_ROLE = /=\s*arn:/

/** The name in `aws-profile`. */
export function parseSingleProfile(text: string): string {
  if (NEXT_ROLE.test(text)) throw new InvalidValue('contains a role; use aws-profiles')
  return parseProfileName(text)
}

export function parseProfileName(text: string): string {
  if (!isProfileName(text)) {
    throw new InvalidValue(
      `${quote(text)} is not a profile name that all tools understand: write at most 64 letters, digits and _.@+%:-${whyNotPlain(text)}`,
    )
  }
  return text
}
