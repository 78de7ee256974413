import { readdirSync, statSync } from 'node:fs'
import { dirname, join, normalize, sep } from 'node:path'
import { readActionManifest } from '../runner/action-manifest.ts'

/** In bytes. */
export interface BundleSize {
  /** The main entry with the chunks beside it. */
  readonly main: number
  /** Everything in the folder of the bundle: all entries, licenses, source maps. */
  readonly all: number
}

const CODE = /\.[cm]?js$/

export function bundleSize(actionDirectory: string): BundleSize {
  const main = normalize(readActionManifest(actionDirectory).runs.main)
  const [bundle = main] = main.split(sep)
  const folder = join(actionDirectory, dirname(main))
  const chunks = readdirSync(folder).filter(name => CODE.test(name))
  return {
    main: chunks.reduce((sum, name) => sum + statSync(join(folder, name)).size, 0),
    all: totalSize(join(actionDirectory, bundle)),
  }
}

function totalSize(path: string): number {
  const status = statSync(path)
  if (!status.isDirectory()) return status.size
  return readdirSync(path).reduce((sum, name) => sum + totalSize(join(path, name)), 0)
}
