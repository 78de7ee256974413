import { type Environment, PROXY_VARIABLES } from './core/environment.ts'
import { GateError } from './core/failure.ts'
import { InvalidValue } from './core/input-values.ts'
import { bypassesProxy, type NoProxy, parseKnownNoProxy } from './core/no-proxy.ts'
import { decodeUserinfo, parseProxy } from './core/proxy-address.ts'

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
      'Correct the variable, or set the inputs http-proxy or no-proxy, which go before it. Neither GitHub nor AWS was asked anything.',
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

const MAY_HOLD_PASSWORDS = [
  'INPUT_HTTP-PROXY',
  ...['https_proxy', 'http_proxy', 'all_proxy'].flatMap(name => [name, name.toUpperCase()]),
]

/** Passwords of proxies, in every form in which they travel, whether the rest of the value can be understood or not. */
export function proxySecrets(environment: Environment): readonly string[] {
  return MAY_HOLD_PASSWORDS.flatMap(name => {
    const address = (environment[name] ?? '').trim().replace(/^[^:/@]*:\/\//, '')
    const { user = '', password = '' } = /^(?<user>[^:]*):(?<password>.+)@/s.exec(address)?.groups ?? {}
    return password === '' ? [] : formsOfPassword(user, password)
  })
}

function formsOfPassword(user: string, password: string): string[] {
  const plain = decode(password)
  const basic = Buffer.from(`${decode(user)}:${plain}`).toString('base64')
  return [password, plain, basic]
}

function decode(text: string): string {
  try {
    return decodeUserinfo(text)
  } catch {
    return text
  }
}
