import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { UnusableInput } from './usage.ts'

/** More than the output of get-account-authorization-details for 10,000 roles. */
const MAX_BYTES = 200_000_000
const STDIN = 0

/**
 * The text of a file, in UTF-8 or as PowerShell writes it, in UTF-16. `-` is standard input.
 * @throws UnusableInput
 */
export function readText(path: string): string {
  const bytes = readBytes(path)
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return bytes.subarray(2).toString('utf16le')
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return bytes.subarray(2).swap16().toString('utf16le')
  return bytes.toString('utf8').replace(/^\uFEFF/, '')
}

function readBytes(path: string): Buffer {
  try {
    if (path !== '-' && statSync(path).size > MAX_BYTES) throw new Error('it is larger than 200 MB')
    return readFileSync(path === '-' ? STDIN : path)
  } catch (error) {
    throw new UnusableInput(
      `${path} can't be read: ${error instanceof Error ? error.message : String(error)}`,
    )
  }
}

const POLICY_FILE = /\.(?:json|ya?ml|template)$/i
const SKIPPED = ['node_modules', '.git']

/**
 * The files that paths stand for: files as they are, folders with what is below them, patterns with `*`, `**` and `?`.
 * @throws UnusableInput for a path or a pattern that stands for no file
 */
export function filesOf(paths: readonly string[]): readonly string[] {
  const files = paths.flatMap(path => {
    if (path === '-') return [path]
    const found = /[*?]/.test(path) ? filesLike(path) : filesAt(path)
    if (found.length === 0) throw new UnusableInput(`${path}: no such file`)
    return found
  })
  return [...new Set(files)]
}

function filesAt(path: string): readonly string[] {
  const stat = statSync(path, { throwIfNoEntry: false })
  if (!stat?.isDirectory()) return stat ? [path] : []
  return filesBelow(path).filter(file => POLICY_FILE.test(file))
}

function filesBelow(folder: string): readonly string[] {
  return readdirSync(folder, { withFileTypes: true })
    .toSorted((one, other) => (one.name < other.name ? -1 : 1))
    .flatMap(entry => {
      if (SKIPPED.includes(entry.name)) return []
      const path = join(folder, entry.name)
      if (entry.isDirectory()) return filesBelow(path)
      return entry.isFile() ? [path] : []
    })
}

/** Below the last folder before the first pattern. */
function filesLike(pattern: string): readonly string[] {
  const normal = pattern.replaceAll('\\', '/').replace(/^\.\//, '')
  const fixed = normal.split('/').slice(
    0,
    normal.split('/').findIndex(part => /[*?]/.test(part)),
  )
  const folder = fixed.join('/') || (normal.startsWith('/') ? '/' : '.')
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) return []
  const expression = new RegExp(`^${normal.split('/').map(partPattern).join('').replace(/\/$/, '')}$`)
  return filesBelow(folder)
    .map(file => file.replaceAll('\\', '/'))
    .filter(file => expression.test(file))
}

function partPattern(part: string): string {
  if (part === '**') return '(?:[^/]+/)*'
  const text = part.replaceAll(/[.+^${}()|[\]\\]/g, '\\$&')
  return `${text.replaceAll('*', '[^/]*').replaceAll('?', '[^/]')}/`
}
