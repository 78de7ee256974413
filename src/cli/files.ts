import { type Dirent, readdirSync, readFileSync, type Stats, statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { reasonOf } from '../core/base/failure.ts'
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
  if (bytes[0] === 0xfe && bytes[1] === 0xff)
    return bytes
      .subarray(2, bytes.length - (bytes.length % 2))
      .swap16()
      .toString('utf16le')
  return bytes.toString('utf8').replace(/^\uFEFF/, '')
}

function readBytes(path: string): Buffer {
  try {
    if (path !== '-' && statSync(path).size > MAX_BYTES) throw new Error('it is larger than 200 MB')
    return readFileSync(path === '-' ? STDIN : path)
  } catch (error) {
    throw new UnusableInput(`${path} can't be read: ${reasonOf(error)}`)
  }
}

const SKIPPED = ['node_modules', '.git']

export type FoundFiles = {
  readonly files: readonly string[]
  /** Of these, what a path or a pattern names itself, and not just a folder above it. */
  readonly named: ReadonlySet<string>
  /** Paths and patterns that stand for nothing, and folders that can't be read. */
  readonly problems: readonly string[]
}

/**
 * The files that paths stand for: files as they are, folders with what is below them, patterns with `*`, `**` and `?`.
 * Each once, as it was first written.
 */
export function filesOf(paths: readonly string[]): FoundFiles {
  const problems: string[] = []
  const files = new Map<string, string>()
  const named = new Set<string>()
  for (const path of paths) {
    const isFolder = statusOf(path)?.isDirectory() ?? false
    const found = isFolder ? filesBelow(path, problems) : filesNamed(path, problems)
    if (found.length === 0 && !isFolder) problems.push(`${path}: no such file`)
    for (const file of found) {
      const first = files.get(resolve(file)) ?? file
      files.set(resolve(file), first)
      if (!isFolder) named.add(first)
    }
  }
  return { files: [...files.values()], named, problems }
}

function filesNamed(path: string, problems: string[]): readonly string[] {
  if (path === '-' || statusOf(path)) return [path]
  return /[*?]/.test(path) ? filesLike(path, problems) : []
}

function filesBelow(folder: string, problems: string[]): readonly string[] {
  return entriesOf(folder, problems).flatMap(entry => {
    if (SKIPPED.includes(entry.name)) return []
    const path = join(folder, entry.name)
    if (entry.isDirectory()) return filesBelow(path, problems)
    return entry.isFile() ? [path] : []
  })
}

/** Undefined where there is nothing, or a link that leads nowhere. */
function statusOf(path: string): Stats | undefined {
  try {
    return statSync(path)
  } catch {
    return undefined
  }
}

function entriesOf(folder: string, problems: string[]): readonly Dirent[] {
  try {
    const entries = readdirSync(folder, { withFileTypes: true })
    return entries.toSorted((one, other) => (one.name < other.name ? -1 : 1))
  } catch (error) {
    problems.push(`${folder} can't be read: ${reasonOf(error)}`)
    return []
  }
}

/** Below the last folder before the first pattern. */
function filesLike(pattern: string, problems: string[]): readonly string[] {
  const normal = pattern.replaceAll('\\', '/').replace(/^\.\//, '')
  const folder = fixedFolder(normal)
  if (!statusOf(folder)?.isDirectory()) return []
  const expression = new RegExp(`^${normal.split('/').map(partPattern).join('').replace(/\/$/, '')}$`)
  return filesBelow(folder, problems)
    .map(file => file.replaceAll('\\', '/'))
    .filter(file => expression.test(file))
}

/** With the slash at its end, as Windows takes `C:` for the folder on that drive that the process is in. */
export function fixedFolder(pattern: string): string {
  return /^(?:[^*?]*\/)?/.exec(pattern)?.[0] || './'
}

function partPattern(part: string): string {
  if (part === '**') return '(?:[^/]+/)*'
  const text = part.replaceAll(/[.+^${}()|[\]\\]/g, '\\$&')
  return `${text.replaceAll('*', '[^/]*').replaceAll('?', '[^/]')}/`
}
