// Writes the tables of inputs and outputs in README.md anew from action.yml.
import { readFileSync, writeFileSync } from 'node:fs'
import { parse } from 'yaml'

const { inputs, outputs } = parse(readFileSync('action.yml', 'utf8'))

function defaultOf({ required, default: value }) {
  if (required) return 'required'
  return value ? `\`${value}\`` : '–'
}

function replaceTable(readme, heading, rows) {
  const start = readme.indexOf('\n|', readme.indexOf(`\n${heading}\n`)) + 1
  const end = readme.indexOf('\n\n', start)
  const [head, line] = readme.slice(start, end).split('\n')
  const table = [head, line, ...rows.map(cells => `| ${cells.join(' | ')} |`)].join('\n')
  return readme.slice(0, start) + table + readme.slice(end)
}

let readme = readFileSync('README.md', 'utf8')
const inputRows = Object.entries(inputs).map(([name, input]) => [
  `\`${name}\``,
  defaultOf(input),
  input.description,
])
readme = replaceTable(readme, '## Inputs', inputRows)
readme = replaceTable(
  readme,
  '## Outputs',
  Object.entries(outputs).map(([name, { description }]) => [`\`${name}\``, description]),
)
writeFileSync('README.md', readme)
