import type { GateError } from '../core/base/failure.ts'
import type { RemoteFailure } from '../core/network/remote-failure.ts'
import { idTokenFailure, withIgnored } from '../core/outcome/explanation.ts'
import { ignoredVariables } from '../core/sts/ignored-variables.ts'
import type { IdToken } from '../core/token/id-token.ts'
import { IdTokenService } from '../github/id-token-service.ts'
import { ProxyError } from '../network/proxy-tunnel.ts'
import { type RetryLimits, withRetry } from '../network/retry.ts'
import type { TokenRequest } from '../sts/token-cache.ts'
import type { SourceContext } from './source.ts'

/**
 * GitHub's OIDC tokens for the audience.
 * @throws GateError ERR_OIDC_REQUEST_FAILED, ERR_INPUT_INVALID
 */
export function githubTokens({ inputs, limits }: SourceContext): TokenRequest {
  const service = new IdTokenService(inputs)
  return () => requestWithRetry(service, inputs, limits)
}

function requestWithRetry(
  service: IdTokenService,
  inputs: SourceContext['inputs'],
  limits: RetryLimits,
): Promise<IdToken> {
  return withRetry(
    {
      what: () => "GitHub's OIDC endpoint",
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
