import { readFileSync, writeFileSync } from 'node:fs'
import { parts } from './parts.ts'
import { renderTestedOnPage, renderTestedOnSummary, type TestedOn } from './tested-on.ts'

const testedOn = JSON.parse(readFileSync('docs/tested-on.json', 'utf8')) as TestedOn
const summary = renderTestedOnSummary(testedOn, parts)
const readme = readFileSync('README.md', 'utf8')
writeFileSync('docs/tested-on.md', renderTestedOnPage(testedOn, parts))
writeFileSync(
  'README.md',
  readme.replace(/(?<=<!-- tested-on -->\n).*?(?=<!-- \/tested-on -->)/s, `\n${summary}\n`),
)
