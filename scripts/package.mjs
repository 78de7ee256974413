// Bundles each entry into CommonJS files in dist/: tsc takes the types away, ncc gathers what is imported, and esbuild
// shortens the files that hold nothing of our own.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { transformSync } from 'esbuild'
import { renderLicenses } from './licenses.mjs'

const ENTRIES = { main: 'index', post: 'post' }
// Its tsconfig.json is the one that ncc takes paths from.
const BUNDLER_FOLDER = 'bundle'
const TARGET = 'es2023'

function run(tool, args, cwd = '.') {
  execFileSync(process.execPath, [resolve('node_modules', ...tool), ...args], {
    cwd,
    stdio: ['ignore', 'ignore', 'inherit'],
  })
}

/** What is ours stays as it reads; the rest is read by nobody but Node. */
function shortenForeignFiles(folder) {
  for (const name of readdirSync(folder).filter(file => file.endsWith('.index.js'))) {
    const path = join(folder, name)
    const text = readFileSync(path, 'utf8')
    if (text.includes('../build/')) continue
    writeFileSync(path, transformSync(text, { minify: true, target: TARGET, legalComments: 'inline' }).code)
  }
}

const scratch = mkdtempSync(join(tmpdir(), 'package-'))
for (const folder of ['build', 'dist']) rmSync(folder, { recursive: true, force: true })
run(['typescript', 'bin', 'tsc'], ['--project', 'tsconfig.build.json'])
for (const [folder, entry] of Object.entries(ENTRIES)) {
  const stats = join(scratch, `${folder}.json`)
  // Its cache would outlive a change of the paths.
  const options = ['--out', `../dist/${folder}`, '--target', TARGET, '--no-cache', '--stats-out', stats]
  run(
    ['@vercel', 'ncc', 'dist', 'ncc', 'cli.js'],
    ['build', `../build/${entry}.js`, ...options],
    BUNDLER_FOLDER,
  )
  shortenForeignFiles(`dist/${folder}`)
  writeFileSync(
    `dist/${folder}/licenses.txt`,
    renderLicenses(JSON.parse(readFileSync(stats, 'utf8')), BUNDLER_FOLDER),
  )
}
rmSync(scratch, { recursive: true })
