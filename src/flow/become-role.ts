import type { RoleArn, RoleName } from '../core/identity/arn.ts'
import { ANYONE, ROLE_ASSUMED } from '../core/identity/expectation.ts'
import type { Session } from '../core/identity/session.ts'
import type { Match } from '../core/identity/verdict.ts'
import { requestFor } from '../core/sts/role-request.ts'
import { info } from '../runner/log.ts'
import type { Source } from '../sources/source.ts'
import type { RoleContext } from './context.ts'
import { prove } from './verify-session.ts'

/** The session that the inputs ask for, from the source through every role, proved to be the expected one. */
export async function becomeRole(source: Source, context: RoleContext): Promise<Match> {
  const session = await followRoles(await source(context), context)
  return prove(context, context.inputs.expected, session)
}

/** From a source's session to the last role's: each role is proved to be the one that was asked for before the next is. */
async function followRoles(first: Session, context: RoleContext): Promise<Session> {
  const { inputs, sts, findings } = context
  const remaining = first.origin.kind === 'assumed' ? inputs.roles.slice(1) : inputs.roles
  let session = first
  for (const wanted of remaining) {
    const role = await locate(wanted, session, context)
    findings.caller = undefined // proved, and not the one that the step is about
    session = await sts.assumeRole(
      requestFor(role, wanted === inputs.roles.at(-1), inputs, process.env),
      session,
    )
  }
  return session
}

/** The role's ARN: a bare name is of the account that the session belongs to. */
async function locate(role: RoleArn | RoleName, session: Session, context: RoleContext): Promise<RoleArn> {
  if (session.origin.kind === 'assumed') {
    const { caller } = await prove(context, ROLE_ASSUMED, session)
    info(`Verified on the way: ${caller.arn}`)
  }
  if (role.kind === 'role') return role
  const { identity } = await prove(context, ANYONE, session)
  const { partition, accountId } = identity
  return { kind: 'role', partition, accountId, path: '/', roleName: role.roleName }
}
