import { existsSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { type Browser, chromium, type Page } from 'playwright-core'

/** Where distributions put it. Nothing is downloaded. */
const EXECUTABLES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']
const PACKAGES = resolve('tools/node_modules')
const HERE = resolve('tools/summary')

const SCRIPTS = [
  join(PACKAGES, 'marked/lib/marked.umd.js'),
  join(PACKAGES, 'dompurify/dist/purify.min.js'),
  join(PACKAGES, 'mermaid/dist/mermaid.min.js'),
  join(HERE, 'in-page.js'),
]

/** GitHub's two themes. */
export const SCHEMES = ['light', 'dark'] as const

export type Scheme = (typeof SCHEMES)[number]

/** Path of an installed Chromium, if there is one. */
export function installedChromium(): string | undefined {
  return EXECUTABLES.find(existsSync)
}

/** A headless Chromium with a profile of its own. */
export async function startChromium(): Promise<Browser> {
  const executablePath = installedChromium()
  if (executablePath === undefined)
    throw new Error('no Chromium is installed: apt-get install chromium, for instance')
  return chromium.launch({
    executablePath,
    args: ['--disable-gpu', '--disable-quic', '--no-first-run', '--disable-sync'],
  })
}

/** A page on which summaries can be shown, one after the other. It has no way to any network. */
export async function openSummaryPage(browser: Browser, colorScheme: Scheme = 'light'): Promise<Page> {
  const context = await browser.newContext({ deviceScaleFactor: 1.5, offline: true, colorScheme })
  const page = await context.newPage()
  await page.setContent(readFileSync(join(HERE, 'page.html'), 'utf8'))
  await page.addStyleTag({
    path: join(PACKAGES, `github-markdown-css/github-markdown-${colorScheme}.css`),
  })
  for (const path of SCRIPTS) await page.addScriptTag({ path })
  return page
}

/** Shows the Markdown of a job summary as GitHub would. */
export async function showSummary(page: Page, markdown: string): Promise<void> {
  await page.evaluate(`showSummary(${JSON.stringify(markdown)})`)
}
