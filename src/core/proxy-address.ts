import { InvalidValue } from './input-values.ts'

const WRITE = 'write http://HOST:PORT, or http://USER:PASSWORD@HOST:PORT'

/**
 * A proxy as a URL whose user and password are percent-encoded throughout, so that every library decodes the same.
 * Without a scheme it is http, as curl has it.
 * @throws InvalidValue, whose message shows nothing of the text: it may hold a password anywhere
 */
export function parseProxy(text: string): URL {
  const address = /^[a-z][a-z\d+.-]*:\/\//i.test(text) ? text : `http://${text}`
  // The parser of URLs would take line ends and tabs out.
  if (/[\s\p{Cc}]/u.test(text) || !URL.canParse(address))
    throw new InvalidValue(`is not the URL of a proxy: ${WRITE}`)
  const url = new URL(address)
  if (url.protocol !== 'https:' && url.protocol !== 'http:')
    throw new InvalidValue(`is a proxy that is neither http nor https: ${WRITE}`)
  if (url.pathname !== '/' || url.search || url.hash) {
    throw new InvalidValue(
      `has something behind the proxy's host and port: ${WRITE}, with /, ? and # of a password as %2F, %3F and %23`,
    )
  }
  if (url.hostname.startsWith('['))
    throw new InvalidValue(
      "has an IPv6 address, which GitHub's library for tokens can't reach: write a host name",
    )
  url.username = encodeURIComponent(decodeUserinfo(url.username))
  url.password = encodeURIComponent(decodeUserinfo(url.password))
  return url
}

/** Which proxy it is, for readers: nothing of its user or password. */
export function formatProxy({ protocol, hostname, port }: URL): string {
  return `${hostname}:${port || (protocol === 'https:' ? 443 : 80)}`
}

/**
 * A user or a password as curl decodes it: a % before anything but two hexadecimal digits stands for itself.
 * @throws InvalidValue
 */
export function decodeUserinfo(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll(/%(?![\da-f]{2})/gi, '%25'))
  } catch {
    throw new InvalidValue('has a user or a password that is not UTF-8: percent-encode it as UTF-8')
  }
}
