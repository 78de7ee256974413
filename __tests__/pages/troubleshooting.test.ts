import { readdirSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { parse } from 'yaml'

type Manifest = { readonly inputs: object; readonly outputs: object }

const page = read('docs/troubleshooting.md')
const prose = page.replaceAll(/```[\s\S]*?```/g, '')
const sections = sectionsOf(prose, '## ')
const codes = [...new Set(read('src/core/base/failure.ts').match(/ERR_[A-Z_]+/g))]
/** The words before the colon of each cause, as in the source. */
const causes = Array.from(
  read('src/core/outcome/diagnosis.ts').matchAll(/['"`]([a-z]+(?: [a-z]+)*): /g),
  ([, words = '']) => words,
)
/** What explanation.ts says about a refusal that is not AccessDenied for a token. */
const OTHER_REFUSALS = [
  'policy named by AWS',
  'root user',
  'clock of the runner',
  'request changed on its way',
  'certificate of the issuer',
  'token not accepted',
  'missing OIDC provider',
  'incorrect audience',
  'credentials refused by the role',
  'session tags not allowed',
  'source identity not allowed',
  'secret of another key',
  'credentials expired',
  'policies and tags too long',
  'credentials not known',
  'region disabled',
  'duration or other validation',
  'refused by something before AWS',
]

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
    expect(causes).toHaveLength(16)
  })

  test('has a section for every failure code, and for no other', () => {
    const titles = [...sections.keys()].filter(title => title.startsWith('ERR_'))
    expect(titles.toSorted()).toEqual(codes.toSorted())
  })

  test('has a section for every cause of a refusal, and for no other', () => {
    const titles = [...sectionsOf(sections.get('ERR_STS_REJECTED') ?? '', '### ').keys()]
    expect(titles.toSorted()).toEqual([...causes, ...OTHER_REFUSALS].toSorted())
  })

  test('gives for every code and cause what the log says, what it means, how to tell and what to do', () => {
    const refusals = sectionsOf(sections.get('ERR_STS_REJECTED') ?? '', '### ')
    for (const [title, text] of [...codes.map(code => [code, sections.get(code)] as const), ...refusals]) {
      for (const part of ['**Log:**', '**Meaning:**', '**How to tell:**', '**Do:**']) {
        expect([title, text]).toEqual([title, expect.stringContaining(part)])
      }
    }
  })

  test('quotes what the log says for each cause', () => {
    const refusals = sectionsOf(sections.get('ERR_STS_REJECTED') ?? '', '### ')
    for (const cause of causes) expect(refusals.get(cause)).toContain(`**Log:** \`${cause}: `)
  })

  test('has no duplicate heading, so anchors stay stable', () => {
    const headings = prose.split('\n').filter(line => /^#+ /.test(line))
    expect(headings).toEqual([...new Set(headings)])
  })

  test('links to headings that exist', () => {
    const anchors = Array.from(prose.matchAll(/^#+ (.+)$/gm), ([, title = '']) => anchorOf(title))
    const links = Array.from(prose.matchAll(/\]\(#([^)]+)\)/g), ([, anchor]) => anchor)
    expect(links.length).toBeGreaterThan(10)
    expect(anchors).toEqual(expect.arrayContaining(links))
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

/** The texts under the headings of one level, by title. */
function sectionsOf(text: string, mark: '## ' | '### '): Map<string, string> {
  const [, ...parts] = `\n${text}`.split(`\n${mark}`)
  return new Map(parts.map(part => [part.split('\n', 1)[0] ?? '', part]))
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
