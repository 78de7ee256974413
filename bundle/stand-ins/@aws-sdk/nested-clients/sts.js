/** The default chain's copy of the client that is here already. */
export * from '@aws-sdk/client-sts'
