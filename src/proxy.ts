import { getProxyUrl } from '@actions/http-client/lib/proxy'

/** The proxy that the environment names for a URL, by the rules of the token request. User and password as written. */
export function proxyFor(url: URL): URL | undefined {
  const proxy = getProxyUrl(url)
  return proxy && new URL(proxy.href)
}

const VARIABLES = ['HTTPS_PROXY', 'https_proxy', 'HTTP_PROXY', 'http_proxy', 'ALL_PROXY', 'all_proxy']

/** Passwords in proxy variables, in every form in which they travel. A missing scheme is http, as `getProxyUrl` has it. */
export function proxySecrets(environment: Readonly<Record<string, string | undefined>>): readonly string[] {
  return VARIABLES.flatMap(name => {
    const value = environment[name] ?? ''
    const url = [value, `http://${value}`].find(
      candidate => URL.canParse(candidate) && new URL(candidate).password,
    )
    return url ? formsOfPassword(new URL(url)) : []
  })
}

function formsOfPassword({ username, password }: URL): string[] {
  const plain = decode(password)
  const basic = Buffer.from(`${decode(username)}:${plain}`).toString('base64')
  return [password, plain, basic]
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
