import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync, statSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import GithubSlugger from 'github-slugger'
import { marked, type Token } from 'marked'

const PAGES = execFileSync('git', ['ls-files', '*.md'], { encoding: 'utf8' }).trim().split('\n')

function tokensOf(markdown: string): readonly Token[] {
  const tokens: Token[] = []
  void marked.walkTokens(marked.lexer(markdown), token => void tokens.push(token))
  return tokens
}

/** The values of attributes in the HTML of a page. */
function attributesIn(token: Token, names: string): readonly string[] {
  const pattern = new RegExp(`\\b(?:${names})="([^"]+)"`, 'g')
  return token.type === 'html' ? Array.from(token.text.matchAll(pattern), ([, value = '']) => value) : []
}

/** Everything that a page links to or shows: links, images, and those in HTML. */
function targetsIn(markdown: string): readonly string[] {
  return tokensOf(markdown).flatMap(token =>
    token.type === 'link' || token.type === 'image' ? token.href : attributesIn(token, 'href|src|srcset'),
  )
}

/** The anchors that GitHub gives a page: its headings, and explicit ids. */
function anchorsIn(markdown: string): ReadonlySet<string> {
  const slugger = new GithubSlugger()
  return new Set(
    tokensOf(markdown).flatMap(token =>
      token.type === 'heading' ? slugger.slug(plain(token.tokens ?? [])) : attributesIn(token, 'id|name'),
    ),
  )
}

function plain(tokens: readonly Token[]): string {
  return tokens
    .map(token =>
      'tokens' in token && token.tokens ? plain(token.tokens) : 'text' in token ? token.text : '',
    )
    .join('')
}

/** Why a link of a page leads nowhere; undefined if it leads somewhere, or out of the repository. */
function problemOf(page: string, target: string): string | undefined {
  if (/^(?:https?|mailto):/.test(target)) return undefined
  const [path = '', anchor] = target.split('#')
  const file = path === '' ? page : normalize(join(dirname(page), decodeURIComponent(path)))
  if (!existsSync(file)) return `${target}: no such file`
  if (anchor === undefined || !file.endsWith('.md') || statSync(file).isDirectory()) return undefined
  return anchorsIn(readFileSync(file, 'utf8')).has(anchor) ? undefined : `${target}: no such heading`
}

describe('the links', () => {
  test.each(PAGES)('of %s lead somewhere', page => {
    const targets = targetsIn(readFileSync(page, 'utf8'))
    expect(targets.flatMap(target => problemOf(page, target) ?? [])).toEqual([])
  })

  test.each([
    ['a missing file', '[x](missing.md)', 'missing.md: no such file'],
    ['a missing heading', '[x](README.md#no-such-heading)', 'README.md#no-such-heading: no such heading'],
    ['a missing picture', '<img src="docs/images/none.png">', 'docs/images/none.png: no such file'],
  ])('are reported if they lead to %s', (_, markdown, problem) => {
    expect(targetsIn(markdown).map(target => problemOf('SUPPORT.md', target))).toEqual([problem])
  })
})
