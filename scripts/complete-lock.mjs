// Completes package-lock.json after `npm install`, which may leave out the optional packages of other platforms or their
// integrity hashes. `npm ci` then takes the lock file for outdated, or installs there what nothing vouches for.
import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'

const FILE = 'package-lock.json'
const SYSTEMS = [
  'aix',
  'android',
  'darwin',
  'freebsd',
  'linux',
  'netbsd',
  'openbsd',
  'openharmony',
  'sunos',
  'win32',
]
const PROCESSORS = [
  'arm64',
  'arm',
  'ia32',
  'loong64',
  'mips64el',
  'ppc64',
  'riscv64',
  's390x',
  'wasm32',
  'x64',
]

const lock = JSON.parse(readFileSync(FILE, 'utf8'))
const added = Object.entries(lock.packages).flatMap(([path, parent]) =>
  Object.entries(parent.optionalDependencies ?? {})
    .filter(([name]) => !isLocked(path, name))
    .flatMap(([name, version]) => entryFor(name, version, parent)),
)
for (const [path, entry] of added) lock.packages[path] = entry
for (const [path, { version, ...entry }] of Object.entries(lock.packages)) {
  if (path === '' || entry.integrity) continue
  const integrity = integrityOf(path.split('node_modules/').at(-1), version)
  lock.packages[path] = { version, integrity, ...entry }
}
lock.packages = Object.fromEntries(Object.entries(lock.packages).sort(([a], [b]) => (a < b ? -1 : 1)))
writeFileSync(FILE, `${JSON.stringify(lock, null, 2)}\n`)
console.log(`${added.length} packages of other platforms added to ${FILE}`)

/** Node looks for a package beside its parent, then further up. */
function isLocked(parent, name) {
  const folders = parent
    .split('/node_modules/')
    .map((_, index, parts) => parts.slice(0, index + 1).join('/node_modules/'))
  return ['', ...folders].some(folder => `${folder ? `${folder}/` : ''}node_modules/${name}` in lock.packages)
}

/** As the registry has it. */
function integrityOf(name, version) {
  const view = ['view', `${name}@${version}`, 'dist.integrity']
  return execFileSync('npm', view, { encoding: 'utf8' }).trim()
}

/** Such packages are named after the one system and processor that they are for. */
function entryFor(name, version, { dev }) {
  const parts = name.split(/[/-]/)
  const system = SYSTEMS.find(candidate => parts.includes(candidate))
  const processor = PROCESSORS.find(candidate => parts.includes(candidate))
  if (!system || !/^\d/.test(version)) {
    console.error(`${name}@${version}: not added, as its platform is not told by its name`)
    return []
  }
  const libc = parts.some(part => part.startsWith('musl')) ? { libc: ['musl'] } : {}
  const cpu = processor ? { cpu: [processor] } : {}
  const entry = { version, ...cpu, ...(dev ? { dev } : {}), ...libc, optional: true, os: [system] }
  return [[`node_modules/${name}`, entry]]
}
