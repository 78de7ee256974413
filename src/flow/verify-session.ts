import type { Expectation } from '../core/identity/expectation.ts'
import type { Session } from '../core/identity/session.ts'
import { assertMatch, type Match, verifyIdentity } from '../core/identity/verdict.ts'
import { maskAccountIds } from '../runner/log.ts'
import type { RoleContext } from './context.ts'

/**
 * The proof of a session: AWS's own answer to its holder, held against what is expected.
 * @throws GateError ERR_IDENTITY_MISMATCH, or those of the call
 */
export async function prove(
  { sts, findings }: RoleContext,
  expected: Expectation,
  session: Session,
): Promise<Match> {
  findings.origin = session.origin.kind
  const caller = await sts.getCallerIdentity(session)
  const verdict = verifyIdentity(expected, session, caller)
  const differences = verdict.kind === 'mismatch' ? verdict.differences : []
  Object.assign(findings, { caller, expected, differences, answeredBy: sts.region })
  if (findings.inputs?.masksAccountIds) maskAccountIds([caller.accountId])
  return assertMatch(verdict)
}
