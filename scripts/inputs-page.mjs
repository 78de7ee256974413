// Writes docs/inputs.md anew from action.yml.
import { readFileSync, writeFileSync } from 'node:fs'
import { parse } from 'yaml'

/** Each group of inputs, by the first one that belongs to it. */
const GROUPS = {
  'aws-region': 'Who to become',
  'expected-role': 'What must be true',
  'output-env-credentials': 'Where credentials go',
  'sts-endpoint': 'How it talks to AWS',
}

const { inputs, outputs } = parse(readFileSync('action.yml', 'utf8'))

function defaultOf({ required, default: value }) {
  if (required) return 'required'
  return value ? `\`${value}\`` : '–'
}

function tableHead(...names) {
  return [names, names.map(() => '---')].map(cells => `| ${cells.join(' | ')} |`).join('\n')
}

const inputLines = Object.entries(inputs).flatMap(([name, input]) => [
  ...(GROUPS[name] ? ['', `### ${GROUPS[name]}`, '', tableHead('Input', 'Default', 'Meaning')] : []),
  `| \`${name}\` | ${defaultOf(input)} | ${input.description} |`,
])
const outputLines = Object.entries(outputs).map(
  ([name, { description }]) => `| \`${name}\` | ${description} |`,
)

writeFileSync(
  'docs/inputs.md',
  `# Inputs and outputs

Generated from [action.yml](../action.yml) by \`npm run docs:inputs\`.

## Inputs

Booleans take \`true\`, \`True\`, \`TRUE\`, \`false\`, \`False\` and \`FALSE\`. Numbers are plain decimal digits. Lists are separated by line breaks or commas, unless the input says otherwise.
${inputLines.join('\n')}

## Outputs

${tableHead('Output', 'Meaning')}
${outputLines.join('\n')}
`,
)
