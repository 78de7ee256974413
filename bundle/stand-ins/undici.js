/** GitHub's REST client sends through undici, and the bundle has none: the token request takes Node's own http. */
export class ProxyAgent {
  constructor() {
    throw new Error('undici is not part of this bundle')
  }
}
