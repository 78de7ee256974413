/** An IP address by its value: every spelling of one address gives the same. */
export type IpAddress = { readonly bits: 32 | 128; readonly value: bigint }

/** An IPv4 or IPv6 address, without brackets, or nothing. */
export function parseIpAddress(text: string): IpAddress | undefined {
  return text.includes(':') ? parseIpv6(text) : parseIpv4(text)
}

/** Whether two addresses of one family begin with the same bits. */
export function sharePrefix(one: IpAddress, other: IpAddress, length: number): boolean {
  const rest = BigInt(one.bits - length)
  return one.bits === other.bits && one.value >> rest === other.value >> rest
}

/** Four numbers without zeros in front: in other tools those are octal. */
function parseIpv4(text: string): IpAddress | undefined {
  if (!/^(?:(?:0|[1-9]\d{0,2})(?:\.(?!$)|$)){4}$/.test(text)) return undefined
  const octets = text.split('.').map(Number)
  if (octets.some(octet => octet > 255)) return undefined
  return { bits: 32, value: toValue(octets, 8) }
}

/** The parser of URLs knows every spelling of IPv6 and makes one of them. */
function parseIpv6(text: string): IpAddress | undefined {
  if (!/^[\da-f:.]+$/i.test(text) || !URL.canParse(`http://[${text}]`)) return undefined
  const [head = '', tail] = new URL(`http://[${text}]`).hostname.slice(1, -1).split('::')
  const [before, after] = [groupsOf(head), groupsOf(tail ?? '')]
  const zeros = Array.from({ length: 8 - before.length - after.length }, () => 0)
  return { bits: 128, value: toValue([...before, ...zeros, ...after], 16) }
}

function groupsOf(text: string): number[] {
  return text === '' ? [] : text.split(':').map(group => Number.parseInt(group, 16))
}

function toValue(digits: readonly number[], width: number): bigint {
  return digits.reduce((value, digit) => (value << BigInt(width)) | BigInt(digit), 0n)
}
