import { GateError } from '../core/base/failure.ts'
import { MAX_AT_ONCE, type Target } from '../core/identity/target.ts'
import type { Match } from '../core/identity/verdict.ts'
import { combinedFailure, isOfOneRole } from '../core/outcome/several-roles.ts'
import type { StepRecord, TargetOutcome } from '../core/outcome/step-record.ts'

/**
 * Verifies several targets, a few at a time. A role that AWS refuses doesn't stop the others.
 * @returns the outcomes in the order of the targets
 * @throws any failure that isn't specific to one role
 */
export async function verifyAll(
  targets: readonly Target[],
  verify: (target: Target) => Promise<Match>,
): Promise<readonly TargetOutcome[]> {
  const outcomes: TargetOutcome[] = []
  let next = 0
  const worker = async () => {
    for (let index = next++; index < targets.length; index = next++) {
      outcomes[index] = await outcomeOf(targets[index] as Target, verify)
    }
  }
  await Promise.all(Array.from({ length: MAX_AT_ONCE }, worker))
  return outcomes
}

async function outcomeOf(target: Target, verify: (target: Target) => Promise<Match>): Promise<TargetOutcome> {
  try {
    return await verify(target)
  } catch (failure) {
    if (!(failure instanceof GateError) || !isOfOneRole(failure)) throw failure
    return { kind: 'failed', target, failure }
  }
}

/**
 * The matches, all of them.
 * @throws GateError that names every role that failed
 */
export function assertAllVerified(record: StepRecord): readonly [Match, ...Match[]] {
  const failure = combinedFailure(record)
  if (failure) throw failure
  const [first, ...others] = (record.outcomes ?? []).filter(outcome => outcome.kind === 'match')
  if (!first || others.length + 1 !== record.inputs?.targets.length)
    throw new Error('not every target was verified')
  return [first, ...others]
}
