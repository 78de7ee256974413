import type { RunContext } from '../base/run-context.ts'
import type { Expectation } from '../identity/expectation.ts'
import type { CallerIdentity, Origin } from '../identity/session.ts'
import type { Difference } from '../identity/verdict.ts'
import type { Inputs } from '../inputs/inputs.ts'
import type { Claims } from '../token/id-token.ts'
import type { Forecast } from '../trust-policy/forecast.ts'
import type { RoleOutcome } from './role-outcome.ts'

/** What the step has learned, as far as it got. */
export type Findings = {
  run?: RunContext
  inputs?: Inputs
  claims?: Claims
  /** Credentials that the job had already passed every guard, so that no role was assumed. */
  isKept?: boolean
  /** How the credentials came to the step about which AWS was last asked whose they are. */
  origin?: Origin['kind']
  /** Whom AWS said the caller was, what was expected of it, and in what the two differ. */
  caller?: CallerIdentity | undefined
  expected?: Expectation
  differences?: readonly Difference[]
  /** The region whose STS said so. */
  answeredBy?: string
  forecast?: Forecast | undefined
  /** What came of each of several roles. */
  outcomes?: readonly RoleOutcome[]
}
