import type { Session } from '../core/identity/session.ts'
import { requestFor } from '../core/sts/role-request.ts'
import type { RoleContext } from '../flow/context.ts'
import { IdTokens, type TokenRequest } from '../sts/token-cache.ts'

/** The first role's session, for a token. */
export async function assumeByToken(
  { inputs, sts, accept, shared }: RoleContext,
  requestToken: TokenRequest,
): Promise<Session> {
  const [role] = inputs.roles
  if (role?.kind !== 'role') throw new Error('a token is exchanged for a role of which the ARN is known')
  shared.idTokens ??= new IdTokens(requestToken, accept)
  const { idTokens } = shared
  const first = idTokens.current()
  void sts.prepare() // while the token is on its way
  await first
  // AWS takes no tags beside a token.
  const request = requestFor(role, inputs.roles.length === 1, { ...inputs, tagging: undefined }, {})
  return sts.assumeRoleWithWebIdentity(request, idTokens)
}
