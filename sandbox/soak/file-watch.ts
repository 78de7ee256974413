import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import type { JobFolder } from './job-folder.ts'

/** What a process that read a job's files again and again saw of them. */
export interface WatchedFiles {
  /** Of whole files. */
  readonly reads: number
  /** What could not be parsed. */
  readonly torn: readonly string[]
  /** How many profiles the config file and the credentials file had, one after the other. */
  readonly profiles: readonly (readonly number[])[]
}

const SCRIPT = join(import.meta.dirname, 'python', 'file_watch.py')

/** Watches a job's shared files and stored credentials until the returned function is called. */
export function watchFiles({ temp, config, credentials }: JobFolder): () => Promise<WatchedFiles> {
  const child = spawn('/usr/bin/python3', ['-I', SCRIPT, temp, config, credentials], {
    env: {},
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const printed = text(child.stdout)
  return async () => {
    child.stdin.end()
    return JSON.parse(await printed)
  }
}
