import type { Agent } from 'node:https'
import { PreconnectedAgent } from './preconnected-agent.ts'

let agent: PreconnectedAgent | undefined

/**
 * Opens the connection to GitHub's token service ahead, where a token will likely be asked for and no proxy is in the
 * way. Its TLS is that of Node's own settings, as of any token request. A wrong guess costs a connection that stays unused.
 */
export function openWayToGithub(environment: NodeJS.ProcessEnv): void {
  const text = environment.ACTIONS_ID_TOKEN_REQUEST_URL ?? ''
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url?.protocol !== 'https:' || !wantsToken(environment) || namesProxy(environment)) return
  agent = new PreconnectedAgent()
  void agent.openAhead(url)
}

/** The agent with that connection, for whoever sends the request. */
export function agentForGithub(): Agent | undefined {
  return agent
}

/** A role to assume, and no input that names another source. */
function wantsToken(environment: NodeJS.ProcessEnv): boolean {
  const isGiven = (name: string) => !NOT_GIVEN.includes(environment[`INPUT_${name.toUpperCase()}`] ?? '')
  return ['role-to-assume', 'aws-profiles'].some(isGiven) && !OTHER_SOURCES.some(isGiven)
}

/** What the inputs below hold where nobody wrote them, by action.yml. */
const NOT_GIVEN: readonly string[] = ['', 'none', 'false']

const OTHER_SOURCES = [
  'aws-access-key-id',
  'web-identity-token-file',
  'role-chaining',
  'force-skip-oidc',
  'use-existing-credentials',
]

function namesProxy(environment: NodeJS.ProcessEnv): boolean {
  return ['INPUT_HTTP-PROXY', 'HTTP_PROXY', 'HTTPS_PROXY', 'http_proxy', 'https_proxy'].some(
    name => environment[name],
  )
}
