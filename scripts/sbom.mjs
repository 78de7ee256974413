// Prints an SBOM (CycloneDX) of the packages that can get into the bundle. `npm sbom --omit dev` alone leaves out packages
// that development packages need too, so npm gets a package.json without those.
import { execFileSync } from 'node:child_process'
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const scratch = mkdtempSync(join(tmpdir(), 'sbom-'))
// npm names the SBOM after the folder.
const root = join(scratch, 'aws-role-gate')
try {
  mkdirSync(root)
  const {
    devDependencies: _,
    optionalDependencies: __,
    scripts: ___,
    ...manifest
  } = JSON.parse(readFileSync('package.json', 'utf8'))
  writeFileSync(join(root, 'package.json'), JSON.stringify(manifest))
  copyFileSync('package-lock.json', join(root, 'package-lock.json'))
  npm('install', '--package-lock-only', '--ignore-scripts', '--offline')
  process.stdout.write(npm('sbom', '--package-lock-only', '--sbom-format', 'cyclonedx'))
} finally {
  rmSync(scratch, { recursive: true })
}

function npm(...args) {
  return execFileSync('npm', args, { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] })
}
