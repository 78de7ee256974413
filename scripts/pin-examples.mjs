// Writes the versions of docs/pins.json into every `uses:` of the README and the pages in docs/.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'

const pins = JSON.parse(readFileSync('docs/pins.json', 'utf8'))
const pages = [
  'README.md',
  ...readdirSync('docs')
    .filter(name => name.endsWith('.md'))
    .map(name => `docs/${name}`),
]

/** Until the first release: it must read as what it is, in the place where the SHA will be. */
const UNPUBLISHED = { version: 'vX.Y.Z', sha: 'full-sha-of-a-release' }

for (const page of pages) {
  const text = readFileSync(page, 'utf8')
  const pinned = text.replaceAll(
    /(\buses: (?:https:\/\/github\.com\/)?)([\w.-]+\/[\w.-]+)((?:\/[\w.-]+)*)@\S+(?: #.*)?/g,
    (line, uses, action, path) => {
      if (!(action in pins)) return line
      const { version, sha } = pins[action] ?? UNPUBLISHED
      return `${uses}${action}${path}@${sha} # ${version}`
    },
  )
  writeFileSync(page, pinned)
}
