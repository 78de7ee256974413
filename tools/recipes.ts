import { readFileSync } from 'node:fs'

/** docs/recipes.md, as what its tests read in it. */
export const page = readFileSync('docs/recipes.md', 'utf8')

export const GATE = 'aws-role-gate/aws-role-gate'

export type Step = {
  readonly id?: string
  readonly uses?: string
  readonly run?: string
  readonly with?: Readonly<Record<string, string>>
}
export type Job = {
  readonly environment?: string
  readonly permissions?: Readonly<Record<string, string>>
  readonly 'runs-on'?: unknown
  readonly 'timeout-minutes'?: number
  readonly uses?: string
  readonly steps?: readonly Step[]
}
export type Workflow = {
  readonly on?: unknown
  readonly permissions?: object
  readonly jobs: Readonly<Record<string, Job>>
}

/** What GitHub could substitute for each expression under `with:`. */
const VALUES: Readonly<Record<string, string>> = {
  'github.run_attempt': '1',
  'github.run_id': '16876543210',
  'inputs.account': '111122223333',
  'inputs.environment': 'production',
  'matrix.account': '444455556666',
  'matrix.environment': 'staging',
  'matrix.region': 'eu-central-1',
  'vars.DEPLOY_ROLE': 'arn:aws:iam::111122223333:role/deploy',
}

/** Path and text of each workflow: its first line names the file. */
export const workflows = blocksOf('yaml').map(text => [pathOf(text), text] as const)

export function blocksOf(language: string): string[] {
  const blocks = page.matchAll(new RegExp(`^\`\`\`${language}\n([\\s\\S]*?)^\`\`\`$`, 'gm'))
  return Array.from(blocks, ([, block = '']) => block)
}

function pathOf(text: string): string {
  return /^# (\S+\.yml)\n/.exec(text)?.[1] ?? '(a block that does not say where it stands)'
}

export function isGate({ uses = '' }: Step): boolean {
  return uses.replace('https://github.com/', '').startsWith(`${GATE}@`)
}

/** With what GitHub could substitute for each expression. */
export function evaluated(text: string): string {
  return text.replaceAll(/\$\{\{ (\S+) \}\}/g, (_, expression: string) => {
    const value = VALUES[expression]
    if (value === undefined) throw new Error(`no value for ${expression}`)
    return value
  })
}
