import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { expect, test } from '@jest/globals'
import { actionlint, cfnLint, checkJsonschema, type Linter, zizmor } from '../../sandbox/real/linter.ts'
import { describePart } from './describe-part.ts'

const workflows = readdirSync('.github/workflows').map(name => `.github/workflows/${name}`)
const actions = ['action.yml', 'lint/action.yml']

function run(linter: Linter, ...args: readonly string[]) {
  const { status, stdout, stderr } = spawnSync(linter.command, args, { encoding: 'utf8' })
  return { status, text: stdout + stderr }
}

describePart(actionlint, () => {
  test('finds nothing in the workflows', () => {
    expect(run(actionlint, ...workflows)).toEqual({ status: 0, text: '' })
  })

  test.each([
    ['ci.yml', 'runs-on: ubuntu-latest', 'run-on: ubuntu-latest'],
    ['ci.yml', 'matrix.os }}', 'matrix.system }}'],
    ['release.yml', 'needs: [build, attest]', 'needs: [build, attestation]'],
    ['end-to-end.yml', 'steps.mismatch.outcome', 'steps.missing.outcome'],
  ])('finds a mistake in %s: %j as %j', (name, from, to) => {
    const input = readFileSync(`.github/workflows/${name}`, 'utf8').replace(from, to)
    expect(spawnSync(actionlint.command, ['-'], { input }).status).toBe(1)
  })
})

describePart(zizmor, () => {
  test('finds nothing in the workflows and the actions', () => {
    const { status, text } = run(zizmor, '--offline', '--no-progress', '--strict-collection', '.')
    expect({ status, text }).toEqual({ status: 0, text: expect.stringContaining('No findings') })
  })
})

describePart(checkJsonschema, () => {
  test.each([
    ['workflows', 'vendor.github-workflows', workflows],
    ['actions', 'vendor.github-actions', actions],
    ['Dependabot’s settings', 'vendor.dependabot', ['.github/dependabot.yml']],
  ])('finds the %s valid', (_, schema, files) => {
    const { status, text } = run(checkJsonschema, '--builtin-schema', schema, ...files)
    expect({ status, text }).toEqual({ status: 0, text: 'ok -- validation done\n' })
  })
})

describePart(cfnLint, () => {
  test('finds nothing in the template, advice included', () => {
    const { status, text } = run(cfnLint, '--include-checks', 'I', '--', 'setup/cloudformation.yml')
    expect({ status, text }).toEqual({ status: 0, text: '' })
  })
})
