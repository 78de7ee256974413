import type { Environment } from '../base/environment.ts'
import { decodeUserinfo } from './proxy-address.ts'

const MAY_HOLD_PASSWORDS = [
  'INPUT_HTTP-PROXY',
  ...['https_proxy', 'http_proxy', 'all_proxy'].flatMap(name => [name, name.toUpperCase()]),
]

/** Passwords of proxies, in every form in which they travel, whether the rest of the value can be understood or not. */
export function proxySecrets(environment: Environment): readonly string[] {
  return MAY_HOLD_PASSWORDS.flatMap(name => {
    const address = (environment[name] ?? '').trim().replace(/^[^:/@]*:\/\//, '')
    const { user = '', password = '' } = /^(?<user>[^:]*):(?<password>.+)@/s.exec(address)?.groups ?? {}
    return password === '' ? [] : formsOfPassword(user, password)
  })
}

function formsOfPassword(user: string, password: string): string[] {
  const plain = decode(password)
  const basic = Buffer.from(`${decode(user)}:${plain}`).toString('base64')
  return [password, plain, basic]
}

function decode(text: string): string {
  try {
    return decodeUserinfo(text)
  } catch {
    return text
  }
}
