import { InvalidValue } from '../base/invalid-value.ts'
import { quote } from '../base/text.ts'

/** An endpoint as an origin, with a path where it has one. No user, query or fragment. */
export function parseEndpoint(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (!url || (url.protocol !== 'https:' && url.protocol !== 'http:')) {
    throw new InvalidValue('is not an https URL: write https://HOST, or http://HOST for a server of your own')
  }
  if (url.username || url.password)
    throw new InvalidValue('holds a user or a password, which an endpoint does not take')
  if (url.search || url.hash)
    throw new InvalidValue(`${quote(text)} holds a query or a fragment: write https://HOST`)
  return url
}

export function isLoopback({ hostname }: URL): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d{1,3}){3}$/.test(hostname)
}
