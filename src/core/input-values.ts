import { isAccountId, isRoleName, parseRoleArn, type RoleArn, type RoleName } from './arn.ts'
import { isProfileName } from './profile.ts'
import { quote } from './text.ts'

/** What is wrong with one value and what to write instead. The input's name is put before it. */
export class InvalidValue extends Error {
  override readonly name = 'InvalidValue'
}

const TRUE = ['true', 'True', 'TRUE']
const FALSE = ['false', 'False', 'FALSE']

/** The six spellings of YAML 1.2's core schema. */
export function parseBoolean(text: string): boolean {
  if (TRUE.includes(text)) return true
  if (FALSE.includes(text)) return false
  throw new InvalidValue(`${quote(text)} is not a boolean: write true or false`)
}

/** Plain decimal digits, between two bounds. */
export function parseNumber(
  text: string,
  { least, most, unit }: { least: number; most: number; unit: string },
): number {
  const value = /^\d{1,9}$/.test(text) ? Number(text) : undefined
  if (value === undefined || value < least || value > most) {
    throw new InvalidValue(
      `${quote(text)} must be a number of ${unit} from ${least} to ${most}, in plain digits`,
    )
  }
  return value
}

export function parseChoice<const Choice extends string>(text: string, choices: readonly Choice[]): Choice {
  const choice = choices.find(candidate => candidate === text)
  if (choice === undefined) throw new InvalidValue(`${quote(text)} is none of ${choices.join(', ')}`)
  return choice
}

/**
 * Elements between lines and commas. Blank lines don't count; an empty element between commas is an error, and so is a
 * name behind an ARN on one line: the names of roles may hold commas, so that it may be the rest of one.
 */
export function parseList(text: string): readonly string[] {
  const lines = text.split(/\r?\n/).filter(line => line.trim() !== '')
  const rows = lines.map(line => line.split(',').map(element => element.trim()))
  const elements = rows.flat()
  if (rows.some(mixesArnsAndNames)) {
    throw new InvalidValue(
      `${quote(text)} has an ARN and a name on one line: write one a line, and no name with a comma`,
    )
  }
  if (elements.includes('')) {
    throw new InvalidValue(
      `${quote(text)} has an empty element between commas: take the comma or the unset variable out`,
    )
  }
  return elements
}

function mixesArnsAndNames(row: readonly string[]): boolean {
  const isArn = (element: string) => element.startsWith('arn:')
  return row.some(isArn) && row.some(element => element !== '' && !isArn(element))
}

/** A list, or the keyword that stands for none at all. */
export function parseListOr<Keyword extends string>(
  text: string,
  keyword: Keyword,
): readonly string[] | Keyword {
  const elements = parseList(text)
  const lookalike = elements.find(element => element !== keyword && element.toLowerCase() === keyword)
  if (lookalike) throw new InvalidValue(`${quote(lookalike)} looks like "${keyword}": write it in lower case`)
  if (!elements.includes(keyword)) return elements
  if (elements.length > 1)
    throw new InvalidValue(`"${keyword}" can't stand beside other values: write it alone or leave it out`)
  return keyword
}

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
    const lostZero = /^\d{1,11}$/.test(text)
      ? ' (YAML drops a 0 at the beginning unless the id is in quotes)'
      : ''
    throw new InvalidValue(
      `${quote(text)} is not an account id: it has exactly 12 digits${lostZero}${whyNotPlain(text)}`,
    )
  }
  return text
}

/** Ids that IAM gives to roles. Source: IAM User Guide, "IAM unique identifiers". */
export function parseRoleId(text: string): string {
  if (!/^AROA[A-Z0-9]{4,124}$/.test(text)) {
    throw new InvalidValue(
      `${quote(text)} is not a role's unique id: it begins with AROA (aws iam get-role shows it as RoleId)`,
    )
  }
  return text
}

/** Whether the text is the word `none`, which stands for no value at all. */
function isNone(text: string): boolean {
  if (text !== 'none' && text.toLowerCase() === 'none')
    throw new InvalidValue(`${quote(text)} looks like "none": write it in lower case`)
  return text === 'none'
}

/** A value, or undefined for the word `none`. */
export function parseUnlessNone<Value>(parse: (text: string) => Value): (text: string) => Value | undefined {
  return text => (isNone(text) ? undefined : parse(text))
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

/** Characters of YAML or JSON that got into a value, as an addition to a message; empty where there are none. */
function whyNotPlain(text: string): string {
  if (/["'[\]]|^-\s|\s#/.test(text))
    return '; write the value alone, without quotes, brackets, dashes or comments'
  return /\s/.test(text) ? '; it holds white space' : ''
}

/** The commonest slips in an ARN, as an addition to a message; empty where none is seen. */
export function whyNotArn(text: string): string {
  const reason = whyNotPlain(text) || whyNotOneArn(text)
  if (reason) return reason
  if (/[*?]/.test(text)) return '; it holds a pattern, and only equality is known here'
  if (!/^arn:/i.test(text)) return ''
  const [scheme, , , , accountId = '', ...rest] = text.split(':')
  if (scheme !== 'arn') return '; it must begin with arn: in lower case'
  if (rest.length === 0) return '; a colon is missing: arn:PARTITION:SERVICE::ACCOUNT:RESOURCE'
  if (!isAccountId(accountId)) return `; its account ${quote(accountId)} does not have exactly 12 digits`
  const resource = rest.join(':')
  if (/\/$|\/\//.test(resource)) return '; its name or a part of its path is blank'
  return whyNotResource(resource)
}

/** An ARN that begins within another one, as where a list was joined by a character that separates nothing. */
export function whyNotOneArn(text: string): string {
  return /arn:.*arn:/is.test(text) ? '; it looks like two ARNs run together: write one per line' : ''
}

function whyNotResource(resource: string): string {
  const foreign = /[^\w+=,.@/-]/u.exec(resource)?.[0]
  return foreign === undefined
    ? ''
    : `; it contains ${quote(foreign)}, and a path or name may only contain letters, digits and +=,.@_- here (IAM allows more in a path)`
}

/** Slips that are one only where a role itself is meant. */
function whyNotRole(text: string): string {
  if (/^arn:[^:]*:sts:/.test(text)) return "; this is a session's ARN, not the role's"
  return /^arn:[^:]*:iam::\d{12}:(?!role\/)/.test(text)
    ? '; what follows the account must begin with role/'
    : ''
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
      `${quote(text)} is not an external id: it has 2 to 1224 letters, digits and +=,.@:/_-`,
    )
  }
  return text
}

/** Visible ASCII only: the runner masks line by line, so a line end within a secret would let it through. */
export function isKey(text: string | undefined): text is string {
  return text !== undefined && /^[\x21-\x7e]+$/.test(text)
}

/** A part of an access key. It is never shown, as it is or may be a secret. */
export function parseKey(text: string): string {
  if (!isKey(text)) {
    throw new InvalidValue(
      'holds white space or other characters that no key has: store it again, without line ends',
    )
  }
  return text
}

/** Every element, or one error with what is wrong with each of them. */
export function parseAll<Value>(list: readonly string[], parse: (text: string) => Value): readonly Value[] {
  const wrong: string[] = []
  const values = list.flatMap(element => {
    try {
      return [parse(element)]
    } catch (error) {
      if (!(error instanceof InvalidValue)) throw error
      wrong.push(error.message)
      return []
    }
  })
  if (wrong.length > 0) throw new InvalidValue(wrong.join('; '))
  return values
}

const MOST_PROFILES = 100

export type ProfileRole = { readonly name: string; readonly role: RoleArn }

/** Lines `profile=role ARN`. */
export function parseProfileRoles(text: string): readonly ProfileRole[] {
  const lines = text
    .split(/\r?\n/)
    .map(line => line.trim())
    .filter(line => line !== '')
  if (lines.length > MOST_PROFILES)
    throw new InvalidValue(
      `has ${lines.length} lines: write at most ${MOST_PROFILES}, and the rest in another step`,
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
      `${quote(line)} holds several profiles, or a comma: write each on a line of its own`,
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
  if (NEXT_ROLE.test(text))
    throw new InvalidValue(
      'holds a role beside a name: profiles with roles of their own belong in aws-profiles',
    )
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

/** An endpoint as an origin, with a path where it has one. No user, query or fragment. */
export function parseEndpoint(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (!url || (url.protocol !== 'https:' && url.protocol !== 'http:')) {
    throw new InvalidValue('is not an https URL: write https://HOST, or http://HOST for a server of your own')
  }
  if (url.username || url.password)
    throw new InvalidValue('holds a user or a password, which an endpoint does not take')
  if (url.search || url.hash)
    throw new InvalidValue(`${quote(text)} holds a query or a fragment: write https://HOST`)
  return url
}

export function isLoopback({ hostname }: URL): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d{1,3}){3}$/.test(hostname)
}
