import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'

export type RealProxyName = 'squid' | 'tinyproxy'

export interface RealProxyOptions {
  /** Whom it serves; everyone where left out. tinyproxy takes letters, digits and `.-_` alone. */
  readonly user?: { readonly name: string; readonly password: string } | undefined
  /** A name that no DNS knows and a proxy on loopback that does. */
  readonly parent: { readonly host: string; readonly port: number }
}

export interface RealProxy {
  /** `127.0.0.1:port` */
  readonly host: string
  close(): Promise<void>
}

/** Whether this machine has it (Debian: `apt-get install squid tinyproxy`). */
export function hasRealProxy(name: RealProxyName): boolean {
  const PATH = searchPath()
  return spawnSync(name, [name === 'squid' ? '-v' : '-h'], { env: { PATH } }).error === undefined
}

/** Runs a CONNECT proxy as others run it, on a free port of 127.0.0.1, as a process of our own. */
export async function startRealProxy(name: RealProxyName, options: RealProxyOptions): Promise<RealProxy> {
  const folder = await mkdtemp(join(tmpdir(), `${name}-`))
  // squid gives up root's rights before it looks for its helper.
  await chmod(folder, 0o755)
  const port = await freePort()
  const file = join(folder, 'proxy.conf')
  await writeFile(file, await configurationOf(name, port, folder, options))
  const child = spawn(name, name === 'squid' ? ['-N', '-f', file] : ['-d', '-c', file], {
    cwd: folder,
    env: { PATH: searchPath() },
    stdio: 'ignore',
  })
  const ended = new Promise<void>(resolve => child.once('close', () => resolve()))
  async function close(): Promise<void> {
    child.kill()
    await ended
    await rm(folder, { recursive: true })
  }
  try {
    await untilItListens(child, port)
  } catch (error) {
    await close()
    throw error
  }
  return { host: `127.0.0.1:${port}`, close }
}

/** Debian has squid where only root looks. */
function searchPath(): string {
  return [process.env.PATH, '/usr/sbin'].join(delimiter)
}

function configurationOf(
  name: RealProxyName,
  port: number,
  folder: string,
  options: RealProxyOptions,
): Promise<string> | string {
  return name === 'squid' ? squidConfiguration(port, folder, options) : tinyproxyConfiguration(port, options)
}

async function squidConfiguration(
  port: number,
  folder: string,
  { user, parent }: RealProxyOptions,
): Promise<string> {
  const helper = join(folder, 'helper')
  await writeFile(helper, helperFor(user))
  await chmod(helper, 0o755)
  return `
http_port 127.0.0.1:${port}
visible_hostname sandbox
pid_filename none
cache_log /dev/null
access_log none
cache deny all
cache_mem 8 MB
netdb_filename none
pinger_enable off
shutdown_lifetime 0 seconds
max_filedescriptors 1024
coredump_dir none
auth_param basic program ${helper}
auth_param basic children 1
acl known proxy_auth REQUIRED
acl unresolved dstdomain ${parent.host}
cache_peer 127.0.0.1 parent ${parent.port} 0 no-query no-digest proxy-only
cache_peer_access 127.0.0.1 allow unresolved
never_direct allow unresolved
always_direct deny unresolved
always_direct allow all
http_access allow CONNECT${user ? ' known' : ''}
http_access deny all
`
}

/** What squid asks about a user: one line each, answered by OK or ERR. */
function helperFor(user: RealProxyOptions['user']): string {
  const known = `${user?.name} ${user?.password}`.replaceAll("'", String.raw`'\''`)
  return `#!/bin/sh\nwhile read -r line; do [ "$line" = '${known}' ] && echo OK || echo ERR; done\n`
}

function tinyproxyConfiguration(port: number, { user, parent }: RealProxyOptions): string {
  return `
Port ${port}
Listen 127.0.0.1
Timeout 20
MaxClients 20
LogLevel Critical
${user ? `BasicAuth ${user.name} ${user.password}` : ''}
Upstream http 127.0.0.1:${parent.port} "${parent.host}"
`
}

/** Free a moment ago: none of the proxies tells which port it took. */
async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise<void>(resolve => server.close(() => resolve()))
  if (address === null || typeof address === 'string') throw new Error('no port of TCP')
  return address.port
}

const STARTS_WITHIN_MS = 15_000

async function untilItListens(child: ChildProcess, port: number): Promise<void> {
  const end = performance.now() + STARTS_WITHIN_MS
  while (!(await accepts(port))) {
    if (child.exitCode !== null) throw new Error(`the proxy ended with ${child.exitCode}`)
    if (performance.now() > end) throw new Error('the proxy does not listen')
    await pause(50)
  }
}

function accepts(port: number): Promise<boolean> {
  return new Promise(resolve => {
    const socket = connect(port, '127.0.0.1')
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false))
    socket.once('connect', () => socket.destroy())
  })
}
