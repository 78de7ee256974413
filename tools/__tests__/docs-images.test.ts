import { existsSync, readFileSync, statSync } from 'node:fs'
import { resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type { Browser, Page } from 'playwright-core'
import { read } from '../../__tests__/pages/shown-by.ts'
import { type Cast, DEFAULT_CAST, runScene, type Scene, scenesFor } from '../../sandbox/scene.ts'
import { installedChromium, openSummaryPage, showSummary, startChromium } from '../summary/browser.ts'

const SESSIONS = 'arn:aws:sts::111122223333:assumed-role'
const IN_ACCOUNT = 'in account 111122223333 · run #42'
const DEPLOY = `deploy ${IN_ACCOUNT}`
const RUN = 'https://github.com/octo-org/payments/actions/runs/8675309/attempts/1'
const COMMIT = 'https://github.com/octo-org/payments/commit/6dcb09b5b57875f334f61aebed695e2e4193db5e'
const TRUST_POLICY = trustPolicyOf('deploy')

function trustPolicyOf(role: string): string {
  return `https://console.aws.amazon.com/iam/home#/roles/details/${role}?section=trust_relationships`
}

function help(section: string): string {
  return `https://github.com/aws-role-gate/aws-role-gate/blob/v1/docs/troubleshooting.md#${section}`
}

function cloudTrail(operation: string): string {
  return `https://console.aws.amazon.com/cloudtrailv2/home?region=eu-west-1#/events?EventName=${operation}`
}

/** What people see of each scene: the verdict, the table beside it, the boxes and the arrows of the picture. */
const SEEN: Readonly<Record<string, Seen>> = {
  verified: {
    verdict: '✅ Verified: deploy in account 111122223333 · run #42',
    row: ['Identity', 'arn:aws:iam::111122223333:role/deploy', `${SESSIONS}/deploy/GitHubActions`, '✔'],
    boxes: ['octo-org/payments', 'OIDC issuer', 'role\ndeploy', 'account\n111122223333'],
    arrows: ['✔ token', '✔ assume', '✔ verified'],
    links: [RUN, TRUST_POLICY, cloudTrail('AssumeRoleWithWebIdentity'), COMMIT],
  },
  'another-role': {
    verdict: `❌ Not verified, nothing exported: expected deploy, got administrator ${IN_ACCOUNT}`,
    row: ['Identity', 'deploy in account 111122223333', `${SESSIONS}/administrator/GitHubActions`, '✘'],
    boxes: [
      'octo-org/payments',
      'OIDC issuer',
      'role\nadministrator',
      'actual caller\nadministrator\n111122223333',
    ],
    arrows: ['✔ token', '✔ assume', '✘ verify'],
    links: [
      RUN,
      help('err_identity_mismatch'),
      trustPolicyOf('administrator'),
      cloudTrail('AssumeRoleWithWebIdentity'),
      COMMIT,
    ],
  },
  reported: {
    verdict: `⚠️ Step passed, but not verified, nothing exported: expected deploy, got administrator ${IN_ACCOUNT}`,
    boxes: [
      'octo-org/payments',
      'OIDC issuer',
      'role\nadministrator',
      'actual caller\nadministrator\n111122223333',
    ],
    arrows: ['✔ token', '✔ assume', '✘ verify'],
    links: [
      RUN,
      help('err_identity_mismatch'),
      trustPolicyOf('administrator'),
      cloudTrail('AssumeRoleWithWebIdentity'),
      COMMIT,
    ],
  },
  refused: {
    verdict: `❌ Not verified, nothing exported: AWS refused · ${DEPLOY}`,
    boxes: ['octo-org/payments', 'OIDC issuer', 'role\ndeploy', 'account\n111122223333'],
    arrows: ['✔ token', '✘ assume', 'verify'],
    links: [RUN, help('immutable-subject'), TRUST_POLICY, cloudTrail('AssumeRoleWithWebIdentity'), COMMIT],
  },
  'required-claims': {
    verdict: `❌ Not verified, nothing exported: a required claim doesn't match · ${DEPLOY}`,
    boxes: ['octo-org/payments', 'OIDC issuer', 'role\ndeploy', 'account\n111122223333'],
    arrows: ['✘ required claims', 'assume', 'verify'],
    links: [RUN, help('err_claim_mismatch'), COMMIT],
  },
  'verify-only': {
    verdict: '✅ Verified: deploy in account 111122223333 · run #42',
    row: ['Identity', 'deploy in account 111122223333', `${SESSIONS}/deploy/earlier-step`, '✔'],
    boxes: ['octo-org/payments', 'existing credentials', 'account\n111122223333'],
    arrows: ['✔ keys', '✔ verified'],
    links: [RUN, TRUST_POLICY, cloudTrail('GetCallerIdentity'), COMMIT],
  },
  replaced: {
    verdict: `❌ Not verified, nothing exported: expected deploy, got administrator ${IN_ACCOUNT}`,
    row: ['Identity', 'deploy in account 111122223333', `${SESSIONS}/administrator/another-action`, '✘'],
    boxes: ['octo-org/payments', 'existing credentials', 'actual caller\nadministrator\n111122223333'],
    arrows: ['✔ keys', '✘ verify'],
    links: [RUN, help('err_identity_mismatch'), COMMIT],
  },
  'renewing-profile': {
    verdict: '✅ Verified: deploy in account 111122223333 · run #42',
    boxes: ['octo-org/payments', 'OIDC issuer', 'role\ndeploy', 'account\n111122223333'],
    arrows: ['✔ token', '✔ assume', '✔ verified'],
    links: [RUN, TRUST_POLICY, cloudTrail('AssumeRoleWithWebIdentity'), COMMIT],
  },
  'several-roles': {
    verdict: '✅ Verified: 2 roles in 2 accounts · run #42',
    row: [
      '✔',
      'staging',
      'arn:aws:iam::444455556666:role/deploy',
      expect.stringMatching(/^arn:aws:sts::444455556666:assumed-role\/deploy\/GitHubActions\s[\da-f-]{36}$/),
      expect.stringMatching(/ UTC$/),
    ],
    boxes: ['octo-org/payments', 'OIDC issuer', 'roles\n2', 'accounts\n2'],
    arrows: ['✔ token', '✔ assume', '✔ verified'],
    links: [RUN, TRUST_POLICY, TRUST_POLICY, cloudTrail('AssumeRoleWithWebIdentity'), COMMIT],
  },
}
type Seen = {
  readonly verdict: string
  /** The table's first row: expected and actual identity, if AWS returned one. */
  readonly row?: readonly unknown[]
  /** How each starts, from left to right. */
  readonly boxes: readonly string[]
  readonly arrows: readonly string[]
  /** Addresses, in order. */
  readonly links: readonly string[]
}

const scenes = scenesFor(DEFAULT_CAST)

describe('the pictures of the documentation', () => {
  test.each(scenes.map(({ name }) => name))(
    'exist for both themes, are small, and have a text alternative: %s',
    name => {
      for (const file of [`${name}.png`, `${name}-dark.png`]) {
        const path = resolve(__dirname, '../../docs/images', file)
        expect(existsSync(path)).toBe(true)
        expect(readFileSync(path).subarray(1, 4).toString()).toBe('PNG')
        expect(statSync(path).size).toBeLessThan(160_000)
      }
      expect(read('docs/summary.md')).toMatch(pictureOf(`images/${name}`))
    },
  )

  test('are shown where a stranger looks first', () => {
    expect(read('README.md').slice(0, 4000)).toMatch(pictureOf('docs/images/another-role'))
  })
})

function pictureOf(path: string): RegExp {
  return new RegExp(
    `^<picture><source media="\\(prefers-color-scheme: dark\\)" srcset="${path}-dark.png"><img src="${path}.png" alt=".{20,}"></picture>$`,
    'm',
  )
}

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

  testInBrowser.each(scenes.map(scene => [scene.name, scene] as const))(
    'the links lead where they say, and each ARN stands once: %s',
    async (name, scene) => {
      await show(scene)
      expect(await addressesOf(page)).toEqual(seen(name).links)
      const requested = await followed(browser, seen(name).links)
      expect(requested).toEqual(seen(name).links.map(link => link.replace(/#.*/, '')))
      const text = ((await page.textContent('article')) ?? '').replaceAll(/\{[\s\S]*\}/g, '')
      const arns: string[] = text.match(/arn:aws:(?:iam|sts)::\d+:[\w:/@.-]+/g) ?? []
      expect(arns.filter((arn, index) => arns.indexOf(arn) !== index)).toEqual([])
    },
  )

  testInBrowser('the dark theme has light text on a dark page, and a readable diagram', async () => {
    const dark = await openSummaryPage(browser, 'dark')
    const { summary } = await runScene(sceneNamed('another-role'))
    await showSummary(dark, summary)
    const [page, text, box] = await Promise.all([
      colorOf(dark, 'body', 'background-color'),
      colorOf(dark, 'article', 'color'),
      colorOf(dark, 'svg .node:first-of-type .nodeLabel', 'color'),
    ])
    expect(page).toBeLessThan(60)
    expect(text).toBeGreaterThan(180)
    expect(box).toBeGreaterThan(150)
    await dark.close()
  })

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
        'octo-org/payments\nrefs/heads/a"];b-->c["<img/src=x>\nenvironment production',
        ...seen('verified')
          .boxes.slice(1)
          .map(text => expect.stringMatching(startOf(text))),
      ])
      expect(await page.locator('article :is(img, script, strong:has-text("bold"))').count()).toBe(0)
      expect(await addressesOf(page)).toEqual(seen('verified').links)
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

async function addressesOf(page: Page): Promise<string[]> {
  return page
    .locator('article a[href]')
    .evaluateAll(links => links.map(link => link.getAttribute('href') ?? ''))
}

/** What a browser asks for that opens these addresses; nothing leaves the machine. */
async function followed(browser: Browser, addresses: readonly string[]): Promise<string[]> {
  const context = await browser.newContext()
  const requested: string[] = []
  await context.route('**', route => {
    requested.push(route.request().url())
    return route.fulfill({ status: 200, contentType: 'text/html', body: '<p>here</p>' })
  })
  const page = await context.newPage()
  for (const address of addresses) {
    await page.goto('about:blank')
    await page.goto(address)
  }
  await context.close()
  return requested.filter(url => !url.endsWith('/favicon.ico'))
}

/** The mean of red, green and blue, from 0 to 255. */
async function colorOf(page: Page, selector: string, property: string): Promise<number> {
  const expression = `getComputedStyle(document.querySelector(${JSON.stringify(selector)}))[${JSON.stringify(property)}]`
  const [red = 0, green = 0, blue = 0] =
    String(await page.evaluate(expression))
      .match(/[\d.]+/g)
      ?.map(Number) ?? []
  return (red + green + blue) / 3
}

async function textsOf(page: Page, selector: string): Promise<string[]> {
  return (await page.locator(selector).allInnerTexts()).map(text => text.trim())
}

function startOf(text: string): RegExp {
  return new RegExp(`^${text.replaceAll(/[^\w\s]/g, '\\$&')}`)
}
