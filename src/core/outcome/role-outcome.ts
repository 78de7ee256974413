import { type FailureCode, GateError } from '../base/failure.ts'
import { oneLine } from '../base/text.ts'
import { formatArn } from '../identity/arn.ts'
import type { Match } from '../identity/verdict.ts'
import type { Inputs } from '../inputs/inputs.ts'
import { diagnose } from './diagnosis.ts'
import type { Findings } from './findings.ts'

/** What came of one of several roles: its proof, or why there is none. */
export type RoleOutcome = {
  /** The inputs of that role alone. */
  readonly inputs: Inputs
  readonly findings: Findings
} & ({ readonly match: Match } | { readonly failure: GateError })

type FailedOutcome = RoleOutcome & { readonly failure: GateError }

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

export function hasFailed(outcome: RoleOutcome): outcome is FailedOutcome {
  return 'failure' in outcome
}

/** The accounts that the roles are in. */
export function accountsOf(outcomes: readonly RoleOutcome[]): ReadonlySet<string> {
  return new Set(
    outcomes.flatMap(
      ({
        inputs: {
          roles: [role],
        },
      }) => (role?.kind === 'role' ? role.accountId : []),
    ),
  )
}

/** A role and its profile, for people. */
function formatGoal({ roles, profile }: Inputs): string {
  const [role] = roles
  return `${profile?.name ?? ''} (${role?.kind === 'role' ? formatArn(role) : ''})`
}

/**
 * The one that decides how the step ends: a mismatch, which `on-mismatch` may let pass, only if there is nothing else.
 */
export function decisiveOf(failed: readonly FailedOutcome[]): FailedOutcome | undefined {
  return failed.find(({ failure }) => failure.code !== 'ERR_IDENTITY_MISMATCH') ?? failed[0]
}

/** All failures in one that names every role. */
export function combinedFailure(outcomes: readonly RoleOutcome[]): GateError | undefined {
  const failed = outcomes.filter(hasFailed)
  const decisive = decisiveOf(failed)
  if (!decisive) return undefined
  const told = failed.map(({ inputs, findings, failure }) => ({
    name: inputs.profile?.name ?? '',
    goal: formatGoal(inputs),
    failure: diagnose(failure, findings),
  }))
  const lines = told.map(
    ({ goal, failure }) => `- ${oneLine(goal)}: ${failure.code}: ${failure.message.replaceAll('\n', '\n  ')}`,
  )
  return new GateError(
    decisive.failure.code,
    `${formatCount(outcomes)}, so that none is handed out\n${lines.join('\n')}`,
    hintsOf(told),
    { cause: decisive.failure.cause },
  )
}

/** How many of the roles failed, in words. */
export function formatCount(outcomes: readonly RoleOutcome[]): string {
  const failed = outcomes.filter(hasFailed).length
  return `${failed} of ${outcomes.length} ${outcomes.length === 1 ? 'role' : 'roles'} could not be verified`
}

const MOST_NAMES = 5

/** A hint for each code: that of the first role that has it, as those of the others differ in names alone. */
function hintsOf(told: readonly { readonly name: string; readonly failure: GateError }[]): string {
  const codes = [...new Set(told.map(({ failure }) => failure.code))]
  return codes
    .map(code => {
      const alike = told.filter(({ failure }) => failure.code === code)
      const hint = alike[0]?.failure.hint ?? ''
      return told.length === 1 ? hint : `${namesOf(alike.map(({ name }) => name))}: ${hint}`
    })
    .join('\n')
}

function namesOf(names: readonly string[]): string {
  const more = names.length - MOST_NAMES
  return `${names.slice(0, MOST_NAMES).join(', ')}${more > 0 ? ` and ${more} more` : ''}`
}
