import { spawnSync } from 'node:child_process'
import { resolve } from 'node:path'

/** Where `real/install.sh` puts what it installs. npm starts tests and scripts in the project's folder. */
const INSTALLED = resolve('real/.installed')

export const lanes = ['Runners', 'Systems', 'AWS tools', 'STS and IAM', 'Proxies', 'Linters', 'Soak'] as const

/** Software by other people that the tests run beside the bundle: a row of docs/tested-on.md. */
export interface Part {
  readonly lane: (typeof lanes)[number]
  /** As its makers write it. */
  readonly name: string
  /** What the tests do with it: a sentence without a full stop. */
  readonly shows: string
  /** What a user of it should know, in Markdown. */
  readonly note?: string
  /** As the installed software says itself; undefined where it isn't installed. */
  version(): string | undefined
}

export function isInstalled(part: Part): boolean {
  return part.version() !== undefined
}

/** Absolute path of a file in `real/.installed`. */
export function installed(...path: readonly string[]): string {
  return resolve(INSTALLED, ...path)
}

/** The first version number that a command prints; undefined where it can't be started or prints none. */
export function versionOf(command: string, ...args: readonly string[]): string | undefined {
  const { stdout, stderr, status } = spawnSync(command, args, { encoding: 'utf8', timeout: 60_000 })
  return status === 0 ? /\d+(?:\.\d+)+(?:-[\w.]+)?/.exec(stdout + stderr)?.[0] : undefined
}
