import type { RoleArn, RoleName } from './arn.ts'
import type { Expectation } from './expectation.ts'

/** Whom one session must belong to, how it is reached, and the profile that it is for. */
export type Target = {
  /** Assumed one after the other. None: the identity of the credential source itself is verified. */
  readonly roles: readonly (RoleArn | RoleName)[]
  readonly expected: Expectation
  readonly profile: ProfileSettings | undefined
}

/** One, or with `aws-profiles` one for each line. */
export type Targets = readonly [Target, ...Target[]]

/** How many targets are worked on at the same time. */
export const MAX_AT_ONCE = 10

export type ProfileSettings = {
  readonly name: string
  /** Whether an existing profile of that name is replaced. */
  readonly overwrites: boolean
  /** Whether the profile renews its own credentials. */
  readonly refreshes: boolean
}
