import { type FailureCode, GateError } from '../base/failure.ts'
import { escapeControls } from '../base/text.ts'
import { formatArn } from '../identity/arn.ts'
import type { Target } from '../identity/target.ts'
import { diagnose } from './diagnosis.ts'
import { type FailedTarget, hasFailed, type StepRecord, type TargetOutcome } from './step-record.ts'

/** Failures beside which the others may well pass, or have failed for a better reason. All else ends the step at once. */
const OF_ONE_ROLE: readonly FailureCode[] = [
  'ERR_STS_REJECTED',
  'ERR_STS_UNAVAILABLE',
  'ERR_STS_BAD_RESPONSE',
  'ERR_IDENTITY_MISMATCH',
  'ERR_TIMEOUT',
]

export function isOfOneRole({ code }: GateError): boolean {
  return OF_ONE_ROLE.includes(code)
}

/** The accounts that the roles are in. */
export function accountsOf(targets: readonly Target[]): ReadonlySet<string> {
  return new Set(targets.flatMap(({ roles: [role] }) => (role?.kind === 'role' ? role.accountId : [])))
}

/** A role and its profile, for people. */
function formatTarget({ roles: [role], profile }: Target): string {
  return `${profile?.name ?? ''} (${role?.kind === 'role' ? formatArn(role) : ''})`
}

/**
 * The one that decides how the step ends: a mismatch, which `on-mismatch` may let pass, only if there is nothing else.
 */
export function decisiveOf(failed: readonly FailedTarget[]): FailedTarget | undefined {
  return failed.find(({ failure }) => failure.code !== 'ERR_IDENTITY_MISMATCH') ?? failed[0]
}

/** All failures in one that names every role. */
export function combinedFailure(record: StepRecord): GateError | undefined {
  const { outcomes = [] } = record
  const failed = outcomes.filter(hasFailed)
  const decisive = decisiveOf(failed)
  if (!decisive) return undefined
  const diagnosed = failed.map(({ target, failure }) => ({
    name: target.profile?.name ?? '',
    role: formatTarget(target),
    failure: diagnose(failure, record, target),
  }))
  const lines = diagnosed.map(
    ({ role, failure }) =>
      `- ${escapeControls(role)}: ${failure.code}: ${failure.message.replaceAll('\n', '\n  ')}`,
  )
  const { code, cause, likelyCause } = diagnose(decisive.failure, record, decisive.target)
  return new GateError(
    code,
    `${formatCount(outcomes)}, so nothing was exported\n${lines.join('\n')}`,
    hintsOf(diagnosed),
    { cause, likelyCause },
  )
}

/** How many of the roles failed, in words. */
export function formatCount(outcomes: readonly TargetOutcome[]): string {
  const failed = outcomes.filter(hasFailed).length
  return `${failed} of ${outcomes.length} ${outcomes.length === 1 ? 'role' : 'roles'} could not be verified`
}

const MAX_NAMES = 5

/** A hint for each code: that of the first role that has it, as those of the others differ in names alone. */
function hintsOf(diagnosed: readonly { readonly name: string; readonly failure: GateError }[]): string {
  const codes = [...new Set(diagnosed.map(({ failure }) => failure.code))]
  return codes
    .map(code => {
      const alike = diagnosed.filter(({ failure }) => failure.code === code)
      const hint = alike[0]?.failure.hint ?? ''
      return diagnosed.length === 1 ? hint : `${namesOf(alike.map(({ name }) => name))}: ${hint}`
    })
    .join('\n')
}

function namesOf(names: readonly string[]): string {
  const more = names.length - MAX_NAMES
  return `${names.slice(0, MAX_NAMES).join(', ')}${more > 0 ? ` and ${more} more` : ''}`
}
