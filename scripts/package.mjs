// Bundles each entry into one CommonJS file in dist/: tsc takes the types away, ncc gathers what is imported.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { renderLicenses } from './licenses.mjs'

const ENTRIES = { main: 'index', post: 'post' }
// Its tsconfig.json is the one that ncc takes paths from.
const BUNDLER_FOLDER = 'bundle'

function run(tool, args, cwd = '.') {
  execFileSync(process.execPath, [resolve('node_modules', ...tool), ...args], {
    cwd,
    stdio: ['ignore', 'ignore', 'inherit'],
  })
}

const scratch = mkdtempSync(join(tmpdir(), 'package-'))
for (const folder of ['build', 'dist']) rmSync(folder, { recursive: true, force: true })
run(['typescript', 'bin', 'tsc'], ['--project', 'tsconfig.build.json'])
for (const [folder, entry] of Object.entries(ENTRIES)) {
  const stats = join(scratch, `${folder}.json`)
  const output = ['--out', `../dist/${folder}`, '--target', 'es2023', '--stats-out', stats]
  run(
    ['@vercel', 'ncc', 'dist', 'ncc', 'cli.js'],
    ['build', `../build/${entry}.js`, ...output],
    BUNDLER_FOLDER,
  )
  writeFileSync(
    `dist/${folder}/licenses.txt`,
    renderLicenses(JSON.parse(readFileSync(stats, 'utf8')), BUNDLER_FOLDER),
  )
}
rmSync(scratch, { recursive: true })
