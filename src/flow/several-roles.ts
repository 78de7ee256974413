import { GateError } from '../core/base/failure.ts'
import type { Match } from '../core/identity/verdict.ts'
import { MOST_AT_ONCE } from '../core/inputs/goals.ts'
import type { Findings } from '../core/outcome/findings.ts'
import { combinedFailure, hasFailed, isOfOneRole, type RoleOutcome } from '../core/outcome/role-outcome.ts'
import type { RoleContext } from './context.ts'

/** The way to one role, up to its proof. */
type Become = (context: RoleContext) => Promise<Match>

/** What came of every role: each proved, or the step fails. */
export async function becomeAll(
  contexts: readonly [RoleContext, ...RoleContext[]],
  become: Become,
  findings: Findings,
): Promise<readonly [Match, ...Match[]]> {
  const [first] = contexts
  if (findings.inputs?.profiles.length === 0) return [await become(first)]
  const outcomes = await inParallel(contexts, context => outcomeOf(context, become))
  findings.outcomes = outcomes
  const failure = combinedFailure(outcomes)
  if (failure) throw withCaller(failure, outcomes, findings)
  const matches = outcomes.flatMap(outcome => ('match' in outcome ? [outcome.match] : [])) as [
    Match,
    ...Match[],
  ]
  findings.caller = matches[0].caller
  return matches
}

/** @throws what concerns not this role alone */
async function outcomeOf(context: RoleContext, become: Become): Promise<RoleOutcome> {
  const { inputs, findings } = context
  try {
    return { inputs, findings, match: await become(context) }
  } catch (error) {
    if (!(error instanceof GateError) || !isOfOneRole(error)) throw error
    return { inputs, findings, failure: error }
  }
}

/** The step's own findings tell who the first was that answered in the place of another. */
function withCaller(failure: GateError, outcomes: readonly RoleOutcome[], findings: Findings): GateError {
  const mismatch = outcomes.filter(hasFailed).find(each => each.failure.code === 'ERR_IDENTITY_MISMATCH')
  const { caller, expected, differences } = mismatch?.findings ?? {}
  if (caller && expected) Object.assign(findings, { caller, expected, differences })
  return failure
}

/** Works on several at a time, in order; the results stand in the order of what was given. */
async function inParallel<T, Result>(
  all: readonly T[],
  work: (one: T) => Promise<Result>,
): Promise<readonly Result[]> {
  const results: Result[] = []
  let next = 0
  const worker = async () => {
    for (let index = next++; index < all.length; index = next++) {
      results[index] = await work(all[index] as T)
    }
  }
  await Promise.all(Array.from({ length: MOST_AT_ONCE }, worker))
  return results
}
