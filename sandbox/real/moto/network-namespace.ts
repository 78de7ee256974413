import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startRelay } from './relay.ts'

export interface NamespaceOptions {
  /** Lead to 127.0.0.1 inside. No other name is known there. */
  readonly hostnames: readonly string[]
  /** Ports of 127.0.0.1 inside, each with the port of this machine's 127.0.0.1 that it leads to. */
  readonly ports: readonly (readonly [inside: number, outside: number])[]
}

export interface NetworkNamespace {
  /** A command that is given another as its last arguments, and starts it inside. */
  readonly launcher: readonly string[]
  close(): Promise<void>
}

/** What Linux permits to root, unless a container takes it away. */
export function allowsNamespaces(): boolean {
  const { status } = spawnSync('unshare', ['--net', '--mount', 'ip', 'link', 'set', 'lo', 'up'])
  return status === 0
}

/**
 * A network of loopback alone, and an /etc/hosts of its own: what runs inside finds a server of ours where it looks for
 * AWS. All other files are this machine's.
 */
export async function openNetworkNamespace(options: NamespaceOptions): Promise<NetworkNamespace> {
  const folder = await mkdtemp(join(tmpdir(), 'namespace-'))
  const ports = options.ports.map(
    ([inside, outside]) => ({ inside, outside, path: join(folder, String(inside)) }) as const,
  )
  const relays = await Promise.all(ports.map(({ path, outside }) => startRelay(path, outside)))
  const hosts = join(folder, 'hosts')
  await writeFile(hosts, ['localhost', ...options.hostnames].map(name => `127.0.0.1 ${name}\n`).join(''))
  const child = startInside(
    hosts,
    ports.flatMap(({ inside, path }) => [String(inside), path]),
  )
  const ended = new Promise<void>(resolve => child.once('close', () => resolve()))
  async function close(): Promise<void> {
    child.stdin?.end()
    await Promise.all([ended, ...relays.map(relay => relay.close())])
    await rm(folder, { recursive: true })
  }
  try {
    await untilItIsReady(child)
  } catch (error) {
    await close()
    throw error
  }
  // `--wd`: the mount namespace has the same folders, but a process that enters it begins in its root.
  const launcher = ['nsenter', '--target', String(child.pid), '--net', '--mount', '--wd=.']
  return { launcher, close }
}

/** The process that the namespace is made for. It ends with its standard input, and so with this process. */
function startInside(hosts: string, relayed: readonly string[]): ChildProcess {
  const relay = [process.execPath, '--import', 'tsx', 'sandbox/real/moto/relay-process.ts', ...relayed]
  return spawn('unshare', ['--net', '--mount', 'sh', '-c', SETUP, hosts, ...relay], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
}

const SETUP = 'ip link set lo up && mount --bind "$0" /etc/hosts && exec "$@"'

function untilItIsReady(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    child.once('error', reject).once('exit', code => reject(new Error(`the namespace ended with ${code}`)))
    child.stdout?.once('data', () => resolve())
  })
}
