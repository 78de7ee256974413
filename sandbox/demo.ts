import { parseArgs, styleText } from 'node:util'
import { stringify } from 'yaml'
import { actionNode } from './runner/runner.ts'
import { ACTION, type Cast, inputsOf, runScene, type Scene, type SceneResult, scenesFor } from './scene.ts'
import { startScript } from './script.ts'

const USAGE = `npm run demo -- [--role NAME] [--expected-role NAME-OR-ARN] [--environment NAME] [--ref REF]

  --role           role to assume; the sandbox's AWS has it (default: deploy)
  --expected-role  the input expected-role (default: the role to assume)
  --environment    environment of the job (default: production); blank for none
  --ref            branch or full ref of the run (default: main)`

function readOptions() {
  const text = { type: 'string' } as const
  const options = {
    role: text,
    'expected-role': text,
    environment: text,
    ref: text,
    help: { type: 'boolean' },
  } as const
  const { values } = parseArgs({ options })
  const {
    role = 'deploy',
    'expected-role': expected = role,
    environment = 'production',
    ref = 'main',
    help = false,
  } = values
  if (!/^[\w+=.@-]{1,64}$/.test(role)) throw new Error('--role takes the name of a role, without a path')
  if (expected === '' || expected === 'any')
    throw new Error('--expected-role takes the name or the ARN of a role')
  return { role, expected, environment, help, ref: ref.startsWith('refs/') ? ref : `refs/heads/${ref}` }
}

async function play(scene: Scene): Promise<boolean> {
  const result = await runScene(scene, line => console.log(quoted(line)))
  showResult(result)
  return hasExpectedResult(scene, result)
}

/** As a workflow would have it. */
function showInputs(scene: Scene): void {
  heading('The step')
  const step = { uses: 'aws-role-gate/aws-role-gate', with: inputsOf(scene) }
  for (const line of stringify(step, { lineWidth: 0 }).trimEnd().split('\n')) console.log(quoted(line))
}

function showResult({ exported, outputs, masks, later, summary }: SceneResult): void {
  showVariables('Variables exported to later steps', exported, masks)
  showVariables('Outputs', outputs, masks)
  if (later.lines.length > 0) heading('A later step')
  for (const line of later.lines) console.log(quoted(line))
  heading('The job summary (Markdown)')
  for (const line of summary.trimEnd().split('\n')) console.log(quoted(line))
}

function showVariables(
  title: string,
  variables: Readonly<Record<string, string>>,
  masks: readonly string[],
): void {
  heading(title)
  const entries = Object.entries(variables)
  if (entries.length === 0) console.log(quoted('none'))
  for (const [name, value] of entries)
    console.log(quoted(`${name} = ${masks.includes(value) ? '***' : value}`))
}

function hasExpectedResult({ outcome, exportsKeys, fails }: Scene, result: SceneResult): boolean {
  const { outputs, exported, conclusion } = result
  const actual = outputs.verified === 'true' ? 'verified' : (outputs['failure-code'] ?? 'no outcome')
  const hasKeys = exported.AWS_SECRET_ACCESS_KEY !== undefined
  const isRight =
    actual === outcome &&
    hasKeys === exportsKeys &&
    (conclusion === 'failure') === fails &&
    result.later.isAsExpected
  heading('Result')
  const found = `${actual}, step ${conclusion === 'failure' ? 'failed' : 'passed'}, ${hasKeys ? 'keys in the environment' : 'no keys in the environment'}`
  console.log(quoted(isRight ? `✔ ${found}, as expected` : `✘ ${found}; expected ${outcome}`))
  return isRight
}

function heading(text: string): void {
  console.log(styleText('bold', `\n  ${text}`))
}

function quoted(line: string): string {
  return `  │ ${line}`
}

async function demo(cast: Cast): Promise<void> {
  const { version, isRuntimeOfTheAction } = actionNode(ACTION)
  const note = isRuntimeOfTheAction ? '' : ' (GitHub runs it on Node 24, which is not installed here)'
  console.log(`The bundle in dist/ runs on Node ${version}${note}, against a GitHub and an AWS on loopback.`)
  let allRight = true
  for (const [index, scene] of scenesFor(cast).entries()) {
    console.log(styleText(['bold', 'underline'], `\nScene ${index + 1}: ${scene.title}`))
    console.log(`  ${scene.story}`)
    showInputs(scene)
    heading('The log as GitHub shows it')
    allRight = (await play(scene)) && allRight
  }
  console.log(allRight ? '\nAll scenes had the expected result.' : '\nSome scenes had an unexpected result.')
  process.exitCode = allRight ? 0 : 1
}

startScript(USAGE, readOptions, demo)
