import {
  DEFAULTS,
  isProblem,
  linesOf,
  type ParsedSection,
  type ParsedSetting,
  type ParseProblem,
  parseConfig,
} from './config-parser.ts'
import type { ProfileFile } from './section-editor.ts'

/**
 * One of AWS's shared files as a tool reads it. Sources: botocore/configloader.py; `parseIni`, `getConfigData` and
 * `getSsoSessionData` of @smithy/core.
 */
export type Reading = {
  readonly profiles: ReadonlyMap<string, Settings>
  /** Of `[sso-session NAME]`. */
  readonly ssoSessions: ReadonlyMap<string, Settings>
  /** What all of them inherit, where they have no setting of that name. */
  readonly defaults: Settings
  /** What each header stands for, in the order of their lines; blank where that is neither a profile nor a session. */
  readonly headers: ReadonlyMap<number, string>
}

/** Of several of one name the last counts. */
export type Settings = ParsedSection['settings']

export const EMPTY_READING: Reading = newReading()

/** The settings of a section by their names, with those that it inherits; undefined where there is no such section. */
export function settingsOf(
  { ssoSessions, profiles, defaults }: Reading,
  kind: 'profiles' | 'ssoSessions',
  name: string,
): ReadonlyMap<string, ParsedSetting> | undefined {
  const own = { profiles, ssoSessions }[kind].get(name)
  return own && new Map([...defaults, ...own].map(setting => [setting.name, setting]))
}

/** How the header of a profile is known among the headers of a reading. */
export function profileHeader(name: string): string {
  return `profile ${name}`
}

export function ssoSessionHeader(name: string): string {
  return `sso-session ${name}`
}

export function readAsBotocore(bytes: Uint8Array, file: ProfileFile): Reading | ParseProblem {
  const config = parseConfig(bytes)
  if (isProblem(config)) return config
  const reading = newReading(config.defaults.settings)
  const winners = new Map<string, string>()
  for (const [name, { settings }] of config.sections) {
    const meaning = botocoreMeaning(name, file)
    put(reading, meaning, settings)
    winners.set(meaning, name)
  }
  for (const [line, name] of config.headers) {
    const meaning = botocoreMeaning(name, file)
    reading.headers.set(line, name === DEFAULTS || winners.get(meaning) === name ? meaning : '')
  }
  return reading
}

function botocoreMeaning(name: string, file: ProfileFile): string {
  if (name === DEFAULTS) return name
  if (file === 'credentials') return profileHeader(name)
  if (name === 'default') return profileHeader(name)
  const kind = ['profile', 'sso-session'].find(prefix => name.startsWith(prefix))
  const words = kind ? splitAsShell(name) : undefined
  return words?.length === 2 ? `${kind} ${words[1]}` : ''
}

/** As `parseIni`, which merges sections of one name and settles for whatever a line may mean. */
export function readAsSdk(bytes: Uint8Array, file: ProfileFile): Reading {
  const sections = new Map<string, ParsedSetting[]>()
  const names = new Map<number, string>()
  let section = ''
  let block = ''
  let number = 0
  for (const line of linesOf(decode(bytes))) {
    number++
    const text = withoutComment(line)
    const header = sdkHeader(text)
    if (header !== undefined) {
      if (isForbidden(text)) return EMPTY_READING
      section = header
      block = ''
      names.set(number, section)
      continue
    }
    const sign = text.indexOf('=')
    if (section === '' || sign < 1) continue
    const name = text.slice(0, sign).trim()
    const value = text.slice(sign + 1).trim()
    if (value === '') {
      block = name
      continue
    }
    if (line.trimStart() === line) block = ''
    const settings = sections.get(section) ?? []
    if (settings.length === 0) sections.set(section, settings)
    settings.push({ name: block === '' ? name : `${block}.${name}`, value, line: number })
  }
  const reading = newReading()
  // `[profile default]` replaces `[default]`, wherever it stands
  const isReplaced = (name: string) =>
    file === 'config' && name === 'default' && sections.has('profile.default')
  for (const [name, settings] of sections)
    if (!isReplaced(name)) put(reading, sdkMeaning(name, file), settings)
  for (const [line, name] of names) reading.headers.set(line, isReplaced(name) ? '' : sdkMeaning(name, file))
  return reading
}

/** The sections of a file that the SDK would read as one of these headers, for it to read them and nothing else. */
export function excerptForSdk(bytes: Uint8Array, file: ProfileFile, headers: ReadonlySet<string>): string {
  const kept: string[] = []
  let isKept = false
  for (const line of linesOf(decode(bytes))) {
    const text = withoutComment(line)
    const header = sdkHeader(text)
    if (header !== undefined) {
      if (isForbidden(text)) return ''
      isKept = headers.has(sdkMeaning(header, file))
    }
    if (isKept) kept.push(line)
  }
  return kept.join('\n')
}

function sdkMeaning(name: string, file: ProfileFile): string {
  if (file === 'credentials') return profileHeader(name)
  if (name === 'default') return profileHeader(name)
  if (name.startsWith('profile.')) return profileHeader(name.slice('profile.'.length))
  if (name.startsWith('sso-session.')) return ssoSessionHeader(name.slice('sso-session.'.length))
  return ''
}

/** The name under which `parseIni` keeps a section: blank for one that it leaves out, undefined for no header. */
function sdkHeader(text: string): string | undefined {
  if (text.length < 2 || !text.startsWith('[') || !text.endsWith(']')) return undefined
  const name = text.slice(1, -1)
  const [, prefix, , rest] = PREFIXED.exec(name) ?? []
  if (prefix === undefined) return name
  return ['profile', 'sso-session', 'services'].includes(prefix) ? `${prefix}.${rest}` : ''
}

const PREFIXED = /^([\w-]+)\s(["'])?([\w\-@+.%:/]+)\2$/

/** For these the SDK throws its whole reading away. */
function isForbidden(header: string): boolean {
  return ['[__proto__]', '[profile __proto__]'].includes(header)
}

function withoutComment(line: string): string {
  const comment = line.search(/(?:^|\s)[;#]/)
  return (comment < 0 ? line : line.slice(0, comment)).trim()
}

/** As Node's `utf8`, which takes what is none for replacement characters, and keeps a byte order mark. */
function decode(bytes: Uint8Array): string {
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes)
}

type OpenReading = {
  readonly profiles: Map<string, Settings>
  readonly ssoSessions: Map<string, Settings>
  readonly defaults: Settings
  readonly headers: Map<number, string>
}

function newReading(defaults: Settings = []): OpenReading {
  return { profiles: new Map(), ssoSessions: new Map(), defaults, headers: new Map() }
}

function put({ profiles, ssoSessions }: OpenReading, meaning: string, settings: Settings): void {
  const [profile, session] = [profileHeader(''), ssoSessionHeader('')]
  if (meaning.startsWith(profile)) profiles.set(meaning.slice(profile.length), settings)
  else if (meaning.startsWith(session)) ssoSessions.set(meaning.slice(session.length), settings)
}

/** As Python's `shlex.split`; undefined where it throws, at an open quote or a last backslash. */
export function splitAsShell(text: string): string[] | undefined {
  const words: string[] = []
  let word: string | undefined
  let quote = ''
  for (let index = 0; index < text.length; index++) {
    const character = text.charAt(index)
    if (character === '\\' && quote !== "'") {
      const next = text.charAt(++index)
      if (next === '') return undefined
      word = `${word ?? ''}${quote === '"' && next !== '"' && next !== '\\' ? '\\' : ''}${next}`
    } else if (quote !== '') {
      if (character === quote) quote = ''
      else word = `${word ?? ''}${character}`
    } else if (character === '"' || character === "'") {
      quote = character
      word ??= ''
    } else if (' \t\r\n'.includes(character)) {
      if (word !== undefined) words.push(word)
      word = undefined
    } else {
      word = `${word ?? ''}${character}`
    }
  }
  if (quote !== '') return undefined
  return word === undefined ? words : [...words, word]
}
