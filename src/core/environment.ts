/** The job's environment as earlier steps left it. */
export type Environment = Readonly<Record<string, string | undefined>>

/** Where a proxy is named, the first that counts first. A proxy for http serves https where there is no other. */
export const PROXY_VARIABLES = {
  'https:': ['https_proxy', 'HTTPS_PROXY', 'http_proxy', 'HTTP_PROXY'],
  'http:': ['http_proxy', 'HTTP_PROXY'],
}
