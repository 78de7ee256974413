/**
 * The SDK's default chain, which is loaded when it is asked, and only as far: a run with a token never asks it, and most
 * others find keys in the environment, with its first link.
 */
export function defaultProvider(options) {
  let provider
  return async context => {
    provider ??= hasKeysInEnvironment(options) ? loadFirstLink(options) : loadChain(options)
    return (await provider)(context)
  }
}

/** Where the chain itself would look no further. */
function hasKeysInEnvironment({ profile } = {}) {
  const { AWS_PROFILE, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY } = process.env
  return !(profile ?? AWS_PROFILE) && AWS_ACCESS_KEY_ID && AWS_SECRET_ACCESS_KEY
}

async function loadFirstLink(options) {
  const { fromEnv } = await import('@aws-sdk/credential-provider-env')
  return fromEnv(options)
}

async function loadChain(options) {
  const chain = await import('../credential-chain.js')
  return chain.defaultProvider(options)
}
