import { agentForGithub } from '../../../build/way-to-github.js'
import { HttpClient as GithubsClient } from '../../../node_modules/@actions/http-client/lib/index.js'

/**
 * GitHub's client makes an agent for itself. This one takes the agent that has a connection already, which there is only
 * where no proxy is in the way.
 */
export class HttpClient extends GithubsClient {
  _getAgent(url) {
    const agent = agentForGithub()
    return url.protocol === agent?.protocol ? agent : super._getAgent(url)
  }
}
