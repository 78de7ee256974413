import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type { Certificate } from '../../loopback-server.ts'
import type { Part } from '../part.ts'

export interface ProxyUser {
  readonly name: string
  readonly password: string
}

export interface ProxyOptions {
  /** Whom it serves; everyone where left out. */
  readonly user?: ProxyUser | undefined
  /** A proxy on loopback that knows hosts which no DNS knows, and whom that one serves. */
  readonly parent: { readonly port: number; readonly user?: ProxyUser }
  /** Makes it an https proxy. */
  readonly certificate?: Certificate
  /** Further arguments, as the software takes them. */
  readonly args?: readonly string[]
}

/** What a proxy is started with. */
export interface ProxySetup extends ProxyOptions {
  /** A free one of 127.0.0.1. */
  readonly port: number
  /** Its own. `users` there is an htpasswd file; `key.pem` and `cert.pem` are the certificate's. */
  readonly folder: string
}

export interface ProxyCommand {
  readonly file: string
  readonly args: readonly string[]
  readonly environment?: Readonly<Record<string, string>>
  /** Written to `proxy.conf` in the folder. */
  readonly configuration?: string
}

/** A CONNECT proxy by other people. */
export interface ProxySoftware extends Part {
  command(setup: ProxySetup): ProxyCommand
}

export interface RunningProxy {
  /** `127.0.0.1:port` */
  readonly host: string
  readonly port: number
  readonly folder: string
  /** At once, as a machine that loses its power; resolves when nobody listens any more. */
  kill(): Promise<void>
  /** After it was killed, on the same port. */
  startAgain(): Promise<void>
  close(): Promise<void>
}

/** Runs a proxy as others run it, on a free port of 127.0.0.1, as a process of our own. */
async function startProxy(proxy: ProxySoftware, options: ProxyOptions): Promise<RunningProxy> {
  const folder = await mkdtemp(join(tmpdir(), 'proxy-'))
  // squid and Apache give up root's rights before they read it.
  await chmod(folder, 0o755)
  const port = await freePort()
  const { configuration = '', ...command } = proxy.command({ ...options, port, folder })
  await writeFile(join(folder, 'proxy.conf'), configuration)
  await writeFile(join(folder, 'users'), options.user ? htpasswd(options.user) : '')
  if (options.certificate) {
    await writeFile(join(folder, 'key.pem'), options.certificate.key)
    await writeFile(join(folder, 'cert.pem'), options.certificate.cert)
  }
  let process = startProcess(command, folder)
  const running: RunningProxy = {
    host: `127.0.0.1:${port}`,
    port,
    folder,
    kill: () => process.kill(),
    async startAgain() {
      process = startProcess(command, folder)
      await untilItListens(process.child, port)
    },
    async close() {
      await process.kill()
      await rm(folder, { recursive: true })
    },
  }
  try {
    await untilItListens(process.child, port)
    return running
  } catch (error) {
    await running.close()
    throw error
  }
}

/** Runs a proxy as long as the body takes. */
export async function withProxy<T>(
  software: ProxySoftware,
  options: ProxyOptions,
  body: (proxy: RunningProxy) => Promise<T>,
): Promise<T> {
  const proxy = await startProxy(software, options)
  try {
    return await body(proxy)
  } finally {
    await proxy.close()
  }
}

function startProcess({ file, args, environment }: ProxyCommand, folder: string) {
  const env = { PATH: '/usr/sbin:/usr/bin:/bin', HOME: folder, ...environment }
  const child = spawn(file, args, { cwd: folder, env, stdio: 'ignore' })
  const ended = new Promise<void>(resolve => child.once('close', () => resolve()))
  return {
    child,
    // Apache in one process sometimes does not end by anything less.
    async kill() {
      child.kill('SIGKILL')
      await ended
    },
  }
}

/** A line of an htpasswd file: the form of hash that squid, Apache and mitmproxy know. */
function htpasswd({ name, password }: ProxyUser): string {
  const { stdout } = spawnSync('openssl', ['passwd', '-apr1', '-stdin'], {
    input: `${password}\n`,
    encoding: 'utf8',
  })
  return `${name}:${stdout}`
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

const STARTS_WITHIN_MS = 20_000

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
