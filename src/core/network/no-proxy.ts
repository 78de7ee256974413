import { InvalidValue } from '../base/invalid-value.ts'
import { quote } from '../base/text.ts'
import { type IpAddress, parseIpAddress, sharePrefix } from './ip-address.ts'

/** Which hosts are asked without a proxy: those that any of the rules fits. */
export type NoProxy = readonly NoProxyRule[]

export type NoProxyRule =
  | { readonly kind: 'all' }
  /** A name and, or only, the names below it. */
  | { readonly kind: 'domain'; readonly name: string; readonly includesItself: boolean; readonly port: Port }
  | { readonly kind: 'network'; readonly address: IpAddress; readonly prefix: number; readonly port: Port }

/** A `*` beside other elements means nothing to curl. */
const ALL: NoProxy = [{ kind: 'all' }]

/** Nothing stands for every port. */
type Port = number | undefined

/**
 * The rules of a list as curl writes them, with ports and `*.` as other tools do.
 * Source: curl's manual, NO_PROXY.
 * @throws InvalidValue that names every element that means nothing
 */
export function parseNoProxy(text: string): NoProxy {
  if (text.trim() === '*') return ALL
  const wrong = elementsOf(text).filter(element => !parseRule(element))
  if (wrong.length > 0) {
    throw new InvalidValue(
      `${wrong.map(showElement).join(', ')}: write hosts, domains, IP addresses or CIDR blocks, with :PORT where one port is meant, or * alone`,
    )
  }
  return parseKnownNoProxy(text)
}

/** An address with a user may hold a password. */
function showElement(element: string): string {
  return element.includes('@') ? 'an element with a user or a password' : quote(element)
}

/** The rules of a list of the environment, where other tools' elements may stand: what is no rule here is left out. */
export function parseKnownNoProxy(text: string): NoProxy {
  if (text.trim() === '*') return ALL
  return elementsOf(text).flatMap(element => parseRule(element) ?? [])
}

/** Whether a URL's host is asked without a proxy. */
export function bypassesProxy(url: URL, rules: NoProxy): boolean {
  const host = url.hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '')
  const address = parseIpAddress(host)
  const port = Number(url.port || (url.protocol === 'https:' ? 443 : 80))
  return rules.some(rule => {
    if (rule.kind === 'all') return true
    if (rule.port !== undefined && rule.port !== port) return false
    if (rule.kind === 'domain') return address === undefined && isWithin(host, rule)
    return address !== undefined && sharePrefix(rule.address, address, rule.prefix)
  })
}

function isWithin(
  host: string,
  { name, includesItself }: { name: string; includesItself: boolean },
): boolean {
  return host.endsWith(`.${name}`) || (includesItself && host === name)
}

function elementsOf(text: string): string[] {
  return text.split(/[\s,]+/).filter(element => element !== '')
}

function parseRule(element: string): NoProxyRule | undefined {
  return parseNetwork(element, undefined) ?? parseWithPort(element)
}

function parseWithPort(element: string): NoProxyRule | undefined {
  const { host = '', digits } = /^(?<host>[^:]+|\[.+\])(?::(?<digits>\d{1,5}))?$/.exec(element)?.groups ?? {}
  const port = digits === undefined ? undefined : Number(digits)
  if (port !== undefined && port > 65_535) return undefined
  return parseNetwork(host, port) ?? parseDomain(host, port)
}

/** An address, or a block of them: `10.0.0.0/8`, `2001:db8::/32`, IPv6 with or without brackets. */
function parseNetwork(text: string, port: Port): NoProxyRule | undefined {
  const { bracketed, plain, length } =
    /^(?:\[(?<bracketed>[^\]:]*:[^\]]*)\]|(?<plain>[^[\]/]+))(?:\/(?<length>\d{1,3}))?$/.exec(text)?.groups ??
    {}
  const address = parseIpAddress(bracketed ?? plain ?? '')
  if (!address) return undefined
  const prefix = length === undefined ? address.bits : Number(length)
  return prefix > address.bits ? undefined : { kind: 'network', address, prefix, port }
}

/** What looks like an address or a part of one is no name. */
const NUMBERS_ALONE = /^[\d.]+$/

function parseDomain(text: string, port: Port): NoProxyRule | undefined {
  const { star, name = '' } =
    /^(?:(?<star>\*)?\.)?(?<name>[\w-]+(?:\.[\w-]+)*)\.?$/.exec(text.toLowerCase())?.groups ?? {}
  if (name === '' || NUMBERS_ALONE.test(name)) return undefined
  return { kind: 'domain', name, includesItself: star === undefined, port }
}
