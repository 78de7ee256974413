import type { Session } from '../core/identity/session.ts'
import type { SourceKind } from '../core/inputs/source-choice.ts'
import { oidcNotPermitted } from '../core/outcome/explanation.ts'
import type { RoleContext } from '../flow/context.ts'
import { readRunContext } from '../github/run-context.ts'
import { info, maskSession } from '../runner/log.ts'
import { fromAccessKeys } from './access-keys.ts'
import { fromAmbient } from './ambient.ts'
import { fromGithubOidc } from './github-oidc.ts'
import { fromTokenFile } from './token-file.ts'

/** A way to the first session: of the first role where a token is exchanged for it, else of whoever holds the keys. */
export type Source = (context: RoleContext) => Promise<Session>

/**
 * The source that the inputs come to: a token is exchanged for each role, other credentials are found once for all.
 * @throws GateError where what the token must say can't be looked at, as the source has none
 */
export async function fromChosenSource(context: RoleContext): Promise<Session> {
  const { inputs, shared } = context
  const { kind, reason } = inputs.source
  if (!shared.isTold) info(`Source: ${reason}`)
  shared.isTold = true
  if (WITH_TOKEN.includes(kind)) return openSource(kind, context)
  shared.session ??= openSource(kind, context)
  return shared.session
}

/** @throws GateError where what the token must say can't be looked at, as the source has none */
export async function openSource(kind: SourceKind, context: RoleContext): Promise<Session> {
  const { requiredClaims, profile } = context.inputs
  const needsToken = requiredClaims.length > 0 || profile?.refreshes
  if (needsToken && !WITH_TOKEN.includes(kind)) throw oidcNotPermitted(readRunContext().fork)
  const session = await SOURCES[kind](context)
  maskSession(session)
  return session
}

const WITH_TOKEN: readonly SourceKind[] = ['oidc', 'token-file']

const SOURCES: Readonly<Record<SourceKind, Source>> = {
  'access-keys': fromAccessKeys,
  'token-file': fromTokenFile,
  oidc: fromGithubOidc,
  ambient: fromAmbient,
}
