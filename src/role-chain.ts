import type { RoleArn, RoleName } from './core/arn.ts'
import { ANYONE, type Expectation, ROLE_ASSUMED } from './core/expectation.ts'
import { requestFor } from './core/role-request.ts'
import type { Session } from './core/session.ts'
import type { Match } from './core/verdict.ts'
import { info } from './runner/log.ts'
import type { SourceContext } from './sources/source.ts'

/** Asks AWS whose a session is, and throws unless that is who is expected. */
export type Prove = (expected: Expectation, session: Session) => Promise<Match>

/** From a source's session to the last role's: each role is proved to be the one that was asked for before the next is. */
export async function followRoles(
  first: Session,
  { inputs, sts, findings }: SourceContext,
  prove: Prove,
): Promise<Session> {
  const remaining = first.origin.kind === 'assumed' ? inputs.roles.slice(1) : inputs.roles
  let session = first
  for (const wanted of remaining) {
    const role = await locate(wanted, session, prove)
    findings.caller = undefined // proved, and not the one that the step is about
    session = await sts.assumeRole(
      requestFor(role, wanted === inputs.roles.at(-1), inputs, process.env),
      session,
    )
  }
  return session
}

/** The role's ARN: a bare name is of the account that the session belongs to. */
async function locate(role: RoleArn | RoleName, session: Session, prove: Prove): Promise<RoleArn> {
  if (session.origin.kind === 'assumed') {
    const { caller } = await prove(ROLE_ASSUMED, session)
    info(`Verified on the way: ${caller.arn}`)
  }
  if (role.kind === 'role') return role
  const { identity } = await prove(ANYONE, session)
  const { partition, accountId } = identity
  return { kind: 'role', partition, accountId, path: '/', roleName: role.roleName }
}
