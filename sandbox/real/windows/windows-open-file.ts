import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { runOnWindows, windows } from './windows.ts'

/**
 * Does the work while a program of Windows has a file open for reading. Of the time in which the action tries to replace
 * the file, that is so long at most.
 */
export async function whileOpenOnWindows<T>(
  path: string,
  milliseconds: number,
  work: () => Promise<T>,
): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'open-'))
  const signal = join(folder, 'is-open')
  const args = [...[path, signal].map(windows.pathOf), String(milliseconds)]
  const ended = runOnWindows('sandbox/real/windows/windows-open-file.cjs', args, { home: folder, folder })
  try {
    while (!existsSync(signal)) await pause(20)
    return await work()
  } finally {
    rmSync(signal, { force: true })
    await ended
    rmSync(folder, { recursive: true })
  }
}
