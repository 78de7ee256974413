import type { Agent } from 'node:https'
import { type Environment, PROXY_VARIABLES } from '../core/base/environment.ts'
import { chooseSource } from '../core/inputs/source-choice.ts'
import { PreconnectedAgent } from '../network/preconnected-agent.ts'

const agent = new PreconnectedAgent()

/**
 * Opens the connection to GitHub's token service ahead, where a token will likely be asked for and no proxy is in the
 * way. Its TLS is that of Node's own settings, as of any token request. A wrong guess costs a connection that stays unused.
 */
export function preconnectToGithub(environment: Environment): void {
  const text = environment.ACTIONS_ID_TOKEN_REQUEST_URL ?? ''
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url?.protocol !== 'https:' || !wantsToken(environment) || namesProxy(environment)) return
  try {
    void agent.openAhead(url)
  } catch {
    // The request itself will say what is wrong with Node's settings.
  }
}

/** The agent with that connection, if there is one, for a request to https without a proxy. */
export function githubAgent(): Agent {
  return agent
}

/** By the rule that chooses the source, as far as the inputs can be read before they are parsed. */
function wantsToken(environment: Environment): boolean {
  const isGiven = (name: string) => !NOT_GIVEN.includes(environment[`INPUT_${name.toUpperCase()}`] ?? '')
  const { kind } = chooseSource({
    hasAccessKeys: isGiven('aws-access-key-id'),
    hasTokenFile: isGiven('web-identity-token-file'),
    roleChaining: isGiven('role-chaining'),
    forceSkipOidc: isGiven('force-skip-oidc'),
    hasRole: isGiven('role-to-assume') || isGiven('aws-profiles'),
    offersIdToken: true,
  })
  return kind === 'oidc' && !isGiven('use-existing-credentials')
}

/** What the inputs hold where nobody wrote them, by action.yml. */
const NOT_GIVEN: readonly string[] = ['', 'none', 'false']

function namesProxy(environment: Environment): boolean {
  return ['INPUT_HTTP-PROXY', ...PROXY_VARIABLES['https:']].some(name => environment[name])
}
