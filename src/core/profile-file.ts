/**
 * The text of AWS's shared files, edited by whole lines, so that all other bytes stay. A text has one char a byte
 * (latin1), whatever its encoding. The rules are those of the two parsers that differ most: Python's configparser,
 * which botocore and the CLI use, and `parseIni` of the JavaScript SDK.
 */

/** The shared files. They differ in how a header names a profile. */
export type ProfileFile = 'credentials' | 'config'

/** The settings of a section, in order. */
export type Settings = Readonly<Record<string, string>>

/** Lines from a header to the last setting before the next header: comments after that belong to what follows. */
type Section = {
  readonly start: number
  readonly end: number
  /** Whether all parsers see this header and this end. */
  readonly isClear: boolean
}

/** Whether any parser would find a section of that profile. */
export function hasSection(text: string, file: ProfileFile, profile: string): boolean {
  return sectionsOf(linesOf(text), file, profile).length > 0
}

/**
 * The text with one section of that profile, at its end, in the place of all that it had.
 * @throws Error if it can't be said what would be replaced, or a value can't be written. It quotes nothing.
 */
export function putSection(text: string, file: ProfileFile, profile: string, settings: Settings): string {
  const kept = dropSection(text, file, profile)
  assertNoDefaults(linesOf(text))
  return append(kept, [headerOf(file, profile), ...settingLines(settings)], lineEndOf(text))
}

/**
 * The text without any section of that profile.
 * @throws Error if it can't be said what would be dropped. It quotes nothing.
 */
export function dropSection(text: string, file: ProfileFile, profile: string): string {
  assertReadable(text)
  const lines = linesOf(text)
  const dropped = sectionsOf(lines, file, profile)
  for (const section of dropped) assertClear(lines, section)
  return lines.filter((_, index) => !dropped.some(({ start, end }) => start <= index && index < end)).join('')
}

/**
 * The text without the first section of that profile that `isOurs` knows by its canonical settings, or undefined if
 * there is none. Undoes `putSection` to the byte; comments that came between the settings stay.
 */
export function removeSection(
  text: string,
  file: ProfileFile,
  profile: string,
  isOurs: (settings: string) => boolean,
): string | undefined {
  const lines = linesOf(text)
  const ours = sectionsOf(lines, file, profile).find(
    section => section.isClear && isOurs(canonicalOf(lines.slice(section.start + 1, section.end))),
  )
  if (!ours) return undefined
  const fillers = lines.slice(ours.start, ours.end).filter(isFiller)
  return joinParts(lines.slice(0, ours.start).join(''), [...fillers, ...lines.slice(ours.end)].join(''))
}

/** The settings as `removeSection` shows them: it is the same when another tool has written the file anew. */
export function canonicalSettings(settings: Settings): string {
  return canonicalOf(settingLines(settings))
}

function canonicalOf(lines: readonly string[]): string {
  const trimmed = lines.filter(line => !isFiller(line)).map(line => line.trim())
  return trimmed.map(withoutBlanks).join('\n')
}

/** Around the sign of equality. Not by a pattern, which would look at a long row of blanks once for each of them. */
function withoutBlanks(line: string): string {
  const sign = line.indexOf('=')
  return sign < 0 ? line : `${line.slice(0, sign).trimEnd()}=${line.slice(sign + 1).trimStart()}`
}

function settingLines(settings: Settings): string[] {
  return Object.entries(settings).map(([name, value]) => {
    if (!isPlain(value)) throw new Error(`the value of ${name} is none that can stand in a profile`)
    return `${name} = ${value}`
  })
}

/** One line of visible ASCII, in which no parser finds a comment. */
function isPlain(value: string): boolean {
  return /^[\x20-\x7e]+$/.test(value) && value.trim() === value && !/(?:^| )[#;]/.test(value)
}

function headerOf(file: ProfileFile, profile: string): string {
  return file === 'credentials' || profile === 'default' ? `[${profile}]` : `[profile ${profile}]`
}

/** One line end parts a section from what was before: a blank line where the last line had its end, else that end. */
function append(text: string, lines: readonly string[], lineEnd: string): string {
  const separator = text === '' ? '' : lineEnd
  return `${text}${separator}${lines.map(line => `${line}${lineEnd}`).join('')}`
}

/** Takes out that one line end, unless the line before it would run into the next. */
function joinParts(before: string, after: string): string {
  const unparted = before.replace(/\r?\n$/, '')
  const isApart = unparted === '' || unparted.endsWith('\n') || /^(?:$|\r?\n)/.test(after)
  return `${isApart ? unparted : before}${after}`
}

function lineEndOf(text: string): string {
  return /\r?\n/.exec(text)?.[0] ?? '\n'
}

/** Lines with their ends; a byte order mark is a line of its own. */
function linesOf(text: string): string[] {
  return text.match(/^\xef\xbb\xbf|[^\n]*\n|[^\n]+/g) ?? []
}

function isFiller(line: string): boolean {
  return /^(?:\xef\xbb\xbf)?[\t\v\f\r\n ]*(?:[#;]|$)/.test(line)
}

/**
 * What stands between the brackets, if any parser could take the line for a header. Both strip white space of all of
 * Unicode, which is not told from other bytes here.
 */
function bracketed(line: string): string | undefined {
  return /^[^\x21-\x7e]*\[([^\]]*)\]/.exec(line)?.[1]
}

/**
 * Whether all parsers take the line for a header. To Python an indented one continues the value before it, and
 * anything may follow the bracket; to the JavaScript SDK only a comment after white space may.
 */
function isClearHeader(line: string): boolean {
  return /^\[(?:(?!\s[#;])[^\]])+\][\t ]*(?:[\t ][#;][^\]]*)?\r?\n?$/.test(line)
}

function sectionsOf(lines: readonly string[], file: ProfileFile, profile: string): Section[] {
  const headers = lines.flatMap((line, index) => (bracketed(line) === undefined ? [] : [index]))
  return headers.flatMap((start, index) => {
    if (!names(bracketed(lines[start] ?? '') ?? '', file, profile)) return []
    const next = headers[index + 1] ?? lines.length
    const isClear = [start, next].every(at => at === lines.length || isClearHeader(lines[at] ?? ''))
    return [{ start, end: endOfSettings(lines, start, next), isClear }]
  })
}

function endOfSettings(lines: readonly string[], start: number, next: number): number {
  return start + lines.slice(start, next).findLastIndex(line => !isFiller(line)) + 1
}

/**
 * Whether a header with this text means the profile to any of them: some trim it, botocore splits it as a shell would
 * and takes `profiles x` for `profile x`.
 */
function names(header: string, file: ProfileFile, profile: string): boolean {
  const words = header.trim().split(/\s+/)
  const isPlainName = words.length === 1 && words[0] === profile
  if (file === 'credentials') return isPlainName
  const [prefix = '', name = ''] = words
  const isPrefixed = words.length === 2 && prefix.startsWith('profile')
  return isPrefixed ? name.replaceAll(/["'\\]/g, '') === profile : isPlainName && profile === 'default'
}

function assertReadable(text: string): void {
  if (text.includes('\0')) throw new Error('it is not in UTF-8, or no text')
  const lone = /\r(?!\n)/.exec(text)
  if (lone)
    throw new Error(`in line ${lineNumber(text, lone.index)} a carriage return stands without a line feed`)
}

/** Some releases of botocore give the settings of configparser's own section to every profile, a role for instance. */
function assertNoDefaults(lines: readonly string[]): void {
  const index = lines.findIndex(line => bracketed(line)?.trim() === 'DEFAULT')
  if (index < 0) return
  const number = lineNumber(lines.join(''), lines.slice(0, index).join('').length)
  throw new Error(
    `in line ${number} it has a section DEFAULT, whose settings some tools would give to this profile too: name it default, or take it out`,
  )
}

function assertClear(lines: readonly string[], { start, isClear }: Section): void {
  if (isClear) return
  const number = lineNumber(lines.join(''), lines.slice(0, start).join('').length)
  throw new Error(
    `the header in line ${number}, or the next one, is read differently by AWS's tools: it must begin its line, and only a comment after a blank may follow it`,
  )
}

function lineNumber(text: string, index: number): number {
  return text.slice(0, index).split('\n').length
}
