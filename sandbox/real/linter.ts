import { installed, type Part, versionOf } from './part.ts'

export interface Linter extends Part {
  readonly command: string
}

function linter(name: string, folder: string, shows: string): Linter {
  const command = installed(folder, name)
  return { lane: 'Linters', name, shows, command, version: () => versionOf(command, '--version') }
}

export const actionlint = linter('actionlint', 'go/bin', 'checks every workflow of the repository')
export const zizmor = linter(
  'zizmor',
  'python/linters/bin',
  'audits workflows, both action.yml and dependabot.yml',
)
export const checkJsonschema = linter(
  'check-jsonschema',
  'python/linters/bin',
  'validates workflows, both action.yml and dependabot.yml against their published schemas',
)
export const cfnLint = linter('cfn-lint', 'python/linters/bin', 'validates `setup/cloudformation.yml`')
