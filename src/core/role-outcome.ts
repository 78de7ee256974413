import { formatArn } from './arn.ts'
import { diagnose } from './diagnosis.ts'
import { type FailureCode, GateError } from './failure.ts'
import type { Findings } from './findings.ts'
import type { Inputs } from './inputs.ts'
import { oneLine } from './text.ts'
import type { Match } from './verdict.ts'

/** What came of one of several roles: its proof, or why there is none. */
export type RoleOutcome = {
  /** The inputs of that role alone. */
  readonly inputs: Inputs
  readonly findings: Findings
} & ({ readonly match: Match } | { readonly failure: GateError })

type FailedOutcome = RoleOutcome & { readonly failure: GateError }

/** Failures of one role, beside which the others may well pass. All else ends the step at once. */
const OF_ONE_ROLE: readonly FailureCode[] = [
  'ERR_STS_REJECTED',
  'ERR_STS_UNAVAILABLE',
  'ERR_STS_BAD_RESPONSE',
  'ERR_IDENTITY_MISMATCH',
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
export function formatGoal({ roles, profile }: Inputs): string {
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
    `${failed.length} of ${outcomes.length} roles could not be verified, so that none is handed out\n${lines.join('\n')}`,
    hintsOf(told),
    { cause: decisive.failure.cause },
  )
}

/** Each hint once, with the profiles that it is about where there are several. */
function hintsOf(told: readonly { readonly name: string; readonly failure: GateError }[]): string {
  const hints = [...new Set(told.map(({ failure }) => failure.hint))]
  if (hints.length === 1) return hints[0] ?? ''
  return hints
    .map(hint => {
      const names = told.filter(({ failure }) => failure.hint === hint).map(({ name }) => name)
      return `${names.join(', ')}: ${hint}`
    })
    .join('\n')
}
