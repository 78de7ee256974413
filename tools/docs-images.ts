import { execFileSync } from 'node:child_process'
import { mkdirSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { Page } from 'playwright-core'
import { DEFAULT_CAST, runScene, scenesFor } from '../sandbox/scene.ts'
import { openSummaryPage, SCHEMES, showSummary, startChromium } from './summary/browser.ts'

const FOLDER = resolve('docs/images')

/** Runs the demo's scenes, and takes a picture of each job summary as GitHub shows it in its light and dark themes. */
async function drawImages(): Promise<void> {
  const browser = await startChromium()
  try {
    mkdirSync(FOLDER, { recursive: true })
    const pages = await Promise.all(
      SCHEMES.map(async scheme => [scheme, await openSummaryPage(browser, scheme)] as const),
    )
    for (const scene of scenesFor(DEFAULT_CAST)) {
      const { summary } = await runScene(scene)
      for (const [scheme, page] of pages) {
        const name = scheme === 'light' ? `${scene.name}.png` : `${scene.name}-${scheme}.png`
        await showSummary(page, summary)
        await save(page, name)
      }
    }
  } finally {
    await browser.close()
  }
}

async function save(page: Page, name: string): Promise<void> {
  const path = join(FOLDER, name)
  await page.locator('body').screenshot({ path })
  // A third of the size, without a visible difference.
  execFileSync('pngquant', ['--strip', '--force', '--output', path, '64', path])
  console.log(`docs/images/${name}  ${Math.ceil(statSync(path).size / 1000)} kB`)
}

void drawImages()
