import type { RunContext } from '../core/base/run-context.ts'
import type { Session } from '../core/identity/session.ts'
import type { Targets } from '../core/identity/target.ts'
import type { AccessKeys, SourceSettings, TokenChecks } from '../core/inputs/inputs.ts'
import { oidcNotPermitted } from '../core/outcome/explanation.ts'
import type { NetworkSettings } from '../core/sts/sts-settings.ts'
import type { Claims } from '../core/token/id-token.ts'
import type { RetryLimits } from '../network/retry.ts'
import type { Sts } from '../sts/sts.ts'
import { TokenCache } from '../sts/token-cache.ts'
import { findExisting } from './existing.ts'
import { githubTokens } from './github-oidc.ts'
import { fileTokens } from './token-file.ts'

/** Tokens are exchanged for each target's first role. A session is found once, for all targets. */
export type Source =
  | { readonly kind: 'tokens'; readonly tokens: TokenCache }
  | { readonly kind: 'session'; readonly session: Promise<Session> }

export type SourceContext = {
  readonly inputs: SourceSettings &
    TokenChecks &
    NetworkSettings & { readonly region: string; readonly targets: Targets }
  readonly run: RunContext
  readonly sts: Sts
  readonly limits: RetryLimits
  /** Called with the claims of each new token, before it is sent to AWS. Throws if it must not be. */
  readonly onNewToken: (claims: Claims) => void
}

/**
 * The source that the inputs name.
 * @throws GateError ERR_OIDC_NOT_PERMITTED where a token is needed and the source has none
 */
export function openSource(context: SourceContext): Source {
  const { inputs, run, onNewToken } = context
  const { kind } = inputs.source
  switch (kind) {
    case 'oidc':
      return { kind: 'tokens', tokens: new TokenCache(githubTokens(context), onNewToken) }
    case 'token-file':
      return { kind: 'tokens', tokens: new TokenCache(fileTokens(inputs.tokenFile ?? ''), onNewToken) }
    case 'access-keys':
    case 'existing':
      if (needsToken(context)) throw oidcNotPermitted(run.fork)
      return { kind: 'session', session: kind === 'existing' ? openExisting(context) : givenKeys(inputs) }
  }
}

function needsToken({ inputs: { requiredClaims, targets } }: SourceContext): boolean {
  return requiredClaims.length > 0 || targets.some(({ profile }) => profile?.refreshes)
}

function openExisting(context: SourceContext): Promise<Session> {
  const [{ roles }] = context.inputs.targets
  return findExisting(context, { isVerifyOnly: roles.length === 0 })
}

/** The keys of the inputs, as they are. */
async function givenKeys({ accessKeys }: { readonly accessKeys: AccessKeys | undefined }): Promise<Session> {
  if (!accessKeys) throw new Error('the access keys were chosen, and there are none')
  return {
    credentials: { ...accessKeys, expiration: undefined },
    origin: { kind: 'given' },
    assumedRole: {},
    claims: undefined,
    requestId: undefined,
  }
}
