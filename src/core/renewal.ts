import { formatArn } from './arn.ts'
import { type InputName, type RawInputs, rawName } from './declared-inputs.ts'
import type { FailureCode, GateError } from './failure.ts'
import type { Inputs } from './inputs.ts'
import { parseJsonObject } from './json-object.ts'
import { RemoteFailure } from './remote-failure.ts'
import { decide } from './retry-policy.ts'

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
  'retry-access-denied-seconds',
  'action-timeout-s',
  'special-characters-workaround',
] as const satisfies readonly InputName[]

/**
 * The inputs of the step that made the profile, as its renewals are given them: what the environment or the workspace
 * decided then is written out, so that neither can change it later.
 * @param roots path of a copy of the file that ca-bundle names
 */
export function renewalInputs(raw: RawInputs, inputs: Inputs, roots: string): RawInputs {
  const [role] = inputs.roles
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

/** Inputs as a settings file holds them. */
export function formatRenewalInputs(inputs: RawInputs): string {
  return `${JSON.stringify({ inputs }, undefined, 2)}\n`
}

/**
 * The inputs in the text of a settings file.
 * @throws Error
 */
export function parseRenewalInputs(text: string): RawInputs {
  const { inputs } = parseJsonObject(text)
  const entries = Object.entries(Object(inputs))
  if (entries.length === 0 || !entries.every(([, value]) => typeof value === 'string'))
    throw new Error('it holds no inputs')
  return Object.fromEntries(entries) as RawInputs
}

/**
 * Whether a renewal failed before AWS or GitHub said anything of it: credentials that were verified before serve to their
 * end then. Whatever was refused, or does not match, is the end of those too.
 */
export function isNoVerdict({ code, cause }: GateError): boolean {
  if (NOBODY_ASKED.includes(code)) return true
  if (code === 'ERR_STS_REJECTED' || !(cause instanceof RemoteFailure)) return false
  return cause.kind !== 'error-answer' || decide(cause) !== 'final'
}

/** This process may not ask, or can't, or had no time to. */
const NOBODY_ASKED: readonly FailureCode[] = ['ERR_OIDC_NOT_PERMITTED', 'ERR_INPUT_INVALID', 'ERR_TIMEOUT']
