/** The default chain's copy of the client: the whole one, as the chain gives it few settings. */
export * from '../../../../node_modules/@aws-sdk/client-sts/dist-es/index.js'
