/**
 * Python's `configparser.RawConfigParser` in strict mode, with which botocore and the AWS CLI read AWS's shared files, and
 * what botocore adds in `raw_config_parse`. Sources: Lib/configparser.py of Python 3.11, botocore/configloader.py.
 */

import { quote } from '../base/text.ts'

/** A setting as a tool reads it. To Python names are in lower case, and continuation lines are part of the value. */
export type ParsedSetting = {
  readonly name: string
  readonly value: string
  readonly line: number
  /** The first line of the value that is on a line after it. */
  readonly nextLine?: number
}

export type ParsedSection = {
  /** Of the header, counted from 1. */
  readonly line: number
  readonly settings: readonly ParsedSetting[]
}

export type ParsedConfig = {
  readonly sections: ReadonlyMap<string, ParsedSection>
  /** The settings of `[DEFAULT]`, which every section inherits. */
  readonly defaults: ParsedSection
  /** What stands between the brackets of each header, by its line. */
  readonly headers: ReadonlyMap<number, string>
}

/** Why botocore refuses the whole file. Quotes nothing of it. */
export type ParseProblem = { readonly line: number; readonly reason: string }

/** The section from which every other inherits. */
export const DEFAULTS = 'DEFAULT'

/** Takes time in proportion to the file's size, whatever is in it. */
export function parseConfig(bytes: Uint8Array): ParsedConfig | ParseProblem {
  const text = decodeStrictly(bytes)
  if (text === undefined) return { line: firstUndecodableLine(bytes), reason: 'it is not valid UTF-8' }
  const parser = new Parser()
  let number = 0
  for (const line of linesOf(text.includes('\r') ? text.replace(/\r\n?/g, '\n') : text)) {
    const problem = parser.read(line, ++number)
    if (problem) return problem
  }
  return parser.end()
}

export function isProblem(parsed: ParsedConfig | ParseProblem): parsed is ParseProblem {
  return 'reason' in parsed
}

/** Why the AWS CLI and botocore can't read a shared file at all. */
export function parseFailure(path: string, { line, reason }: ParseProblem): string {
  return `${quote(path)}, line ${line}: ${reason}, so the AWS CLI can't parse the file`
}

/** As it stands, a byte order mark included. */
function decodeStrictly(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return undefined
  }
}

function firstUndecodableLine(bytes: Uint8Array): number {
  let line = 1
  for (let start = 0; start < bytes.length; line++) {
    const found = bytes.indexOf(0x0a, start)
    const end = found < 0 ? bytes.length : found
    if (decodeStrictly(bytes.subarray(start, end)) === undefined) break
    start = end + 1
  }
  return line
}

/** One at a time: a list of all lines of a large file would take many times its size. */
export function* linesOf(text: string): Generator<string, void> {
  let start = 0
  for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', start)) {
    yield text.slice(start, end)
    start = end + 1
  }
  yield text.slice(start)
}

/** A setting to which the lines that follow may be added. */
type OpenSetting = {
  readonly name: string
  readonly parts: string[]
  readonly line: number
  nextLine?: number
  blanks: number
}

type OpenSection = { readonly line: number; readonly settings: ParsedSetting[] }

/** The state of Python's `_read`. */
class Parser {
  readonly #sections = new Map<string, OpenSection>()
  readonly #defaults: OpenSection = { line: 0, settings: [] }
  readonly #headers = new Map<number, string>()
  #section: OpenSection | undefined
  /** The lines of the settings so far: of what is inherited, and of one section after the other. */
  readonly #lines = { defaults: new Map<string, number>(), section: new Map<string, number>() }
  #setting: OpenSetting | undefined
  #indent = 0

  /** The next line. Nothing may be read after a problem. */
  read(line: string, number: number): ParseProblem | undefined {
    const text = strip(line)
    if (text === '') {
      if (this.#setting) this.#setting.blanks++
      return undefined
    }
    if (text.startsWith('#') || text.startsWith(';')) return undefined
    const indent = indentOf(line)
    if (this.#setting && indent > this.#indent) {
      continueSetting(this.#setting, text, number)
      return undefined
    }
    this.#close()
    this.#indent = indent
    const header = headerOf(text)
    return header === undefined ? this.#set(text, number) : this.#open(header, number)
  }

  end(): ParsedConfig | ParseProblem {
    this.#close()
    const sections = [...this.#sections.values()]
    const inherited = sections.length > 0 ? [this.#defaults] : []
    const lines = [...inherited, ...sections].flatMap(linesOfBrokenBlocks)
    if (lines.length > 0) {
      const line = lines.reduce((first, each) => Math.min(first, each))
      return { line, reason: 'not all of the indented lines below it are of the form name = value' }
    }
    return { sections: this.#sections, defaults: this.#defaults, headers: this.#headers }
  }

  #open(header: string, line: number): ParseProblem | undefined {
    this.#headers.set(line, header)
    this.#lines.section.clear()
    if (header === DEFAULTS) {
      this.#section = this.#defaults
      return undefined
    }
    const earlier = this.#sections.get(header)
    if (earlier) return { line, reason: `line ${earlier.line} begins the same section` }
    this.#section = { line, settings: [] }
    this.#sections.set(header, this.#section)
    return undefined
  }

  #set(text: string, line: number): ParseProblem | undefined {
    if (!this.#section) {
      const isMarked = text.startsWith('\ufeff')
      return {
        line,
        reason: isMarked ? 'it begins with a byte order mark' : 'no section header is before it',
      }
    }
    const sign = text.search(/[=:]/)
    if (sign < 1) return { line, reason: 'it is neither a section header nor of the form name = value' }
    const name = strip(text.slice(0, sign)).toLowerCase()
    const lines = this.#section === this.#defaults ? this.#lines.defaults : this.#lines.section
    const earlier = lines.get(name)
    if (earlier) return { line, reason: `line ${earlier} has the same setting` }
    lines.set(name, line)
    this.#setting = { name, parts: [strip(text.slice(sign + 1))], line, blanks: 0 }
    return undefined
  }

  #close(): void {
    if (!this.#setting || !this.#section) return
    const { parts, blanks: _, ...setting } = this.#setting
    this.#section.settings.push({ ...setting, value: stripEnd(parts.join('\n')) })
    this.#setting = undefined
  }
}

/** Blank lines are part of a value that goes on after them. */
function continueSetting(setting: OpenSetting, text: string, line: number): void {
  setting.nextLine ??= line
  if (setting.blanks > 0) setting.parts.push('\n'.repeat(setting.blanks - 1))
  setting.parts.push(text)
  setting.blanks = 0
}

/** The brackets need not be closed by the last character: whatever comes behind them is ignored. */
function headerOf(text: string): string | undefined {
  const end = text.lastIndexOf(']')
  return text.startsWith('[') && end > 1 ? text.slice(1, end) : undefined
}

/** A value whose first line is blank is a block of settings to botocore. */
function linesOfBrokenBlocks({ settings }: ParsedSection): number[] {
  return settings.filter(isBrokenBlock).map(({ line }) => line)
}

function isBrokenBlock({ value }: ParsedSetting): boolean {
  if (!value.startsWith('\n')) return false
  const lines = value.split(/[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]/)
  return lines.some(line => strip(line) !== '' && !line.includes('='))
}

function indentOf(line: string): number {
  let start = 0
  while (isSpace(line.charCodeAt(start))) start++
  return start
}

/** As Python's `str.strip`, which knows other white space than JavaScript's `trim`. */
function strip(text: string): string {
  return stripEnd(text.slice(indentOf(text)))
}

function stripEnd(text: string): string {
  let end = text.length
  while (isSpace(text.charCodeAt(end - 1))) end--
  return text.slice(0, end)
}

/** As Python's `str.isspace`. Not a number beyond the ends of the text. */
function isSpace(unit: number): boolean {
  if (unit < 0x80) return unit === 0x20 || (unit >= 0x09 && unit <= 0x0d) || (unit >= 0x1c && unit <= 0x1f)
  return OTHER_SPACES.has(unit)
}

const OTHER_SPACES: ReadonlySet<number> = new Set([
  0x85, 0xa0, 0x1680, 0x2000, 0x2001, 0x2002, 0x2003, 0x2004, 0x2005, 0x2006, 0x2007, 0x2008, 0x2009, 0x200a,
  0x2028, 0x2029, 0x202f, 0x205f, 0x3000,
])
