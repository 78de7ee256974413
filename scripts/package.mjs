// Bundles each entry into CommonJS files: tsc takes the types away, ncc gathers what is imported, and esbuild shortens the
// files that hold nothing of our own. With --untrimmed everything stays in as it comes (docs/adr/0008-trimmed-bundle.md).
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { transformSync } from 'esbuild'
import { renderLicenses } from './licenses.mjs'

const ENTRIES = { main: 'index', renew: 'renew', post: 'post', cli: 'cli', lint: 'lint' }
const TARGET = 'es2023'

const { values: options } = parseArgs({
  options: { out: { type: 'string', default: 'dist' }, untrimmed: { type: 'boolean', default: false } },
})
// Its tsconfig.json is the one that ncc takes paths from.
const bundlerFolder = options.untrimmed ? 'bundle/untrimmed' : 'bundle'

function run(tool, args, cwd = '.') {
  execFileSync(process.execPath, [resolve('node_modules', ...tool), ...args], {
    cwd,
    stdio: ['ignore', 'ignore', 'inherit'],
  })
}

/** What is ours stays as it reads; the rest is read by nobody but Node. */
function makeQuickToRead(folder, ours) {
  for (const name of readdirSync(folder).filter(file => file.endsWith('.js'))) {
    const path = join(folder, name)
    if (!ours.has(name)) writeFileSync(path, shorten(readFileSync(path, 'utf8')))
  }
}

/** The files that hold modules of ours, by what webpack tells of them. */
function filesWithOurs({ chunks, modules }) {
  const ours = modules.filter(({ name }) => name?.startsWith(relative(bundlerFolder, 'build')))
  const ids = new Set(ours.flatMap(module => module.chunks))
  return new Set(chunks.filter(({ id }) => ids.has(id)).flatMap(({ files }) => files))
}

function shorten(code) {
  return transformSync(code, { minify: true, target: TARGET, legalComments: 'inline' }).code
}

function bundle(entry, folder, stats) {
  const fromBundler = path => relative(bundlerFolder, path)
  // Its cache would outlive a change of the paths.
  const settings = ['--target', TARGET, '--no-cache', '--stats-out', stats]
  run(
    ['@vercel', 'ncc', 'dist', 'ncc', 'cli.js'],
    ['build', fromBundler(`build/${entry}.js`), '--out', fromBundler(folder), ...settings],
    bundlerFolder,
  )
}

const scratch = mkdtempSync(join(tmpdir(), 'package-'))
for (const folder of ['build', options.out]) rmSync(folder, { recursive: true, force: true })
run(['typescript', 'bin', 'tsc'], ['--project', 'tsconfig.build.json'])
const builds = Object.entries(ENTRIES).map(([name, entry]) => {
  const stats = join(scratch, `${name}.json`)
  const folder = join(options.out, name)
  bundle(entry, folder, stats)
  const build = JSON.parse(readFileSync(stats, 'utf8'))
  if (!options.untrimmed) makeQuickToRead(folder, filesWithOurs(build))
  return build
})
writeFileSync(join(options.out, 'licenses.txt'), renderLicenses(builds, bundlerFolder))
rmSync(scratch, { recursive: true })
