import { validate } from '@actions/languageservice'
import { describe, expect, test } from '@jest/globals'
import { TextDocument } from 'vscode-languageserver-textdocument'
import { readSource, type Source, workflowSources } from '../../__tests__/workflows/workflow.ts'

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
