import type { RoleContext } from '../context.ts'
import { idTokenFailure, withIgnored } from '../core/explanation.ts'
import type { GateError } from '../core/failure.ts'
import type { IdToken } from '../core/id-token.ts'
import { ignoredVariables } from '../core/ignored-variables.ts'
import type { RemoteFailure } from '../core/remote-failure.ts'
import type { Session } from '../core/session.ts'
import { IdTokenService } from '../id-token-service.ts'
import { ProxyError } from '../proxy-tunnel.ts'
import { withRetry } from '../retry.ts'
import { assumeByToken } from './assume-by-token.ts'

/** The first role, by GitHub's OIDC token for the audience. */
export function fromGithubOidc(context: RoleContext): Promise<Session> {
  const service = new IdTokenService(context.inputs)
  return assumeByToken(context, () => requestWithRetry(service, context))
}

function requestWithRetry(service: IdTokenService, { inputs, limits }: RoleContext): Promise<IdToken> {
  return withRetry(
    {
      what: () => "GitHub's OIDC token",
      attempt: () => service.requestIdToken(inputs.audience),
      explain: (failure, attempts) =>
        withIgnoredByProxy(idTokenFailure(failure, attempts), failure, inputs.stsEndpoint),
    },
    limits,
  )
}

/** TLS to the token service heeds the variables that TLS to a proxy ignores. */
function withIgnoredByProxy(
  error: GateError,
  { kind, cause }: RemoteFailure,
  endpoint: URL | undefined,
): GateError {
  const isOfProxy = kind === 'untrusted' && cause instanceof ProxyError
  return isOfProxy ? withIgnored(error, ignoredVariables(process.env, endpoint)) : error
}
