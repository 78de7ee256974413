// Writes docs/promises.md: which tests show what the README, docs/security.md and docs/migration.md say.
import { readFileSync, writeFileSync } from 'node:fs'
import { relative } from 'node:path'

const TITLES = {
  'README.md': 'Guarantees',
  'docs/security.md': 'Security model',
  'docs/migration.md': 'Migration',
}

const promises = JSON.parse(readFileSync('__tests__/pages/promises.json', 'utf8'))

function sectionFor([page, tests]) {
  const entries = Object.entries(tests).map(
    ([promise, shownBy]) => `${promise}\n\n${shownBy.map(test => `- ${test}`).join('\n')}`,
  )
  return `## ${TITLES[page]}\n\nOf [${page}](${relative('docs', page)}).\n\n${entries.join('\n\n')}`
}

writeFileSync(
  'docs/promises.md',
  `# What shows each promise

Generated from \`__tests__/pages/promises.json\` by \`npm run docs:promises\`. Each line names a file in \`__tests__/\` and a test in it. Those in \`scenarios/\` run the bundle as the runner does.

${Object.entries(promises).map(sectionFor).join('\n\n')}
`,
)
