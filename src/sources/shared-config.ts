import { homedir } from 'node:os'
import { join, sep } from 'node:path'
import type { ProfileFile } from '../core/profiles/section-editor.ts'
import type { BotocoreFiles, SharedFile, SharedFiles } from '../core/profiles/tool-agreement.ts'
import { readWithoutBlocking } from './nonblocking-reads.ts'

/**
 * AWS's shared files as each tool finds them. A file that both find is read once.
 * @throws BlockingFile where a tool may wait for one for ever, or what the system says of one that can't be read
 */
export function readSharedFiles(): { readonly botocore: BotocoreFiles; readonly sdk: SharedFiles } {
  const { BOTO_CONFIG } = process.env
  const [home, homeOfPython] = [homeOfSdk(), homedir() || '/']
  const known = new Map<string, SharedFile>()
  const find = (path: string): SharedFile => {
    const file = known.get(path) ?? { path, bytes: read(path) }
    known.set(path, file)
    return file
  }
  const boto = BOTO_CONFIG === undefined ? ['/etc/boto.cfg', join(homeOfPython, '.boto')] : [BOTO_CONFIG]
  return {
    sdk: {
      credentials: find(sdkPath('credentials', home)),
      config: find(sdkPath('config', home)),
    },
    botocore: {
      credentials: find(botocorePath('credentials', homeOfPython)),
      config: find(botocorePath('config', homeOfPython)),
      boto: boto.map(find),
    },
  }
}

/** Source: `getHomeDir` of @smithy/core, which looks at the variables of Windows on every system. */
function homeOfSdk(): string {
  const { HOME, USERPROFILE, HOMEPATH, HOMEDRIVE = `C:${sep}` } = process.env
  return HOME || USERPROFILE || (HOMEPATH ? `${HOMEDRIVE}${HOMEPATH}` : homedir())
}

const VARIABLES: Readonly<Record<ProfileFile, string>> = {
  credentials: 'AWS_SHARED_CREDENTIALS_FILE',
  config: 'AWS_CONFIG_FILE',
}

function sdkPath(file: ProfileFile, home: string): string {
  return expand(process.env[VARIABLES[file]] || `~/.aws/${file}`, home)
}

/** A blank variable names no file. */
function botocorePath(file: ProfileFile, home: string): string {
  return expand(process.env[VARIABLES[file]] ?? `~/.aws/${file}`, home)
}

function expand(path: string, home: string): string {
  return path.startsWith('~/') ? join(home, path.slice(2)) : path
}

/** To every tool a file that it can't open is one that is not there, and so is a folder. */
function read(path: string): Uint8Array | undefined {
  try {
    return path === '' ? undefined : readWithoutBlocking(path)
  } catch (error) {
    if (ABSENT.includes((error as NodeJS.ErrnoException).code ?? '')) return undefined
    throw error
  }
}

const ABSENT = ['ENOENT', 'ENOTDIR', 'EISDIR', 'EACCES', 'EPERM', 'ELOOP', 'ENAMETOOLONG', 'ENXIO']
