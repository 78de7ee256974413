import type { GateError } from '../core/base/failure.ts'
import type { Session } from '../core/identity/session.ts'
import type { RemoteFailure } from '../core/network/remote-failure.ts'
import { idTokenFailure, withIgnored } from '../core/outcome/explanation.ts'
import { ignoredVariables } from '../core/sts/ignored-variables.ts'
import type { IdToken } from '../core/token/id-token.ts'
import type { RoleContext } from '../flow/context.ts'
import { IdTokenService } from '../github/id-token-service.ts'
import { ProxyError } from '../network/proxy-tunnel.ts'
import { withRetry } from '../network/retry.ts'
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
