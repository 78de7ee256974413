/** The SDK's default chain, which is loaded when it is asked: a run with a token never asks it. */
export function defaultProvider(options) {
  let provider
  const load = async () => {
    const chain = await import('../credential-chain.js')
    return chain.defaultProvider(options)
  }
  return async context => {
    provider ??= load()
    return (await provider)(context)
  }
}
