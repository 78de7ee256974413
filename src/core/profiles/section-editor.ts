/**
 * The text of AWS's shared files, edited by whole lines, so all other bytes stay. A text has one char a byte (latin1),
 * whatever its encoding. The rules are those of the two parsers that differ most: Python's configparser, which botocore
 * and the CLI use, and `parseIni` of the JavaScript SDK. Each function reads the text once, however many profiles it is
 * about.
 *
 * **What belongs to a section:** its lines from the header to the last setting, and one blank line before the header if
 * there is one. All other lines stay, blank ones after it too. A text that doesn't end in a line end never ends in one
 * afterwards, and a text that does still does.
 */

/** The shared files. They differ in how a header names a profile. */
export type ProfileFile = 'credentials' | 'config'

/** The settings of a section, in order. */
export type Settings = Readonly<Record<string, string>>

/** What a file is to hold of a profile: one section with these settings, or none. */
export type SectionEdit = { readonly profile: string; readonly settings: Settings | undefined }

/** What became of a profile's section: a `changed` one is left to whoever changed it. */
export type SectionOutcome = 'removed' | 'gone' | 'changed'

/** A section of a profile that can't be replaced, because parsers disagree where it begins or ends. Quotes nothing. */
export class UnclearSection extends Error {
  readonly profile: string

  constructor(profile: string, line: number) {
    super(
      `the header in line ${line}, or the next one, is read differently by AWS's tools: it must begin its line, and only a comment after a blank may follow it`,
    )
    this.profile = profile
  }
}

/** From a header to the last setting before the next header: comments after that belong to what follows. */
type Section = Span & {
  readonly profile: string
  /** Whether all parsers see this header and this end. */
  readonly isClear: boolean
}

/** A part of the text; `end` is the offset after it. */
type Span = { readonly start: number; readonly end: number }

/** Which of the profiles any parser would find a section of. */
export function presentProfiles(
  text: string,
  file: ProfileFile,
  profiles: readonly string[],
): ReadonlySet<string> {
  return new Set(sectionsOf(text, file, profiles).map(({ profile }) => profile))
}

/**
 * The text with one section for each profile that has settings, at its end and in the order given, in place of all
 * sections that the profiles had. No two edits are of one profile.
 * @throws UnclearSection, or Error if the text or a value can't be used. Neither quotes anything of the text.
 */
export function editSections(text: string, file: ProfileFile, edits: readonly SectionEdit[]): string {
  assertReadable(text)
  const profiles = edits.map(({ profile }) => profile)
  const replaced = sectionsOf(text, file, profiles)
  const unclear = replaced.find(({ isClear }) => !isClear)
  if (unclear) throw new UnclearSection(unclear.profile, lineNumber(text, unclear.start))
  const sections = edits.flatMap(({ profile, settings }) =>
    settings ? [[headerOf(file, profile), ...settingLines(settings)]] : [],
  )
  if (sections.length > 0) assertNoDefaults(text)
  return append(without(text, replaced), sections, lineEndOf(text))
}

/**
 * The text without the first section of each profile that `isOurs` knows by its canonical settings, and what became of
 * each profile. Undoes `editSections` to the byte; comments that came between the settings stay.
 */
export function removeSections(
  text: string,
  file: ProfileFile,
  profiles: readonly string[],
  isOurs: (profile: string, settings: string) => boolean,
): { readonly text: string; readonly outcomes: ReadonlyMap<string, SectionOutcome> } {
  const outcomes = new Map<string, SectionOutcome>(profiles.map(profile => [profile, 'gone']))
  const ours: Section[] = []
  for (const section of sectionsOf(text, file, profiles)) {
    const { profile, isClear } = section
    if (outcomes.get(profile) === 'removed') continue
    const isRemoved = isClear && isOurs(profile, canonicalOf(linesIn(text, section).slice(1)))
    outcomes.set(profile, isRemoved ? 'removed' : 'changed')
    if (isRemoved) ours.push(section)
  }
  return { text: without(text, ours, section => linesIn(text, section).filter(isFiller).join('')), outcomes }
}

/** The settings as `removeSections` shows them: it is the same when another tool has written the file anew. */
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

/** A blank line before each section, but at the beginning of the text. */
function append(text: string, sections: readonly (readonly string[])[], lineEnd: string): string {
  if (sections.length === 0) return text
  const added = sections.map(lines => lines.join(lineEnd)).join(lineEnd + lineEnd)
  if (text === '') return added + lineEnd
  return text.endsWith('\n') ? text + lineEnd + added + lineEnd : text + lineEnd + lineEnd + added
}

/** The text without these sections, which stand in order; `left` is what stays of one. */
function without(
  text: string,
  sections: readonly Section[],
  left: (section: Section) => string = () => '',
): string {
  if (sections.length === 0) return text
  const parts: string[] = []
  let from = 0
  for (const section of sections) {
    parts.push(text.slice(from, startWithBlankLine(text, section.start)), left(section))
    from = section.end
  }
  const rest = parts.join('') + text.slice(from)
  return text.endsWith('\n') ? rest : withoutLineEnd(rest)
}

/** Where the blank line before this line starts, or the line itself where there is none. */
function startWithBlankLine(text: string, start: number): number {
  if (start < 2) return isBlankLine(text.slice(0, start)) ? 0 : start
  const previous = text.lastIndexOf('\n', start - 2) + 1
  return isBlankLine(text.slice(previous, start)) ? previous : start
}

function isBlankLine(line: string): boolean {
  return /^[\t\v\f\r ]*\n$/.test(line)
}

function withoutLineEnd(text: string): string {
  if (!text.endsWith('\n')) return text
  return text.slice(0, text.endsWith('\r\n') ? -2 : -1)
}

function lineEndOf(text: string): string {
  return /\r?\n/.exec(text)?.[0] ?? '\n'
}

const BYTE_ORDER_MARK = '\xef\xbb\xbf'

/** The lines from one offset to another, with their ends. A byte order mark belongs to none. */
function* lineSpans(text: string, from = 0, to = text.length): Generator<Span> {
  let start = from === 0 && text.startsWith(BYTE_ORDER_MARK) ? BYTE_ORDER_MARK.length : from
  while (start < to) {
    const lineEnd = text.indexOf('\n', start)
    const end = lineEnd < 0 ? to : lineEnd + 1
    yield { start, end }
    start = end
  }
}

function linesIn(text: string, { start, end }: Span): string[] {
  return Array.from(lineSpans(text, start, end), line => text.slice(line.start, line.end))
}

function isFiller(line: string): boolean {
  return /^[\t\v\f\r\n ]*(?:[#;]|$)/.test(line)
}

/** A line that any parser could take for a header, with what stands between its brackets. */
type Header = Span & { readonly name: string }

/**
 * All of them. Both parsers strip white space of all of Unicode, which is not told from other bytes here, so anything
 * but visible ASCII may stand before the bracket.
 */
function* headersOf(text: string): Generator<Header> {
  for (const { start, end } of lineSpans(text)) {
    let open = start
    while (open < end && !isVisible(text.charCodeAt(open))) open++
    if (text[open] !== '[' || open >= end) continue
    const line = text.slice(open + 1, end)
    const close = line.indexOf(']')
    if (close >= 0) yield { start, end, name: line.slice(0, close) }
  }
}

function isVisible(code: number): boolean {
  return 0x21 <= code && code <= 0x7e
}

/**
 * Whether all parsers take the line for a header. To Python an indented one continues the value before it, and
 * anything may follow the bracket; to the JavaScript SDK only a comment after white space may.
 */
function isClearHeader(line: string): boolean {
  const close = line.indexOf(']')
  const name = line.slice(1, close)
  return (
    line.startsWith('[') &&
    name !== '' &&
    !/\s[#;]/.test(name) &&
    /^[\t ]*(?:[\t ][#;][^\]]*)?\r?\n?$/.test(line.slice(close + 1))
  )
}

/** The sections of these profiles, in the order of the text. */
function sectionsOf(text: string, file: ProfileFile, profiles: readonly string[]): Section[] {
  const wanted = new Set(profiles)
  const sections: Section[] = []
  let open: { readonly profile: string; readonly header: Header } | undefined
  const close = (next: Header | undefined) => {
    if (!open) return
    const { profile, header } = open
    const isClear = [header, next].every(each => !each || isClearHeader(text.slice(each.start, each.end)))
    const end = endOfSettings(text, header, next?.start ?? text.length)
    sections.push({ profile, start: header.start, end, isClear })
  }
  for (const header of headersOf(text)) {
    close(header)
    const profile = profileNamed(header.name, file)
    open = profile !== undefined && wanted.has(profile) ? { profile, header } : undefined
  }
  close(undefined)
  return sections
}

function endOfSettings(text: string, header: Header, next: number): number {
  let last = header.end
  for (const { start, end } of lineSpans(text, header.end, next)) {
    if (!isFiller(text.slice(start, end))) last = end
  }
  return last
}

/**
 * The profile that a header with this text means to any of them: some trim it, botocore splits it as a shell would and
 * takes `profiles x` for `profile x`.
 */
function profileNamed(header: string, file: ProfileFile): string | undefined {
  const [first = '', second, ...others] = header.trim().split(/\s+/)
  if (second === undefined) return file === 'credentials' || first === 'default' ? first : undefined
  const isPrefixed = file === 'config' && first.startsWith('profile') && others.length === 0
  return isPrefixed ? second.replaceAll(/["'\\]/g, '') : undefined
}

function assertReadable(text: string): void {
  if (text.includes('\0')) throw new Error('it is not in UTF-8, or no text')
  const lone = /\r(?!\n)/.exec(text)
  if (lone)
    throw new Error(`in line ${lineNumber(text, lone.index)} a carriage return stands without a line feed`)
}

/** Some releases of botocore give the settings of configparser's own section to every profile, a role for instance. */
function assertNoDefaults(text: string): void {
  for (const { start, name } of headersOf(text)) {
    if (name.trim() === 'DEFAULT')
      throw new Error(
        `in line ${lineNumber(text, start)} it has a section DEFAULT, whose settings some tools would give to this profile too: name it default, or take it out`,
      )
  }
}

function lineNumber(text: string, index: number): number {
  return text.slice(0, index).split('\n').length
}
