import { parseArgs, styleText } from 'node:util'
import { actionNode, type StepResult } from './runner/runner.ts'
import { ACTION, type Cast, runScene, type Scene, scenesFor } from './scene.ts'

const USAGE = `npm run demo -- [--role NAME] [--expected-role NAME-OR-ARN] [--environment NAME] [--ref REF]

  --role           role to assume; the sandbox's AWS has it (default: deploy)
  --expected-role  the input expected-role (default: the role to assume)
  --environment    environment of the job, as in environment: production
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
    environment = '',
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
  return cameOutAsItMust(scene, result)
}

function showResult({ exported, outputs, masks, summary }: StepResult): void {
  showVariables('Variables that left the step', exported, masks)
  showVariables('Outputs that left the step', outputs, masks)
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

function cameOutAsItMust({ outcome, exportsKeys }: Scene, { outputs, exported }: StepResult): boolean {
  const actual = outputs.verified === 'true' ? 'verified' : (outputs['failure-code'] ?? 'no outcome')
  const handedOut = exported.AWS_SECRET_ACCESS_KEY !== undefined
  const isRight = actual === outcome && handedOut === exportsKeys
  heading('Outcome')
  const keys = handedOut ? 'keys in the environment' : 'no keys in the environment'
  console.log(
    quoted(isRight ? `✔ ${actual}, ${keys}, as it must be` : `✘ ${actual}, ${keys}; it must be ${outcome}`),
  )
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
    heading('The log as GitHub shows it')
    allRight = (await play(scene)) && allRight
  }
  console.log(allRight ? '\nAll scenes came out as they must.' : '\nNot all scenes came out as they must.')
  process.exitCode = allRight ? 0 : 1
}

function main(): void {
  try {
    const options = readOptions()
    if (options.help) console.log(USAGE)
    else void demo(options)
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : String(error)}\n\n${USAGE}`)
    process.exitCode = 2
  }
}

main()
