import { agentForGithub } from '../../../build/way-to-github.js'
import { HttpClient as GithubsClient } from '../../../node_modules/@actions/http-client/lib/index.js'
import { getProxyUrl } from '../../../node_modules/@actions/http-client/lib/proxy.js'

/** GitHub's client makes an agent for itself. This one takes the agent that has a connection already, if there is one. */
export class HttpClient extends GithubsClient {
  _getAgent(url) {
    const agent = getProxyUrl(url) ? undefined : agentForGithub()
    return url.protocol === agent?.protocol ? agent : super._getAgent(url)
  }
}
