// Refuses tests that would say nothing of the action: on a Node that can't run the bundle, or of a bundle that the sources
// don't build. Runs before `npm test`.
import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as tls from 'node:tls'

/** The compiler and the minifier are native packages, which `npm ci --omit=optional` leaves out. */
const BUILD_TOOLS = ['node_modules/@typescript', 'node_modules/@esbuild']

if (!tls.getCACertificates) {
  refuse(
    `The bundle needs Node 22.15 or later, and this is ${process.version}. Run: npm ci (without --omit=optional)`,
  )
} else if (!BUILD_TOOLS.every(path => existsSync(path))) {
  console.log(
    'The build tools are not installed, so whether dist/ is what the sources build was not checked.',
  )
} else if (isStale()) {
  refuse('dist/ is not what the sources build. Run: npm run package')
}

function isStale() {
  const fresh = mkdtempSync(join(tmpdir(), 'dist-'))
  try {
    const command = ['scripts/package.mjs', '--out', fresh]
    execFileSync(process.execPath, command, { stdio: ['ignore', 'ignore', 'inherit'] })
    const { stdout } = spawnSync('git', ['diff', '--no-index', '--name-only', 'dist', fresh], {
      encoding: 'utf8',
    })
    return stdout !== ''
  } finally {
    rmSync(fresh, { recursive: true })
  }
}

function refuse(reason) {
  console.error(`${reason}\n\n0 passed, 1 failed`)
  process.exitCode = 1
}
