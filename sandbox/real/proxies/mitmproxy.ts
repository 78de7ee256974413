import { join } from 'node:path'
import { installed, versionOf } from '../part.ts'
import type { ProxySoftware, RunningProxy } from './proxy.ts'

const command = installed('python/mitmproxy/bin/mitmdump')

/** Opens TLS, with certificates of its own root. */
export const mitmproxy: ProxySoftware = {
  lane: 'Proxies',
  name: 'mitmproxy',
  shows: 'intercepts TLS, with its root in `ca-bundle` and without, and alters the responses of STS',
  note: 'Name its root in `ca-bundle` for STS, and in `NODE_EXTRA_CA_CERTS` in the runner’s `.env` for the token request. A user’s password can’t contain a colon.',
  version: () => versionOf(command, '--version'),
  command: ({ port, folder, user, parent, args = [] }) => ({
    file: command,
    args: [
      '--quiet',
      ...['--mode', `upstream:http://127.0.0.1:${parent.port}`],
      ...['--listen-host', '127.0.0.1', '--listen-port', String(port)],
      ...['--set', `confdir=${folder}`],
      ...(user ? ['--proxyauth', `@${join(folder, 'users')}`] : []),
      ...args,
    ],
  }),
}

/** Arguments that make it trust the servers behind it: a PEM file. */
export function trusting(roots: string): readonly string[] {
  return ['--set', `ssl_verify_upstream_trusted_ca=${roots}`]
}

/** Arguments that replace text in the answers of STS to an operation; `pattern` is a regular expression. */
export function altering(operation: string, pattern: string, replacement: string): readonly string[] {
  return ['--modify-body', `|~s & ~bq Action=${operation}&|${pattern}|${replacement}`]
}

/** The PEM file of the root of its certificates. */
export function rootOf({ folder }: RunningProxy): string {
  return join(folder, 'mitmproxy-ca-cert.pem')
}
