import type { Session } from '../core/identity/session.ts'
import type { RoleContext } from '../flow/context.ts'

/** The keys of the inputs, as they are. */
export async function fromAccessKeys({ inputs: { accessKeys } }: RoleContext): Promise<Session> {
  if (!accessKeys) throw new Error('the access keys were chosen, and there are none')
  return {
    credentials: { ...accessKeys, expiration: undefined },
    origin: { kind: 'given' },
    assumedRole: {},
    claims: undefined,
  }
}
