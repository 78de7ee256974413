import { expectRole } from '../identity/expectation.ts'
import type { Inputs } from './inputs.ts'

/** Roles that are assumed and verified side by side. */
export const MOST_AT_ONCE = 10

/** The inputs of each role to become, as if it were the only one. */
export function goalsOf(inputs: Inputs): readonly Inputs[] {
  const { profiles, expected } = inputs
  if (profiles.length === 0) return [inputs]
  return profiles.map(({ role, ...profile }) => ({
    ...inputs,
    roles: [role],
    expected: { ...expected, identities: [expectRole(role)] },
    profile,
    profiles: [],
  }))
}

/** How many calls to STS may be on their way at a time. */
export function callsAtOnce({ profiles }: Inputs): number {
  return Math.min(Math.max(1, profiles.length), MOST_AT_ONCE)
}
