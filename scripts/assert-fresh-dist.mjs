// Refuses to test a bundle that the sources don't build. Run before `npm test`.
import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** The compiler and the minifier are native packages, which `npm ci --omit=optional` leaves out. */
const BUILD_TOOLS = ['node_modules/@typescript', 'node_modules/@esbuild']

if (BUILD_TOOLS.every(path => existsSync(path))) {
  const fresh = mkdtempSync(join(tmpdir(), 'dist-'))
  try {
    execFileSync(process.execPath, ['scripts/package.mjs', '--out', fresh], {
      stdio: ['ignore', 'ignore', 'inherit'],
    })
    const { stdout } = spawnSync('git', ['diff', '--no-index', '--name-only', 'dist', fresh], {
      encoding: 'utf8',
    })
    if (stdout) {
      console.error(`dist/ is not what the sources build. Run: npm run package\n\n0 passed, 1 failed`)
      process.exitCode = 1
    }
  } finally {
    rmSync(fresh, { recursive: true })
  }
} else {
  console.log(
    'The build tools are not installed, so whether dist/ is what the sources build was not checked.',
  )
}
