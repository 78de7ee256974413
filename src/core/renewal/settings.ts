import type { FailureCode, GateError } from '../base/failure.ts'
import { parseJsonObject } from '../base/json-object.ts'
import { formatArn } from '../identity/arn.ts'
import type { Target } from '../identity/target.ts'
import { type InputName, type RawInputs, rawName } from '../inputs/declared-inputs.ts'
import { isAboutTime } from '../network/clock-skew.ts'
import { RemoteFailure } from '../network/remote-failure.ts'
import { decide } from '../network/retry-policy.ts'
import type { TagSource } from '../sts/session-tags.ts'
import type { StsSettings } from '../sts/sts-settings.ts'

/** What decides about a session and its proof. The rest of the step's inputs is about the step, or a secret. */
const RENEWED = [
  'aws-region',
  'audience',
  'role-session-name',
  'role-duration-seconds',
  'role-external-id',
  'role-chain',
  'inline-session-policy',
  'managed-session-policies',
  'role-skip-session-tagging',
  'custom-tags',
  'transitive-tag-keys',
  'expected-role',
  'expected-role-id',
  'allowed-account-ids',
  'forbidden-account-ids',
  'required-claims',
  'mask-aws-account-id',
  'sts-endpoint',
  'sts-fallback-regions',
  'http-proxy',
  'no-proxy',
  'retry-max-attempts',
  'disable-retry',
  'action-timeout-s',
  'special-characters-workaround',
] as const satisfies readonly InputName[]

/**
 * The inputs of the step that made the profile, as its renewals are given them: what the environment or the workspace
 * decided then is written out, so that neither can change it later.
 * @param roots path of a copy of the file that ca-bundle names
 */
export function renewalInputs(
  raw: RawInputs,
  inputs: StsSettings,
  { roles: [role] }: Target,
  roots: string,
): RawInputs {
  if (role?.kind !== 'role') throw new Error('what is renewed is a role of which the ARN is known')
  const given = RENEWED.map(rawName).filter(name => raw[name] !== undefined)
  return {
    ...Object.fromEntries(given.map(name => [name, raw[name] ?? ''])),
    [rawName('role-to-assume')]: formatArn(role),
    ...(inputs.stsEndpoint
      ? {}
      : {
          [rawName('use-fips-endpoint')]: String(inputs.usesFips),
          [rawName('use-dualstack-endpoint')]: String(inputs.usesDualstack),
        }),
    ...(inputs.caBundle === undefined ? {} : { [rawName('ca-bundle')]: roots }),
  }
}

/** What a renewal knows of the step that made the profile. */
export type RenewalSettings = {
  readonly raw: RawInputs
  /** What GitHub told the step of its run: it becomes session tags. */
  readonly run: TagSource
}

/** As a file holds them. */
export function formatRenewalSettings({ raw, run }: RenewalSettings): string {
  return `${JSON.stringify({ inputs: raw, run }, undefined, 2)}\n`
}

/**
 * The settings in the text of a file.
 * @throws Error
 */
export function parseRenewalSettings(text: string): RenewalSettings {
  const { inputs, run } = parseJsonObject(text)
  const raw = textsOf(inputs)
  if (Object.keys(raw).length === 0) throw new Error('it holds no inputs')
  return { raw, run: textsOf(run) }
}

function textsOf(value: unknown): Record<string, string> {
  const entries = Object.entries(Object(value))
  if (!entries.every(([, text]) => typeof text === 'string')) throw new Error('a value in it is not a string')
  return Object.fromEntries(entries) as Record<string, string>
}

/**
 * Whether a renewal failed before AWS or GitHub said anything of it: credentials that were verified before serve to their
 * end then. Whatever was refused, or does not match, is the end of those too.
 */
export function isInconclusive({ code, cause }: GateError): boolean {
  if (INCONCLUSIVE.includes(code)) return true
  if (!(cause instanceof RemoteFailure)) return false
  const { kind, operation } = cause
  if (kind !== 'error-response' || isAboutTime(cause)) return true
  const isPage = operation !== 'GetIdToken' && cause.code === '' // AWS names each of its errors
  return isPage || (code !== 'ERR_STS_REJECTED' && decide(cause) !== 'final')
}

/** This process may not ask, or can't, or got no answer in all its time. */
const INCONCLUSIVE: readonly FailureCode[] = [
  'ERR_OIDC_NOT_PERMITTED',
  'ERR_INPUT_INVALID',
  'ERR_STS_UNAVAILABLE',
  'ERR_TIMEOUT',
  'ERR_PROFILE_WRITE',
]
