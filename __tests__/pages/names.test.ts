import { readdirSync } from 'node:fs'
import { resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { parse, parseDocument, visit } from 'yaml'
import { runStep } from '../../sandbox/runner/runner.ts'
import { type RunningWorld, startWorld } from '../../sandbox/world.ts'
import { DECLARED_INPUTS } from '../../src/core/inputs/declared-inputs.ts'
import { RULES } from '../../src/core/trust-policy/rules.ts'
import { read, sectionOf } from './shown-by.ts'

type Manifest = { readonly inputs: object; readonly outputs: object }

const PROJECT = resolve(__dirname, '../..')
const PAGES = [...markdownIn('.'), ...markdownIn('docs'), ...markdownIn('docs/adr')].toSorted()
/** Names of other things that look like inputs. */
const OTHER_THINGS = [
  ...['aws-cn', 'aws-us-gov', 'aws-eusc', 'aws-iso', 'aws-iso-b', 'eu-west-1', 'us-east-1-fips'],
  ...[
    'id-token',
    'get-role',
    'list-roles',
    'get-account-authorization-details',
    'persist-credentials',
    'security-events',
    'continue-on-error',
    'timeout-minutes',
    'runs-on',
    'fail-fast',
  ],
  ...[
    'python3-boto3',
    'https-proxy-agent',
    'js-ini',
    'multi-ini',
    'ini-comments',
    'ini-api',
    'proper-lockfile',
  ],
]

const manifest: Manifest = parse(read('action.yml'))
/** Of the gate, and of the linter as an action. */
const inputs = ['action.yml', 'lint/action.yml'].flatMap(path =>
  Object.keys((parse(read(path)) as Manifest).inputs),
)
const outputs = Object.keys(manifest.outputs)
const codes = new Set(read('src/core/base/failure.ts').match(/ERR_[A-Z_]+/g))

/** The inputs, outputs and failure codes on a page that do not exist. */
function unknownNames(page: string): readonly string[] {
  const blocks = Array.from(page.matchAll(/^([ ]*)```ya?ml\n([\s\S]*?)^\1```/gm), ([, , block = '']) => block)
  const prose = page.replaceAll(/```[\s\S]*?```/g, '')
  const inProse = Array.from(
    prose.matchAll(/`([a-z]+\d*(?:-[a-z\d]+)+)(?:: [^`]*)?`/g),
    ([, name = '']) => name,
  )
  const wrongOutputs = Array.from(page.matchAll(/steps\.gate\.outputs\.([\w-]+)/g), ([, name = '']) => name)
  return [
    ...(page.match(/\bERR_[A-Z_]*[A-Z]\b/g) ?? []).filter(code => !codes.has(code)),
    ...blocks.flatMap(inputsIn).filter(name => !inputs.includes(name)),
    ...wrongOutputs.filter(name => !outputs.includes(name)),
    ...inProse.filter(
      name => ![...inputs, ...outputs, ...Object.keys(RULES), ...OTHER_THINGS].includes(name),
    ),
  ]
}

/** The npm scripts that a text names. */
function scriptsIn(text: string): readonly string[] {
  return Array.from(text.matchAll(/\bnpm run (?:--silent )?([a-z]+(?::[a-z]+)?)/g), ([, name = '']) => name)
}

/** The keys under `with:` in steps that use this action, and in fragments that name no action. */
function inputsIn(block: string): readonly string[] {
  const names: string[] = []
  visit(parseDocument(block), {
    Map(_, map) {
      const uses = map.get('uses')
      if (uses !== undefined && !/^(?:\.\/|.*aws-role-gate@.*)$/.test(String(uses))) return
      const given = map.toJSON().with
      if (typeof given === 'object' && given !== null) names.push(...Object.keys(given))
    },
  })
  return names
}

/** In one folder, without subfolders. */
function markdownIn(folder: string): readonly string[] {
  return readdirSync(resolve(PROJECT, folder))
    .filter(name => name.endsWith('.md'))
    .map(name => (folder === '.' ? name : `${folder}/${name}`))
}

describe('a page', () => {
  test('is one of many that are checked against the code', () => {
    expect(PAGES).toEqual(
      expect.arrayContaining(['README.md', 'docs/migration.md', 'docs/troubleshooting.md']),
    )
  })

  test.each(PAGES)('names no input, output or failure code that does not exist: %s', page => {
    expect(unknownNames(read(page))).toEqual([])
  })

  test.each([
    ['in the text', 'Set `expected-roles`.', 'expected-roles'],
    ['with a value', 'Set `expected-roles: deploy`.', 'expected-roles'],
    ['as a code', '`ERR_MISMATCH`', 'ERR_MISMATCH'],
    ['as an output', '`if: steps.gate.outputs.verifed`', 'verifed'],
    [
      'in a step',
      '```yaml\n- uses: aws-role-gate/aws-role-gate@main\n  with:\n    region: eu-west-1\n```',
      'region',
    ],
    [
      'in an indented step',
      '1. A\n\n   ```yaml\n   - uses: ./\n     with:\n       region: x\n   ```\n',
      'region',
    ],
    ['in a fragment', '```yaml\nwith:\n  region: eu-west-1\n```', 'region'],
  ])('is reported if it names one %s', (_, page, name) => {
    expect(unknownNames(page)).toEqual([name])
  })

  test("may name other actions' inputs", () => {
    expect(unknownNames('```yaml\n- uses: actions/checkout@v7\n  with:\n    fetch-depth: 0\n```')).toEqual([])
  })
})

describe('action.yml', () => {
  let world: RunningWorld
  beforeAll(async () => {
    world = await startWorld()
  })
  afterAll(() => world.close())

  async function outputsOf(given: Readonly<Record<string, string>>): Promise<readonly string[]> {
    const { outputs } = await runStep({
      actionDirectory: PROJECT,
      step: 'main',
      with: { 'aws-region': 'eu-west-1', 'sts-endpoint': world.sts.url, ...given },
      job: world.job,
      idToken: { url: world.idTokenIssuer.requestUrl, token: world.idTokenIssuer.requestToken },
    })
    return Object.keys(outputs)
  }

  test('declares exactly the outputs that a step writes, in success and failure', async () => {
    const role = { 'role-to-assume': 'arn:aws:iam::111122223333:role/deploy' }
    const written = [
      ...(await outputsOf({ ...role, 'output-credentials': 'true' })),
      ...(await outputsOf({ 'aws-profiles': `deploy=${role['role-to-assume']}` })),
      ...(await outputsOf({ ...role, 'expected-role': 'arn:aws:iam::111122223333:role/other' })),
    ]
    expect(new Set(written)).toEqual(new Set(outputs))
  })

  test('has a default for a flag, unless a variable or another input decides when it is left out', () => {
    const flags = Object.entries(DECLARED_INPUTS).filter(([, { byDefault }]) =>
      /^(?:true|false)$/.test(byDefault),
    )
    const described = Object.entries(manifest.inputs).filter(([, { description }]) =>
      /^Whether /.test(description),
    )
    const undecided = ['output-env-credentials', 'use-fips-endpoint', 'use-dualstack-endpoint']
    expect(described.map(([name]) => name).filter(name => !undecided.includes(name))).toEqual(
      flags.map(([name]) => name),
    )
  })
})

describe('CONTRIBUTING.md', () => {
  const scripts = Object.keys(JSON.parse(read('package.json')).scripts)

  test('lists exactly the npm scripts in its table', () => {
    const named = scriptsIn(sectionOf(read('CONTRIBUTING.md'), 'Commands'))
    expect(new Set([...named, 'test'])).toEqual(new Set(scripts))
  })

  test.each(PAGES)('agrees with %s, which names no other script', page => {
    expect(scriptsIn(read(page)).filter(name => !scripts.includes(name))).toEqual([])
  })

  test('is compared with the scripts that a text names', () => {
    expect(scriptsIn('`npm run demo`, then npm run --silent sts -- --role x')).toEqual(['demo', 'sts'])
  })
})
