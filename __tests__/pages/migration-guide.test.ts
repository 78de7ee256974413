import { describe, expect, test } from '@jest/globals'
import { parse } from 'yaml'
import { promises, read, sectionOf, tableIn } from './shown-by.ts'

type Manifest = { readonly inputs: object; readonly outputs: object }
type Row = { readonly name: string; readonly here: string; readonly why: string }

/** The inputs of configure-aws-credentials 6.3.0: those of 6.2.3 in the order of its action.yml, and one that is new. */
const INPUTS_OF_V6 = [
  'aws-region',
  'aws-profile',
  'overwrite-aws-profile',
  'role-to-assume',
  'aws-access-key-id',
  'aws-secret-access-key',
  'aws-session-token',
  'web-identity-token-file',
  'role-chaining',
  'audience',
  'http-proxy',
  'no-proxy',
  'mask-aws-account-id',
  'role-duration-seconds',
  'role-external-id',
  'role-session-name',
  'role-skip-session-tagging',
  'transitive-tag-keys',
  'inline-session-policy',
  'managed-session-policies',
  'output-credentials',
  'output-env-credentials',
  'unset-current-credentials',
  'disable-retry',
  'retry-max-attempts',
  'special-characters-workaround',
  'use-existing-credentials',
  'allowed-account-ids',
  'force-skip-oidc',
  'action-timeout-s',
  'custom-tags',
  'sts-endpoint',
  'translate-env-variables',
]
/** The outputs in the same file, and authenticated-arn, which its src/helpers.ts sets without a declaration. */
const OUTPUTS_OF_V6 = [
  'aws-account-id',
  'aws-access-key-id',
  'aws-secret-access-key',
  'aws-session-token',
  'aws-expiration',
  'authenticated-arn',
]

const page = read('docs/migration.md')
const manifest: Manifest = parse(read('action.yml'))
const inputs = rowsOf('Inputs')
const outputs = rowsOf('Outputs')
const rest = rowsOf('The rest')

describe('the migration guide', () => {
  test('has one row for every input and output of configure-aws-credentials 6.3.0, and for no other', () => {
    expect(namesOf(inputs).toSorted()).toEqual(INPUTS_OF_V6.toSorted())
    expect(namesOf(outputs).toSorted()).toEqual(OUTPUTS_OF_V6.toSorted())
    expect(rest.length).toBeGreaterThan(10)
  })

  test('lists only inputs and outputs that action.yml declares', () => {
    expect(Object.keys(manifest.inputs)).toEqual(expect.arrayContaining(namesOf(inputs)))
    expect(Object.keys(manifest.outputs)).toEqual(expect.arrayContaining(namesOf(outputs)))
  })

  test('explains every difference, and nothing else', () => {
    for (const { name, here, why } of [...inputs, ...outputs, ...rest]) {
      expect([name, why]).toEqual([name, here === 'same' ? '–' : expect.stringMatching(/^[\w`].{10,}\.$/)])
    }
  })

  test('has exactly the rows that tests show', () => {
    const ofOutputs = outputs.map(({ name }) => `${name} (output)`)
    const names = [...inputs.map(({ name }) => name), ...ofOutputs, ...rest.map(({ name }) => name)]
    expect(names).toEqual(Object.keys(promises['docs/migration.md'] ?? {}))
  })

  test('names no input or output that action.yml does not declare', () => {
    const declared = [...Object.keys(manifest.inputs), ...Object.keys(manifest.outputs)]
    const prose = page.replaceAll(/```[\s\S]*?```/g, '')
    const named = Array.from(prose.matchAll(/`([a-z]+(?:-[a-z]+)+)(?:: [a-z]+)?`/g), ([, name = '']) => name)
    expect(named.length).toBeGreaterThan(50)
    expect(named.filter(name => !declared.includes(name))).toEqual([])
  })

  test('stays a page, not a book', () => {
    expect(page.split('\n').length).toBeLessThan(150)
  })
})

/** The rows of the table under a heading, without the header row. */
function rowsOf(heading: string): Row[] {
  return tableIn(sectionOf(page, heading)).map(([name = '', here = '', why = '', ...others]) => {
    expect([name, others]).toEqual([name, []])
    return { name, here, why }
  })
}

function namesOf(rows: readonly Row[]): string[] {
  return rows.map(({ name }) => name.replaceAll('`', ''))
}
