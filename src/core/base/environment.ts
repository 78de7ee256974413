/** The job's environment as earlier steps left it. */
export type Environment = Readonly<Record<string, string | undefined>>

/** What the parser of inputs must know of the world around it. */
export type Surroundings = {
  readonly partitionOf: (region: string) => string
  /** What keeps a file of certificates from being used, if anything does. */
  readonly caBundleProblem: (path: string) => string | undefined
  /** The job's environment as earlier steps left it. */
  readonly environment: Environment
}

/** Where a proxy is named, the first that counts first. A proxy for http serves https where there is no other. */
export const PROXY_VARIABLES = {
  'https:': ['https_proxy', 'HTTPS_PROXY', 'http_proxy', 'HTTP_PROXY'],
  'http:': ['http_proxy', 'HTTP_PROXY'],
}
