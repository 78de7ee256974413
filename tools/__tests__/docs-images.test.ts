import { existsSync, readFileSync, statSync } from 'node:fs'
import { resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type { Browser, Page } from 'playwright-core'
import { read } from '../../__tests__/pages/shown-by.ts'
import { type Cast, DEFAULT_CAST, runScene, type Scene, scenesFor } from '../../sandbox/scene.ts'
import { installedChromium, openSummaryPage, showSummary, startChromium } from '../summary/browser.ts'

const SESSIONS = 'arn:aws:sts::111122223333:assumed-role'

/** What people see of each scene: the verdict, the table beside it, the boxes and the arrows of the picture. */
const SEEN: Readonly<Record<string, Seen>> = {
  verified: {
    verdict: '✅ Verified: deploy in account 111122223333',
    row: ['Identity', 'arn:aws:iam::111122223333:role/deploy', `${SESSIONS}/deploy/GitHubActions`, '✔'],
    boxes: ['octo-org/payments', 'OIDC issuer', 'role\ndeploy', 'account\n111122223333'],
    arrows: ['✔ token', '✔ assume', '✔ verified'],
  },
  'another-role': {
    verdict: '❌ Not verified: the caller is not who it must be, so nothing was exported',
    row: [
      'Identity',
      'arn:aws:iam::111122223333:role/deploy',
      `${SESSIONS}/administrator/GitHubActions`,
      '✘',
    ],
    boxes: ['octo-org/payments', 'OIDC issuer', 'role\ndeploy', 'who answered\narn:aws:sts::111122223333'],
    arrows: ['✔ token', '✔ assume', '✘ verify'],
  },
  refused: {
    verdict: '❌ Not verified: AWS refused, so nothing was exported',
    boxes: ['octo-org/payments', 'OIDC issuer', 'role\ndeploy', 'account\n111122223333'],
    arrows: ['✔ token', '✘ assume', 'verify'],
  },
  'verify-only': {
    verdict: '✅ Verified: deploy in account 111122223333',
    row: ['Identity', `deploy (${SESSIONS}/deploy)`, `${SESSIONS}/deploy/earlier-step`, '✔'],
    boxes: ['octo-org/payments', 'existing credentials', 'account\n111122223333'],
    arrows: ['✔ keys', '✔ verified'],
  },
  'several-roles': {
    verdict: '✅ Verified: 2 roles in 2 accounts',
    row: [
      '✔',
      'staging',
      'arn:aws:iam::444455556666:role/deploy',
      'arn:aws:sts::444455556666:assumed-role/deploy/GitHubActions',
      expect.stringMatching(/ UTC, \d+ minutes left$/),
    ],
    boxes: ['octo-org/payments', 'OIDC issuer', 'role\n2 side by side', 'accounts\n2'],
    arrows: ['✔ token', '✔ assume', '✔ verified'],
  },
}
type Seen = {
  readonly verdict: string
  /** The table's first row: expected and actual identity, if AWS returned one. */
  readonly row?: readonly unknown[]
  /** How each starts, from left to right. */
  readonly boxes: readonly string[]
  readonly arrows: readonly string[]
}

const scenes = scenesFor(DEFAULT_CAST)

describe('the pictures of the documentation', () => {
  test.each(scenes.map(({ name }) => name))('exist, are small, and have an alt text: %s', name => {
    const path = resolve(__dirname, `../../docs/images/${name}.png`)
    expect(existsSync(path)).toBe(true)
    expect(readFileSync(path).subarray(1, 4).toString()).toBe('PNG')
    expect(statSync(path).size).toBeLessThan(150_000)
    expect(read('docs/summary.md')).toMatch(new RegExp(`^!\\[.{20,}\\]\\(images/${name}\\.png\\)$`, 'm'))
  })

  test('are shown where a newcomer looks first', () => {
    expect(read('README.md').slice(0, 4000)).toMatch(/^!\[.{20,}\]\(docs\/images\/another-role\.png\)$/m)
  })
})

describe('in a real browser', () => {
  // Reported as skipped if not installed: Debian's chromium
  const testInBrowser = installedChromium() ? test : test.skip
  let browser: Browser
  let page: Page
  beforeAll(async () => {
    if (!installedChromium()) return
    browser = await startChromium()
    page = await openSummaryPage(browser)
  })
  afterAll(() => browser?.close())

  async function show(scene: Scene): Promise<void> {
    const { summary } = await runScene(scene)
    await showSummary(page, summary)
  }

  testInBrowser.each(scenes.map(scene => [scene.name, scene] as const))(
    'the summary shows the verdict, the comparison and a picture that is drawn: %s',
    async (name, scene) => {
      await show(scene)
      const { verdict, row, boxes, arrows } = seen(name)
      expect(await page.textContent('h2')).toBe(verdict)
      const cells = await textsOf(page, 'article > table:first-of-type tbody tr:first-child td')
      if (row) expect(cells).toEqual(row)
      expect(await textsOf(page, 'svg .nodeLabel')).toEqual(
        boxes.map(text => expect.stringMatching(startOf(text))),
      )
      expect(await textsOf(page, 'svg .edgeLabel p')).toEqual(arrows)
      expect((await page.locator('svg.flowchart').boundingBox())?.width).toBeGreaterThan(400)
      expect(await page.textContent('article')).not.toMatch(/Unable to render|Syntax error|flowchart LR/)
    },
  )

  testInBrowser('a refusal shows a trust policy to paste', async () => {
    await show(sceneNamed('refused'))
    const policy = JSON.parse((await page.textContent('code.language-json')) ?? '')
    expect(JSON.stringify(policy)).toContain('"repo:octo-org@65/payments@74:environment:production"')
  })

  testInBrowser(
    'hostile claims and a hostile branch stay text: no element, no script, no other box',
    async () => {
      const hostile =
        '</code></td><img src=x onerror="hacked=1">|x|**bold** [a](https://evil.example) @octocat'
      const scene = sceneNamed('verified', { ...DEFAULT_CAST, ref: 'refs/heads/a"];b-->c["<img/src=x>' })
      await show({ ...scene, world: { ...scene.world, claims: { actor: hostile } } })
      await page.locator('summary').click()
      expect(await page.locator('tr', { hasText: 'actor' }).locator('td').allInnerTexts()).toEqual([
        'actor',
        hostile,
      ])
      expect(await textsOf(page, 'svg .nodeLabel')).toEqual([
        'octo-org/payments\nrefs/heads/a"];b-->c["<img/src=x>',
        ...seen('verified')
          .boxes.slice(1)
          .map(text => expect.stringMatching(startOf(text))),
      ])
      expect(await page.locator('article :is(img, a, script, strong:has-text("bold"))').count()).toBe(0)
      expect(await page.evaluate('globalThis.hacked')).toBeUndefined()
    },
  )

  testInBrowser('HTML that GitHub rejects is rejected here too', async () => {
    await showSummary(
      page,
      '<img src=x onerror="hacked=1"><script>hacked=1</script><b style="color:red" class="x" onclick="f()">b</b>',
    )
    const markup: unknown = await page.evaluate('document.querySelector("article").innerHTML.trim()')
    expect(markup).toBe('<p><img src="x"><b>b</b></p>')
    expect(await page.evaluate('globalThis.hacked')).toBeUndefined()
  })

  testInBrowser('a picture that can’t be drawn is reported', async () => {
    await showSummary(page, '```mermaid\nflowchart LR\n  a["b --> c\n```')
    expect(await page.textContent('article')).toContain('Unable to render rich display')
    expect(await page.locator('svg').count()).toBe(0)
  })
})

function sceneNamed(name: string, cast: Cast = DEFAULT_CAST): Scene {
  const scene = scenesFor(cast).find(candidate => candidate.name === name)
  if (!scene) throw new Error(`no scene ${name}`)
  return scene
}

function seen(name: string): Seen {
  const found = SEEN[name]
  if (!found) throw new Error(`the scene ${name} is not described here`)
  return found
}

async function textsOf(page: Page, selector: string): Promise<string[]> {
  return (await page.locator(selector).allInnerTexts()).map(text => text.trim())
}

function startOf(text: string): RegExp {
  return new RegExp(`^${text.replaceAll(/[^\w\s]/g, '\\$&')}`)
}
