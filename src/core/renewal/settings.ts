import type { FailureCode, GateError } from '../base/failure.ts'
import { parseJsonObject } from '../base/json-object.ts'
import { formatArn } from '../identity/arn.ts'
import type { Target } from '../identity/target.ts'
import { INPUT_NAMES, type InputName, type RawInputs, rawName } from '../inputs/declared-inputs.ts'
import { isAboutTime } from '../network/clock-skew.ts'
import { RemoteFailure } from '../network/remote-failure.ts'
import { decide } from '../network/retry-policy.ts'
import type { TagSource } from '../sts/session-tags.ts'
import type { StsSettings } from '../sts/sts-settings.ts'

/**
 * What a renewal gets of each input: what decides about a session and its verdict, as it was given or as the step parsed
 * it. The rest is about the step, or a secret. A new input doesn't compile until it is decided here.
 */
const HANDED_ON: Readonly<Record<InputName, 'as given' | 'as parsed' | 'left out'>> = {
  'aws-region': 'as given',
  'role-to-assume': 'as parsed',
  audience: 'as given',
  'role-session-name': 'as given',
  'source-identity': 'as given',
  'role-duration-seconds': 'as given',
  'role-external-id': 'as given',
  'role-chaining': 'left out',
  'role-chain': 'as given',
  'web-identity-token-file': 'left out',
  'aws-access-key-id': 'left out',
  'aws-secret-access-key': 'left out',
  'aws-session-token': 'left out',
  'force-skip-oidc': 'left out',
  'use-existing-credentials': 'left out',
  'unset-current-credentials': 'left out',
  'inline-session-policy': 'as given',
  'managed-session-policies': 'as given',
  'role-skip-session-tagging': 'as given',
  'custom-tags': 'as given',
  'transitive-tag-keys': 'as given',
  'translate-env-variables': 'left out',
  'expected-role': 'as given',
  'expected-role-id': 'as given',
  'allowed-account-ids': 'as given',
  'forbidden-account-ids': 'as given',
  'required-claims': 'as given',
  'trust-policy': 'left out',
  'on-mismatch': 'left out',
  'output-env-credentials': 'left out',
  'output-credentials': 'left out',
  'aws-profile': 'left out',
  'overwrite-aws-profile': 'left out',
  'refresh-credentials': 'left out',
  'aws-profiles': 'left out',
  'mask-aws-account-id': 'as given',
  'job-summary': 'left out',
  'sts-endpoint': 'as given',
  'use-fips-endpoint': 'as parsed',
  'use-dualstack-endpoint': 'as parsed',
  'sts-fallback-regions': 'as given',
  'http-proxy': 'as given',
  'no-proxy': 'as given',
  'ca-bundle': 'as parsed',
  'retry-max-attempts': 'as given',
  'disable-retry': 'as given',
  'retry-access-denied-seconds': 'left out',
  'action-timeout-s': 'as given',
  'special-characters-workaround': 'as given',
}

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
  const given = INPUT_NAMES.filter(name => HANDED_ON[name] === 'as given')
    .map(rawName)
    .filter(name => raw[name] !== undefined)
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
