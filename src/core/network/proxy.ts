import { type Environment, PROXY_VARIABLES } from '../base/environment.ts'
import { GateError } from '../base/failure.ts'
import { InvalidValue } from '../base/invalid-value.ts'
import { bypassesProxy, type NoProxy, parseKnownNoProxy } from './no-proxy.ts'
import { parseProxy } from './proxy-address.ts'

/** What decides about proxies, for the token request and for STS alike. An input wins over its variables. */
export type ProxySettings = {
  readonly httpProxy: URL | undefined
  readonly noProxy: NoProxy | undefined
  readonly environment: Environment
}

const NO_PROXY_VARIABLES = ['no_proxy', 'NO_PROXY']

/**
 * The proxy by which a URL is asked, if any. Unlike other tools, nothing is exempt that no-proxy does not name.
 * @throws GateError ERR_INPUT_INVALID if the variable that names it can't be understood
 */
export function proxyFor(url: URL, { httpProxy, noProxy, environment }: ProxySettings): URL | undefined {
  const exempt = noProxy ?? parseKnownNoProxy(firstOf(NO_PROXY_VARIABLES, environment)?.value ?? '')
  if (bypassesProxy(url, exempt)) return undefined
  return httpProxy ?? proxyOfEnvironment(url, environment)
}

function proxyOfEnvironment({ protocol }: URL, environment: Environment): URL | undefined {
  const names = PROXY_VARIABLES[protocol === 'https:' ? 'https:' : 'http:']
  const variable = firstOf(names, environment)
  try {
    return variable && parseProxy(variable.value)
  } catch (error) {
    if (!(error instanceof InvalidValue)) throw error
    throw new GateError(
      'ERR_INPUT_INVALID',
      `the environment: ${variable?.name} ${error.message}`,
      'Correct the variable, or set the inputs http-proxy or no-proxy, which take precedence. Nothing was sent to GitHub or AWS.',
      { likelyCause: 'proxies' },
    )
  }
}

/** The first variable that is not blank: one can be blanked by an earlier step, never unset. */
function firstOf(
  names: readonly string[],
  environment: Environment,
): { readonly name: string; readonly value: string } | undefined {
  return names
    .map(name => ({ name, value: environment[name]?.trim() ?? '' }))
    .find(({ value }) => value !== '')
}
