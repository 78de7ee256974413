import { InvalidValue } from '../base/invalid-value.ts'

const WRITE = 'write http://HOST:PORT, or http://USER:PASSWORD@HOST:PORT'
const ENCODE = 'in USER and PASSWORD, write @ as %40, : as %3A and % as %25'

/**
 * A proxy as a URL whose user and password are percent-encoded throughout, so that every library decodes the same.
 * Without a scheme it is http, as curl has it.
 * @throws InvalidValue, which shows nothing of the text but single characters: it may hold a password anywhere
 */
export function parseProxy(text: string): URL {
  const address = /^[a-z][a-z\d+.-]*:\/\//i.test(text) ? text : `http://${text}`
  assertEncoded(address)
  // The parser of URLs would take line ends and tabs out.
  if (/[\s\p{Cc}]/u.test(text) || !URL.canParse(address))
    throw new InvalidValue(`is not the URL of a proxy: ${WRITE}${text.includes('@') ? `; ${ENCODE}` : ''}`)
  const url = new URL(address)
  if (url.protocol !== 'https:' && url.protocol !== 'http:')
    throw new InvalidValue(`is a proxy that is neither http nor https: ${WRITE}`)
  if (url.pathname !== '/' || url.search || url.hash)
    throw new InvalidValue(`has something behind the proxy's host and port: ${WRITE}`)
  url.username = encodeURIComponent(decodeUserinfo(url.username))
  url.password = encodeURIComponent(decodeUserinfo(url.password))
  return url
}

/** What ends the part of a URL that holds user, password and host, or may not stand in a URL at all. */
const NEVER_IN_USERINFO = /[/?#\\\s\p{Cc}]/gu

/** A password is found before the last @. Whatever ends the host there was meant as a part of it. */
function assertEncoded(address: string): void {
  const [, userinfo = ''] = /^[^:]+:\/\/(.*)@/s.exec(address) ?? []
  const found = [...new Set(userinfo.match(NEVER_IN_USERINFO))]
  if (found.length === 0) return
  const advice = found.map(character => `${nameOf(character)} as ${encodeURIComponent(character)}`).join(', ')
  throw new InvalidValue(
    `has characters in its user or password that must be percent-encoded: write ${advice}`,
  )
}

const NAMES: Readonly<Record<string, string>> = { ' ': 'a space', '\t': 'a tab', '\n': 'a line break' }

function nameOf(character: string): string {
  if (/[/?#\\]/.test(character)) return character
  return NAMES[character] ?? `U+${character.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}`
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
    throw new InvalidValue(
      'has a user or a password with a % that begins no UTF-8 character: write % as %25, and other characters percent-encoded as UTF-8',
    )
  }
}
