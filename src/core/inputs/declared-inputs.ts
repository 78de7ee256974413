import { InvalidValue } from '../base/invalid-value.ts'
import { parseAll, parseList, parseListOr } from '../base/list-values.ts'
import { parseBoolean, parseChoice, parseNumber, parseUnlessNone } from '../base/plain-values.ts'
import { parseEndpoint } from '../network/endpoint-url.ts'
import { parseNoProxy } from '../network/no-proxy.ts'
import { parseProxy } from '../network/proxy-address.ts'
import { parseCustomTags } from '../sts/session-tags.ts'
import { parseRequiredClaims } from '../token/required-claims.ts'
import { parseProfileRoles, parseSingleProfile } from './profile-values.ts'
import {
  parseAccountId,
  parseExternalId,
  parseKey,
  parseRegion,
  parseRole,
  parseRoleId,
  parseRoleToAssume,
  parseSessionName,
  parseSourceIdentity,
} from './role-values.ts'
import { parseInlinePolicy, parseManagedPolicies } from './session-policy.ts'

/**
 * What the step was given, under the runner's spelling of the names (upper case, `AWS-REGION`), undeclared names
 * included. Absent and blank are different things.
 */
export type RawInputs = Readonly<Record<string, string>>

/**
 * One input: its default in action.yml, whether an explicitly blank value is an error (for a guard or a restriction it
 * is: an unset variable must not switch it off) or stands for the default, and how its text becomes a value.
 */
type Declaration<Value> = {
  readonly byDefault: string
  readonly blankIsError: boolean
  readonly parse: (text: string) => Value
}

function required<Value>(parse: (text: string) => Value): Declaration<Value> {
  return { byDefault: '', blankIsError: true, parse }
}

function guard<Value>(byDefault: string, parse: (text: string) => Value): Declaration<Value> {
  return { byDefault, blankIsError: true, parse }
}

/** For what an unset variable must not widen: the step would go on with another role, or with an unrestricted session. */
function unlessNone<Value>(parse: (text: string) => Value): Declaration<Value | undefined> {
  return guard('none', parseUnlessNone(parse))
}

function setting<Value>(byDefault: string, parse: (text: string) => Value): Declaration<Value> {
  return { byDefault, blankIsError: false, parse }
}

function optional<Value>(parse: (text: string) => Value): Declaration<Value | undefined> {
  return { byDefault: '', blankIsError: false, parse: text => (text === '' ? undefined : parse(text)) }
}

/** Every input that action.yml declares, with the same defaults; a test holds the two equal. */
export const DECLARED_INPUTS = {
  'aws-region': required(parseRegion),
  'role-to-assume': guard('none', parseRoleToAssume),
  audience: optional(text => text),
  'role-session-name': setting('GitHubActions', parseSessionName),
  'source-identity': optional(parseSourceIdentity),
  'role-duration-seconds': setting('3600', text =>
    parseNumber(text, { least: 900, most: 43_200, unit: 'seconds' }),
  ),
  'role-external-id': optional(parseExternalId),
  'role-chaining': setting('false', parseBoolean),
  'role-chain': unlessNone(text => parseAll(parseList(text), parseRole)),
  'web-identity-token-file': optional(text => text),
  'aws-access-key-id': optional(parseKey),
  'aws-secret-access-key': optional(parseKey),
  'aws-session-token': optional(parseKey),
  'force-skip-oidc': setting('false', parseBoolean),
  'use-existing-credentials': setting('false', parseBoolean),
  'unset-current-credentials': setting('false', parseBoolean),
  'inline-session-policy': unlessNone(parseInlinePolicy),
  'managed-session-policies': unlessNone(parseManagedPolicies),
  'role-skip-session-tagging': setting('false', parseBoolean),
  'custom-tags': optional(parseCustomTags),
  'transitive-tag-keys': optional(parseList),
  'translate-env-variables': setting('false', parseTranslateEnvVariables),
  'expected-role': guard('role-to-assume', parseExpectedRole),
  'expected-role-id': guard('any', text => mapList(parseListOr(text, 'any'), parseRoleId)),
  'allowed-account-ids': guard('any', text => mapList(parseListOr(text, 'any'), parseAccountId)),
  'forbidden-account-ids': guard('none', text => mapList(parseListOr(text, 'none'), parseAccountId)),
  'required-claims': guard('none', parseRequiredClaims),
  'trust-policy': optional(text => text),
  'on-mismatch': setting('fail', text => parseChoice(text, ['fail', 'report'])),
  'output-env-credentials': optional(parseBoolean),
  'output-credentials': setting('false', parseBoolean),
  'aws-profile': optional(parseSingleProfile),
  'overwrite-aws-profile': setting('false', parseBoolean),
  'refresh-credentials': setting('false', parseBoolean),
  'aws-profiles': unlessNone(parseProfileRoles),
  'mask-aws-account-id': setting('false', parseBoolean),
  'job-summary': setting('true', parseBoolean),
  'sts-endpoint': optional(parseEndpoint),
  'use-fips-endpoint': optional(parseBoolean),
  'use-dualstack-endpoint': optional(parseBoolean),
  'sts-fallback-regions': optional(text => parseAll(parseList(text), parseRegion)),
  'http-proxy': optional(parseProxy),
  'no-proxy': optional(parseNoProxy),
  'ca-bundle': optional(text => text),
  'retry-max-attempts': setting('12', text => parseNumber(text, { least: 0, most: 50, unit: 'attempts' })),
  'disable-retry': setting('false', parseBoolean),
  'retry-access-denied-seconds': setting('0', text =>
    parseNumber(text, { least: 0, most: 900, unit: 'seconds' }),
  ),
  'action-timeout-s': setting('120', text => parseNumber(text, { least: 0, most: 86_400, unit: 'seconds' })),
  'special-characters-workaround': setting('false', parseBoolean),
} as const

export type InputName = keyof typeof DECLARED_INPUTS
/** The values of all inputs, each by itself. */
export type Values = { readonly [Name in InputName]: ReturnType<(typeof DECLARED_INPUTS)[Name]['parse']> }

export const INPUT_NAMES = Object.keys(DECLARED_INPUTS) as InputName[]

/** An input's name as the runner spells it in `INPUT_…`. */
export function rawName(name: InputName): string {
  return name.toUpperCase()
}

/** What could be parsed. An input in `unparsed` was given, and its own problem is told already. */
export type ParsedValues = Partial<Values> & { readonly unparsed: ReadonlySet<InputName> }

/** Parses each input by itself: the values that could be understood, and every problem of the others. */
export function parseEach(raw: RawInputs): { values: ParsedValues; problems: string[] } {
  const values: Record<string, unknown> = {}
  const problems: string[] = []
  const unparsed = new Set<InputName>()
  for (const name of INPUT_NAMES) {
    try {
      values[name] = parseOne<unknown>(DECLARED_INPUTS[name], raw[rawName(name)])
    } catch (error) {
      if (!(error instanceof InvalidValue)) throw error
      problems.push(`${name}: ${error.message}`)
      unparsed.add(name)
    }
  }
  return { values: { ...values, unparsed }, problems }
}

function parseOne<Value>(
  { byDefault, blankIsError, parse }: Declaration<Value>,
  text: string | undefined,
): Value {
  const given = (text ?? byDefault).trim()
  if (given === '' && blankIsError) throw new InvalidValue(blankProblem(byDefault))
  return parse(given || byDefault)
}

function blankProblem(byDefault: string): string {
  if (byDefault === '') return 'is required, but blank or missing'
  return `is blank, perhaps from an unset variable: set a value, or write "${byDefault}" if you mean that`
}

/** configure-aws-credentials takes inputs from environment variables, which an earlier step can set. */
function parseTranslateEnvVariables(text: string): false {
  if (parseBoolean(text))
    throw new InvalidValue(
      'is true, but environment variables never set inputs here, because an earlier step can set them: set each input under `with:`, and remove this one or set it to false',
    )
  return false
}

function mapList<Keyword extends string>(
  list: readonly string[] | Keyword,
  parse: (text: string) => string,
): readonly string[] | Keyword {
  return typeof list === 'string' ? list : parseAll(list, parse)
}

export type ExpectedRoleValue = 'role-to-assume' | 'any' | readonly string[]

function parseExpectedRole(text: string): ExpectedRoleValue {
  const list = parseListOr(text, 'any')
  return typeof list === 'string' ? list : parseListOr(text, 'role-to-assume')
}
