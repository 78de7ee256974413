import { readdirSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { parse } from 'yaml'
import type { FailureCode } from '../../src/core/base/failure.ts'
import type { LikelyCause } from '../../src/core/base/likely-cause.ts'
import { helpPath } from '../../src/core/summary/links.ts'

type Manifest = { readonly inputs: object; readonly outputs: object }

const page = read('docs/troubleshooting.md')
const prose = page.replaceAll(/```[\s\S]*?```/g, '')
const sections = sectionsOf(prose, '## ')
const codes = [...new Set(read('src/core/base/failure.ts').match(/ERR_[A-Z_]+/g))]
/** What a failure can lead to besides its code, as the source names them. */
const causes = quotedIn(read('src/core/base/likely-cause.ts'), /^ {2}\| '(.+)'$/gm)
/** The causes that the error lists for a refused token, each with the words that follow. */
const listedCauses = quotedIn(read('src/core/outcome/diagnosis.ts'), /\[\s*'([a-z ]+)',\s*["'`]/g)
/** Every section that a failure can lead to. */
const helpSections = new Map([...ownTexts(sections), ...sectionsOf(prose, '### ')])

/** What AWS and its SDK say themselves. */
const TEXTS_OF_AWS = [
  'Could not load credentials from any providers',
  'Signature expired',
  'Signature not yet current',
  'No OpenIDConnect provider found',
  'Unable to determine service/operation name',
  "OpenIDConnect provider's HTTPS certificate doesn't match configured thumbprint",
  'Missing a required claim',
  'Token must be issued within',
  'Incorrect token audience',
  'with an explicit deny in',
  'because no session policy allows',
  'Roles may not be assumed by root accounts',
  'is not authorized to perform',
]

/** The texts that the page says are in a log, each cut where it varies from run to run. */
function quotedLogs(): readonly string[] {
  const places = prose.split('\n').flatMap(line => {
    if (line.startsWith('**Log:**')) return [line]
    return line.startsWith('| `') ? [line.split(' | ')[0] ?? ''] : []
  })
  const texts = places.flatMap(place => Array.from(place.matchAll(/`([^`]+)`/g), ([, text = '']) => text))
  return texts
    .filter(text => !TEXTS_OF_AWS.some(own => text.includes(own)))
    .flatMap(text => text.split(/…|\b[A-Z][A-Z_]*\b|\b\w*_\w*\b|AssumeRole\w*|"[^"]*"|\d+|: /))
    .map(part => part.replaceAll(/^[^a-z]+|[^a-z]+$/gi, ''))
    .filter(part => part.length >= 21 && part.includes(' '))
}

/** The source, and the source with a gap for each value inserted into its texts. */
function textsOfSource(): string {
  const folder = resolve(__dirname, '../../src')
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter(name =>
    name.endsWith('.ts'),
  )
  const source = files.map(name => readFileSync(resolve(folder, name), 'utf8')).join('\n')
  let text = source
  for (let before = ''; before !== text; ) {
    before = text
    text = text.replaceAll(/\$\{[^{}`]*\}|\$\{[^{}`]*`[^`]*`[^{}`]*\}/g, '…')
  }
  return `${source}\n${text}`
}

describe('the troubleshooting page', () => {
  test('quotes the log as the source writes it', () => {
    const source = textsOfSource()
    const quoted = quotedLogs()
    expect(quoted.length).toBeGreaterThan(20)
    expect(quoted.filter(text => !source.includes(text))).toEqual([])
  })

  test('is checked against the codes and the causes in the source', () => {
    expect(codes).toHaveLength(12)
    expect(causes).toHaveLength(41)
    expect(listedCauses).toHaveLength(16)
    expect(causes).toEqual(expect.arrayContaining(listedCauses))
  })

  test('has a section for every failure code, and for no other', () => {
    const titles = [...sections.keys()].filter(title => title.startsWith('ERR_'))
    expect(titles.toSorted()).toEqual(codes.toSorted())
  })

  test('has a section for every cause that the link of a failure leads to, and for no other', () => {
    const groups = [...sectionsOf(sections.get('ERR_INPUT_INVALID') ?? '', '### ').keys()]
    expect(groups).toHaveLength(5)
    const titles = [...sectionsOf(prose, '### ').keys()].filter(title => !groups.includes(title))
    expect([...titles, 'proxies'].toSorted()).toEqual(causes.toSorted())
    expect(sections.has('Proxies')).toBe(true)
  })

  test('has the section where the link of each failure leads', () => {
    const anchors = new Set(headings().map(anchorOf))
    const ofCodes = codes.map(code => helpPath({ code: code as FailureCode, likelyCause: undefined }))
    const ofCauses = causes.map(cause =>
      helpPath({ code: 'ERR_STS_REJECTED', likelyCause: cause as LikelyCause }),
    )
    for (const path of [...ofCodes, ...ofCauses]) {
      const [file, anchor = ''] = path.split('#')
      expect([file, anchors.has(anchor), anchor]).toEqual(['docs/troubleshooting.md', true, anchor])
    }
  })

  test('has no section that no failure leads to', () => {
    const source = textsOfSource().replaceAll(/^ {2}\| '.+'$/gm, '')
    expect(causes.filter(cause => !source.includes(`'${cause}'`))).toEqual([])
  })

  test('begins with what people see most often', () => {
    const [first = ''] = sections.keys()
    expect(first).toBe('The log says')
    const rows = sections.get(first)?.match(/^\| .* \|$/gm) ?? []
    expect(rows[2]).toMatch(/^\| `AWS refused AssumeRoleWithWebIdentity: AccessDenied` \|/)
  })

  test('leads from what the log says to every code and every cause', () => {
    const anchors = linksIn(sections.get('The log says') ?? '')
    const all = [...codes, ...causes].map(anchorOf)
    expect([...new Set(anchors)].toSorted()).toEqual(all.toSorted())
  })

  test('gives for every code and cause what the log says, then what to do, why, and how to tell', () => {
    for (const title of [...codes, ...causes]) {
      const text = helpSections.get(title === 'proxies' ? 'Proxies' : title) ?? ''
      const parts = text.match(/^\*\*[A-Z][a-z ]+:\*\*/gm)
      expect([title, parts]).toEqual([title, ['**Log:**', '**Do:**', '**Why:**', '**How to tell:**']])
    }
  })

  test('shows each cause on one screen', () => {
    const ofPage = new Map([...sectionsOf(page, '## '), ...sectionsOf(page, '### ')])
    for (const cause of causes) {
      const lines = (ofPage.get(cause === 'proxies' ? 'Proxies' : cause) ?? '').trim().split('\n')
      const shown = lines
        .filter(line => line !== '')
        .reduce((sum, line) => sum + Math.ceil(line.length / 130), 0)
      expect([cause, shown <= 35, shown]).toEqual([cause, true, shown])
    }
  })

  test('quotes what the log says for each cause', () => {
    for (const cause of listedCauses) expect(helpSections.get(cause)).toContain(`**Log:** \`${cause}: `)
  })

  test('has no duplicate heading, so anchors stay stable', () => {
    const anchors = headings().map(anchorOf)
    expect(anchors).toEqual([...new Set(anchors)])
  })

  test('links to headings that exist', () => {
    const links = linksIn(prose)
    expect(links.length).toBeGreaterThan(10)
    expect(headings().map(anchorOf)).toEqual(expect.arrayContaining(links))
  })

  test('names no input or output that action.yml does not declare', () => {
    const { inputs, outputs }: Manifest = parse(read('action.yml'))
    const declared = [...Object.keys(inputs), ...Object.keys(outputs)]
    const named = Array.from(prose.matchAll(/`([a-z]+(?:-[a-z]+)+)`/g), ([, name = '']) => name)
    const others = ['id-token', 'get-role', 'aws-cn', 'aws-us-gov']
    expect(named.filter(name => !declared.includes(name) && !others.includes(name))).toEqual([])
    expect(namesUnderWith().filter(name => !Object.keys(inputs).includes(name))).toEqual([])
  })

  test('shows valid YAML and JSON', () => {
    for (const block of blocksOf('yaml')) expect(() => parse(block)).not.toThrow()
    for (const block of blocksOf('json')) {
      expect(() => JSON.parse(block.startsWith('{') ? block : `{${block}}`)).not.toThrow()
    }
  })
})

function read(path: string): string {
  return readFileSync(resolve(__dirname, '../..', path), 'utf8')
}

/** The texts of sections without those of the sections in them. */
function ownTexts(texts: ReadonlyMap<string, string>): [string, string][] {
  return Array.from(texts, ([title, text]) => [title, text.split('\n### ', 1)[0] ?? ''])
}

function quotedIn(source: string, pattern: RegExp): string[] {
  return Array.from(source.matchAll(pattern), ([, text = '']) => text)
}

function headings(): string[] {
  return quotedIn(prose, /^#+ (.+)$/gm)
}

/** The anchors that links of a text lead to in the page itself. */
function linksIn(text: string): string[] {
  return quotedIn(text, /\]\(#([^)]+)\)/g)
}

/** The texts under the headings of one level, by title. */
function sectionsOf(text: string, mark: '## ' | '### '): Map<string, string> {
  const [, ...parts] = `\n${text}`.split(`\n${mark}`)
  const ofLevel = parts.map(part => part.split(/\n## /, 1)[0] ?? '')
  return new Map(ofLevel.map(part => [part.split('\n', 1)[0] ?? '', part]))
}

/** The anchor that GitHub generates for a heading. */
function anchorOf(title: string): string {
  return title
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-')
}

function blocksOf(language: string): string[] {
  return Array.from(
    page.matchAll(new RegExp(`\`\`\`${language}\n([\\s\\S]*?)\`\`\``, 'g')),
    ([, block = '']) => block.trim(),
  )
}

function namesUnderWith(): string[] {
  return blocksOf('yaml').flatMap(block => {
    const document: unknown = parse(block)
    const steps = Array.isArray(document) ? document : [document]
    return steps.flatMap(step => Object.keys((step as { with?: object }).with ?? {}))
  })
}
