import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { readActionManifest } from '../runner/action-manifest.ts'

/** What is compared: this action, another one, and Node with nothing to do. */
export interface Variant {
  readonly kind: 'gate' | 'peer' | 'bare'
  /** For people. */
  readonly title: string
  /** Of its action.yml. */
  readonly directory: string
}

export function gateVariant(project: string): Variant {
  return { kind: 'gate', title: 'this action', directory: project }
}

/**
 * Another action, by the folder of its action.yml or by the file that this runs.
 * @throws Error
 */
export function peerVariant(path: string): Variant {
  const directory = actionDirectory(resolve(path))
  readActionManifest(directory)
  return { kind: 'peer', title: titleOf(directory), directory }
}

/** An action that does as much as `node -e 0`, made in a new folder. */
export function bareVariant(directory: string): Variant {
  mkdirSync(directory)
  writeFileSync(join(directory, 'action.yml'), 'runs: { using: node24, main: index.js }\n')
  writeFileSync(join(directory, 'index.js'), '0\n')
  return { kind: 'bare', title: 'bare Node', directory }
}

function actionDirectory(path: string): string {
  if (!existsSync(path)) throw new Error(`--peer: ${path} does not exist`)
  if (statSync(path).isDirectory()) return path
  const directory = parents(path).find(parent => existsSync(join(parent, 'action.yml')))
  if (directory === undefined) throw new Error(`--peer: no folder above ${path} holds an action.yml`)
  const { main } = readActionManifest(directory).runs
  if (resolve(directory, main) !== path)
    throw new Error(`--peer: ${directory}/action.yml runs ${main}, not ${path}`)
  return directory
}

/** Of a path, from the closest to the root. */
function parents(path: string): readonly string[] {
  const parent = dirname(path)
  return parent === path ? [] : [parent, ...parents(parent)]
}

/** The name and version of its package, where it has one. */
function titleOf(directory: string): string {
  const file = join(directory, 'package.json')
  if (!existsSync(file)) return 'peer'
  const { name = 'peer', version = '' } = JSON.parse(readFileSync(file, 'utf8')) as {
    name?: string
    version?: string
  }
  return `${name} ${version}`.trim()
}
