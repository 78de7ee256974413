import type { RoleArn, RoleName } from '../core/identity/arn.ts'
import type { CallerIdentity, Session } from '../core/identity/session.ts'
import type { Target } from '../core/identity/target.ts'
import { assertMatch, type Match, verifyIdentity, verifyIntermediate } from '../core/identity/verdict.ts'
import { requestBySession, requestByToken } from '../core/sts/role-request.ts'
import { info, maskAccountIds } from '../runner/log.ts'
import type { Source } from '../sources/source.ts'
import type { Step } from './step.ts'

/** From the source through every role of the target to a verified session. Each role is verified before the next is assumed. */
export async function assumeAndVerify(target: Target, source: Source, step: Step): Promise<Match> {
  const { roles } = target
  const { inputs, sts } = step
  const remaining = [...roles]
  let session: Session
  if (source.kind === 'tokens') {
    const request = requestByToken(remaining.shift(), remaining.length === 0, inputs)
    session = await sts.assumeRoleWithWebIdentity(request, source.tokens)
  } else {
    session = await source.session
  }
  for (const wanted of remaining) {
    const role = await verifyAndLocate(wanted, session, step)
    const request = requestBySession(role, wanted === roles.at(-1), inputs, process.env)
    session = await sts.assumeRole(request, session)
  }
  return verifySession(target, session, step)
}

/**
 * Asks STS whom the session belongs to, and compares the response with every guard of the target.
 * @throws GateError ERR_IDENTITY_MISMATCH, or those of the call
 */
export async function verifySession(target: Target, session: Session, step: Step): Promise<Match> {
  return assertMatch(verifyIdentity(target, session, await identify(session, step)))
}

async function identify(session: Session, { inputs, sts }: Step): Promise<CallerIdentity> {
  const caller = await sts.getCallerIdentity(session)
  if (inputs.masksAccountIds) maskAccountIds([caller.accountId])
  return caller
}

/** The ARN of the next role. The session that assumes it is verified first; a bare name is in that session's account. */
async function verifyAndLocate(role: RoleArn | RoleName, session: Session, step: Step): Promise<RoleArn> {
  const isAssumed = session.origin.kind === 'assumed'
  if (role.kind === 'role' && !isAssumed) return role
  const caller = await identify(session, step)
  const { partition, accountId } = verifyIntermediate(session, caller)
  if (isAssumed) info(`Verified intermediate role: ${caller.arn}`)
  return role.kind === 'role'
    ? role
    : { kind: 'role', partition, accountId, path: '/', roleName: role.roleName }
}
