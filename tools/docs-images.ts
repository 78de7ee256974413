import { execFileSync } from 'node:child_process'
import { mkdirSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { DEFAULT_CAST, runScene, scenesFor } from '../sandbox/scene.ts'
import { openSummaryPage, showSummary, startChromium } from './summary/browser.ts'

const FOLDER = resolve('docs/images')

/** Plays the demo's scenes, and takes a picture of each job summary as GitHub would show it. */
async function drawImages(): Promise<void> {
  const browser = await startChromium()
  try {
    const page = await openSummaryPage(browser)
    mkdirSync(FOLDER, { recursive: true })
    for (const scene of scenesFor(DEFAULT_CAST)) {
      const { summary } = await runScene(scene)
      const path = join(FOLDER, `${scene.name}.png`)
      await showSummary(page, summary)
      await page.locator('body').screenshot({ path })
      // A third of the size, and no difference that one sees.
      execFileSync('pngquant', ['--strip', '--force', '--output', path, '64', path])
      console.log(`docs/images/${scene.name}.png  ${Math.ceil(statSync(path).size / 1000)} kB`)
    }
  } finally {
    await browser.close()
  }
}

void drawImages()
